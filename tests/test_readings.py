"""What a target says goes through everything: a range of a money formula, grades of an own scale, and what is refused."""

from __future__ import annotations

import re
from itertools import combinations
from pathlib import Path

import pytest

from evaluator.errors import one_line
from evaluator.files.plain import dumps, for_terminal
from evaluator.model import Indicator
from evaluator.quantities.levels import declared
from evaluator.quantities.quantity import NeedsState, Unreadable, read_target, set_beside
from evaluator.rulebook.book import read_rulebook
from tests.test_batch import batch, odd_rows, rejects
from tests.test_cli import Ziping, alone, office, plain, project, result, spoil, ziping  # noqa: F401

RATIO = "13028124P00499610001T"  # 预算资金完成率 = 全年执行数 / 全年预算数
LABOUR = "13028124P00499410001F"  # ≥59人
EVIL = "甲\u202e乙\u2066丙\u2028丁\x1b[2J\x9b戊\x07"


# ---- a range of a money formula ----------------------------------------------------------------------------------


@pytest.mark.parametrize("target", ["90%-100%", "≥85%且≤95%", "±3%以内"])
def test_a_range_of_a_money_formula_goes_through_every_command(ziping: Ziping, office: Path, target: str):  # noqa: F811
    path = project(office, RATIO)
    lines = path.read_text("utf-8").splitlines()
    at = next(number for number, line in enumerate(lines) if line.strip().startswith("formula:"))
    above = max(number for number in range(at) if lines[number].strip().startswith("target:"))
    lines[above] = f"    target: {target}"
    path.write_text("\n".join(lines) + "\n", "utf-8")
    for words in (
        ("check", office), ("score", office), ("explain", RATIO, "-w", office), ("attain", RATIO, "-w", office),
        ("goal-seek", RATIO, "-w", office, "--score", "80"), ("forecast", RATIO, "-w", office),
        ("sensitivity", RATIO, "-w", office), ("template", office, "-o", office / "t"), ("rules", office, "-o", office / "b"),
        ("run", office, "-o", office / "out"), ("verify", office, "-o", office / "out"),
    ):  # fmt: skip
        ran = ziping(*words)
        plain(ran)
        assert ran.code in (0, 1), (words, ran.err)


def test_a_target_nothing_can_meet_is_refused_by_check(ziping: Ziping, office: Path):  # noqa: F811
    path = project(office, LABOUR)
    old = next(line for line in path.read_text("utf-8").splitlines() if "target: ≥" in line and "人" in line)
    spoil(path, old, "    target: <0人")
    for words in (("check", office), ("score", office), ("attain", "-w", office), ("goal-seek", LABOUR, "-w", office)):
        ran = ziping(*words)
        told = ran.out + ran.err
        assert ran.code in (1, 3)
        assert "R108" in told
        assert "没有完成值能够达到" in told
        assert not re.search(r"(?<![\w/-])-1\b", told)


# ---- grades ------------------------------------------------------------------------------------------------------


def test_the_declared_scales_do_not_contradict_each_other():
    for scale in declared():
        words = [word for rank in scale for word in rank]
        assert len(words) == len(set(words))
    for one, other in combinations(declared(), 2):
        places = [{word: place for place, rank in enumerate(scale) for word in rank} for scale in (one, other)]
        shared = sorted(places[0].keys() & places[1].keys())
        for first, second in combinations(shared, 2):
            gaps = [place[first] - place[second] for place in places]
            assert (gaps[0] > 0) == (gaps[1] > 0), (first, second)
            assert (gaps[0] == 0) == (gaps[1] == 0), (first, second)


def test_an_indicator_has_a_scale_of_its_own():
    own = ("三级", "二级", "一级")
    assert set_beside(read_target("≥二级", None, own), "三级").actual == 1
    assert set_beside(read_target("二级以上", None, own), "一级").actual == 0
    assert set_beside(read_target("二级", None, own), "二级").actual == 1
    with pytest.raises(Unreadable, match="比较符"):
        set_beside(read_target("二级", None, own), "三级")
    with pytest.raises(NeedsState):
        set_beside(read_target("≥二级", None, own), "优秀")
    row = Indicator(
        id="质量1", category="产出指标", dimension="质量指标", name="医院等级", target="二级", sign="≥",
        scale=["三级/三甲", "二级"], points="10",
    )  # fmt: skip
    assert set_beside(row.read, "三甲").actual == 1
    for wrong in (["优"], ["优", "优"], ["优/良", "良"], ["优", "/"]):
        with pytest.raises(ValueError, match="scale"):
            row.model_validate({**row.model_dump(), "points": "10", "scale": wrong})


