"""A filled template workbook becomes Actuals, or every problem there is, each at its cell; nothing is read by half.

It is known by its hidden sheet. Rows are found by their hidden keys, so sheets may be renamed and rows moved.
"""

from __future__ import annotations

from collections.abc import Iterator, Set
from dataclasses import dataclass, field, replace

from evaluator.documents.loading import Mapping
from evaluator.documents.placed import mapping, placed, put, within
from evaluator.errors import Problem, Where
from evaluator.intake.partly import ACHIEVED, ANYWHERE, PartlyRead, part_of
from evaluator.intake.readers import noted
from evaluator.intake.readers.cellreader import Workbook
from evaluator.model import EXECUTION, FUNDS, Indicator, Project, Table, code_of
from evaluator.rulebook.book import Rulebook, indicators_of
from evaluator.workbook.filledcells import FilledSheet, same
from evaluator.workbook.filledpages import AGAIN, Meta, added, lost, meta_of, pages_of, unusable
from evaluator.workbook.inputs import (
    BASICS,
    COLUMNS,
    EMPTY,
    FIELDS,
    GOALS,
    HEADS,
    LOCKED,
    MEASURES,
    META,
    MONEY,
    PROGRESS,
    REMARK,
    ROWS,
    SHARES,
    TITLES,
    WATCHED,
    WATCHED_HEADS,
    entry_of,
    fingerprint,
    key,
    shown,
    watched,
)

IN_RULES = "要改指标请改规则文件"  # what to do instead of changing a locked cell
INSTEAD = {
    "day": "另一天的，用 ziping template --monitor 另写一份",
    "budget": "预算有调整的，填“调整后的全年预算数”",
}
FLAGS = {"是": "true", "否": "false"}


def is_template(book: Workbook) -> bool:
    """Whether a workbook carries the hidden sheet."""
    return any(sheet.title == META for sheet in book.sheets)


def read_template(book: Workbook, shown_as: str, rulebook: Rulebook) -> tuple[PartlyRead, list[Problem]]:
    """The results in a template workbook, without the rows that are wrong, and all problems (A401 to A420)."""
    nothing = PartlyRead(unread={ANYWHERE})
    meta = meta_of(book)
    if isinstance(meta, str):
        return nothing, [unusable(meta, shown_as)]
    if meta.day:
        says = f"这是截至 {meta.day} 的监控填报表，不是自评填报表"
        return nothing, [unusable(says, shown_as, f"移到 monitoring/{meta.year}/{meta.unit}/")]
    tables = {code_of(t): t for t in rulebook.tables if (t.year, t.unit.code) == (meta.year, meta.unit)}
    if not tables:
        there = sorted({f"{t.unit.code} {t.unit.name} {t.year}年" for t in rulebook.tables})
        says = f"这份填报表是 {meta.unit} {meta.name} {meta.year} 年的，规则中没有这个单位和年度"
        return PartlyRead(unread={(meta.year, meta.unit, "")}), [
            Problem("A402", says, Where(shown_as), "、".join(there[:5]), remedy="放进该单位的工作区")
        ]
    due = {name for table in tables.values() for name in shown(table)}
    needed = {name for name in due if name.split("|")[1] != SHARES}  # which workbooks written before do not have
    if meta.rules == rulebook.digest and not needed <= meta.rows.keys() <= due:
        return nothing, [unusable("填报表隐藏的说明页被改过，与规则对不上", shown_as)]
    problems: list[Problem] = []
    pages = pages_of(book, shown_as, meta, TITLES, problems)
    made = PartlyRead()
    for code in meta.codes:
        if code not in pages:
            problems.append(lost(meta, code, shown_as))
            made.unread.add((meta.year, code, ""))
            continue
        one = SheetPass(pages[code], code, tables.get(code), meta, meta.rules == rulebook.digest)
        made.add(one.read())
        problems += pages[code].problems
    if fresh := [name for name in tables if name not in meta.codes]:
        problems.append(added(fresh, shown_as))
    return made, [*problems, *noted(book.notes, shown_as)]


