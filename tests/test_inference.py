"""Every finding rule fires and nearly fires; the hazards of durable_rules are kept at the door."""

from __future__ import annotations

import importlib
import os
import subprocess
import sys
import threading
from collections.abc import Iterator, Mapping
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest

from evaluator.documents.loading import parse_document, read_document
from evaluator.errors import InferenceFailed, RuleProblems, UsageProblem, Where
from evaluator.findings import rete
from evaluator.findings.conditions import check_finding_rules, make_ready
from evaluator.findings.engine import Engine, rule
from evaluator.findings.facts import FACTS, LARGEST, Fact, fill
from evaluator.findings.inference import Conclusions, conclude, why_not
from evaluator.model import Basis, FindingRule
from tests.oracle import graded

HOME = Path(__file__).parents[1] / "rules" / "findings"
BASIS = Basis(document="示例", known="未见")
needs_durable = pytest.mark.skipif(not rete.available(), reason="durable_rules 不可用")
EXECUTORS = [pytest.param("rete", marks=needs_durable), "frame"]


def written() -> list[FindingRule]:
    documents = [read_document(path, path.name)[0] for path in sorted(HOME.glob("*.yaml"))]
    return [FindingRule.model_validate(entry) for document in documents for entry in document["findings"]]


RULES = written()


def made(id: str, when: Mapping[str, Any], **fields: Any) -> FindingRule:
    fields = {"title": "题", "about": "result", "severity": "警告", "say": "说", "remedy": "改"} | fields
    return FindingRule(id=id, when=when, **{"basis": BASIS, **fields})


# ---- every rule in rules/findings: fires, and does not when any one condition is just off ------------------------

STEP = Fraction(1, 10**6)
Situation = dict[str, dict[str, Any]]


def firing(each: FindingRule) -> Situation:
    """The least that fires a rule: for each kind, fields just inside every condition."""
    return {kind: {name: inside(kind, name, c) for name, c in tests.items()} for kind, tests in each.when.items()}


def inside(kind: str, name: str, condition: Any) -> Any:
    if isinstance(condition, Mapping):
        return number(condition["gte"]) if "gte" in condition else number(condition["lt"]) - STEP / 1000
    return condition == "true" if FACTS[kind][name].type == "flag" else str(condition)


def outside(kind: str, name: str, condition: Any) -> Iterator[Any]:
    """Values just off a condition, absence among them."""
    declared = FACTS[kind][name]
    yield None
    if isinstance(condition, Mapping):
        yield from (number(bound) - (STEP / 1000 if op == "gte" else 0) for op, bound in condition.items())
    elif declared.type == "flag":
        yield condition != "true"
    else:
        yield from [label for label in declared.labels if label != condition] or ["别的"]


def near_misses(each: FindingRule) -> Iterator[Situation]:
    """The same situation with one condition off, or one kind of fact not there."""
    for kind, tests in each.when.items():
        yield {other: fields for other, fields in firing(each).items() if other != kind}
        for name, condition in tests.items():
            for value in outside(kind, name, condition):
                yield firing(each) | {kind: firing(each)[kind] | {name: value}}


def number(text: str) -> Fraction:
    return Fraction(text[:-1]) / 100 if text.endswith("%") else Fraction(text)


def fired(each: FindingRule, situation: Situation, executor: Any) -> bool:
    """Whether a rule fires; a grade comes from `grade_of`, a finding from another rule that makes it."""
    others = []
    if (finding := situation.get("finding")) and finding.get("severity"):
        others = [made("F999", {"clause": {}}, severity=finding["severity"])]
    plain = {kind: fields for kind, fields in situation.items() if kind not in ("grade", "finding")}
    facts = [Fact(kind, "P", f"{kind}1", **fields) for kind, fields in plain.items()]
    facts += [Fact("clause", "P", "c", title="条款")] if others else []
    grade = Fact("grade", "P", "1", **({"grade": "某级"} | situation["grade"])) if "grade" in situation else None
    conclusions = conclude(facts or [Fact("link", "P", "P")], [each, *others], lambda p, caps: grade, executor)
    return any(finding.rule is each for finding in conclusions.findings)


