"""What is kept of an evaluation changes no answer: only the time it takes. 示例数据 throughout."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields, replace
from fractions import Fraction
from pathlib import Path
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from evaluator.actuals.resultfiles import load_actuals
from evaluator.evaluation import evaluate
from evaluator.files.digests import canonical, digest_of, digest_of_texts
from evaluator.kept import Memory
from evaluator.model import Actuals, Result, Spending
from evaluator.results import Attached, Duty, Evaluation
from evaluator.rulebook.book import Rulebook

ROOT = Path(__file__).parents[1]
Key = tuple[int, str]
CODES = [
    "13028124P00499410001F", "13028124P00499610001T", "13028124P00507410001X", "13028124P00508210001R", "629001",
]  # fmt: skip
WORDS = ["", "因资金未到位，年底前没有完成", "各项目同一原因，年底前没有完成", "加强管理"]


def said_by(evaluation: Evaluation) -> list[Any]:
    """All that an evaluation says, with what its findings matched, which equality leaves out."""
    matched = [[finding.matched for finding in (*t.findings, *t.aside)] for t in evaluation.tables]
    return [*(getattr(evaluation, one.name) for one in fields(evaluation) if one.name != "files"), matched]


def changed(actuals: Mapping[Key, Actuals], draw: Any) -> dict[Key, Actuals]:
    """The results with one thing changed: a result, a reason, money, a whole table gone or back."""
    code = draw(st.sampled_from(CODES))
    held = actuals.get((2023, code))
    what = draw(st.sampled_from(["result", "reason", "money", "gone", "achieved", "illustrative"]))
    if held is None or what == "gone":
        return {key: one for key, one in actuals.items() if key != (2023, code)}
    if what == "money" and code != "629001":
        most = draw(st.sampled_from([None, 0, 100, 30_000_00]))
        now: dict[str, Any] = {"spending": Spending(adjusted=most, executed=most)}
    elif what == "achieved":
        now = {"achieved": draw(st.sampled_from(["已完成年度任务", ""]))}
    elif what == "illustrative":
        now = {"illustrative": not held.illustrative}
    else:
        row = draw(st.sampled_from(sorted(held.results) or ["数量1"]))
        result = held.results.get(row, Result())
        if what == "reason":
            said = {"cause": draw(st.sampled_from(WORDS)), "remedy": draw(st.sampled_from(WORDS))}
        else:
            said = {"actual": None, "state": None, "share": None}
            if result.state and draw(st.booleans()):
                said = {"state": "达成", "share": draw(st.sampled_from([Fraction(1), Fraction(9, 10)]))}
        now = {"results": {**held.results, row: result.model_copy(update=said)}}
    return {**actuals, (2023, code): held.model_copy(update=now)}


@settings(max_examples=12)
@given(data=st.data())
def test_whatever_changes_one_after_the_other_the_answer_is_that_of_a_whole_evaluation(book: Rulebook, data: Any):
    original = load_actuals(ROOT / "actuals", book)
    kept, actuals, attached, duties, rules = Memory(), dict(original), {}, {}, book
    for _ in range(data.draw(st.integers(2, 6), label="steps")):
        match data.draw(st.sampled_from(["results"] * 4 + ["back", "files", "duties", "rules"])):
            case "results":
                actuals = changed(actuals, data.draw)
            case "back":
                actuals = {**actuals, (2023, CODES[0]): original[2023, CODES[0]]}
            case "files":
                state = data.draw(st.sampled_from(["完好", "缺失", "已改动"]))
                attached = {(2023, CODES[1]): (Attached("数量1", "名册", "名册.pdf", "0" * 64, state),)}
            case "duties":
                year = data.draw(st.sampled_from([2022, 2023]))
                owed = Duty("ZG001", year, CODES[2], "F401", "示例", "张三", "2023-06-30", "未整改", (), True)
                duties = {(year, "629001"): (owed,)}
            case _:
                rules = book if rules is not book else replace(book, findings=book.findings[::2])
        more: Any = {"executor": data.draw(st.sampled_from(["frame", "auto"])), "attached": attached, "duties": duties}
        again = evaluate(rules, actuals, year=2023, unit="629001", kept=kept, **more)
        assert said_by(again) == said_by(evaluate(rules, actuals, year=2023, unit="629001", **more))


def test_what_is_told_across_projects_follows_a_change_in_one(book: Rulebook):
    """The same words behind rows of three projects are told on the unit's table; the first result of the year on all others."""
    same = {"cause": WORDS[2], "remedy": "下一年度提前安排资金，按月核对进度"}
    original = dict(load_actuals(ROOT / "actuals", book))
    kept = Memory()

    def judged(actuals: Mapping[Key, Actuals]) -> dict[str, list[str]]:
        again = evaluate(book, actuals, year=2023, unit="629001", kept=kept)
        assert said_by(again) == said_by(evaluate(book, actuals, year=2023, unit="629001"))
        return {table.code: [finding.says for finding in table.findings] for table in again.tables}

    seen = [judged(original)]
    for code in CODES[:3]:
        results = original[2023, code].results
        row = sorted(results)[0]
        now = {"results": {**results, row: results[row].model_copy(update=same)}}
        original = {**original, (2023, code): original[2023, code].model_copy(update=now)}
        seen.append(judged(original))
    assert [any(WORDS[2] in says for says in each["629001"]) for each in seen] == [False, False, False, True]
    first, others = judged({}), judged({(2023, CODES[0]): original[2023, CODES[0]]})
    assert first[CODES[1]] != others[CODES[1]]


def test_only_what_rests_on_something_else_is_made_again():
    kept, asked = Memory(), []

    def make(places: list[int]) -> list[str]:
        asked.append(places)
        return [f"{place}" for place in places]

    for of in ([[1], [2], [3]], [[1], [5], [3]], [[1], [5], [3]], [[1], [2]], [[2], [2], [3], [4]]):
        assert kept.each("step", of, make) == [f"{place}" for place in range(len(of))]
    assert asked == [[0, 1, 2], [1], [1], [0, 3]]


@given(st.lists(st.recursive(st.text() | st.integers() | st.fractions(), lambda inside: st.lists(inside, max_size=3))))
def test_the_digest_of_texts_is_that_of_their_list(contents: list[Any]):
    assert digest_of_texts(map(canonical, contents)) == digest_of(contents)
