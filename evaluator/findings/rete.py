"""The rete executor: the only door to durable_rules.

The library is a C core of 2020 that writes past its own tables when it is used as its manual says. What keeps clear of
that is said where it is done; the rest is that facts reach it as whole numbers, so no text of a document or of a rule
ever enters it.
"""

from __future__ import annotations

import itertools
import threading
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import lru_cache
from typing import Any

from evaluator.errors import InferenceFailed, Problem
from evaluator.findings.conditions import Board, FactPattern, Ready
from evaluator.findings.facts import Fact, GradeOf

NAME, SESSION, FIRST = "ziping", "1", "first"  # one rule set, one session at a time, and the rule that opens it
TESTS, CLAUSES = 64, 255  # events.c MAX_STACK_SIZE, rules.h BETA_LIST_LENGTH less the 0 that has to end the list
LOCK = threading.Lock()


def available() -> bool:
    """Whether durable_rules imports here (on Python 3.13 it builds and then does not)."""
    try:
        import durable.engine  # noqa: F401
    except Exception:
        return False
    return True


def holds(rules: Iterable[Ready]) -> bool:
    """Whether the tables of fixed size inside the library hold these rules; beyond them it fails or reads past the end.

    They are a stack of every test that one fact may pass at once, and a list of the clauses that end in one test.
    """
    clauses = Counter(clause for ready in rules for clause in ready.clauses)
    tests = {(clause.kind, clause.tests[:n]) for clause in clauses for n in range(1, len(clause.tests) + 1)}
    most = Counter(kind for kind, _ in tests)
    return max(most.values(), default=0) <= TESTS and max(clauses.values(), default=0) <= CLAUSES


def run(facts: Mapping[str, Sequence[Fact]], rules: tuple[Ready, ...], grade_of: GradeOf) -> Board:
    """Run every project's facts through one network; raises InferenceFailed (P390) when the library fails."""
    board = Board()
    with LOCK:
        network = _network(rules)
        network.rules = {ready.id: ready for ready in rules}  # equal to what it was made of but for their words
        try:
            for project, given in facts.items():
                network.run(project, given, grade_of, board)
        except BaseException:
            _network.cache_clear()  # its memory is no longer known to be empty
            raise
    return board


@lru_cache(maxsize=8)
def _network(rules: tuple[Ready, ...]) -> Network:
    return Network(rules)


