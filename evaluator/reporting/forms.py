"""A form as a document: a layout filled from a printed.Form; and its attachment: how each point came about, what was found.

The form has what the official form has and what the office wrote, and nothing of ours; the attachment has the rest.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, replace
from itertools import groupby

from evaluator.bases import cited
from evaluator.pages import Block, Cell, Document, Grid, Line, Look, Section, drafted
from evaluator.printed import ClauseLine, FindingLine, Form, MoneyRow
from evaluator.reporting.layouts import PLACEHOLDER, WORDS, Each, Layout, LayoutCell
from evaluator.results import graded

Words = Mapping[str, str]

EXPLAINED = (
    ("指标", 17), ("指标值", 20), ("实际完成值", 18), ("得分计算", 25), ("适用条款", 42), ("距下一步", 17),
    ("佐证材料", 19), ("问题", 8),
)  # fmt: skip
OPEN, TICKED = "□", "√"
FOUND = (("编号", 8), ("程度", 8), ("对象", 24), ("问题", 58), ("处理建议", 38), ("依据", 26))


def form_document(form: Form, layout: Layout) -> Document:
    """The official form in its layout, alone: on one page where it fits."""
    title = f"{layout.title}　{form.name}（{form.year}年度）"
    blocks = (Line(layout.title, "title"), _laid_out(form, layout))
    sheet = Section("自评表", blocks, layout.landscape, compact=True, draft=form.draft)
    return Document(title, form.stamp, (sheet,), form.stamp.foot(form.unit, form.year))


def attachment_document(form: Form, layout: Layout, *first: Section) -> Document:
    """The attachment (附件) of a form: what comes `first`, its explanations (得分说明) and its findings (问题清单)."""
    title = f"{layout.title}附件　{form.name}（{form.year}年度）"
    sections = (
        *first,
        Section("得分说明", tuple(_explanations(form, layout))),
        findings_section(form.findings, *(Line(f"关于表式：{one}", "note") for one in form.remarks)),
    )
    headed = tuple(replace(one, blocks=(Line(title, "note"), *one.blocks)) for one in sections)
    return drafted(Document(title, form.stamp, headed), form.draft)


def joined(documents: Sequence[Document], title: str) -> Document:
    """Documents of one office bound together; raises ValueError when there are none."""
    if not documents:
        raise ValueError("no documents to bind together")
    sections = tuple(section for one in documents for section in one.sections)
    return replace(documents[0], title=title, sections=sections)


# ---- filling a layout --------------------------------------------------------------------------------------------


def _laid_out(form: Form, layout: Layout) -> Grid:
    things: dict[Each | None, list[Words]] = {
        None: [{}],
        "money": [_money(row) for row in form.money],
        "funds": [_money(row) for row in form.funds],
        "parts": [_money(row) for row in form.parts],
        "indicators": list(_indicators(form)),
    }
    once = _once(form, layout)
    sizes = [len(things[row.each]) for row in layout.rows]
    rows: list[tuple[Cell, ...]] = []
    least: list[float] = []
    tail: int | None = None
    repeated: list[int] = []
    for number, row in enumerate(layout.rows):
        if row.repeat:
            repeated.append(len(rows))
        items = things[row.each]
        for at, item in enumerate(items):
            words = once | {f"row.{name}": text for name, text in item.items()}
            cells: list[Cell] = []
            for cell in row.cells:
                down = _run(items, at, cell.merge) if cell.merge else _down(layout, sizes, number, cell)
                if down:
                    text = _filled(_ticked(cell, form), words)
                    cells.append(Cell(text, cell.look, cell.across, down))
            rows.append(tuple(cells))
            least.append(row.high)
        if row.each == "indicators":
            tail = len(rows)
    repeat = (repeated[0], repeated[-1]) if repeated else None
    return Grid(tuple(layout.columns), tuple(rows), repeat, tuple(least), tail if repeat else None)


def _ticked(cell: LayoutCell, form: Form) -> str:
    """The text of a cell with the box of the project's own choice ticked; the others stay open, to be ticked by hand."""
    chosen = dict(form.kinds).get(cell.ticks or "")
    if not chosen:
        return cell.text
    return re.sub(rf"(?<![^\s.、])({re.escape(chosen)}) {OPEN}", rf"\1 {TICKED}", cell.text)


def _down(layout: Layout, sizes: Sequence[int], number: int, cell: LayoutCell) -> int:
    """The printed rows a cell takes; `down: money` reaches the last row of the next such rows."""
    if isinstance(cell.down, int):
        return cell.down
    last = next(i for i, row in enumerate(layout.rows) if i > number and row.each == cell.down)
    return sum(sizes[number : last + 1])


def _run(items: Sequence[Words], at: int, level: str) -> int:
    """How many rows from this one on are of one level; 0 when the cell above covers it."""
    keys = [(item["category"], item["dimension"] if level == "dimension" else "") for item in items]
    if at and keys[at - 1] == keys[at]:
        return 0
    return len(next(list(run) for _, run in groupby(keys[at:])))


