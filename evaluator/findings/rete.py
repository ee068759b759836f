"""The rete executor: the only door to durable_rules.

The library is a C core of 2020 that has to be handled with care; what this module does about it is said where it does
it. Facts reach it as whole numbers and as labels that some rule names, so no text of a document ever enters it.
"""

from __future__ import annotations

import copy
import itertools
import threading
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import lru_cache
from typing import Any

from evaluator.errors import InferenceFailed, Problem
from evaluator.findings.conditions import Board, Clause, Ready
from evaluator.findings.facts import Fact, GradeOf

NAME, SESSION = "ziping", "1"  # one rule set, one session: a host has room for 1,024 sessions and never frees one
LOCK = threading.Lock()


def available() -> bool:
    """Whether durable_rules imports here (on Python 3.13 it builds and then does not)."""
    try:
        import durable.engine  # noqa: F401
    except Exception:
        return False
    return True


def run(facts: Mapping[str, Sequence[Fact]], rules: tuple[Ready, ...], grade_of: GradeOf) -> Board:
    """Run every project's facts through one network; raises InferenceFailed (P390) when the library fails."""
    board = Board()
    with LOCK:
        network = _network(rules)
        network.rules = {ready.id: ready for ready in rules}  # equal to what it was made of but for their words
        try:
            for ordinal, (project, given) in enumerate(facts.items()):
                network.run(ordinal, project, given, grade_of, board)
        except BaseException:
            _network.cache_clear()  # its memory is no longer known to be empty
            raise
    return board


@lru_cache(maxsize=8)
def _network(rules: tuple[Ready, ...]) -> Network:
    return Network(rules)


class Network:
    """A compiled rule set in one durable_rules host, emptied after every project."""

    def __init__(self, rules: tuple[Ready, ...]) -> None:
        from durable.engine import Host, MessageNotHandledException, MessageObservedException

        self.rules = {ready.id: ready for ready in rules}
        self.not_wanted, self.observed = MessageNotHandledException, MessageObservedException
        self.ids = itertools.count(1)
        self.here: dict[int, Fact] = {}
        self.fired: list[tuple[str, list[int]]] = []
        self.tested: dict[str, dict[str, set[str | int]]] = {}
        for clause in itertools.chain.from_iterable(ready.clauses for ready in rules):
            fields = self.tested.setdefault(clause.kind, {})
            for test in clause.tests:
                fields.setdefault(test.field, set()).add(test.value)
        network = self

        class Quiet(Host):  # type: ignore[misc]
            """A host without the two endless timer threads, whose actions only note what fired."""

            def _run(self) -> None:
                return None

            def get_action(self, action_name: str) -> Callable[[Any], None]:
                def note(closure: Any) -> None:
                    network.note(action_name, closure._m)

                return note

        self.host = Quiet()
        definitions = {NAME: {ready.id: _definition(ready) for ready in rules}}
        self.host.register_rulesets(copy.deepcopy(definitions))  # the call changes what it is given

    def note(self, rule: str, matched: Mapping[str, Mapping[str, Any]]) -> None:
        """Called by the library for one match."""
        self.fired.append((rule, [matched[clause.kind]["id"] for clause in self.rules[rule].clauses]))

    def run(self, ordinal: int, project: str, facts: Sequence[Fact], grade_of: GradeOf, board: Board) -> None:
        """Assert one project's facts until nothing more follows, then its grade, then retract everything."""
        messages = [self._assert(ordinal, fact) for fact in facts if fact.kind in self.tested]
        messages += self._settle(ordinal, project, board)
        if grade := grade_of(project, board.caps(project)):
            board.grades[project] = grade
            messages.append(self._assert(ordinal, Fact("grade", project, "1", grade=grade)))
            messages += self._settle(ordinal, project, board)
        sent = [message for message in messages if message]
        if sent:
            self._check(project)  # a failing action is only noted by the library in its state
        for message in sent:
            self._call(self.host.retract_fact, message)
        if self.fired:
            raise _failure(f"项目 {project} 撤回事实时又触发了规则 {self.fired[0][0]}")
        self.here.clear()

    def _settle(self, ordinal: int, project: str, board: Board) -> Iterable[dict[str, Any] | None]:
        """Put what fired on the board and assert the new findings, until nothing fires any more."""
        messages = []
        while self.fired:
            fired, self.fired = self.fired, []
            for rule, ids in fired:
                finding = board.add(self.rules[rule], project, [self.here[id] for id in ids])
                if finding and "finding" in self.tested:
                    messages.append(self._assert(ordinal, finding))
        return messages

    def _assert(self, ordinal: int, fact: Fact) -> dict[str, Any] | None:
        """Send a fact with the fields that some rule tests; None when no rule wants it."""
        message: dict[str, Any] = {"sid": SESSION, "kind": fact.kind, "project": ordinal}
        for name, asked in self.tested.get(fact.kind, {}).items():
            value = fact.encoded(name)
            if isinstance(value, int) or value in asked:
                message[f"{fact.kind}_{name}"] = value
        for id in itertools.islice(self.ids, 5):  # ids are hashed: two may collide, then the next one will do
            message["id"] = id
            try:
                self._call(self.host.assert_fact, message, self.not_wanted, self.observed)
            except self.not_wanted:
                return None
            except self.observed:
                continue
            self.here[id] = fact
            return message
        raise _failure(f"项目 {fact.project} 的事实 {fact.ref} 无法送入")

    def _call(
        self,
        door: Callable[[str, dict[str, Any]], Any],
        message: dict[str, Any],
        *expected: type[Exception],
    ) -> None:
        """One call into the library; 0 means that it dropped an action (after a pause of more than ten seconds)."""
        try:
            dropped = door(NAME, message) == 0
        except expected:
            raise
        except Exception as error:
            raise _failure(f"{type(error).__name__}: {error}") from error
        if dropped:
            raise _failure("规则动作超时，被规则库丢弃")

    def _check(self, project: str) -> None:
        noted = self.host.get_state(NAME, SESSION).get("exception")
        if noted:
            raise _failure(f"项目 {project}：{noted}")


def _definition(ready: Ready) -> dict[str, Any]:
    """A rule as durable_rules has it; every clause after the first is joined on the project."""
    first = ready.clauses[0].kind
    joined = [{clause.kind: {"$and": list(_expressions(clause, first))}} for clause in ready.clauses]
    return {"all": joined, "pri": 100 - ready.salience, "run": ready.id}


def _expressions(clause: Clause, first: str) -> Iterable[dict[str, Any]]:
    yield {"kind": clause.kind}
    if clause.kind != first:
        yield {"project": {first: "project"}}
    for test in clause.tests:
        pair = {f"{clause.kind}_{test.field}": test.value}
        yield pair if test.op == "is" else {f"${test.op}": pair}


def _failure(says: str) -> InferenceFailed:
    return InferenceFailed([Problem("P390", f"规则引擎 durable_rules 出错：{says}")])
