"""Problems as a person works through them: by goal table and row, each thing to do on one line, said once."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import groupby
from typing import TYPE_CHECKING

from evaluator.errors import SEVERITIES, Problem, one_line

if TYPE_CHECKING:
    from evaluator.results import Evaluation

MANY = 3  # rows of one table that lack the same, from which they are told together
LEAST = 6  # characters that remedies must share at their beginning to have it said once
FINDING = "F"
TARGET = re.compile("^(指标值[^，]*，|（[^）]*）)")


@dataclass(frozen=True, slots=True)
class GroupedProblem:
    """A problem under the heading it is told under: a goal table, a row of it (its id and name), and its order in it."""

    problem: Problem
    heading: str
    row: str = ""
    name: str = ""
    order: tuple[int, int] = (-1, -1)

    @property
    def called(self) -> str:
        """The row as it is printed: 质量1“产品合格率”."""
        return self.row + (f"“{self.name}”" if self.name else "")


def grouped(said: Iterable[GroupedProblem], line: Callable[[Problem], str]) -> Iterator[str]:
    """Lines under a heading a table, in the order of the tables; files that belong to none last, unless they are wrong.

    `line` writes one problem, whose sentence names its row; where several are told as one, it has all their codes.
    """
    by_heading: dict[str, list[GroupedProblem]] = {}
    for one in said:
        by_heading.setdefault(one.heading, []).append(one)
    for heading, mine in sorted(by_heading.items(), key=lambda item: min(_rank(one) for one in item[1])):
        yield f"{one_line(heading)}\n"
        for one in _lines(mine):
            yield f"  {line(_naming(one))}\n"


def findings_of(evaluation: Evaluation) -> Iterator[GroupedProblem]:
    """The findings of a year, without places."""
    for at, table in enumerate(evaluation.tables):
        names = {row.indicator.id: row.indicator.name for row in table.rows}
        order = {row: number for number, row in enumerate(names)}
        for finding in table.findings:
            row = table.row_of(finding)
            one = Problem(finding.rule.id, finding.says, None, "", "", finding.severity, finding.remedy)
            yield GroupedProblem(
                one, f"{table.name}（{table.code}）", row, names.get(row, ""), (at, order.get(row, -1))
            )


def _rank(one: GroupedProblem) -> tuple[bool, int, str]:
    return one.order[0] < 0 and one.problem.severity != "错误", one.order[0], one.heading


def _lines(said: list[GroupedProblem]) -> Iterator[GroupedProblem]:
    """What is told of one table: of the whole of it first, then row by row as printed; in a row the errors first."""

    def rank(one: GroupedProblem) -> tuple[object, ...]:
        severity = SEVERITIES.index(one.problem.severity)
        return one.order[1], one.row, severity, _cause(one), one.problem.code

    for _, alike in groupby(sorted(_together(said), key=rank), key=_cause):
        yield _joined(list(alike))


def _cause(one: GroupedProblem) -> tuple[str, ...]:
    """What findings on one row share that come from one cause: the place, and how their sentences begin."""
    problem = one.problem
    own = not one.row or not problem.code.startswith(FINDING)
    first = f"{problem.code}{problem.says}" if own else problem.says.split("，")[0]
    return one.row, problem.severity, str(problem.where or ""), first


def _joined(group: Sequence[GroupedProblem]) -> GroupedProblem:
    """Sentences that begin alike as one, and what to do about them as one."""
    problems = [one.problem for one in group]
    clauses = [problem.says.split("，") for problem in problems]
    same = _shared(clauses)
    tails = list(dict.fromkeys("，".join(parts[same:]) for parts in clauses if parts[same:]))
    told = ("；" if any("，" in tail for tail in tails) else "、").join(tails)
    says = "，".join([*clauses[0][:same], *([told] if told else [])])
    codes = "、".join(dict.fromkeys(problem.code for problem in problems))
    remedy = _one_remedy(list(dict.fromkeys(problem.remedy for problem in problems if problem.remedy)))
    return replace(group[0], problem=replace(problems[0], code=codes, says=says, remedy=remedy))


def _shared(lists: Sequence[Sequence[str]]) -> int:
    """How many parts all begin with alike."""
    return next((at for at, parts in enumerate(zip(*lists, strict=False)) if len(set(parts)) > 1), min(map(len, lists)))


def _one_remedy(remedies: Sequence[str]) -> str:
    """Remedies one after another, the beginning they share said once."""
    shared = remedies[0][: _shared(remedies)] if remedies else ""
    if len(remedies) < 2 or len(shared) < LEAST or shared.count("“") != shared.count("”"):
        return "；".join(remedies)
    return shared + "、".join(remedy.removeprefix(shared) for remedy in remedies)


def _together(said: list[GroupedProblem]) -> Iterator[GroupedProblem]:
    """Findings that say the same of many rows of a table, but for name and target, as one that names the rows."""
    alike: dict[tuple[str, str, str], list[GroupedProblem]] = {}
    for one in said:
        rest = TARGET.sub("", one.problem.says.removeprefix(f"“{one.name}”"))
        alike.setdefault((one.problem.code, one.problem.remedy, rest), []).append(one)
    for (code, _, rest), group in alike.items():
        if len({one.row for one in group if one.name}) < MANY or not code.startswith(FINDING):
            yield from group
            continue
        says = "、".join(dict.fromkeys(one.called for one in group)) + rest
        yield replace(group[0], row="", name="", problem=replace(group[0].problem, says=says))


def _naming(one: GroupedProblem) -> Problem:
    """A problem whose sentence names its row as it is printed."""
    says = one.problem.says
    if one.name and one.row not in says.split("“")[0]:
        says = f"{one.row}{says}" if says.startswith(f"“{one.name}”") else f"{one.called}：{says}"
    return replace(one.problem, says=says)
