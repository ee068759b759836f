"""What is printed of a review: a form for each table (项目支出绩效自评复核表), and the summary of a unit's year (复核汇总表)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace

from evaluator.figures import percent, points
from evaluator.inapplicable import WORD
from evaluator.pages import UNKNOWN, Block, Cell, Document, Grid, Line, Look, Section, drafted, listing
from evaluator.policies.bases import cited
from evaluator.policy import UNGRADED
from evaluator.reporting.forms import findings_section, form_document
from evaluator.reporting.layouts import Layout, choose_layout
from evaluator.reporting.report import Form, by_level, rate_of, short_name, stamp_of
from evaluator.reporting.report import form as printed
from evaluator.rescoring.rescored import CountedScore, RescoredRow, RescoredTable, RescoredYear
from evaluator.workspace.office import Office

FORM, SUMMARY = "绩效自评复核表", "绩效自评复核汇总表"
COLUMNS = (("项目名称", 42), ("自评得分", 14), ("复核得分", 14), ("偏差", 12), ("主要偏差原因", 90))


def review_form(
    rescored: RescoredYear,
    table: RescoredTable,
    layouts: Mapping[str, Layout],
    submitted: str,
    office: Office | None,
    number: int = 1,
) -> Document:
    """The form of one table's review, with the number of its file; `submitted` is the self-evaluation's revision."""
    layout = choose_layout(layouts, "复核", table.own.policy.id, None)
    return form_document(_filled(rescored, table, submitted, office, number), layout, "复核表")


def review_summary(rescored: RescoredYear, submitted: str, number: int = 1) -> Document:
    """Every table of the year with both scores, and what was found of the reviews; a table nobody reviewed has no second score."""
    stamp = stamp_of(rescored.own, number)
    title = f"{rescored.own.unit}{SUMMARY}"
    corner = (
        Cell(stamp.illustrative, "sample"), Cell(f"（{rescored.own.year}年度）", "center", across=3),
        Cell(f"自评表{submitted}", "right"),
    )  # fmt: skip
    grid = listing(COLUMNS, (_line(rescored, code) for code in (table.code for table in rescored.own.tables)))
    sheet: tuple[Block, ...] = (
        Line(title, "title"), Grid(grid.widths, (corner, *grid.rows), (1, 1)),
        Line("偏差为复核得分减自评得分；“—”的没有复核。", "note"), *_counted_lines(rescored),
    )  # fmt: skip
    tables = [replace(table.own, findings=table.findings) for table in rescored.tables.values() if table.findings]
    sections = (
        Section("复核汇总", sheet, compact=True),
        *([findings_section(tables, with_table=True)] if tables else []),
    )
    draft = any(table.own.unfilled for table in rescored.tables.values())
    return drafted(
        Document(
            f"{title}（{rescored.own.year}年度）", stamp, sections, stamp.foot(rescored.own.unit, rescored.own.year)
        ),
        draft,
    )


def _line(rescored: RescoredYear, code: str) -> tuple[Cell, ...]:
    own = next(score for score in rescored.own.tables if score.code == code)
    table = rescored.tables.get(code)
    texts = (UNKNOWN, UNKNOWN, UNKNOWN) if table is None else (
        points(table.score), signed(table.deviation), table.causes or "没有偏差"
    )  # fmt: skip
    looks: tuple[Look, ...] = ("points", "points", "text")
    return Cell(short_name(own)), Cell(points(own.score), "points"), *map(Cell, texts, looks)


def _counted_lines(rescored: RescoredYear) -> Iterator[Line]:
    for table in rescored.tables.values():
        if table.counted:
            yield Line(f"{table.own.name}：{counted_says(table.counted, table)}", "note")


# ---- the form of a table -----------------------------------------------------------------------------------------


def _filled(rescored: RescoredYear, table: RescoredTable, submitted: str, office: Office | None, number: int) -> Form:
    form = printed(table.own, rescored.own, number, office)
    execution, *rows = table.rows
    said = {
        "reviewed": points(table.score),
        "own_grade": _grade(table.own.grade),
        "reviewed_grade": _grade(table.grade),
        "deviation": signed(table.deviation),
        "counted": "\n".join(_lowered(table, form.words["form.lowered"])),
        "opinion": table.causes or "没有偏差",
        "reviewers": "、".join(table.statement.reviewers),
        "submitted": submitted,
    }
    spending = {
        "name": execution.own.indicator.name, "target": "100", "unit": "%", "points": points(execution.own.points),
        "actual": table.values_of(execution)[0], **_row_words(table, execution),
    }  # fmt: skip
    by_id = {row.own.indicator.id: _row_words(table, row) for row in rows}
    ordered = [row.indicator.id for _, row in by_level(table.own.rows)]
    indicators = [{**words, **by_id[name]} for words, name in zip(form.rows["indicators"], ordered, strict=True)]
    words = {f"form.{name}": text for name, text in said.items()}
    words |= {f"execution.{name}": text for name, text in spending.items()}
    return replace(form, words={**form.words, **words}, rows={**form.rows, "indicators": indicators})


def _lowered(table: RescoredTable, own: str) -> Iterator[str]:
    """What lowered a total below its rows, on either side, and what it counts for."""
    if own:
        yield f"自评：{own}"
    rows = table.total
    if rows > table.score and table.then.cap is not None:
        yield f"复核：各项合计 {points(rows)}；预算执行率 {rate_of(table.then.money)}，总分不超过 {points(table.then.cap)}"
    if table.counted:
        yield counted_says(table.counted, table)


def _grade(grade: str) -> str:
    return "" if grade == UNGRADED else f"等级：{grade}"


def _row_words(table: RescoredTable, row: RescoredRow) -> dict[str, str]:
    """What a form says of a row in review (layouts.REVIEW)."""
    return {
        "earned": WORD if row.own.inapplicable else points(row.own.earned),
        "reviewed_actual": table.values_of(row)[1],
        "reviewed": WORD if row.then.inapplicable else points(row.earned),
        "deviation": signed(row.deviation),
        "note": "\n".join(note_of(row)),
    }


def note_of(row: RescoredRow) -> Iterator[str]:
    """Why a row comes out as it does in review: grounds, deduction, cause and what was looked at."""
    yield from (f"{ground.says}，{ground.effect}" for ground in row.grounds if not row.counted_as)
    if row.counted_as:
        yield f"与{row.counted_as}重复，由那一行计分"
    if row.deducted:
        yield f"另扣 {points(row.deducted)} 分"
    if row.restated and not (row.stated and row.stated.values):
        yield "由复核的金额计算"
    if row.stated:
        yield row.stated.cause
        if row.stated.evidence:
            yield f"依据：{'、'.join(row.stated.evidence)}"
        if row.stated.remedy:
            yield f"要求：{row.stated.remedy}"


def counted_says(counted: CountedScore, table: RescoredTable) -> str:
    """What a score counts for where finance graded lower, and by which clause."""
    whole = table.own.score if counted.clause.of == "自评得分" else table.score
    return (
        f"财政评定为{counted.grade}，比自评（{table.own.grade}）低 {counted.steps} 级，{counted.clause.of} {points(whole)} 按 "
        f"{percent(counted.share)} 计 {points(counted.score)}（{cited(counted.clause)}）"
    )


def signed(hundredths: int) -> str:
    """A difference of points with its sign: -1.25, +0.50, 0.00."""
    return f"{'+' if hundredths > 0 else ''}{points(hundredths)}"
