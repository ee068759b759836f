"""Weights of three levels (分层权重) in a goal table, told from points by what adds up: they go into the draft as they stand."""

from __future__ import annotations

import re
from collections.abc import Iterator
from fractions import Fraction

from pydantic_core import PydanticCustomError

from evaluator.documents.nestedweights import WHOLE, weighed
from evaluator.figures import points as shown
from evaluator.intake.document import PlacedText
from evaluator.intake.goals.goaltable import GoalTable
from evaluator.intake.headings import goalwords
from evaluator.intake.values import Draft, Question, Tree, Value, as_data, quoted
from evaluator.model import EXECUTION
from evaluator.policy import Policy

_NUMBER = re.compile(r"\d{1,6}(\.\d{1,2})?")
_BEHIND = re.compile(r"\s*[分%％]$")


def nest(draft: Draft, table: GoalTable, policy: Policy) -> bool:
    """Put the weights of level 1, the points of level 2 and those of level 3 into a draft; False where the table has points.

    They are weights where level 2 adds up to 100 inside a level 1 that is not 100 itself, and all points together are not what
    the policy gives the indicators. Each number stays as it stands; what is missing or does not add up is left to a person.
    """
    rows = draft.tree["indicators"]
    weights = _levels(table, rows)
    own = [_hundredths(_figure(row["points"])) for row in rows]
    of_total = None not in own and sum(filter(None, own)) + policy.allocation.execution == WHOLE
    if of_total or not any(_hundred(level) and _hundredths(level["weight"]) != WHOLE for level in weights.values()):
        return False
    indicators = []
    for row in rows:
        row["points"] = _figure(row["points"])
        indicators.append({("weight" if name == "points" else name): value for name, value in row.items()})
    del draft.tree["indicators"]
    draft.tree |= {"weights": weights, "indicators": indicators}
    _tell_sums(draft, policy)
    return True


def weights_missing(tree: Tree) -> Iterator[Question]:
    """Weights of level 1 or points of level 2 that are missing or no number."""
    for name, level in tree.get("weights", {}).items():
        yield from _missing(("weights", name, "weight"), level["weight"], f"一级指标“{name}”的权重")
        for below, value in level["within"].items():
            yield from _missing(("weights", name, "within", below), value, f"二级指标“{below}”的分值")


def points_of(tree: Tree) -> list[str]:
    """What the weights of a tree come to, row by row, as points of the total; '' for each where they do not add up."""
    try:
        rows = weighed(as_data({"weights": tree["weights"], "indicators": tree["indicators"]}))["indicators"]
        return [row["points"] for row in rows]
    except (PydanticCustomError, KeyError):
        return ["" for _ in tree["indicators"]]


def _levels(table: GoalTable, rows: list[Tree]) -> Tree:
    """Each level 1 with its weight and the points of its level 2, at the cells where they first stand."""
    levels: Tree = {}
    for row, source in zip(rows, table.rows, strict=True):
        category, dimension = row["category"].text, row["dimension"].text
        level = levels.setdefault(category, {"weight": Value("", number=True), "within": {}})
        if not level["weight"].text:
            level["weight"] = _worth(source, "category")
        if not level["within"].setdefault(dimension, Value("", number=True)).text:
            level["within"][dimension] = _worth(source, "dimension")
    return levels


def _worth(row: dict[str, PlacedText], level: str) -> Value:
    """What a level is worth: in its own column, or behind its name (产出指标（50分）)."""
    if f"{level}_points" in row:
        return _figure(quoted(row[f"{level}_points"], number=True))
    cell = row.get(level)
    behind = goalwords.level(cell.flat)[1] if cell else ""
    return Value(behind, behind, cell.place, number=True) if cell and behind else Value("", number=True)


def _figure(value: Value) -> Value:
    """A number without the 分 or % behind it."""
    bare = _BEHIND.sub("", value.text)
    if _NUMBER.fullmatch(bare):
        value.text = bare
    return value


def _hundredths(value: Value) -> int | None:
    return int(Fraction(value.text) * 100) if _NUMBER.fullmatch(value.text) else None


def _hundred(level: Tree) -> bool:
    """Whether the points of a level 1's level 2 are all there and add up to 100."""
    within = [_hundredths(value) for value in level["within"].values()]
    return None not in within and sum(filter(None, within)) == WHOLE


def _missing(path: tuple[str, ...], value: Value, called: str) -> Iterator[Question]:
    if not _NUMBER.fullmatch(value.text):
        yield Question(
            "D310", path, f"{called}“{value.text[:40]}”不是至多两位小数的数" if value.text else f"没有{called}"
        )


def _tell_sums(draft: Draft, policy: Policy) -> None:
    """Note the sums that are not what they have to be; the rule file is then refused (R168, R105)."""
    tree = draft.tree
    every = [tree["weights"][name]["weight"] for name in tree["weights"]]
    inside = [value for level in tree["weights"].values() for value in level["within"].values()]
    if None in map(_hundredths, [*every, *inside, *(row["weight"] for row in tree["indicators"])]):
        return  # these are asked for
    said = []
    total = sum(_hundredths(value) or 0 for value in every)
    if total + policy.allocation.execution != WHOLE:
        execution = f"，加上{EXECUTION} {shown(policy.allocation.execution)}" if policy.allocation.execution else ""
        said.append(f"一级权重合计 {shown(total)}{execution} 不是 100；核对后改正权重，或在 policy 写明别的评分办法")
    try:
        weighed(as_data({"weights": tree["weights"], "indicators": tree["indicators"]}))
    except PydanticCustomError as error:
        said.append(str((error.context or {})["says"]))
    for says in said:
        draft.head.append(f"问题 D310：{says}")
        draft.notice("D310", says, every[0].place, "警告")
    if not said:
        draft.head.append("分值：来源文件三级各有权重，照录；总分中的分值由它们折合。")
