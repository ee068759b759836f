"""A filled template workbook becomes Actuals, or every problem there is, each at its cell; nothing is read by half.

It is known by its hidden sheet. Rows are found by their hidden keys, so sheets may be renamed and rows moved.
"""

from __future__ import annotations

from collections.abc import Iterator, Set
from dataclasses import dataclass, replace

from evaluator.documents import Mapping
from evaluator.errors import Problem, Where
from evaluator.intake.partly import ACHIEVED, ANYWHERE, Part, part_of
from evaluator.intake.placed import mapping, placed, put
from evaluator.intake.readers import noted
from evaluator.intake.readers.workbook import Workbook, Worksheet, hidden_sheet
from evaluator.intake.templatecells import Page, same
from evaluator.intake.templatewords import (
    BASICS,
    COLUMNS,
    EMPTY,
    FIELDS,
    GOALS,
    GUIDE,
    HEADS,
    LOCKED,
    MEASURES,
    META,
    MONEY,
    REMARK,
    ROWS,
    SCHEMA,
    SHARES,
    SHEET,
    TITLES,
    entry_of,
    fingerprint,
    key,
    shown,
)
from evaluator.model import EXECUTION, FUNDS, Indicator, Table, code_of
from evaluator.rulebook import Rulebook, indicators_of

AGAIN = "重新运行 ziping template 写出填报表，把填好的内容搬过去"
FLAGS = {"是": "true", "否": "false"}


@dataclass(frozen=True, slots=True)
class Meta:
    """The hidden sheet: unit, year, rules, and by key the fingerprint and the locked fields each row showed."""

    unit: str
    name: str
    year: int
    rules: str
    rows: dict[str, tuple[str, dict[str, str]]]

    @property
    def codes(self) -> list[str]:
        """The goal tables, one to a sheet."""
        return [name.split("|")[0] for name in self.rows if name.split("|")[1] == SHEET]


def is_template(book: Workbook) -> bool:
    """Whether a workbook carries the hidden sheet."""
    return any(sheet.title == META for sheet in book.sheets)


def read_template(book: Workbook, shown_as: str, rulebook: Rulebook) -> tuple[Part, list[Problem]]:
    """The results in a template workbook, without the rows that are wrong, and all problems (A401 to A420)."""
    nothing = Part(unread={ANYWHERE})
    meta = _meta(book.read(next(sheet for sheet in book.sheets if sheet.title == META), whole=True))
    if isinstance(meta, str):
        return nothing, [Problem("A401", meta, Where(shown_as), "ziping template 写出的填报表", remedy=AGAIN)]
    tables = {code_of(t): t for t in rulebook.tables if (t.year, t.unit.code) == (meta.year, meta.unit)}
    if not tables:
        there = sorted({f"{t.unit.code} {t.unit.name} {t.year}年" for t in rulebook.tables})
        says = f"这份填报表是 {meta.unit} {meta.name} {meta.year} 年的，规则中没有这个单位和年度"
        return nothing, [Problem("A402", says, Where(shown_as), "、".join(there[:5]), remedy="放进该单位的工作区")]
    due = {name for table in tables.values() for name in shown(table)}
    needed = {name for name in due if name.split("|")[1] != SHARES}  # which workbooks written before do not have
    if meta.rules == rulebook.digest and not needed <= meta.rows.keys() <= due:
        says = "填报表隐藏的说明页被改过，与规则对不上"
        return nothing, [Problem("A401", says, Where(shown_as), "ziping template 写出的填报表", remedy=AGAIN)]
    problems: list[Problem] = []
    pages = _pages(book, shown_as, problems)
    made = Part()
    for code in meta.codes:
        if code not in pages:
            says = f"“{meta.rows[key(code, SHEET)][1]['name']}”（{code}）的工作表没有了，或被隐藏了"
            problems.append(
                Problem("A405", says, Where(shown_as), "不删除、不隐藏工作表；没有填的项目留空", remedy=AGAIN)
            )
            made.unread.add((meta.year, code, ""))
            continue
        one = _Reading(pages[code], code, tables.get(code), meta, meta.rules == rulebook.digest, set())
        made.add(one.read())
        problems += pages[code].problems
    if fresh := [name for name in tables if name not in meta.codes]:
        says = f"规则中后来增加的 {'、'.join(fresh)} 不在这份填报表中"
        problems.append(Problem("A404", says, Where(shown_as), severity="提示", remedy=AGAIN))
    return made, [*problems, *noted(book.notes, shown_as)]