class Network:
    """A compiled rule set in one durable_rules host, which has one project at a time in it."""

    def __init__(self, rules: tuple[Ready, ...]) -> None:
        from durable.engine import Host, MessageNotHandledException, MessageObservedException

        self.rules = {ready.id: ready for ready in rules}
        self.not_wanted, self.observed = MessageNotHandledException, MessageObservedException
        self.ids = itertools.count(1)
        self.here: dict[int, Fact] = {}
        self.fired: list[tuple[str, list[int]]] = []
        self.tested: dict[str, dict[str, None]] = {}
        self.labels: dict[str, int] = {}
        for clause in itertools.chain.from_iterable(ready.clauses for ready in rules):
            self.tested.setdefault(clause.kind, {}).update(dict.fromkeys(test.field for test in clause.tests))
            for test in clause.tests:
                if isinstance(test.value, str):
                    self.labels.setdefault(test.value, len(self.labels))
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
        self._open(rules)

    def _open(self, rules: tuple[Ready, ...]) -> None:
        """Compile the rules, then fire one action and delete its session.

        Deleting a session frees two pointers that only an action sets (`createStateNode`, `deleteStateNode` in state.c);
        later sessions take the same place in memory and find them set.
        """
        opened: list[object] = []

        def opens(closure: object) -> None:
            opened.append(closure)

        first = {"all": [{FIRST: {"kind": FIRST}}], "run": opens}
        self._call(
            lambda name, definitions: self.host.register_rulesets({name: definitions}),
            {ready.id: self._definition(ready) for ready in rules} | {FIRST: first},
        )
        self._call(self.host.assert_fact, {"sid": SESSION, "id": 0, "kind": FIRST})
        if not opened:
            raise _failure("规则库没有执行第一个动作")
        self._call(self.host.delete_state, SESSION)

    def note(self, rule: str, matched: Mapping[str, Mapping[str, Any]]) -> None:
        """Called by the library for one match."""
        self.fired.append((rule, [matched[clause.kind]["id"] for clause in self.rules[rule].clauses]))

    def run(self, project: str, facts: Sequence[Fact], grade_of: GradeOf, board: Board) -> None:
        """Assert one project's facts until nothing more follows, then its grade, then delete the session.

        Nothing is ever retracted: the library looks for a retracted fact in the matches that it has already reported,
        and past their end (`deleteMessageFromFrame` in state.c), where it reads and writes what is not its own.
        """
        for fact in facts:
            self._assert(fact)
        self._settle(project, board)
        if grade := grade_of(project, board.caps(project)):
            board.grades[project] = grade
            self._assert(grade)
            self._settle(project, board)
        if self.here:
            # a failing action is only noted by the library in its state
            if noted := self._call(self.host.get_state, SESSION).get("exception"):
                raise _failure(f"项目 {project}：{noted}")
            self._call(self.host.delete_state, SESSION)
            self.here.clear()

    def _settle(self, project: str, board: Board) -> None:
        """Put what fired on the board and assert the new findings, until nothing fires any more."""
        while self.fired:
            fired, self.fired = self.fired, []
            for rule, ids in fired:
                if finding := board.add(self.rules[rule], project, [self.here[id] for id in ids]):
                    self._assert(finding)

    def _assert(self, fact: Fact) -> None:
        """Send a fact with the fields that some rule tests, unless no rule wants it."""
        if fact.kind not in self.tested:
            return
        message: dict[str, Any] = {"sid": SESSION, "kind": fact.kind}
        for name in self.tested[fact.kind]:
            value = fact.encoded(name)
            number = self.labels.get(value) if isinstance(value, str) else value
            if number is not None:
                message[f"{fact.kind}_{name}"] = number
        for id in itertools.islice(self.ids, 5):  # ids are hashed: two may collide, then the next one will do
            message["id"] = id
            try:
                self._call(self.host.assert_fact, message, self.not_wanted, self.observed)
            except self.not_wanted:
                return
            except self.observed:
                continue
            self.here[id] = fact
            return
        raise _failure(f"项目 {fact.project} 的事实 {fact.ref} 无法送入")

    def _call(self, door: Callable[[str, Any], Any], given: object, *expected: type[Exception]) -> Any:
        """One call into the library; 0 means that it dropped an action (after a pause of more than ten seconds)."""
        try:
            answer = door(NAME, given)
        except expected:
            raise
        except Exception as error:
            raise _failure(f"{type(error).__name__}: {error}") from error
        if answer == 0:
            raise _failure("规则动作超时，被规则库丢弃")
        return answer

    def _definition(self, ready: Ready) -> dict[str, Any]:
        """A rule as durable_rules has it; nothing joins its clauses, as one project at a time is there."""
        clauses = [{clause.kind: {"$and": list(self._expressions(clause))}} for clause in ready.clauses]
        return {"all": clauses, "pri": 100 - ready.salience, "run": ready.id}

    def _expressions(self, clause: FactPattern) -> Iterable[dict[str, Any]]:
        yield {"kind": clause.kind}
        for test in clause.tests:
            value = self.labels[test.value] if isinstance(test.value, str) else test.value
            pair = {f"{clause.kind}_{test.field}": value}
            yield pair if test.op == "is" else {f"${test.op}": pair}


def _failure(says: str) -> InferenceFailed:
    return InferenceFailed([Problem("P390", f"规则引擎 durable_rules 出错：{says}")])