@pytest.mark.parametrize("executor", EXECUTORS)
@pytest.mark.parametrize("each", RULES, ids=lambda each: each.id)
def test_rule_fires_and_nearly_fires(each: FindingRule, executor: Any) -> None:
    assert fired(each, firing(each), executor)
    for situation in near_misses(each):
        assert not fired(each, situation, executor), situation


def test_rules_are_sound_and_say_what_they_rely_on() -> None:
    assert check_finding_rules(RULES) == []
    assert len(RULES) >= 18 and len({each.title for each in RULES}) == len(RULES)
    for each in RULES:
        assert each.remedy and (each.basis.checked or each.basis.note)
        assert each.basis.article is None  # no article of any document was at hand


@pytest.mark.parametrize("executor", EXECUTORS)
def test_what_all_rules_say_of_one_project(executor: Any) -> None:
    facts = [
        Fact("project", "P", "P", name="甲项目", score=Fraction(95), budget_given=True, filled=True),
        Fact("outcome", "P", "1.1", name="保障人数", target="≥59人", actual="{project.name}", attainment=Fraction(1, 2),
             lost=Fraction(25, 4), full=False, missing=False, cause=True, remedy=False, misprint=False, remedy_unsaid="", row=1),
        Fact("outcome", "P", "1.2", called="1.2“发放率”", target="≥95%", missing=True, full=False, row=2),
        Fact("project", "P", "P", unread=2, unread_told="做法 2 条"),
    ]  # fmt: skip
    conclusions = conclude(facts, RULES, lambda p, caps: graded(p, ["优", *caps]), executor)
    assert [(f.rule.id, f.subject, f.says) for f in conclusions.findings] == [
        ("F404", "P", "有必须更正的问题：未得满分而未写改进措施、缺实际完成值"),
        ("F405", "P", "计分依据的条款中2条没有见过原文：做法 2 条"),
        ("F103", "1.1", "“保障人数”指标值≥59人，实际完成{project.name}，扣6.25分，缺：措施"),
        ("F102", "1.1", "总分95.00而“保障人数”完成率仅50%"),
        ("F104", "P", "1.2“发放率”没有填实际完成值，得0分"),
    ]
    assert conclusions.grades == {"P": "良"}
    assert conclusions.findings[0].facts == ("finding:F103/1.1", "finding:F104/P")


# ---- chaining ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("executor", EXECUTORS)
def test_chains_reach_a_fixpoint_and_never_turn_on_themselves(executor: Any) -> None:
    rules = [
        made("F101", {"project": {}}, caps="中"),
        made("F102", {"finding": {"rule": "F103"}}),
        made("F103", {"finding": {"rule": "F101"}}),
        made("F104", {"finding": {}}, severity="错误"),
        made("F105", {"finding": {"rule": "F105"}}),
        made("F106", {"grade": {"grade": "中"}, "finding": {"severity": "错误"}}),
        made("F107", {"finding": {"rule": "F102"}, "outcome": {}}),
    ]
    facts = [Fact("project", "P", "P"), Fact("outcome", "P", "a"), Fact("outcome", "P", "b")]
    found = conclude(facts, rules, graded, executor).findings
    assert {(f.rule.id, f.subject): f.facts for f in found} == {
        ("F101", "P"): ("project:P",),
        ("F103", "P"): ("finding:F101/P",),
        ("F102", "P"): ("finding:F103",),
        ("F104", "P"): (
            "finding:F101/P", "finding:F102", "finding:F103", "finding:F106/1", "finding:F107/a", "finding:F107/b",
        ),
        ("F106", "P"): ("grade:1", "finding:F104"),
        ("F107", "a"): ("outcome:a", "finding:F102"),
        ("F107", "b"): ("outcome:b", "finding:F102"),
    }  # fmt: skip