def _meta(sheet: Worksheet) -> Meta | str:
    """The hidden sheet, or what is wrong with it."""
    rows: dict[int, dict[int, str]] = {}
    for (row, column), cell in sheet.cells.items():
        rows.setdefault(row, {})[column] = cell.text
    lines = [[row.get(column, "") for column in range(max(row) + 1)] for _, row in sorted(rows.items())]
    head = {line[0]: line[1] for line in lines if len(line) > 1 and line[0] != "row"}
    if head.get("schema") != SCHEMA:
        return f"填报表的版式版本是“{head.get('schema', '')}”，本工具只读版本 {SCHEMA}"
    if not {"unit", "name", "year", "rules"} <= head.keys() or not head["year"].isdecimal():
        return "填报表隐藏的说明页不完整"
    told = {}
    for line in lines:
        if line[0] == "row" and len(line) > 2 and line[1].count("|") >= 2:
            fields = dict(zip(line[3::2], line[4::2], strict=False))
            told[line[1]] = (line[2], {name: text for name, text in fields.items() if name})
    if not any("name" in fields for _, fields in told.values()):
        return "填报表隐藏的说明页没有列出任何项目"
    return Meta(head["unit"], head["name"], int(head["year"]), head["rules"], told)


def _pages(book: Workbook, path: str, problems: list[Problem]) -> dict[str, Page]:
    """The sheets of goal tables by code, however they are called now."""
    pages: dict[str, Page] = {}
    for listed in book.sheets:
        if listed.title == META:
            continue
        if listed.hidden:
            book.notes.append(hidden_sheet(listed.title))
            continue
        page = Page(path, book.read(listed, whole=True))
        if (name := page.shown(1, 1)) == GUIDE:
            continue
        if name.split("|")[1:2] != [SHEET]:
            if page.sheet.cells:
                page.note("A416", f"工作表“{page.title}”不是填报表原有的，没有读取", page.where())
        elif (code := name.split("|", 1)[0]) in pages:
            says = f"与工作表“{pages[code].title}”是同一个项目（{code}）"
            page.tell("A406", says, page.where(), "每个项目一张工作表", "删去多余的一张")
        else:
            page.problems += (one for one in noted(page.sheet.notes, path) if one.severity == "警告")
            pages[code] = page
            continue
        problems += page.problems
    return pages


