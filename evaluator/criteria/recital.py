"""A scoring sentence read aloud for one row: what `ziping target --criterion` shows."""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction
from typing import Any

from evaluator.criteria.asdata import to_data
from evaluator.criteria.faulty import Refusal
from evaluator.criteria.saying import written
from evaluator.criteria.sentences import read
from evaluator.criteria.situation import Situation
from evaluator.criteria.tree import Criterion
from evaluator.criteria.undecided import Ask, Found, answered, asks, found, worked
from evaluator.errors import Problem, Where
from evaluator.figures import half_up


def problem_of(error: Refusal) -> Problem:
    """A refusal as a problem, its place a column of the sentence."""
    where = Where("评分标准", 1, error.at + 1)
    return Problem(error.code, error.says, where, error.allowed, "、".join(error.nearest))


def read_aloud(
    text: str, target: str, actual: str | None, points: Fraction | None, answers: Mapping[str, str], sign: Any = None
) -> dict[str, Any]:
    """How a sentence is read for a row: criterion (text, reads, data, asks), and what it earns or the problem.

    `earned` is a decimal text of two places, there whenever all that is open agrees or is answered; `says` how it came about;
    `outside` points outside the row; `effects` what acts on the whole assessment. Without an actual, `worked` shows some.
    """
    criterion: dict[str, Any] = {"text": text}
    try:
        tree = read(text)
        criterion |= {"reads": written(answered(tree, answers)), "data": to_data(tree)}
        if actual is None:
            return {"criterion": criterion | _shown(tree, target, points, answers, sign)}
        result = found(tree, Situation(target, actual, points, answers, sign))
    except Refusal as error:
        return {"criterion": criterion | {"asks": []}, "problem": _problem(error)}
    criterion["asks"] = [_ask(question) for question in result.asks]
    return {"criterion": criterion, **_earned(result)}


def _earned(result: Found) -> dict[str, Any]:
    earned = result.earned
    if earned is None:
        return {}
    data: dict[str, Any] = {"says": earned.says}
    if earned.points is not None:
        data = {"earned": half_up(earned.points, 2), "earned_exact": str(earned.points), **data}
    if earned.outside:
        data["outside"] = half_up(earned.outside, 2)
    if earned.effects:
        data["effects"] = list(earned.effects)
    return data


def _shown(
    tree: Criterion, target: str, points: Fraction | None, answers: Mapping[str, str], sign: Any
) -> dict[str, Any]:
    """Questions and worked values, where no actual is given."""
    rows = []
    for value in worked(tree, target):
        try:
            result = found(tree, Situation(target, value, points, answers, sign))
        except Refusal:
            continue
        rows.append({"actual": value, **_earned(result)})
    open_asks = [question for question in asks(tree, target, points) if question.question.key not in answers]
    return {"asks": [_ask(open_ask) for open_ask in open_asks], "worked": rows}


def _ask(ask: Ask) -> dict[str, Any]:
    question = ask.question
    readings = []
    for reading in ask.readings:
        given = [(actual, None if points is None else half_up(points, 2)) for actual, points in reading.points]
        row: dict[str, Any] = {"answer": reading.answer, "says": reading.says}
        row["points"] = (
            given[0][1] if len(given) == 1 else [{"actual": actual, "points": points} for actual, points in given]
        )
        readings.append(row)
    return {
        "code": question.code, "key": question.key, "asks": question.asks, "given": question.given, "readings": readings,
    }  # fmt: skip


def _problem(error: Refusal) -> dict[str, Any]:
    problem = problem_of(error)
    place = {"where": str(problem.where), "at": error.at}
    return {"code": error.code, "says": error.says, "allowed": error.allowed, "choices": list(error.nearest), **place}


def lines_of(recital: Mapping[str, Any]) -> list[tuple[str, str]]:
    """The same as labelled sentences for a terminal."""
    criterion = recital["criterion"]
    lines = [("评分标准", f"“{criterion['text']}”")]
    if "reads" in criterion:
        lines.append(("读作", criterion["reads"]))
    if "at" in (problem := recital.get("problem", {})):
        lines.append(("读到", f"第{problem['at'] + 1}个字“{criterion['text'][problem['at'] :][:10]}”"))
    for trial in criterion.get("worked", ()):
        lines.append(("试算", f"完成{trial['actual']}：{trial['earned'] + '分' if 'earned' in trial else '要先答复'}"))
    for ask in criterion["asks"]:
        lines.append(("待答复", ask["asks"]))
        for reading in ask["readings"]:
            points = reading["points"]
            shown = (
                f"，得{points}分"
                if isinstance(points, str)
                else "".join(
                    f"；完成{each['actual']}得{each['points']}分" for each in points or () if each["points"] is not None
                )
            )
            lines.append(("待答复", f"  --answer {ask['key']}={reading['answer']}：{reading['says']}{shown}"))
        if not ask["readings"]:
            lines.append(("待答复", f"  --answer {ask['key']}=…（填写{ask['given']}）"))
    if "earned" in recital:
        lines += [("得分", f"{recital['earned']}分"), ("说明", recital["says"])]
    if "outside" in recital:
        lines.append(("本行以外", f"{recital['outside']}分"))
    lines += [("影响全局", effect) for effect in recital.get("effects", ())]
    return [(label, says) for label, says in lines if says]