# ---- what is refused ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("when", "more", "code"),
    [
        ({"projct": {}}, {}, "P301"),
        ({"outcome": {"attainmnt": {"lt": "1"}}}, {}, "P302"),
        ({"outcome": {"name": "甲"}}, {}, "P303"),
        ({"outcome": {"met": {"lt": "1"}}}, {}, "P304"),
        ({"outcome": {"met": "no"}}, {}, "P304"),
        ({"outcome": {"attainment": "60%"}}, {}, "P304"),
        ({"outcome": {"attainment": {"gt": "60%"}}}, {}, "P304"),
        ({"outcome": {"comparator": "≧"}}, {}, "P305"),
        ({"finding": {"rule": "F777"}}, {}, "P305"),
        ({"outcome": {"attainment": {"lt": "0.6000001"}}}, {}, "P306"),
        ({"outcome": {"attainment": {"lt": "1000000000"}}}, {}, "P306"),
        ({"outcome": {"attainment": {"lt": "abc"}}}, {}, "P306"),
        ({"outcome": {"attainment": {"lt": "1e-05"}}}, {}, "P306"),
        ({"project": {"score": {"lt": "90", "gte": "90"}}}, {}, "P307"),
        ({"outcome": {}}, {"say": "{outcome.nam}"}, "P308"),
        ({"outcome": {}}, {"say": "{project.name}"}, "P308"),
        ({"outcome": {}}, {"remedy": "{outcome.__class__}"}, "P308"),
        ({"outcome": {}}, {"say": "{0}"}, "P308"),
        ({"grade": {}}, {"caps": "良"}, "P310"),
        ({"outcome": {}}, {"about": "target"}, "P311"),
        ({"clause": {}}, {"together": True}, "P312"),
        ({"outcome": {}, "indicator": {}}, {"together": True, "say": "{outcome.called}"}, "P312"),
        ({"outcome": {}}, {"together": True, "say": "说"}, "P312"),
        ({"outcome": {}}, {"together": True, "say": "{outcome.called}{outcome.target}"}, "P312"),
    ],
)
def test_unusable_rules_are_refused(when: Mapping[str, Any], more: Mapping[str, Any], code: str) -> None:
    bad = made("F101", when, **more)
    assert [problem.code for problem in check_finding_rules([bad])] == [code]
    with pytest.raises(RuleProblems):
        conclude([], [bad])


def test_equal_ids_are_refused() -> None:
    twice = [made("F101", {"outcome": {}}), made("F101", {"project": {}})]
    assert [problem.code for problem in check_finding_rules(twice)] == ["P309"]


def test_problems_know_their_line() -> None:
    text = """{id: F101, title: 题, about: result, severity: 警告, say: 说, remedy: 改,
  basis: {document: 示例, known: 未见},
  when: {outcome: {met: true,
    attainmnt: {lt: 1}}}}"""
    (problem,) = check_finding_rules([FindingRule.model_validate(parse_document(text, "a.yaml")[0])])
    assert (str(problem.where), problem.nearest) == ("a.yaml:4:5", "attainment")


def test_facts_keep_to_the_vocabulary() -> None:
    for kind, fields in [("projct", {}), ("project", {"x": 1}), ("project", {"score": "90"}), ("outcome", {"met": 1})]:
        with pytest.raises(ValueError, match="fact"):
            Fact(kind, "P", "1", **fields)  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="itself"):
        conclude([Fact("grade", "P", "1", grade="优")], [])


def test_templates_in_values_are_not_read() -> None:
    facts = [Fact("outcome", "P", "1", name="{outcome.target}", target="{outcome.name}")]
    assert fill("{outcome.name}/{outcome.target}/{0}/{x.y}", facts) == "{outcome.target}/{outcome.name}/{0}/{x.y}"


# ---- pyknow's surface, and why not -------------------------------------------------------------------------------


def test_a_decorated_function_is_the_same_rule_as_its_entry() -> None:
    when = {"project": {"score": {"gte": "90"}}, "outcome": {"attainment": {"lt": "60%"}}}

    @rule(id="F102", title="不符", severity="警告", caps="良", remedy="核实", basis=BASIS, when=when)
    def low_row() -> None:
        """总分{project.score}而“{outcome.name}”完成率仅{outcome.attainment}"""

    say = "总分{project.score}而“{outcome.name}”完成率仅{outcome.attainment}"
    entry = made("F102", when, severity="警告", title="不符", remedy="核实", say=say, caps="良")
    assert low_row.model_dump() == entry.model_dump()
    assert (low_row.where or Where("")).path == __file__ and entry.where is None
    engine = Engine([entry]).declare(Fact("project", "P", "P", score=90))
    assert engine.run().findings == ()
    engine.declare(Fact("outcome", "P", "1", name="甲", attainment=Fraction(599999, 10**6)))
    assert [finding.says for finding in engine.run().findings] == ["总分90.00而“甲”完成率仅59.99%"]