def test_a_scale_in_a_rule_file_is_scored(ziping: Ziping, office: Path):  # noqa: F811
    path = project(office, LABOUR)
    lines = path.read_text("utf-8").splitlines()
    at = next(number for number, line in enumerate(lines) if line.strip().startswith("target: ≥") and "人" in line)
    ident = next(line.split("id:")[1].strip() for line in reversed(lines[:at]) if "id:" in line)
    lines[at] = "    target: 二级以上\n    scale: [三级, 二级, 一级]"
    path.write_text("\n".join(lines) + "\n", "utf-8")
    given = result(office, LABOUR)
    text = given.read_text("utf-8").splitlines()
    here = next(number for number, line in enumerate(text) if line.strip() == f"{ident}:")
    there = next(n for n in range(here, len(text)) if text[n].strip().startswith("actual:"))
    for grade, met in (("三级", "达到指标值"), ("一级", "未达到指标值")):
        text[there] = f"    actual: {grade}"
        given.write_text("\n".join(text) + "\n", "utf-8")
        ran = ziping("explain", LABOUR, ident, "-w", office)
        assert ran.code == 0, ran.err
        assert met in ran.out
    assert ziping("template", office, "-o", office / "t").code == 0


def test_digests_taken_before_there_were_scales_hold(office: Path):  # noqa: F811
    before = read_rulebook(office / "rules")[0].digest
    spoil(project(office), "points:", "scale:\n    points:")
    assert read_rulebook(office / "rules")[0].digest == before


# ---- a lower bound -----------------------------------------------------------------------------------------------


def test_a_lower_bound_is_asked_about_where_points_may_be_taken(tmp_path: Path):
    row = odd_rows(0, 1)[0] | {"points": "90", "state": "", "share": "", "formula": "", "target": "≥100人", "sign": ""}
    for policy, actual, code in (
        ("cn-2020-10", "100余人", ""), ("execution-caps", "100余人", "Q106"), ("execution-caps", "120多人", ""),
        ("execution-caps", "130多人", ""),
    ):  # fmt: skip
        made = batch([row | {"policy": policy, "actual": actual}], tmp_path / f"{policy}{actual}")
        assert list(rejects(made).values()) == ([code] if code else []), (policy, actual)


# ---- the terminal ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("value", ["-0%", "-5%", "-5度", "-.5", "-18℃"])
def test_a_target_that_begins_with_a_minus_is_a_value(ziping: Ziping, value: str):  # noqa: F811
    ran = ziping("target", value)
    assert ran.err == ""
    assert f"“{value}”" in ran.out
    ran = ziping("target", "≥-30%", "--actual", "-3%", "-s", "≥")
    assert (ran.code, ran.err) == (0, "")
    assert "-3%" in ran.out
    assert ziping("target", value, "-a", "-1%", "--format", "json").data["target"]["text"] == value


def test_what_is_no_value_is_still_an_option(ziping: Ziping):  # noqa: F811
    assert ziping("target", "-x").code == 2
    assert ziping("target", "--help").code == 0
    assert ziping("target", "--", "-x").out.startswith("不能读")


def test_no_name_steers_the_terminal(office: Path):  # noqa: F811
    spoil(project(office), "name: ", 'name: "\\u202e伪造\\u2028\\u009b" #')
    for words in (("check", office), ("score", office), ("score", office, "--format", "json"), ("target", EVIL)):
        ran = alone(*words)
        told = ran.out + ran.err
        assert told
        assert not any(
            char in told for char in "\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069\u2028\u2029\x1b\x9b\x07"
        )


def test_a_line_stays_a_line_and_our_colours_stay():
    assert one_line("甲\n乙\t丙\r\u2029丁") == "甲 乙 丙  丁"
    assert one_line(EVIL) == "甲乙丙 丁[2J戊"
    assert for_terminal("\x1b[31m错误\x1b[0m\n甲\u202e乙\n") == "\x1b[31m错误\x1b[0m\n甲乙\n"
    assert for_terminal("甲\x1b[2J\r乙\x1b]0;丙\x07") == "甲[2J 乙]0;丙"
    assert for_terminal("𠮷㛃　\u00a0é") == "𠮷㛃　\u00a0é"
    assert dumps({"名": "甲\u202e\u2028"}) == '{\n  "名": "甲\\u202e\\u2028"\n}\n'
