"""What else is wrong in a filled table, told only when it is certain; each kind of defect has a stable code."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from fractions import Fraction

from evaluator.auditing.defect import Defect
from evaluator.auditing.judgement import Judged
from evaluator.auditing.moneyblock import money_defects, sum_defects
from evaluator.auditing.naming import named
from evaluator.auditing.recomputed import blank, figure, number, plain
from evaluator.auditing.rounding import rounded
from evaluator.auditing.shared import groups
from evaluator.auditing.words import repeats, vocabulary
from evaluator.comparators import UPWARD
from evaluator.factsheets.magnitudes import Size, size_of
from evaluator.factsheets.wording import output_money
from evaluator.factsheets.wordlists import ends
from evaluator.figures import decimal, percent
from evaluator.findings.emptywords import says_nothing
from evaluator.intake.filled.formdata import FilledRow, FilledTable, unreadable
from evaluator.policy import Policy
from evaluator.quantities.quantity import Unreadable, read_target
from evaluator.quantities.reading import Amount, read
from evaluator.quantities.units import UNIT_PATTERN, WORDS

_EMPTY = re.compile(rf"[≥≤<>=]\s*(?:{UNIT_PATTERN})?|[≥≤<>=]?\s*[xX×*_]{{2,}}\s*%?")  # a form not filled in

_CELLS = {"target": "指标值", "actual": "实际完成值", "rate": "执行率", "points": "分值", "score": "得分"}


def defects(
    table: FilledTable,
    rows: Sequence[Judged],
    execution: Judged,
    total: Judged,
    policy: Policy,
    policies: Sequence[Policy],
) -> Iterator[Defect]:
    """Every certain defect of a table, its sums and money first, then row by row."""
    cells = table.indicators
    if cells and all(blank(row.actual) and blank(row.score) for row in cells) and not _dim(table):
        yield Defect("unfilled-template", "整张表", "各行都没有实际完成值和得分")
    yield from sum_defects(table, total, policies, policy)
    yield from money_defects(table, execution)
    if table.execution:
        yield from _bounds("预算执行率", table.execution.score, table.execution.points)
    if execution.coarse:
        yield _rounded("预算执行率", execution)
    joined = {index for group in groups(cells) if len(group) > 1 for index in group}
    written = any(not blank(row.actual) for row in cells) and not _dim(table)
    scored = any(not blank(row.score) for row in cells)
    yield from _unreadable(table)
    for index, (row, judged) in enumerate(zip(cells, rows, strict=True)):
        yield from _target(row, judged)
        yield from _actual(row, judged, table, policy)
        if index not in joined:
            yield from _score(row, judged, table, written, scored)
    yield from _points_for_targets(cells)


def _unreadable(table: FilledTable) -> Iterator[Defect]:
    """Cells in which a machine wrote that it had nothing: told from empty ones."""
    whole = [("总分", "总分", table.total_score)]
    whole += [("预算执行率", title, getattr(table.execution, name, None)) for name, title in _CELLS.items()]
    rows = [
        (_called(row), title, getattr(row, name, None)) for row in table.indicators for name, title in _CELLS.items()
    ]
    for called, title, text in (*rows, *whole):
        if unreadable(text):
            yield Defect("unreadable", called, f"{title}印作“{text}”，读不出，不是空白")


def _rounded(called: str, judged: Judged) -> Defect:
    verdict = judged.verdict
    says = f"得分印作 {verdict.printed}，按 0.01 应为 {verdict.computed}，印的是{judged.coarse}（取整）"
    return Defect("rounded", called, says)


def _called(row: FilledRow) -> str:
    return (row.level3 or row.level2 or row.target or "（未写名称）").strip()


def _amount(text: str | None) -> Amount | None:
    try:
        found = read(plain(text or ""))
    except Unreadable:
        return None
    return found if isinstance(found, Amount) else None


def _target(row: FilledRow, judged: Judged) -> Iterator[Defect]:
    """What is wrong with a target: an empty form, a sign the wrong way round, money as a quantity, a rate in heads."""
    called = _called(row)
    if row.target and _EMPTY.fullmatch(plain(row.target)):
        yield Defect("unfilled-template", called, f"指标值“{row.target}”是没有填写的空表样")
    if judged.reversed:
        yield Defect("reversed-sign", called, judged.verdict.reason)
    wanted = _amount(row.target)
    if wanted is None:
        return
    kind = wanted.low.unit.kind
    if kind == "金额" and "数量" in (row.level2 or "") and not output_money(named(row)):
        yield Defect("money-as-quantity", called, f"数量指标的指标值“{row.target}”是一笔钱，不是产出的数量")
    if kind not in ("比率", "百分点", "") and ends("rate_ends", named(row)) and not ends("rate_but", named(row)):
        yield Defect("rate-in-heads", called, f"名称是率而指标值“{row.target}”不是百分数")


def _actual(row: FilledRow, judged: Judged, table: FilledTable, policy: Policy) -> Iterator[Defect]:
    """What is wrong with an actual: a size apart, far over its target, another unit, more than the whole, a copy."""
    called, told = _called(row), not _silent(row.deviation_note) or _explained(table) or _dim(table)
    reached, size = judged.reached, _apart(row, judged, table)
    over = reached and reached.pair.comparator in UPWARD and reached.pair.target > 0
    wanted, given = _amount(row.target), _amount(row.actual)
    share = bool(wanted and given and wanted.low.unit.kind == given.low.unit.kind == "比率") and (
        re.search(f"(?:{'|'.join(vocabulary()['shares'])})$", re.sub("[0-9]+$", "", named(row)))
    )
    if size and (size.unit or not told):
        yield Defect("value-apart", called, f"指标值“{row.target}”，实际完成值“{row.actual}”，{size.told}")
    elif share and given and given.high is None and given.low.to(WORDS["%"]) > 100:
        yield Defect("share-above-whole", called, f"占比超过 100%：实际完成值“{row.actual}”，这一类的率不会超过 100%")
    elif over and reached and not told and reached.attainment >= policy.over_fulfilment.reason_from:
        says = f"超额未说明：实际完成值“{row.actual}”是指标值“{row.target}”的 {percent(reached.attainment)}，没有写原因"
        yield Defect("over-fulfilment-without-comment", called, says)
    if repeats(row):
        yield Defect("actual-repeats-target", called, f"完成值照抄比较符：“{row.actual}”不是实际完成的数")
    if wanted and given and wanted.low.unit.kind == "比率" and given.low.unit.kind not in ("比率", "百分点", ""):
        says = f"指标值“{row.target}”是百分数而完成值“{row.actual}”不是"
        yield Defect("unit-apart", called, says)


def _score(row: FilledRow, judged: Judged, table: FilledTable, written: bool, scored: bool) -> Iterator[Defect]:
    """What is wrong with a score: out of bounds, without a figure or a cause behind it, rounded, blank."""
    called, score, points = _called(row), number(row.score), number(row.points)
    told = not _silent(row.deviation_note) or _explained(table) or _dim(table)
    if judged.unmet and not told:
        yield Defect("unmet-without-cause", called, f"“{row.actual}”没有达到“{row.target}”，没有写原因")
    if judged.coarse:
        yield _rounded(called, judged)
    if scored and points and blank(row.score) and not _dim(table):
        yield Defect("score-blank", called, f"得分空白，分值 {row.points}")
    yield from _bounds(called, row.score, row.points)
    if points is not None and number(row.level3_points) not in (None, points):
        yield Defect("points-apart", called, f"名称后写 {row.level3_points} 分，分值栏印作 {row.points}")
    if score is None:
        return
    if points is None or points <= 0:
        points = judged.points  # they follow from the table
    if points is None:
        return
    if score == points and row.target and written:
        yield from _no_figure(row, called)
    if score == points and re.search("|".join(vocabulary()["unfinished"]), plain(row.deviation_note or "")):
        says = f"满分 {row.score} 而写了未完成的原因“{row.deviation_note}”"
        yield Defect("cause-beside-full-score", called, says)
    if 0 <= score < points and not told:
        full = row.points or decimal(points)
        yield Defect("missing-cause", called, f"得分 {row.score} 低于分值 {full}，没有写偏差原因和改进措施")


def _no_figure(row: FilledRow, called: str) -> Iterator[Defect]:
    """Full points beside an actual that is blank, or no number where the target is one."""
    if blank(row.actual):
        code, what = (
            ("empty-actual-full-score", "空白")
            if row.actual is None
            else ("no-figure-full-score", f"“{row.actual}”不是数")
        )
        yield Defect(code, called, f"完成值{what}而满分 {row.score}")
        return
    wanted = _amount(row.target)
    if wanted is None or wanted.low.number == 0:
        return
    try:
        given = read(plain(row.actual or ""))
    except Unreadable:
        return
    if not isinstance(given, Amount) and not re.search("[0-9零一二三四五六七八九十百千万]", plain(row.actual or "")):
        says = f"完成值不是数而满分：指标值“{row.target}”，完成值“{row.actual}”，得分 {row.score}"
        yield Defect("no-figure-full-score", called, says)


def _bounds(called: str, score: str | None, points: str | None) -> Iterator[Defect]:
    given, worth = number(score), number(points)
    if given is not None and given < 0:
        yield Defect("negative-score", called, f"得分为负：{score}")
    elif given is not None and worth is not None and given > worth > 0 and not rounded(worth, figure(score) or ""):
        yield Defect("score-above-points", called, f"得分高于分值：得分 {score}，分值 {points}")


def _points_for_targets(cells: Sequence[FilledRow]) -> Iterator[Defect]:
    """Targets and actuals that are the row's points, where a quantity should stand."""

    def copied(row: FilledRow) -> bool:
        aim, done = number(row.target), number(row.actual)
        return aim is not None and aim == done == number(row.points)

    found = [row for row in cells if copied(row)]
    if len(found) > 1 or any((number(row.points) or Fraction(0)).denominator > 1 for row in found):
        for row in found:
            says = f"指标值、实际完成值都是“{row.target}”，与分值相同，不是完成的数量"
            yield Defect("points-as-target", _called(row), says)


def _apart(row: FilledRow, judged: Judged, table: FilledTable) -> Size | None:
    """How the actual of a row is a thousandfold apart from its target, where the verdict has not said so."""
    if judged.reached is None or row.target is None or row.actual is None or judged.verdict.verdict == "undecidable":
        return None
    try:
        return size_of(read_target(row.target), row.actual, table.year)
    except Unreadable:
        return None


def _silent(text: str | None) -> bool:
    return text is None or says_nothing(text)


def _dim(table: FilledTable) -> bool:
    """Whether a table was put together from running text, where what is missing may just not have been found."""
    return table.transcription == "run-text"


def _explained(table: FilledTable) -> bool:
    """Whether causes or measures stand elsewhere on the table."""
    return not all(_silent(text) for text in (table.problems, table.measures, table.note))