def test_why_not_names_the_nearest_fact_and_the_test_it_fails() -> None:
    (f102,) = (each for each in RULES if each.id == "F102")
    facts = [
        Fact("project", "P", "P", name="甲项目", score=92),
        Fact("outcome", "P", "1", name="远", attainment=Fraction(2)),
        Fact("outcome", "P", "2", name="近", attainment=Fraction(983, 1000)),
    ]
    assert why_not(f102, facts) == [
        "规则 F102“得分与完成情况不符”没有触发：",
        "project“甲项目” score（总分）=92.00：要求 ≥90，满足",
        "outcome“近” attainment（完成率）=98.3%：要求 <60%，不满足",
    ]
    assert why_not(f102, facts[:1])[-1] == "没有“指标完成情况”（outcome）这类事实，不满足"
    low = Fact("outcome", "P", "3", name="低", attainment=Fraction(1, 2))
    assert why_not(f102, [*facts, low])[0] == "规则 F102“得分与完成情况不符”已触发："


# ---- hazards -----------------------------------------------------------------------------------------------------

LABELS = (
    "产出指标",
    "产出指标 ",
    "1",
    "01",
    "1.0",
    "true",
    "null",
    "1e5",
    "",
    '"',
    "\\",
    "\\u4ea7",
    "{",
    "a\nb",
    "\x00",
)


@pytest.mark.parametrize("executor", EXECUTORS)
def test_labels_are_compared_as_text_whatever_they_look_like(executor: Any) -> None:
    rules = [made(f"F{n:03}", {"outcome": {"category": label}}) for n, label in enumerate(LABELS, 100)]
    facts = [Fact("outcome", "P", str(n), category=label) for n, label in enumerate(LABELS, 100)]
    found = conclude(facts, rules, executor=executor).findings
    assert [(f.rule.id, f.subject) for f in found] == [(f"F{n}", str(n)) for n, _ in enumerate(LABELS, 100)]


@pytest.mark.parametrize("executor", EXECUTORS)
def test_huge_numbers_keep_their_side(executor: Any) -> None:
    rules = [
        made("F101", {"outcome": {"attainment": {"gte": "999999999.999999"}}}),
        made("F102", {"outcome": {"attainment": {"lt": "-999999999.999999"}}}),
    ]
    bound = LARGEST - Fraction(1, 10**6)
    values = [10**400, 2**63, 2**64, bound, bound - Fraction(1, 10**9), -bound, -bound - Fraction(1, 10**9), -(10**400)]
    facts = [Fact("outcome", "P", str(n), attainment=value) for n, value in enumerate(values)]
    found = conclude(facts, rules, executor=executor).findings
    assert [(f.rule.id, f.subject) for f in found] == [
        ("F101", "0"), ("F101", "1"), ("F101", "2"), ("F101", "3"), ("F102", "6"), ("F102", "7"),
    ]  # fmt: skip


@pytest.mark.parametrize("executor", EXECUTORS)
def test_equal_facts_and_equal_ids_in_other_kinds_and_projects_stay_apart(executor: Any) -> None:
    rules = [made("F101", {"outcome": {"met": "true"}, "indicator": {"repeated": "true"}})]
    facts = [
        Fact("outcome", project, id, met=True) for project in ("甲", "乙") for id in ("1", "2")
    ] + [Fact("indicator", "甲", "1", repeated=True)]  # fmt: skip
    found = conclude(facts, rules, executor=executor).findings
    assert [(f.project, f.facts) for f in found] == [
        ("甲", ("outcome:1", "indicator:1")),
        ("甲", ("outcome:2", "indicator:1")),
    ]