@dataclass(slots=True)
class _Reading:
    """One goal table on one sheet; `table` is None when the rules no longer have it."""

    page: Page
    code: str
    table: Table | None
    meta: Meta
    current: bool
    unread: set[str]  # the rows that are wrong; '' for one that is not known (see Part)

    def read(self) -> Part:
        """What was filled in; no results when nothing was."""
        rows, columns = self._rows()
        places = {"": self.page.where()}
        torn: set[str] = set()
        document = mapping(self.page.where())
        put(document, "code", placed(self.code, self.page.where()))
        put(document, "year", placed(str(self.meta.year), self.page.where()))
        indicators = {row.id: row for row in indicators_of(self.table)} if self.table else {}
        if self.table is not None and not self.current:
            self._news()
        filled = False
        for name, at in rows.items():
            _, kind, ident = name.split("|", 2)
            told = self.page.errors
            due = COLUMNS[kind] if kind != MONEY or name in self.meta.rows else {"cause", "remedy"}
            if columns.get(kind, {}).keys() != due:
                if kind not in torn:
                    self._torn(kind, at, due - columns.get(kind, {}).keys())
                torn.add(kind)
                self.unread.add(_row(name))
                continue
            if kind != BASICS:
                places[_row(name)] = self.page.where(at, next(c for f, c in columns[kind].items() if f not in LOCKED))
            row = indicators.get(ident) if kind == ROWS else None
            found = self._fields(at, columns[kind], row)
            self._locked(name, at, columns[kind])
            if kind == BASICS:
                if flag := found.get("illustrative"):
                    put(document, "illustrative", placed(FLAGS.get(flag, flag), flag.where))
                continue
            if found:
                filled = True
                self._changed(name, found, at)
            if self.page.errors > told:
                self.unread.add(_row(name))
            elif found:
                _place(document, kind, ident, found)
        if self.table is None and filled:
            says = f"规则中已没有“{self.code}”，这张工作表却填了内容"
            self.page.tell("A403", says, self.page.where(), "清空这张工作表，或核对项目编码")
            return Part()
        part, problems = part_of(document, self.unread)
        self.page.problems += problems
        part.places = {(self.meta.year, self.code, row): where for row, where in places.items()} | part.places
        return part if filled else replace(part, actuals=[])

    def _rows(self) -> tuple[dict[str, int], dict[str, dict[str, int]]]:
        """Where each keyed row stands, and which field stands in which column of each kind of row."""
        page = self.page
        rows: dict[str, int] = {}
        columns: dict[str, dict[str, int]] = {}
        heads = 0
        for at, filled in page.rows():
            name = page.shown(at, 1)
            code, kind, ident = ([*name.split("|", 2), "", ""])[:3]
            if not name:
                if column := next((c for c in filled if page.shown(at, c)), 0):
                    says = f"第 {at} 行是插入的行，里面的“{page.shown(at, column)[:30]}”不知道是哪个指标的"
                    remedy = f"把内容填到原有的行里（佐证材料有几份的，在一格里换行写），删去第 {at} 行"
                    page.tell("A409", says, page.where(at, column), remedy=remedy)
                    self.unread.add("")
            elif code != self.code:
                says = f"第 {at} 行是从别的项目（{code}）的工作表贴过来的"
                page.tell("A409", says, page.where(at, 2), remedy=f"把内容填到本项目原有的行里，删去第 {at} 行")
            elif kind == FIELDS:
                heads = at if ident == ROWS else heads
                columns[ident] = {page.shown(at, c): c for c in filled if c > 1}
            elif kind in COLUMNS:
                if name in rows:
                    says = f"第 {at} 行是复制第 {rows[name]} 行插入的，两行是同一个指标"
                    page.tell("A408", says, page.where(at, 2), remedy=f"填在第 {rows[name]} 行，删去第 {at} 行")
                    self.unread.add(_row(name))
                rows.setdefault(name, at)
        if heads:
            self._strange(heads, rows)
        above = 0
        for name in self._expected():
            if name not in rows:
                fields = self.meta.rows.get(name, ("", {}))[1]
                called = _row(name) + (f"“{fields['name']}”" if "name" in fields else "")
                says = f"{called}的一行被删去了" + (f"（原在第 {above} 行之后）" if above else "")
                page.tell("A407", says, page.where(), "不删除行；没有完成情况的留空", AGAIN)
                self.unread.add(_row(name))
            above = rows.get(name, above)
        return rows, columns

    def _torn(self, kind: str, at: int, gone: Set[str]) -> None:
        """A kind of row whose columns are not those it was written with, told once."""
        if 0 < len(gone) < len(COLUMNS[kind]):
            titles = "、".join(f"“{(LOCKED | TITLES).get(name, name)}”" for name in sorted(gone))
            says = f"{kind}各行的{titles}一列被删去了，或栏目行被改过"
        else:
            says = f"“{kind}”一栏隐藏的栏目行没有了或被改过，无法知道各列是什么"
        self.page.tell("A418", says, self.page.where(at, 1), "不删除列；没有内容的留空", AGAIN)

    def _strange(self, at: int, rows: dict[str, int]) -> None:
        """Columns of the indicators that the template has not; `at` is the row that names the fields, under the headings."""
        page, last = self.page, max((c for r, cs in self.page.rows() if r == at - 1 for c in cs), default=0)
        for column in range(2, last):
            head = page.shown(at - 1, column)
            held = [row for name, row in rows.items() if name.split("|")[1] == ROWS and page.shown(row, column)]
            if head not in HEADS and held and not page.shown(at, column):
                says = f"插入的一列“{head or page.shown(held[0], column)[:30]}”不是填报表原有的，没有读取"
                page.note("A416", says, page.where(at - 1 if head else held[0], column), "需要计分的，填到原有的列里")

    def _expected(self) -> Iterator[str]:
        yield from (key(self.code, kind) for kind in (BASICS, MONEY, GOALS))
        listed = (SHARES, ROWS, MEASURES)
        yield from (n for n in self.meta.rows if n.split("|")[0] == self.code and n.split("|")[1] in listed)

    def _fields(self, at: int, columns: dict[str, int], row: Indicator | None) -> Mapping:
        """The filled fields of a row."""
        found = mapping(self.page.where(at, 2))
        entry = entry_of(row, self.meta.year) if row else None
        for field, column in columns.items():
            if field in LOCKED:
                continue
            if field == "actual" and row is not None and row.formula is not None:
                if self.page.is_formula(at, column):
                    continue
                if self.current and self.page.shown(at, column) not in ("", EMPTY):
                    says = f"“{row.name}”由金额计算，单元格里的公式被改成了“{self.page.shown(at, column)}”"
                    self.page.tell("A410", says, self.page.where(at, column), "清空这一格，由金额计算")
                    continue
            if self.page.hides(at, column):
                continue
            value = self.page.lines(at, column) if field == "evidence" else self.page.text(field, at, column, entry)
            if value is not None:
                put(found, field, value)
        said = ("actual", "state", "share", "evidence") if row else ("adjusted", "executed")
        answered = [found[name].where for name in said if name in found]
        found.where = answered[0] if answered else found.where
        return found

    def _locked(self, name: str, at: int, columns: dict[str, int]) -> None:
        """Locked cells still show what they showed."""
        for field, stored in self.meta.rows.get(name, ("", {}))[1].items():
            column = columns.get(field)
            if column is None or same(self.page.shown(at, column), stored):
                continue
            says = f"锁定的“{LOCKED[field]}”被改成了“{self.page.shown(at, column)}”，写出时是“{stored}”"
            self.page.tell("A410", says, self.page.where(at, column), f"“{stored}”；要改指标请改规则文件")

    def _changed(self, name: str, found: Mapping, at: int) -> None:
        """A filled row whose rule has changed since the workbook was made."""
        stored = self.meta.rows.get(name)
        if self.table is None or self.current or stored is None:
            return
        now = shown(self.table).get(name)
        if now is None:
            says = f"“{stored[1].get('name', name)}”在规则中已经没有了，这一行却填了内容"
            self.page.tell("A403", says, found.where, "清空这一行", AGAIN)
        elif fingerprint(now) != stored[0]:
            says = f"这一行填写时是“{_told(stored[1])}”，规则现在是“{_told(now)}”"
            self.page.tell("A403", says, found.where, "按现在的规则重新填写", AGAIN)

    def _news(self) -> None:
        """What the rules have that this sheet has not, told once."""
        assert self.table is not None
        now = shown(self.table)
        mine = {name: row for name, row in self.meta.rows.items() if name.split("|")[0] == self.code}
        changed = [name for name, fields in now.items() if name not in mine or fingerprint(fields) != mine[name][0]]
        told = "、".join(now[name].get("name") or "年初预算数" for name in changed)
        says = (
            f"规则在填报表写出后有变动，这张表涉及：{told}"
            if changed
            else "规则在填报表写出后有变动，不涉及这张表的各行"
        )
        self.page.note("A404", says, self.page.where(), AGAIN if changed else "")


def _row(name: str) -> str:
    """The row of results that a keyed row of the workbook holds."""
    _, kind, ident = name.split("|", 2)
    return {MONEY: EXECUTION, GOALS: ACHIEVED}.get(kind, ident)


def _told(fields: dict[str, str]) -> str:
    return "，".join(f"{LOCKED[name]} {text}" for name, text in fields.items())


def _place(document: Mapping, kind: str, ident: str, found: Mapping) -> None:
    """Put the fields of one row where the results of a goal table have them."""
    if kind in (GOALS, REMARK):
        (field,) = COLUMNS[kind]
        put(document, field, found[field])
    elif kind == MONEY:
        put(document, "spending", found)
    elif kind == SHARES:
        spending = _within(document, "spending", found)
        put(_within(spending, "funds" if ident in FUNDS else "parts", found), ident, found)
    else:
        name = "results" if kind == ROWS else "measures"
        put(_within(document, name, found), ident, found)


def _within(document: Mapping, name: str, found: Mapping) -> Mapping:
    """The mapping of that name in another, begun where these fields stand."""
    if name not in document:
        put(document, name, mapping(found.where))
    inside: Mapping = document[name]
    return inside
