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


def same_document(first: object, second: object) -> bool:
    """Whether two documents say the same, wherever they were written."""
    return bool(_bare(first) == _bare(second))


def once(folders: Sequence[Iterable[FindingRule]]) -> tuple[list[FindingRule], list[Problem]]:
    """The rules of the folders, the product's first; P309 where a later one uses a number of theirs for another rule."""
    kept: list[FindingRule] = []
    problems: list[Problem] = []
    for folder in folders:
        known = {rule.id: rule for rule in reversed(kept)}
        for rule in folder:
            first = known.get(rule.id)
            if first is None:
                kept.append(rule)
            elif first.model_dump() != rule.model_dump():
                problems.append(again("P309", f"问题规则编号 {rule.id} ", first.where, rule.where, apart=True))
    return kept, problems


def _bare(value: object) -> Any:
    if isinstance(value, Mapping):
        return {str(key): _bare(part) for key, part in value.items()}
    return [_bare(part) for part in value] if isinstance(value, list) else str(value)
