"""Points by a formula over named quantities: those of the row where the names surely mean them, any others asked for."""

from __future__ import annotations

import re
from collections.abc import Iterator
from fractions import Fraction

from evaluator.criteria.faulty import Refusal
from evaluator.criteria.measuring import COMPLETION, Scope
from evaluator.criteria.saying import expression
from evaluator.criteria.situation import Query, term_readings
from evaluator.criteria.tree import Expression, Formula, Name, Operation
from evaluator.criteria.valuing import valued
from evaluator.figures import decimal
from evaluator.quantities.numerals import write_number
from evaluator.quantities.units import Quantity

_POINTS = re.compile("(?:该项|本项|此项|指标|该|本)*(?:指标)?(?:分值|权重|满分|标准分|基本分)")
_RATE = re.compile("(?:率|比例|比重|契合度|满意度|覆盖度|程度)$")
_AIM = re.compile("目标|计划|任务|应|预算|指标值")


def compute(formula: Formula, scope: Scope, full: Fraction) -> tuple[Fraction, str]:
    """The points of a formula, and how they came about; raises Refusal (Q409) where something is divided by zero."""
    where = dict(formula.where)
    free = list(dict.fromkeys(_free(formula.value, where)))
    items = scope.situation.items
    known = {name: items[name].number * items[name].unit.size for name in free if name in items}
    known |= {name: full for name in free if _POINTS.fullmatch(name) and name not in items}
    asked = [name for name in free if name not in known]
    known |= _of_row(formula, asked, scope)
    points = valued(formula.value, where, known)
    return (
        points,
        f"{expression(formula.value)} = {_said(points)}分（{'，'.join(f'{n}={_said(v)}' for n, v in known.items())}）",
    )


def _said(number: Fraction) -> str:
    text = write_number(number)
    return text if "/" not in text else decimal(number, 4)


def _free(value: Expression, where: dict[str, Expression]) -> Iterator[str]:
    match value:
        case Name(name=name):
            yield from _free(where[name], {k: v for k, v in where.items() if k != name}) if name in where else (name,)
        case Operation(left=left, right=right):
            yield from _free(left, where)
            yield from _free(right, where)


def _of_row(formula: Formula, names: list[str], scope: Scope) -> dict[str, Fraction]:
    """Values for names: the actual, the target, or asked for."""
    situation = scope.situation
    value, aim = situation.value, situation.aim()
    if len(names) == 1 and value is not None:
        if not _RATE.search(names[0]):
            return {names[0]: value.number}
        if value.unit.kind == "比率" and not (_of_target(names[0], aim) and _to_target(scope)):
            return {names[0]: value.number * value.unit.size}
        if aim is not None and aim.number and aim.unit.kind == value.unit.kind:
            return {names[0]: value.number * value.unit.size / (aim.number * aim.unit.size)}
    if (
        len(names) == 2
        and value is not None
        and _AIM.search(names[1])
        and not _AIM.search(names[0].removeprefix("实际"))
    ):
        number = aim
        if number is not None and number.unit.kind == value.unit.kind:
            return {names[0]: value.number * value.unit.size, names[1]: number.number * number.unit.size}
        if number is None and value.unit.kind == "比率":
            return {names[0]: value.number * value.unit.size, names[1]: Fraction(1)}
    return {name: _given(name, number, scope) for number, name in enumerate(names, 1)}


def _of_target(name: str, aim: Quantity | None) -> bool:
    """Whether 完成率 may be the share of a target that is a rate itself (90%), and not the value."""
    named = any(word in name for word in COMPLETION)
    return (
        named and aim is not None and aim.unit.kind == "比率" and bool(aim.number) and aim.number * aim.unit.size != 1
    )


def _to_target(scope: Scope) -> bool:
    return scope.term("rate", "句中的完成率是完成值本身，还是完成值与指标值之比", term_readings("rate")) == "target"


def _given(name: str, number: int, scope: Scope) -> Fraction:
    answer = scope.situation.ask(Query("NAME", f"data{number}", f"“{name}”是多少", (), "完成值", f"{name}：{{}}"))
    from evaluator.criteria.situation import Situation

    value: Quantity | None = Situation("", answer).value
    if value is None:
        raise Refusal("Q411", f"“data{number}={answer}”不是数", 0, "如 95%、30")
    return value.number * value.unit.size
