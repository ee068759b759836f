"""What is read aloud: one target, one actual, and the scoring standard of the row."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

from evaluator.commands import console
from evaluator.commands.asking import Both, Output

if TYPE_CHECKING:
    from fractions import Fraction


def target(
    text: Annotated[str, typer.Argument(metavar="指标值", help="如 ≥59人")],
    actual: Annotated[str | None, typer.Option("--actual", "-a", help="实际完成值，如 60人")] = None,
    sign: Annotated[
        str | None, typer.Option("--sign", "-s", help="原文没有比较符时给出：≥ > ≤ < =，或不少于、等于 …")
    ] = None,
    points: Annotated[str | None, typer.Option("--points", "-p", help="本行分值，如 12.5；与 --criterion 同用")] = None,
    criterion: Annotated[
        str | None, typer.Option("--criterion", "-c", help="本行的评分标准，如 每少1人扣0.5分，扣完为止")
    ] = None,
    answer: Annotated[
        list[str] | None, typer.Option("--answer", help="答复评分标准没有写明的事，如 step=started；可以写几次")
    ] = None,
) -> Both:
    """看一个指标值（和实际完成值、评分标准）怎样读：达到没有，完成率多少，得几分。"""
    from evaluator.quantities.reader import read_pair

    reading: dict[str, Any] = read_pair(text, actual, sign)
    answers = _answers(answer) if answer else {}
    lines: list[tuple[str, str]] = []
    if criterion is None:
        if points is not None or answers:
            raise _usage("--points 和 --answer 要与 --criterion 同用", "加上 --criterion 评分标准")
    else:
        from evaluator.criteria.recital import lines_of, read_aloud
        from evaluator.quantities.signs import read_sign

        aloud = read_aloud(criterion, text, actual, _points(points), answers, read_sign(sign) if sign else None)
        if "earned" in aloud or "effects" in aloud or ("problem" in reading and actual is None):
            reading.pop("problem", None)  # the sentence scores what the target alone does not decide
        reading |= aloud
        lines = lines_of(reading)
    unanswered = criterion is not None and actual is not None and bool(reading["criterion"]["asks"])
    return Output(console.reading_text(reading, lines), lambda: reading, "problem" in reading or unanswered)


def _points(text: str | None) -> Fraction | None:
    from evaluator.quantities.numerals import Unreadable, normalise, read_number

    if text is None:
        return None
    try:
        return read_number(normalise(text).removesuffix("分"))
    except Unreadable as error:
        raise _usage(f"--points {text}：{error.reason}", "如 12.5") from None


def _answers(written: list[str]) -> dict[str, str]:
    from evaluator.criteria.cutting import vocabulary
    from evaluator.criteria.situation import KEYS
    from evaluator.errors import nearest

    answers: dict[str, str] = {}
    for reading in written:
        key, equals, value = reading.replace("＝", "=").partition("=")
        if not equals or not key.strip() or not value.strip():
            raise _usage(f"--answer {reading} 看不出是答复哪一件事", "写作 事项=答复，如 step=started")
        answers[key.strip().lower()] = value.strip()
    known = [*KEYS, *vocabulary()["terms"]]
    if unknown := next((name for name in answers if name.rstrip("0123456789") not in known), None):
        raise _usage(f"--answer {unknown}=… 没有这一件事", "、".join(known), nearest(unknown, known))
    return answers


def _usage(says: str, allowed: str, near: str = "") -> Exception:
    from evaluator.errors import Problem, UsageProblem

    return UsageProblem([Problem("U207", says, None, allowed, near)])
