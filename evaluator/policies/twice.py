"""What is written twice: the same in a workspace and in the product is one thing, anything else a problem naming both places."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from evaluator.errors import Problem, Where
from evaluator.model import FindingRule


def again(code: str, called: str, first: Where | None, second: Where | None, apart: bool) -> Problem:
    """A number used twice; `apart`: first by the product's own rules, then by a workspace, for something else."""
    if not apart:
        return Problem(code, f"{called}重复" + (f"，先见于 {first}" if first else ""), second, "每个编号只用一次")
    says = f"{called}与自带规则中的编号相同而内容不同：工作区的 {second}，自带的 {first}"
    remedy = "与自带的相同的，删去工作区的这一份或改得与自带的一样；另有用处的，换一个编号"
    return Problem(code, says, second, "内容与自带的相同，或编号不同", remedy=remedy)


def same(one: object, other: object) -> bool:
    """Whether two documents say the same, wherever they were written."""
    return bool(_bare(one) == _bare(other))


def once(folders: Sequence[Iterable[FindingRule]]) -> tuple[list[FindingRule], list[Problem]]:
    """The rules of the folders, the product's first; P309 where a later one uses a number of theirs for another rule."""
    kept: list[FindingRule] = []
    problems: list[Problem] = []
    for folder in folders:
        known = {one.id: one for one in reversed(kept)}
        for one in folder:
            first = known.get(one.id)
            if first is None:
                kept.append(one)
            elif first.model_dump() != one.model_dump():
                problems.append(again("P309", f"问题规则编号 {one.id} ", first.where, one.where, apart=True))
    return kept, problems


def _bare(value: object) -> Any:
    if isinstance(value, Mapping):
        return {str(key): _bare(one) for key, one in value.items()}
    return [_bare(one) for one in value] if isinstance(value, list) else str(value)