@dataclass(slots=True)
class SheetPass:
    """One goal table on one sheet; `table` is None when the rules no longer have it."""

    page: FilledSheet
    code: str
    table: Table | None
    meta: Meta
    current: bool
    unread: set[str] = field(default_factory=set)  # the rows that are wrong; '' for one that is not known (see Part)
    _torn: set[str] = field(default_factory=set, init=False)  # the kinds of rows whose columns are not as they were

    def read(self) -> PartlyRead:
        """What was filled in; no results when nothing was."""
        rows, columns = self.rows()
        places = {"": self.page.where()}
        document = mapping(self.page.where())
        put(document, "code", placed(self.code, self.page.where()))
        put(document, "year", placed(str(self.meta.year), self.page.where()))
        indicators = {row.id: row for row in indicators_of(self.table)} if self.table else {}
        if self.table is not None and not self.current:
            self.news()
        filled = False
        for name, at in rows.items():
            _, kind, ident = name.split("|", 2)
            told = self.page.errors
            due = COLUMNS[kind] if kind != MONEY or name in self.meta.rows else {"cause", "remedy"}
            if self.torn(name, at, columns, due):
                continue
            if kind != BASICS:
                first = next(c for f, c in columns[kind].items() if f not in LOCKED)
                places.setdefault(_row(name), self.page.where(at, first))
            row = indicators.get(ident) if kind == ROWS else None
            found = self._fields(at, columns[kind], row)
            self.locked(name, at, columns[kind])
            if kind == BASICS:
                if flag := found.get("illustrative"):
                    put(document, "illustrative", placed(FLAGS.get(flag, flag), flag.where))
                continue
            if found:
                filled = True
                self.changed(name, found)
            if self.page.errors > told:
                self.unread.add(_row(name))
            elif found:
                _place(document, kind, ident, found)
        if self.table is None and filled:
            says = f"规则中已没有“{self.code}”，这张工作表却填了内容"
            self.page.tell("A403", says, self.page.where(), "清空这张工作表，或核对项目编码")
            return PartlyRead()
        if (
            EXECUTION in self.unread
        ):  # of the money the total or a part is missing: they are not held against each other
            for parts in ("funds", "parts"):
                document.get("spending", {}).pop(parts, None)
        part, problems = part_of(document, self.unread)
        self.page.problems += problems
        part.places = {(self.meta.year, self.code, row): where for row, where in places.items()} | part.places
        return part if filled else replace(part, actuals=[])

    def rows(self) -> tuple[dict[str, int], dict[str, dict[str, int]]]:
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
                heads = at if ident in (ROWS, PROGRESS) else heads
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
                called = (_row(name) or name.split("|")[1]) + (f"“{fields['name']}”" if "name" in fields else "")
                says = f"{called}的一行被删去了" + (f"（原在第 {above} 行之后）" if above else "")
                page.tell("A407", says, page.where(), "不删除行；没有完成情况的留空", AGAIN)
                self.unread.add(_row(name))
            above = rows.get(name, above)
        return rows, columns

    def torn(self, name: str, at: int, columns: dict[str, dict[str, int]], due: Set[str]) -> bool:
        """Whether the columns of a row's kind are not those it was written with (`due`), which is told once."""
        kind = name.split("|")[1]
        there = columns.get(kind, {}).keys()
        if there == due:
            return False
        self.unread.add(_row(name))
        if kind in self._torn:
            return True
        self._torn.add(kind)
        if 0 < len(gone := due - there) < len(COLUMNS[kind]):
            titles = "、".join(f"“{(LOCKED | dict(self.page.titles)).get(one, one)}”" for one in sorted(gone))
            says = f"{kind}各行的{titles}一列被删去了，或栏目行被改过"
        else:
            says = f"“{kind}”一栏隐藏的栏目行没有了或被改过，无法知道各列是什么"
        self.page.tell("A418", says, self.page.where(at, 1), "不删除列；没有内容的留空", AGAIN)
        return True

    def _strange(self, at: int, rows: dict[str, int]) -> None:
        """Columns of the indicators that the template has not; `at` is the row that names the fields, under the headings."""
        page, last = self.page, max((c for r, cs in self.page.rows() if r == at - 1 for c in cs), default=0)
        heads = WATCHED_HEADS if self.meta.day else HEADS
        listed = [row for name, row in rows.items() if name.split("|")[1] in (ROWS, PROGRESS)]
        for column in range(2, last):
            head = page.shown(at - 1, column)
            held = [row for row in listed if page.shown(row, column)]
            if head not in heads and held and not page.shown(at, column):
                says = f"插入的一列“{head or page.shown(held[0], column)[:30]}”不是填报表原有的，没有读取"
                page.note("A416", says, page.where(at - 1 if head else held[0], column), "需要读取的，填到原有的列里")

    def _expected(self) -> Iterator[str]:
        always = () if self.meta.day else (BASICS, MONEY, GOALS)
        yield from (key(self.code, kind) for kind in always)
        listed = (SHARES, ROWS, MEASURES, *WATCHED)
        yield from (n for n in self.meta.rows if n.split("|")[0] == self.code and n.split("|")[1] in listed)

    def _fields(self, at: int, columns: dict[str, int], row: Indicator | None) -> Mapping:
        """The filled fields of a row."""
        found = mapping(self.page.where(at, 2))
        entry = entry_of(row, self.meta.year) if row else None
        for name, column in columns.items():
            if name in LOCKED:
                continue
            if name == "actual" and row is not None and row.formula is not None:
                if self.page.is_formula(at, column):
                    continue
                if self.current and self.page.shown(at, column) not in ("", EMPTY):
                    says = f"“{row.name}”由金额计算，单元格里的公式被改成了“{self.page.shown(at, column)}”"
                    self.page.tell("A410", says, self.page.where(at, column), "清空这一格，由金额计算")
                    continue
            if self.page.hides(at, column):
                continue
            value = self.page.lines(at, column) if name == "evidence" else self.page.text(name, at, column, entry)
            if value is not None:
                put(found, name, value)
        said = ("actual", "state", "share", "evidence") if row else ("adjusted", "executed")
        answered = [found[name].where for name in said if name in found]
        found.where = answered[0] if answered else found.where
        return found

    def locked(self, row: str, at: int, columns: dict[str, int]) -> None:
        """Locked cells still show what they showed."""
        for name, stored in self.meta.rows.get(row, ("", {}))[1].items():
            column = columns.get(name)
            if column is None or same(self.page.shown(at, column), stored):
                continue
            says = f"锁定的“{LOCKED[name]}”被改成了“{self.page.shown(at, column)}”，写出时是“{stored}”"
            self.page.tell("A410", says, self.page.where(at, column), f"“{stored}”；{INSTEAD.get(name, IN_RULES)}")

    def changed(self, name: str, found: Mapping) -> None:
        """A filled row whose rule has changed since the workbook was made."""
        stored = self.meta.rows.get(name)
        if self.table is None or self.current or stored is None:
            return
        now = self._now(self.table).get(name)
        if now is None:
            says = f"“{stored[1].get('name', name)}”在规则中已经没有了，这一行却填了内容"
            self.page.tell("A403", says, found.where, "清空这一行", AGAIN)
        elif fingerprint(now) != stored[0]:
            says = f"这一行填写时是“{_told(stored[1])}”，规则现在是“{_told(now)}”"
            self.page.tell("A403", says, found.where, "按现在的规则重新填写", AGAIN)

    def _now(self, table: Table) -> dict[str, dict[str, str]]:
        """What a workbook of this kind, made now, would show locked."""
        return watched(table) if self.meta.day and isinstance(table, Project) else shown(table)

    def news(self) -> None:
        """What the rules have that this sheet has not, told once."""
        assert self.table is not None
        now = self._now(self.table)
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
    return {MONEY: EXECUTION, SHARES: EXECUTION, GOALS: ACHIEVED}.get(kind, ident)


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
        spending = within(document, "spending", found.where)
        put(within(spending, "funds" if ident in FUNDS else "parts", found.where), ident, found)
    else:
        name = "results" if kind == ROWS else "measures"
        put(within(document, name, found.where), ident, found)
