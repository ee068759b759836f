"""What is wrong with the scoring standards (评分标准) and data items of a goal table's rows; each problem has a page (R161 to R167)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from fractions import Fraction
from typing import TYPE_CHECKING

from evaluator.criteria.faulty import Refusal
from evaluator.errors import Problem, Severity
from evaluator.model import Indicator, Project
from evaluator.policy import Policy
from evaluator.quantities.dataitems import check_items
from evaluator.quantities.formula import FormulaError
from evaluator.quantities.numerals import Unreadable
from evaluator.quantities.quantity import Target
from evaluator.quantities.reading import Amount
from evaluator.quantities.units import NO_UNIT

if TYPE_CHECKING:
    from evaluator.criteria.soundness import FaultKind
    from evaluator.criteria.undecided import Ask

_FAULTS: dict[FaultKind, tuple[str, Severity, str]] = {
    "against": ("R166", "错误", "核对原文：是评分标准写反了，还是比较符写反了"),
    "overlap": ("R164", "警告", "改写各档，使它们不重叠"),
    "gap": ("R164", "警告", "补上没有列到的一档，或者在 reads 里写明归到哪一档"),
    "unreached": ("R165", "警告", "核对评分标准里的分数和本行的分值"),
    "worse": ("R167", "警告", "核对各档的分数和范围；原文确实这样写的，照录并在自评说明里写明"),
}


def check_own(row: Indicator, target: Target) -> Iterator[Problem]:
    """What is wrong with a row's own criterion and data items."""
    yield from _data(row, target)
    if row.criterion is None:
        if row.reads:
            yield Problem(
                "R161",
                f"指标“{row.name}”写了 reads，没有评分标准",
                row.at("reads"),
                remedy="写上评分标准，或删去 reads",
            )
        return
    from evaluator.criteria.soundness import faults_of
    from evaluator.criteria.standard import standard

    try:
        own = standard(row.criterion, row.reads)
        list(own.asks(row.target, Fraction(row.spoken, 100), row.sign))
    except Refusal as error:
        yield _refused(row, error)
        return
    for fault in faults_of(own, row.target, Fraction(row.spoken, 100), row.sign):
        code, severity, remedy = _FAULTS[fault.kind]
        says = f"指标“{row.name}”的评分标准“{own.text}”：{fault.says}"
        yield Problem(code, says, row.at("criterion"), severity=severity, remedy=remedy)


def check_open(rows: Iterable[Indicator]) -> Iterator[Problem]:
    """What the scoring standards of a table leave open (R162): once where several rows leave the same open."""
    rows = [row for row in rows if row.criterion is not None]
    if not rows:
        return
    from evaluator.criteria.standard import open_says, readings_of, standard
    from evaluator.criteria.tablewide import shared_asks

    asked: list[tuple[str, Ask]] = []
    by_name = {row.name: row for row in reversed(rows)}
    for row in rows:
        try:
            own = standard(row.criterion or "", row.reads)
            asked += ((row.name, ask) for ask in own.asks(row.target, Fraction(row.spoken, 100), row.sign))
        except (Refusal, Unreadable):
            continue
    for shared in shared_asks(asked):
        (name, ask), *others = shared.rows
        row = by_name[name]
        text = standard(row.criterion or "", row.reads).text
        if others:
            says, remedy = f"指标{shared.says}。{shared.meanings}", "问明以后在这张表的 reads 里写上答复，各行都照它算"
            yield Problem("R162", says, row.at("criterion"), f"reads: {shared.answers}", remedy=remedy)
            continue
        says = f"指标“{name}”的评分标准“{text}”没有写明：{open_says(ask)}"
        yield Problem(
            "R162", says, row.at("criterion"), f"reads: {readings_of(ask)}", remedy="问明以后在 reads 里写上答复"
        )


def check_accepted(rows: Iterable[Indicator], policy: Policy) -> Iterator[Problem]:
    """Rows with a scoring standard where the policy of their table accepts none (R161)."""
    for row in rows if not policy.takes_criteria else ():
        if row.criterion is not None:
            error = Refusal(
                "Q418", f"评分办法“{policy.id}”不接受指标自己的评分标准", 0, "删去，或改用接受评分标准的办法"
            )
            yield _refused(row, error)


def settled(project: Project) -> Project:
    """A table whose rows have the readings that were settled for all of them; a row's own come first."""
    if not project.reads or all(row.criterion is None for row in project.indicators):
        return project
    from evaluator.criteria.tablewide import taken_over

    table = {key: text for key, text in project.reads.items() if next(_unreadable(key, text), None) is None}
    rows = [
        row if row.criterion is None else row.model_copy(update={"reads": taken_over(row.criterion, row.reads, table)})
        for row in project.indicators
    ]
    return project.model_copy(update={"indicators": rows})


def check_shared(project: Project) -> Iterator[Problem]:
    """Readings of a whole table that are none (R161)."""
    for key, text in project.reads.items():
        for error in _unreadable(key, text):
            says = f"全表的读法无法使用：{error.says}"
            yield Problem("R161", says, project.at("reads"), error.allowed, "；".join(error.nearest))


def _unreadable(key: str, text: str) -> Iterator[Refusal]:
    from evaluator.criteria.cutting import vocabulary
    from evaluator.criteria.tablewide import misread

    if (error := misread(key, text, vocabulary()["terms"])) is not None:
        yield error


def _refused(row: Indicator, error: Refusal) -> Problem:
    where = row.at("reads" if error.code == "Q411" and row.reads else "criterion")
    place = f"（第{error.at + 1}个字）" if error.at else ""
    says = f"指标“{row.name}”的评分标准无法使用：{error.code} {error.says}{place}"
    return Problem("R161", says, where, error.allowed, "；".join(error.nearest))


def _data(row: Indicator, target: Target) -> Iterator[Problem]:
    aim = target.content.low.unit if isinstance(target.content, Amount) else NO_UNIT
    try:
        if row.of_data is not None and not isinstance(target.content, Amount):
            raise FormulaError(f"指标值“{row.target}”不是数，不能用公式计算")
        check_items(row.of_data, row.data, aim)
    except FormulaError as error:
        yield Problem("R163", f"指标“{row.name}”的采集数据或公式无法使用：{error}", row.at("data"))
