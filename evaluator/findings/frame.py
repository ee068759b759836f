"""The frame executor: the same findings by masks and merges over data frames, for many projects at once."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from evaluator.findings.conditions import Board, FactPattern, Ready
from evaluator.findings.facts import Fact, GradeOf

if TYPE_CHECKING:
    import pandas as pd


def run(facts: Mapping[str, Sequence[Fact]], rules: tuple[Ready, ...], grade_of: GradeOf) -> Board:
    """Match whole strata at a time: plain rules, then the grades, then chained rules until nothing new is found."""
    board = Board()
    tables = Tables(rules)
    tables.extend(fact for given in facts.values() for fact in given)
    _match(tables, [ready for ready in rules if not ready.chained], board)
    tables.extend(each.finding for each in list(board.found.values()))
    for project in facts:
        if grade := grade_of(project, board.caps(project)):
            board.grades[project] = grade
            tables.extend([grade])
    chained = [ready for ready in rules if ready.chained]
    while new := _match(tables, chained, board):
        tables.extend(new)
    return board


class Tables:
    """One frame per kind of fact, holding the fields that some rule tests; absent values are NaN or None."""

    def __init__(self, rules: Iterable[Ready]) -> None:
        self.tested: dict[str, set[str]] = {}
        for ready in rules:
            for clause in ready.clauses:
                self.tested.setdefault(clause.kind, set()).update(test.field for test in clause.tests)
        self.facts: dict[str, list[Fact]] = {kind: [] for kind in self.tested}
        self.frames: dict[str, pd.DataFrame] = {}

    def extend(self, facts: Iterable[Fact]) -> None:
        """Add facts; the frames of their kinds are made anew when next asked for."""
        for fact in facts:
            if fact.kind in self.tested:
                self.facts[fact.kind].append(fact)
                self.frames.pop(fact.kind, None)

    def frame(self, kind: str) -> pd.DataFrame:
        """The facts of a kind as a frame: project, the tested fields, number."""
        import pandas as pd

        if kind not in self.frames:
            facts = self.facts[kind]
            columns: dict[str, Any] = {"project": pd.Series([fact.project for fact in facts], dtype="object")}
            for name in sorted(self.tested[kind]):
                values = [fact.encoded(name) for fact in facts]
                labels = any(isinstance(value, str) for value in values)
                columns[f"field {name}"] = pd.Series(values, dtype="object" if labels else "float64")
            columns[f"fact {kind}"] = range(len(facts))
            self.frames[kind] = pd.DataFrame(columns)
        return self.frames[kind]

    def holding(self, clause: FactPattern) -> pd.DataFrame:
        """The facts of a kind that pass every test, as their project and their number."""
        frame = self.frame(clause.kind)
        mask = frame["project"].notna()
        for test in clause.tests:
            column = frame[f"field {test.field}"]
            if test.op == "lt":
                mask &= column < test.value
            else:
                mask &= column == test.value if test.op == "is" else column >= test.value
        return frame.loc[mask, ["project", f"fact {clause.kind}"]]


def _match(tables: Tables, rules: Iterable[Ready], board: Board) -> list[Fact]:
    """Put every match on the board; return the findings that are new."""
    new: list[Fact] = []
    for ready in rules:
        joined = tables.holding(ready.clauses[0])
        for clause in ready.clauses[1:]:
            joined = joined.merge(tables.holding(clause), on="project")
        rows = [joined[f"fact {clause.kind}"].tolist() for clause in ready.clauses]
        for project, *numbers in zip(joined["project"].tolist(), *rows, strict=True):
            matched = [tables.facts[clause.kind][n] for clause, n in zip(ready.clauses, numbers, strict=True)]
            if finding := board.add(ready, project, matched):
                new.append(finding)
    return new