def many(count: int) -> list[Fact]:
    facts = []
    for n in range(count):
        facts.append(Fact("project", f"P{n}", f"P{n}", score=Fraction(95), budget_given=True))
        facts += [
            Fact(
                "outcome",
                f"P{n}",
                str(i),
                attainment=Fraction(i, 5),
                full=i > 4,
                missing=False,
                misprint=False,
                cause=False,
                reasons_column=True,
            )
            for i in range(6)
        ]
    return facts


def resident() -> int:
    """Memory in use now, in kB (Linux)."""
    lines = Path("/proc/self/status").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("VmRSS"))


def plain(conclusions: Conclusions) -> list[tuple[str, str, tuple[str, ...]]]:
    return [(f.project, f.rule.id, f.facts) for f in conclusions.findings]


def test_three_thousand_projects_at_once_are_equal_by_both() -> None:
    facts = many(3000)
    grade_of = lambda p, caps: graded(p, ["优", *caps])  # noqa: E731
    by_frame = plain(conclude(facts, RULES, grade_of, "frame"))
    assert len(by_frame) == 3000 * 9
    if rete.available():
        assert plain(conclude(facts, RULES, grade_of, "rete")) == by_frame


@needs_durable
@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="需要 /proc")
def test_memory_stays_flat_over_three_thousand_projects() -> None:
    facts = many(100)
    for _ in range(3):
        conclude(facts, RULES, executor="rete")
    before = resident()
    for _ in range(30):
        conclude(facts, RULES, executor="rete")
    assert resident() - before < 4_000  # kB


@needs_durable
def test_no_thread_is_left_and_nothing_is_printed(capfd: pytest.CaptureFixture[str]) -> None:
    rules = [made("F101", {"outcome": {"met": "false"}, "link": {}})]
    conclude([Fact("outcome", "P", "1", met=False), Fact("link", "P", "1")], rules, executor="rete")
    assert not [thread for thread in threading.enumerate() if isinstance(thread, threading.Timer)]
    assert capfd.readouterr() == ("", "")


@needs_durable
def test_failing_actions_are_surfaced_and_the_network_is_thrown_away(monkeypatch: pytest.MonkeyPatch) -> None:
    rules, facts = [made("F101", {"outcome": {"met": "true"}})], [Fact("outcome", "P", "1", met=True)]

    def fail(*_: object) -> None:
        raise RuntimeError("坏了")

    with monkeypatch.context() as patched:
        patched.setattr(rete.Network, "note", fail)
        with pytest.raises(InferenceFailed, match="坏了"):
            conclude(facts, rules, executor="rete")
    assert len(conclude(facts, rules, executor="rete").findings) == 1


@needs_durable
def test_an_action_dropped_after_a_pause_is_surfaced(monkeypatch: pytest.MonkeyPatch) -> None:
    """The library silently drops what an action did when more than ten seconds went by, as on a suspended machine."""
    engine = importlib.import_module("durable.engine")
    clock = iter(range(0, 10**9, 100))
    monkeypatch.setattr(engine, "_unix_now", lambda: next(clock))
    with pytest.raises(InferenceFailed, match="超时"):
        conclude([Fact("outcome", "P", "1", met=True)], [made("F101", {"outcome": {"met": "true"}})], executor="rete")


@pytest.mark.parametrize("executor", EXECUTORS)
def test_rules_that_differ_only_in_words_are_not_confused(executor: Any) -> None:
    for severity in ("警告", "错误"):
        rules = [made("F101", {"clause": {}}, severity=severity, say=severity)]
        (finding,) = conclude([Fact("clause", "P", "1")], rules, executor=executor).findings
        assert (finding.severity, finding.says) == (severity, severity)


@needs_durable
def test_an_id_seen_before_is_replaced_by_the_next() -> None:
    network = rete.Network(make_ready([made("F101", {"outcome": {"met": "true"}})]))
    network.ids = iter([7, 7, 8])  # type: ignore[assignment]
    board = rete.Board()
    network.run("P", [Fact("outcome", "P", "1", met=True), Fact("outcome", "P", "2", met=True)], _none, board)
    assert [found.facts[0].id for found in board.found.values()] == ["1", "2"]


