"""The frame executor: the same findings without durable_rules, by trying every rule on the facts of each project in plain Python."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from itertools import product

from evaluator.findings.conditions import Board, Ready
from evaluator.findings.facts import Fact, GradeOf


def run(facts: Mapping[str, Sequence[Fact]], rules: tuple[Ready, ...], grade_of: GradeOf) -> Board:
    """Match project by project: plain rules, then the grade, then chained rules until nothing new is found."""
    board = Board()
    plain, chained = ([ready for ready in rules if ready.chained == late] for late in (False, True))
    for project, given in facts.items():
        known: dict[str, list[Fact]] = defaultdict(list)
        for fact in given:
            known[fact.kind].append(fact)
        known["finding"] += _matched(plain, project, known, board)
        if grade := grade_of(project, board.caps(project)):
            board.grades[project] = grade
            known["grade"].append(grade)
        while new := _matched(chained, project, known, board):
            known["finding"] += new
    return board


def _matched(rules: Iterable[Ready], project: str, known: Mapping[str, list[Fact]], board: Board) -> list[Fact]:
    """Put every match on the board; return the findings that are new."""
    new = []
    for ready in rules:
        passing: list[list[Fact]] = []
        for clause in ready.clauses:
            passing.append([fact for fact in known.get(clause.kind, ()) if clause.holds(fact)])
            if not passing[-1]:
                break
        else:
            new += [finding for facts in product(*passing) if (finding := board.add(ready, project, facts))]
    return new
