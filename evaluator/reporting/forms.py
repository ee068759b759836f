"""A form as a document: a layout filled with its words; and its attachment: how each point came about, what was found.

The form has what the official form has and what the office wrote, and nothing of ours; the attachment has the rest.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import groupby

from evaluator.adding import addition
from evaluator.model import Project
from evaluator.pages import Block, Cell, Document, Grid, Line, Section, drafted, listing
from evaluator.policies.bases import cited
from evaluator.policy import CLAUSES
from evaluator.reporting.layouts import PLACEHOLDER, Layout, LayoutCell
from evaluator.reporting.report import Form, about, clauses_of, explained, short_name
from evaluator.results import TableScore

Words = Mapping[str, str]

EXPLAINED = (
    ("指标", 17), ("指标值", 20), ("实际完成值", 18), ("得分计算", 25), ("适用条款", 42), ("距下一步", 17),
    ("佐证材料", 19), ("问题", 8),
)  # fmt: skip
OPEN, TICKED = "□", "√"
FOUND = (("编号", 8), ("程度", 8), ("对象", 24), ("问题", 58), ("处理建议", 38), ("依据", 26))


def form_document(form: Form, layout: Layout, name: str = "自评表") -> Document:
    """The official form in its layout, alone: on one page where it fits; `name` is that of its sheet."""
    of, year, unit = (form.words[f"form.{word}"] for word in ("name", "year", "unit"))
    title = f"{layout.title}　{of}（{year}年度）"
    blocks = (Line(layout.title, "title"), _laid_out(form, layout))
    sheet = Section(name, blocks, layout.landscape, compact=True, draft=form.table.unfilled)
    return Document(title, form.stamp, (sheet,), form.stamp.foot(unit, year))


def attachment_document(form: Form, layout: Layout, *first: Section) -> Document:
    """The attachment (附件) of a form: what comes `first`, its explanations (得分说明) and its findings (问题清单)."""
    table = form.table
    title = f"{layout.title}附件　{form.words['form.name']}（{form.words['form.year']}年度）"
    remarks = (finding for finding in table.aside if finding.rule.about == "target")
    sections = (
        *first,
        Section("得分说明", tuple(_explanations(form, layout))),
        findings_section(
            [table], *(Line(f"关于表式：{finding.says}；{finding.remedy}", "note") for finding in remarks)
        ),
    )
    headed = tuple(replace(section, blocks=(Line(title, "note"), *section.blocks)) for section in sections)
    return drafted(Document(title, form.stamp, headed), table.unfilled)


def bound_together(documents: Sequence[Document], title: str) -> Document:
    """Documents of one office bound together; raises ValueError when there are none."""
    if not documents:
        raise ValueError("no documents to bind together")
    sections = tuple(section for document in documents for section in document.sections)
    return replace(documents[0], title=title, sections=sections)


# ---- filling a layout --------------------------------------------------------------------------------------------


def _laid_out(form: Form, layout: Layout) -> Grid:
    policy = form.table.policy
    things: list[Sequence[Words]] = [form.rows[row.each] if row.each else [{}] for row in layout.rows]
    once = {
        **form.words,
        "form.under": "" if _own(form, layout) else f"　按“{policy.title}”计分",
        "form.rules": "\n".join(layout.notes_under(policy.id, policy.extends or "")),
    }
    sizes = list(map(len, things))
    rows: list[tuple[Cell, ...]] = []
    least: list[float] = []
    tail: int | None = None
    repeated: list[int] = []
    for number, row in enumerate(layout.rows):
        if row.repeat:
            repeated.append(len(rows))
        items = things[number]
        levels: dict[str, Sequence[object]] = {
            "category": [item.get("category") for item in items],
            "dimension": [(item.get("category"), item.get("dimension")) for item in items],
        }
        for at, item in enumerate(items):
            words = once | {f"row.{name}": text for name, text in item.items()}
            cells: list[Cell] = []
            for cell in row.cells:
                down = run_from(levels[cell.merge], at) if cell.merge else _down(layout, sizes, number, cell)
                if down:
                    text = _filled(_ticked(cell, form), words)
                    key = (item.get("id", ""), cell.text) if PLACEHOLDER.search(cell.text) else None
                    cells.append(Cell(text, cell.look, cell.across, down, key))
            rows.append(tuple(cells))
            least.append(row.high)
        if row.each == "indicators":
            tail = len(rows)
    repeat = (repeated[0], repeated[-1]) if repeated else None
    return Grid(tuple(layout.columns), tuple(rows), repeat, tuple(least), tail if repeat else None)


def _ticked(cell: LayoutCell, form: Form) -> str:
    """The text of a cell with the box of the project's own choice ticked; the others stay open, to be ticked by hand."""
    table = form.table.table
    chosen = table.kinds.get(cell.ticks or "") if isinstance(table, Project) else None
    if not chosen:
        return cell.text
    return re.sub(rf"(?<![^\s.、])({re.escape(chosen)}) {OPEN}", rf"\1 {TICKED}", cell.text)