def _none(project: str, caps: frozenset[str]) -> None:
    return None


# ---- what durable_rules does with memory that is not its own -------------------------------------------------------

SAFE = {"create_ruleset", "assert_fact", "start_action_for_state", "update_state", "complete_and_start_action",
        "get_state", "delete_state"}  # fmt: skip


@needs_durable
def test_of_the_library_only_what_is_safe_is_called(monkeypatch: pytest.MonkeyPatch) -> None:
    """A retracted fact is looked for past the end of matches already reported; a session is deleted after an action."""
    core = importlib.import_module("durable_rules_engine")
    called: list[tuple[str, tuple[Any, ...]]] = []

    def watch(name: str, door: Any) -> None:
        def watched(*given: Any) -> Any:
            called.append((name, given))
            return door(*given)

        monkeypatch.setattr(core, name, watched)

    for name, door in [(name, door) for name, door in vars(core).items() if callable(door) and name != "error"]:
        watch(name, door)
    rete._network.cache_clear()
    conclude(many(3), RULES, lambda project, caps: graded(project, ["优", *caps]), "rete")
    names = [name for name, _ in called]
    assert set(names) == SAFE
    assert names.index("complete_and_start_action") < names.index("delete_state")
    assert names.count("delete_state") == 1 + 3
    assert all(given[1].isascii() for name, given in called if name in ("create_ruleset", "assert_fact"))


ALONE = """
from evaluator.findings.facts import Fact
from evaluator.findings.engine import rule
from evaluator.findings.inference import conclude

def made(id, when):
    return rule(id=id, severity="警告", when=when, remedy="改")(no_words)

def no_words():
    "说"

facts = [Fact("outcome", str(p), str(n), met=False) for p in range(3) for n in range(679)]
facts += [Fact("link", str(p), "1") for p in range(3)]
waits, fires = ([made("F101", {"outcome": {"met": "false"}, kind: {}})] for kind in ("clause", "link"))
print(*(len(conclude(facts, rules, executor="rete").findings) for rules in (waits, fires, waits)))
"""


@needs_durable
@pytest.mark.parametrize("filled", ("0", "165", "255"))
def test_nothing_hangs_on_what_memory_held_before(filled: str) -> None:
    """glibc fills memory before it is used and after it is freed; elsewhere this is one more plain run."""
    env = os.environ | {"PYTHONMALLOC": "malloc", "MALLOC_PERTURB_": filled, "PYTHONPATH": str(HOME.parents[1])}
    done = subprocess.run([sys.executable, "-c", ALONE], env=env, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout, done.stderr) == (0, f"0 {3 * 679} 0\n", "")


def thresholds(count: int) -> list[FindingRule]:
    """Rules whose tests one fact passes all at once."""
    return [made(f"F{n:03}", {"outcome": {"attainment": {"lt": str(n)}}, "clause": {}}) for n in range(1, count + 1)]


def alike(count: int) -> list[FindingRule]:
    """Rules that all wait for the same facts."""
    return [made(f"F{n:03}", {"outcome": {"met": "true"}, "clause": {}}) for n in range(1, count + 1)]


@needs_durable
@pytest.mark.parametrize(("rules", "most"), ((thresholds, rete.TESTS), (alike, rete.CLAUSES)))
def test_rules_beyond_what_the_library_holds_go_to_the_frame(rules: Any, most: int) -> None:
    facts = [Fact("outcome", "P", "1", attainment=0, met=True), Fact("clause", "P", "1")]
    for count, auto in ((most, "rete"), (most + 1, "frame")):
        found = conclude(facts, rules(count))
        assert (found.executor, plain(found)) == (auto, plain(conclude(facts, rules(count), executor="frame")))
        assert len(found.findings) == count
    with pytest.raises(UsageProblem, match="装不下"):
        conclude(facts, rules(most + 1), executor="rete")


@needs_durable
def test_our_own_rules_are_held() -> None:
    assert rete.holds(make_ready(RULES))


def test_without_durable_the_frame_does_the_work(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rete, "available", lambda: False)
    assert conclude([], RULES).executor == "frame"