def _filled(text: str, words: Words) -> str:
    """The text with its placeholders filled in one pass, so that what is put in is never read as a template.

    A line of nothing but placeholders that are empty is left out.
    """
    lines = ((line, PLACEHOLDER.sub(lambda match: words[match[1]], line)) for line in text.split("\n"))
    return "\n".join(filled for line, filled in lines if filled or not line)


def _once(form: Form, layout: Layout) -> dict[str, str]:
    """What can be named anywhere in a layout."""
    said = {
        "name": form.name,
        "code": form.code,
        "authority": form.authority,
        "unit": form.unit,
        **asdict(form.people),
        "year": form.year,
        "sample": form.stamp.illustrative,
        "under": "" if layout.made_for(form.policy, form.parent) else f"　按“{form.method}”计分",
        "goals": "\n".join(form.goals),
        "achieved": form.achieved,
        "process": form.process,
        "spending": form.spending,
        "others": form.others,
        "points": form.whole,
        "score": form.score,
        "grade": form.grade,
        "graded": graded(form.grade),
        "verdict": "\n".join(filter(None, form.verdict)),
        "lowered": "\n".join(form.verdict[1:]),
        "causes": "\n".join(form.causes),
        "remedies": "\n".join(form.remedies),
        "remark": form.remark,
        "notes": "\n".join(form.notes),
        "rules": "\n".join(layout.notes_under(form.policy, form.parent)),
    }
    words = {f"form.{name}": text for name, text in said.items()}
    groups = ("total", "fiscal", "carried", "other", "special", "own", "basic", "projects")
    for group, row in zip(groups, (*form.money, *form.funds[1:3], *form.parts), strict=True):
        words |= {f"{group}.{name}": text for name, text in _money(row).items()}
    return words


def _money(row: MoneyRow) -> dict[str, str]:
    return {name: getattr(row, name) for name in WORDS["money"]}


def _indicators(form: Form) -> Iterator[dict[str, str]]:
    for category in form.categories:
        for dimension in category.dimensions:
            above = {"category": category.name, "category_points": category.points, "dimension": dimension.name}
            for row in dimension.rows:
                yield above | {name: getattr(row, name) for name in WORDS["indicators"] if name not in above}


# ---- what stands behind it ---------------------------------------------------------------------------------------


def listing(columns: Iterable[tuple[str, float]], rows: Iterable[tuple[Cell, ...]]) -> Grid:
    """A list: a heading row, repeated on every page, and its rows."""
    heads, widths = zip(*columns, strict=True)
    return Grid(widths, (tuple(Cell(head, "head") for head in heads), *rows), (0, 0))


def _explanations(form: Form, layout: Layout) -> Iterator[Block]:
    yield Line("得分说明", "heading")
    yield from (Line(text) for text in (*form.about, form.source))
    if not layout.made_for(form.policy, form.parent):
        yield Line(f"版式“{layout.title}”（{layout.id}）属于另一个评分办法；表中的分值和得分都按上述评分办法。", "note")
    rows = [
        tuple(map(Cell, (
            "\n".join(filter(None, (row.id, row.name))), row.target, row.actual, row.formula, "\n".join(row.clauses),
            row.next, row.evidence, row.findings,
        )))
        for row in form.explained
    ]  # fmt: skip
    if noted := layout.notes if layout.made_for(form.policy, form.parent) else ():
        yield Line("表中的计分说明：", "note")
        yield from (Line(f"· {note.says}（{cited(note)}）", "note") for note in noted)
    added = (Cell("合计", "head"), Cell(form.addition, "bold", across=len(EXPLAINED) - 1))
    yield listing(EXPLAINED, [*rows, added])
    yield Line(form.stamp.says, "note")
    yield from relied_on(form.clauses)


def relied_on(clauses: Sequence[ClauseLine]) -> Iterator[Block]:
    """The clauses relied on (所依据的条款), each with how it is known."""
    unread = sum(not clause.checked for clause in clauses)
    yield Line("所依据的条款", "heading")
    if unread:
        yield Line(f"下列条款中没有见过原文的 {unread} 条，各条写明怎样得知；报送前请向财政部门确认。", "note")
    else:
        yield Line("下列条款都已核对原文。", "note")
    yield from (Line(f"· {clause.says}") for clause in clauses)


def findings_section(lines: Sequence[FindingLine], *more: Block, with_table: bool = False) -> Section:
    """The findings (问题清单), with the table each is about where they are of several."""
    columns = [("项目", 28), *FOUND] if with_table else FOUND
    found = _findings(lines, columns) if lines else Line("没有发现问题。")
    return Section("问题清单", (Line("问题清单", "heading"), found, *more))


def _findings(lines: Sequence[FindingLine], columns: Sequence[tuple[str, float]]) -> Grid:
    rows = []
    for before, line in zip([None, *lines], lines, strict=False):
        severity: Look = "bad" if line.severity == "错误" else "label"
        cells = (
            Cell("" if before and before.table == line.table else line.table), Cell(line.rule, "label"), Cell(line.severity, severity), Cell(line.subject),
            Cell(line.says), Cell(line.remedy), Cell(line.basis),
        )  # fmt: skip
        rows.append(cells[-len(columns) :])
    return listing(columns, rows)