def _down(layout: Layout, sizes: Sequence[int], number: int, cell: LayoutCell) -> int:
    """The printed rows a cell takes; `down: money` reaches the last row of the next such rows."""
    if isinstance(cell.down, int):
        return cell.down
    last = next(i for i, row in enumerate(layout.rows) if i > number and row.each == cell.down)
    return sum(sizes[number : last + 1])


def run_from(keys: Sequence[object], at: int) -> int:
    """How many rows from this one on have the same key, to be merged; 0 when the cell above covers it."""
    if at and keys[at - 1] == keys[at]:
        return 0
    return len(next(list(run) for _, run in groupby(keys[at:])))


def _filled(text: str, words: Words) -> str:
    """The text with its placeholders filled in one pass, so that what is put in is never read as a template.

    A line of nothing but placeholders that are empty is left out.
    """
    lines = ((line, PLACEHOLDER.sub(lambda match: words[match[1]], line)) for line in text.split("\n"))
    return "\n".join(filled for line, filled in lines if filled or not line)


def _own(form: Form, layout: Layout) -> bool:
    """Whether the layout is meant for the policy that the form was scored under."""
    return layout.made_for(form.table.policy.id, form.table.policy.extends or "")


# ---- what stands behind it ---------------------------------------------------------------------------------------


def _explanations(form: Form, layout: Layout) -> Iterator[Block]:
    table, own = form.table, _own(form, layout)
    yield Line("得分说明", "heading")
    yield from map(Line, about(table))
    if not own:
        yield Line(f"版式“{layout.title}”（{layout.id}）属于另一个评分办法；表中的分值和得分都按上述评分办法。", "note")
    if own and layout.notes:
        yield Line("表中的计分说明：", "note")
        yield from (Line(f"· {note.says}（{cited(note)}）", "note") for note in layout.notes)
    rows = [tuple(map(Cell, explained(row, table))) for row in table.all_rows]
    yield listing(EXPLAINED, [*rows, (Cell("合计", "head"), Cell(addition(table), "bold", across=len(EXPLAINED) - 1))])
    yield Line(form.stamp.says, "note")
    yield from relied_on(clauses_of([table]))


def relied_on(clauses: Mapping[str, bool]) -> Iterator[Block]:
    """The clauses relied on (所依据的条款), each with how it is known; and whether its text was read."""
    unread = sum(not checked for checked in clauses.values())
    yield Line("所依据的条款", "heading")
    if unread:
        yield Line(f"下列条款中没有见过原文的 {unread} 条，各条写明怎样得知；报送前请向财政部门确认。", "note")
    else:
        yield Line("下列条款都已核对原文。", "note")
    yield from (Line(f"· {clause}") for clause in clauses)


def findings_section(tables: Sequence[TableScore], *more: Block, with_table: bool = False) -> Section:
    """The findings (问题清单) of some tables, with the table each is about where they are of several."""
    columns = [("项目", 28), *FOUND] if with_table else FOUND
    rows = [row[-len(columns) :] for table in tables for row in _findings(table)]
    listed = listing(columns, rows) if rows else Line("没有发现问题。")
    return Section("问题清单", (Line("问题清单", "heading"), listed, *more))


def _findings(table: TableScore) -> Iterator[tuple[Cell, ...]]:
    """A table's findings, its name before the first."""
    names = {row.indicator.id: f"{row.indicator.id} {row.indicator.name}" for row in table.all_rows}
    names |= {name: f"评分办法：{title}" for name, title in CLAUSES.items()} | {table.code: "整表"}
    for number, finding in enumerate(table.findings):
        between = any(fact.startswith("conflict:") for fact in finding.facts)
        subject = names.get(table.row_of(finding) or finding.subject, "指标之间" if between else finding.subject)
        yield (
            Cell("" if number else short_name(table)), Cell(finding.rule.id, "label"),
            Cell(finding.severity, "bad" if finding.severity == "错误" else "label"), Cell(subject), Cell(finding.says), Cell(finding.remedy),
            Cell(cited(finding.rule.basis)),
        )  # fmt: skip
