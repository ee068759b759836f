"""Finding rules over facts in columns: the frame executor for very many projects, which finds what it and rete find.

Plain rules first, then the caps and each project's grade, then the rules that wait for a grade or a finding until
nothing new follows. A test holds these findings equal to `inference.conclude` on the same projects.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from evaluator.batch.columnar import Kind
from evaluator.batch.standings import Standings
from evaluator.errors import SEVERITIES
from evaluator.findings.conditions import FactPattern, Ready, rows_kind
from evaluator.findings.facts import CALLED, CHAINED, NAMED, ONE_PER_PROJECT, PLACEHOLDER

SINGLE = (*ONE_PER_PROJECT, "finding")
NOTHING = Kind(np.zeros(0, np.int64), lambda at: pa.array([], pa.string()))


@dataclass(slots=True)
class Fired:
    """One rule with every match of it: the project of each, and the fact of each clause that is no finding.

    Of a rule with `together` a match is a project, and `rows` are its rows: all of them, and where each project's begin.
    """

    ready: Ready
    project: Any
    facts: dict[str, Any]
    rows: tuple[Any, Any] | None = None


@dataclass(slots=True)
class Drawn:
    """All findings of a part, the grades they leave (numbers of `standings`), and which rules fired in which project."""

    fired: list[Fired]
    standings: Standings
    grade: Any
    board: Any
    rules: tuple[Ready, ...]

    def because(self, clause: FactPattern, ready: Ready) -> list[int]:
        """The rules whose findings a clause on findings takes, in the order of their references."""
        return [n for n, rule in enumerate(self.rules) if rule.id != ready.id and _is_finding(clause, rule)]


def draw(kinds: Mapping[str, Kind], rules: tuple[Ready, ...], standings: Standings, by_score: Any) -> Drawn:
    """Everything the rules say about a part; `by_score` are the grades of the scores."""
    size = len(by_score)
    drawn = Drawn([], standings, by_score.copy(), np.zeros((size, len(rules)), dtype=bool), rules)
    for number, ready in enumerate(rules):
        if not ready.chained and (fired := _match(ready, kinds, drawn)):
            drawn.fired.append(fired)
            drawn.board[fired.project, number] = True
            if ready.rule.caps:
                drawn.grade[fired.project] = standings.limited(drawn.grade[fired.project], ready.rule.caps)
    latest: dict[int, Fired] = {}
    while True:
        new = False
        for number, ready in enumerate(rules):
            if ready.chained and (fired := _match(ready, kinds, drawn)):
                new |= not drawn.board[fired.project, number].all()
                drawn.board[fired.project, number] = True
                latest[number] = fired
        if not new:
            break
    drawn.fired += latest.values()
    return drawn


def unknown(kinds: Mapping[str, Kind], rules: Iterable[Ready]) -> dict[str, str]:
    """The rules that cannot be judged because a batch does not know a fact, and the first such `kind.field` of each."""
    told: dict[str, str] = {}
    for ready in rules:
        for clause in ready.clauses:
            if clause.kind in CHAINED:
                continue
            kind = kinds.get(clause.kind)
            lacking = [f".{test.field}" for test in clause.tests if kind and test.field not in kind.makers]
            if kind is None or lacking:
                told.setdefault(ready.id, clause.kind + "".join(lacking[:1]))
    return told


def _is_finding(clause: FactPattern, rule: Ready) -> bool:
    had = {"rule": rule.id, "severity": rule.rule.severity, "about": rule.rule.about}
    return all(had.get(test.field) == test.value for test in clause.tests)


def _projects(clause: FactPattern, kinds: Mapping[str, Kind], drawn: Drawn, ready: Ready) -> Any:
    """The projects whose one fact of a kind (or any finding) passes."""
    if clause.kind == "finding":
        return drawn.board[:, drawn.because(clause, ready)].any(axis=1)
    if clause.kind == "grade":
        return drawn.standings.holding(drawn.grade, clause)
    mask = np.ones(len(drawn.grade), dtype=bool)
    for test in clause.tests:
        mask &= kinds[clause.kind].holds(test.field, test.op, test.value)
    return mask


def _match(ready: Ready, kinds: Mapping[str, Kind], drawn: Drawn) -> Fired | None:
    if any(one.kind not in CHAINED and one.kind not in kinds for one in ready.clauses):
        return None  # told by `unknown`
    singles = [one for one in ready.clauses if one.kind in SINGLE or kinds[one.kind].single]
    many = [one for one in ready.clauses if one not in singles]
    mask = np.ones(len(drawn.grade), dtype=bool)
    for clause in singles:
        mask &= _projects(clause, kinds, drawn, ready)
    if not mask.any():
        return None
    project = np.flatnonzero(mask)
    facts: dict[str, Any] = {}
    for clause in many:
        kind = kinds[clause.kind]
        passing: Any = True
        for test in clause.tests:
            passing = passing & kind.holds(test.field, test.op, test.value)
        at = np.flatnonzero(np.broadcast_to(passing, len(kind.project)))
        at = at[mask[kind.project[at]]]
        if facts:
            had = pd.DataFrame({"project": project, **facts})
            joined = had.merge(pd.DataFrame({"project": kind.project[at], clause.kind: at}), on="project")
            project, facts = (
                joined["project"].to_numpy(),
                {name: joined[name].to_numpy() for name in (*facts, clause.kind)},
            )
        else:
            project, facts = kind.project[at], {clause.kind: at}
    facts |= {clause.kind: project for clause in singles if clause.kind != "finding"}
    if not len(project):
        return None
    return _gathered_rows(Fired(ready, project, facts)) if ready.rule.together else Fired(ready, project, facts)


def _gathered_rows(fired: Fired) -> Fired:
    """The rows of each project as one match."""
    kind = rows_kind(fired.ready.rule)
    starts = np.flatnonzero(np.diff(fired.project, prepend=-1))
    facts = {name: at[starts] for name, at in fired.facts.items() if name != kind}
    return Fired(fired.ready, fired.project[starts], facts, (fired.facts[kind], starts))


# ---- in words ----------------------------------------------------------------------------------------------------


def subjects(fired: Fired, kinds: Mapping[str, Kind]) -> pa.Array:
    """What each finding is about: the first fact that is not one of its project, else the project."""
    first = next(
        (clause.kind for clause in fired.ready.clauses if clause.kind in fired.facts and clause.kind not in SINGLE),
        "project",
    )
    return kinds[first].id(fired.facts.get(first, fired.project))


def named(fired: Fired, kinds: Mapping[str, Kind]) -> pa.Array:
    """The ids of the rows that each finding about several names; empty for any other."""
    if fired.rows is None:
        return pa.array([""] * len(fired.project), pa.string())
    rows, starts = fired.rows
    ids = kinds[rows_kind(fired.ready.rule)].id(rows).cast(pa.string())
    return pc.binary_join(_by_project(ids, starts), "、")


def _by_project(told: pa.Array, starts: Any) -> pa.ListArray:
    return pa.ListArray.from_arrays(pa.array(np.append(starts, len(told)), pa.int32()), told)


def places(fired: Fired, kinds: Mapping[str, Kind]) -> Any:
    """Where the one row stands that each finding is about, from 1; 0 for one about no row, or about several."""
    kind = next(
        (clause.kind for clause in fired.ready.clauses if "row" in kinds.get(clause.kind, NOTHING).makers), None
    )
    if kind is None:
        return np.zeros(len(fired.project), dtype=np.int64)
    at, alone = fired.facts.get(kind), True
    if fired.rows:
        rows, starts = fired.rows
        at, alone = rows[starts], np.diff(starts, append=len(rows)) == 1
    return np.where(alone, kinds[kind].values("row")[at], 0)


def sentences(fired: Fired, kinds: Mapping[str, Kind], drawn: Drawn) -> pa.Array:
    """What each finding says."""
    pieces = [*_pieces(fired, kinds, drawn)]
    if all(isinstance(piece, str) for piece in pieces):
        return pa.array(["".join(pieces)] * len(fired.project), pa.string())
    return pc.binary_join_element_wise(*pieces, "")


def _pieces(fired: Fired, kinds: Mapping[str, Kind], drawn: Drawn) -> Iterator[Any]:
    said, at = fired.ready.rule.say, 0
    for match in PLACEHOLDER.finditer(said):
        if said[at : match.start()]:
            yield said[at : match.start()]
        at = match.end()
        kind, name = match.groups()
        if kind == "finding":
            clause = next(one for one in fired.ready.clauses if one.kind == "finding")
            yield _gathered(fired, name, drawn, drawn.because(clause, fired.ready))
        elif name == CALLED and fired.rows:
            yield _called(kinds[kind], *fired.rows)
        elif kind == "grade":
            yield drawn.standings.shown(drawn.grade[fired.project], name)
        else:
            yield kinds[kind].shown[name](fired.facts[kind])
    if said[at:]:
        yield said[at:]


def _called(kind: Kind, rows: Any, starts: Any) -> pa.Array:
    """The rows of each project in a sentence, as `facts.fill` names them."""
    count = np.diff(starts, append=len(rows))
    many = pa.array(np.repeat(count > NAMED, count))
    told = pc.if_else(many, kind.id(rows).cast(pa.string()), kind.shown[CALLED](rows).cast(pa.string()))
    return pc.binary_join(_by_project(told, starts), "、")


def _gathered(fired: Fired, name: str, drawn: Drawn, among: list[int]) -> pa.Array:
    """The distinct words of the findings a chained finding rests on."""
    rows = drawn.board[np.ix_(fired.project, among)]
    packed = np.packbits(rows, axis=1)
    codes, first = pd.factorize(pd.Series([one.tobytes() for one in packed]))
    del first
    told = []
    for number in range(int(codes.max()) + 1):
        row = rows[int(np.argmax(codes == number))]
        rules = [drawn.rules[among[i]].rule for i in np.flatnonzero(row).tolist()]
        had = [{"rule": r.id, "severity": r.severity, "about": r.about, "title": r.title}[name] for r in rules]
        told.append("、".join(dict.fromkeys(had)))
    return pa.array(told, pa.string()).take(pa.array(codes))


def rank(ready: Ready) -> tuple[int, int, str]:
    """The order of findings inside a project: severity, salience (highest first), rule."""
    return SEVERITIES.index(ready.rule.severity), -ready.rule.salience, ready.id
