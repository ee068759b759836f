"""Filled tables checked: what is wrong is found, what is right or unclear is never called wrong."""

from __future__ import annotations

import json
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from evaluator.auditing.audit import Audited, audit
from evaluator.auditing.telling import as_json
from evaluator.commands.console import audit_text
from evaluator.errors import UsageProblem
from evaluator.figures import half_up
from evaluator.figures import points as shown
from evaluator.intake.filled.formdata import ExecutionRow, FilledRow, FilledTable, Funding
from evaluator.intake.filled.formloading import load_filled
from evaluator.results import Evaluation
from evaluator.rulebook.book import Rulebook, read_policies
from evaluator.scoring import Case, score
from tests.test_cli import Ziping, ziping  # noqa: F401

ROOT = Path(__file__).parents[1]
FOLDER = ROOT / "tests" / "fixtures" / "filled"
POLICIES = read_policies([ROOT / "rules"]).policies
NATIONAL = "cn-2020-10"


def checked(policy: str | None = NATIONAL, rows: list[dict[str, Any]] | None = None, **table: Any) -> Audited:
    [made] = audit([FilledTable(id="t", year=2022, indicators=rows or [], **table)], POLICIES, policy)
    return made


def row(target: str | None, actual: str | None, points: object, score: object, **more: Any) -> dict[str, Any]:
    told = {"level3": "某指标", "target": target, "actual": actual, "points": points, "score": score}
    return told | more


def verdict(*cells: Any, policy: str = NATIONAL, **more: Any) -> str:
    return checked(policy, [row(*cells, **more)]).rows[0].verdict.verdict


def codes(made: Audited) -> set[str]:
    return {defect.code for defect in made.defects}


# ---- published tables --------------------------------------------------------------------------------------------


def test_the_three_published_tables():
    shanghai, yunnan, hubei = audit(load_filled(FOLDER / "published.yaml"), POLICIES)
    assert [one.policy.id for one in (shanghai, yunnan, hubei)] == [NATIONAL, NATIONAL, "hubei-2020-3"]
    assert {one.verdict for one in [*shanghai.verdicts, shanghai.total.verdict]} == {"agree"}
    assert (shanghai.execution.verdict.computed, shanghai.total.verdict.printed) == ("8.62", "98.62")
    assert codes(shanghai) == {"execution-rounded-up"}  # 215457.6 ÷ 250000 is 86.183%
    assert [n for n, one in enumerate(yunnan.rows) if one.verdict.verdict == "differ"] == [2, 5]
    assert [yunnan.rows[n].verdict.computed for n in (2, 5)] == ["10.00", "9.80"]
    assert (yunnan.execution.verdict.verdict, yunnan.total.verdict.verdict) == ("agree", "agree")
    assert "differ" not in {one.verdict.verdict for one in hubei.rows}
    assert (hubei.execution.verdict.verdict, hubei.execution.verdict.printed, hubei.total.verdict.verdict) == (
        "agree",
        "19.55",
        "agree",
    )
    assert not hubei.defects


@pytest.mark.parametrize("suffix", ["xlsx", "docx", "html", "pdf"])
def test_a_document_is_judged_as_its_transcription(suffix: str):
    [yunnan] = audit(load_filled(FOLDER / f"yunnan.{suffix}"), POLICIES)
    assert [n for n, one in enumerate(yunnan.rows) if one.verdict.verdict == "differ"] == [2, 5]
    assert (yunnan.execution.verdict.verdict, yunnan.total.verdict.verdict) == ("agree", "agree")


def test_the_json_has_the_promised_shape_and_the_exit_code_tells(ziping: Ziping):  # noqa: F811
    ran = ziping("audit", str(FOLDER / "published.yaml"), "--format", "json")
    assert ran.code == 1
    assert [one["id"] for one in ran.data["tables"]] == [
        "sh-putuo-tiyu-2022-a", "yn-yongde-minglang-2022", "hb-huangshi-haimian-2022"
    ]  # fmt: skip
    for one in ran.data["tables"]:
        assert list(one) == ["id", "policy", "rows", "execution", "total", "defects"]
        assert [told["index"] for told in one["rows"]] == list(range(len(one["rows"])))
        for told in [*one["rows"], one["execution"], one["total"]]:
            assert {"verdict", "printed", "computed", "reason"} <= told.keys()
            assert told["verdict"] in ("agree", "differ", "undecidable")
    text = ziping("audit", str(FOLDER / "published.yaml"), "--policy", NATIONAL)
    assert text.code == 1
    assert "不一致" in text.out
    assert "10 × 98% ÷ 100% = 9.8" in text.out


def test_exit_codes(ziping: Ziping, tmp_path: Path):  # noqa: F811
    table = {"id": "t", "indicators": [row("≥95%", "95%", 90, 90)], "total_score": "100"}
    table["execution"] = {"points": 10, "rate": "100%", "score": 10}
    clean = tmp_path / "表.json"
    clean.write_text(json.dumps(table, ensure_ascii=False), encoding="utf-8")
    assert ziping("audit", str(clean)).code == 0
    assert ziping("audit", str(clean), "--policy", "cn-2020").code == 2
    (tmp_path / "空.txt").write_text("没有表", encoding="utf-8")
    assert ziping("audit", str(tmp_path / "空.txt")).code == 3
    assert ziping("audit", str(tmp_path / "没有.yaml")).code == 3


def test_a_file_that_cannot_be_read_does_not_stop_the_others(ziping: Ziping, tmp_path: Path):  # noqa: F811
    good, bad, other = (tmp_path / name for name in ("好.json", "坏.xlsx", "半.yaml"))
    sound: dict[str, Any] = {"id": "t", "indicators": [row("≥95%", "95%", 100, 90)]}
    good.write_text(json.dumps(sound, ensure_ascii=False), encoding="utf-8")
    bad.write_bytes(b"PK nothing")
    other.write_text(json.dumps([sound | {"id": "u"}, {"id": "v", "year": "二〇二二"}], ensure_ascii=False), "utf-8")
    ran = ziping("audit", str(bad), str(good), str(other), str(tmp_path / "没有.pdf"), "--format", "json")
    assert ran.code == 3
    assert [one["id"] for one in ran.data["tables"]] == ["t", "u"]
    assert [one["rows"][0]["verdict"] for one in ran.data["tables"]] == ["differ", "differ"]
    assert all(name in ran.err for name in ("坏.xlsx", "没有.pdf", "v的年度“二〇二二”"))
    assert ziping("audit", str(good)).code == 1
    assert ziping("audit", str(bad), str(tmp_path / "没有.pdf")).code == 3


# ---- a row -------------------------------------------------------------------------------------------------------

AGREE = [
    ("≥95%", "95%", 10, 10), ("≧735人次", "735", 10, "10.00"), ("≥100%", "98%", 10, 9.8), ("≥100%", "99.995%", 10, "10.00"),
    ("≥3个", "2个", 10, 6.67), ("≥3个", "2个", 10, 6.7), ("≥3个", "2个", 10, 6.667), ("全覆盖", "100%", 10, 10),
    ("≤30万元", "32万元", 10, 9.38), ("=100%", "120%", 10, 10), ("100%", "98%", 10, 9.8), ("100%", "100%", 10, 10),
    ("200万", "195.5万元", 10, 10), ("≥95%", "95", 10, 10), ("及时", "及时", 20, 17), ("完成", "完成", 10, 9),
    ("完成", "已完成", 10, 10), ("有所提升", "部分达成并具有一定效果", 10, 7), ("有所提升", "达成（90%）", 10, 9),
    ("90%-100%", "96%", 10, 10), ("完成1部宣传片,2套方案", "完成1部宣传片,2套方案", 10, 10),
]  # fmt: skip
DIFFER = [
    ("≧100%", "100%", 10, 7), ("═100%", "98%", 10, 9), ("≥100人", "50人", 10, 10), ("≤30万元", "60万元", 10, 10),
    ("≥95%", "95%", 10, 12), ("有所提升", "部分达成并具有一定效果", 10, 10), ("完成", "未完成", 10, 10),
    ("≥100%", "98%", 10, 10), ("≥3个", "2个", 10, 6.66), ("≥3个", "2个", 10, 7), ("≥95%", "95", 10, 5), ("≥95%", "0.5", 10, 10),
    ("及时", "及时", 10, 5), ("12月底前", "11月", 10, 7), ("≤4天", "6天", 10, 6.5), ("12月底前", "次年1月15日", 10, 10),
    ("及时", "不及时", 10, 10), ("满意", "不满意", 10, 10), ("有效改善", "改善不明显", 10, 10), ("逐步提升", "未开展", 10, 10),
    ("有效保障", "保障不力", 10, 10), ("提高", "有所下降", 10, 10), ("显著提升", "显著提升", 10, 3), ("≥10人", "10人", 10, -2),
]  # fmt: skip
UNDECIDABLE = [
    ("≥100人", "130人", 10, 8), ("≤30万元", "20万元", 10, 8), ("=100%", "120%", 10, 9), ("100%", "60%", 10, 9),
    ("≥10人", None, 10, 10), ("≥10人", "/", 10, 10), ("≥10人", "10人", None, 10),
    ("≥10人", "10人", 10, None), ("≥10人", "10人", 10, "优"), (None, "10人", 10, 10), ("≧ %", "100", 10, 10),
    ("有所提升", "已提升", 10, 6), ("≤4个", "6个", 10, 10), ("≥95%", "≥95%", 10, 10), (">92%", "92%", 10, 10),
    ("≤100人", "150人", 10, 5), ("≤0次", "1次", 10, 8), ("≥95%", "约90%", 10, 5), ("显著提升", "有所提升", 10, 10),
    ("90%-95%", "98%", 10, 9), ("字" * 300, "句" * 300, 10, 5), ("6次", "150次", 10, 8), ("≥0.8吨", "0.7吨", 10, 9.3), ("=30万元", "28.5万元", 10, 10),
]  # fmt: skip


@pytest.mark.parametrize("cells", AGREE, ids=str)
def test_a_right_row_agrees(cells: tuple[Any, ...]):
    assert verdict(*cells) == "agree"


@pytest.mark.parametrize("cells", DIFFER, ids=str)
def test_a_wrong_row_differs(cells: tuple[Any, ...]):
    assert verdict(*cells) == "differ"


@pytest.mark.parametrize("cells", UNDECIDABLE, ids=str)
def test_what_is_not_certain_is_not_called_wrong(cells: tuple[Any, ...]):
    judged = checked(rows=[row(*cells)]).rows[0].verdict
    assert judged.verdict == "undecidable"
    assert len(set(judged.readings)) >= 2


def test_a_sign_is_doubted_only_where_the_other_way_makes_sense():
    assert verdict("≥5次", "2次", 10, 10, level3="投诉次数") == "undecidable"
    assert verdict("≥5次", "2次", 10, 10, level3="培训次数") == "differ"
    assert verdict("≤4次", "6次", 10, 10, level3="投诉次数") == "differ"
    assert verdict("≥30万元", "20万元", 10, 10, level3="发放补贴金额") == "differ"
    assert verdict("≥30万元", "20万元", 10, 10, level2="成本指标") == "undecidable"


def test_the_bands_are_those_of_the_policy():
    cells = ("有所提升", "部分达成并具有一定效果", 10, 5.5)
    assert verdict(*cells) == "differ"
    assert verdict(*cells, policy="hubei-2020-3") == "agree"


def test_merged_scores_are_judged_together():
    below = row("≥5个", "5个", None, None, merged={"points": 1, "score": 1})
    whole = checked(rows=[row("≥10人", "10人", 20, 20), below])
    assert [one.verdict.verdict for one in whole.rows] == ["agree", "agree"]
    for given_score, actual, word in ((15, "5个", "undecidable"), (20, "3个", "differ"), (12, "3个", "undecidable")):
        part = checked(rows=[row("≥10人", "10人", 20, given_score), below | {"actual": actual}])
        assert [one.verdict.verdict for one in part.rows] == [word, "undecidable"]
        assert "合并计分" in part.rows[0].verdict.reason
    unmarked = checked(rows=[row("≥10人", "10人", 20, 15), row("≥5个", "3个", None, None)])
    assert [one.verdict.verdict for one in unmarked.rows] == ["undecidable", "undecidable"]


# ---- execution and total -----------------------------------------------------------------------------------------


def spending(rate: str | None, score: object, full: object = "200", done: object = "150", **more: Any) -> Audited:
    money = {"unit": "万元", "full_year": full, "executed": done, **more}
    return checked(execution={"points": 10, "rate": rate, "score": score}, funding=money)


def test_execution():
    assert spending("75%", "7.5").execution.verdict.verdict == "agree"
    assert spending("75%", "8").execution.verdict.verdict == "differ"
    assert spending("75%", "8").execution.coarse == "四舍五入到整数"
    assert spending("75%", "8.0").execution.verdict.verdict == "differ"
    assert spending("75%", "10").execution.verdict.verdict == "differ"
    assert spending("110%", "10", "200", "220").execution.verdict.verdict == "agree"
    assert spending("75%", "10", None, None).execution.verdict.verdict == "differ"
    assert spending(None, "10", None, None).execution.verdict.verdict == "undecidable"
    assert spending("75%", "9", "200", "1500000").execution.verdict.verdict == "undecidable"  # 元 beside 万元
    assert spending("75%", "7.5", "200万元", "1500000元").execution.verdict.verdict == "agree"


def test_the_printed_rate():
    assert codes(spending("75%", "7.5")) == set()
    assert codes(spending("80%", "7.5")) == {"execution-rate"}
    assert codes(spending("100%", "10", "200", "198.4")) == {"execution-rounded-up", "rounded"}
    assert codes(spending("94.67%", "9.47", "35", "33")) == set()  # amounts that were themselves rounded
    assert codes(spending("110%", "10", "200", "220")) == {"spent-above-budget"}
    assert codes(spending("100%", "10", "200", "220")) == {"spent-above-budget", "execution-rate"}
    assert codes(spending("1,437", "10", None, "1437")) == {"rate-is-amount"}
    assert codes(spending("100%", "10", "0", "150")) == {"spent-without-budget"}
    assert codes(spending("50%", "5", "310.2", "154.74")) == {"execution-rounded", "rounded"}
    assert codes(spending("50%", "4.99", "310.2", "154.74")) == set()
    assert codes(spending("100%", "10", "150", "150", initial="200")) == {"budget-cut-to-spending"}


def test_funds_that_are_not_their_total_together():
    def of(*full: str | None) -> dict[str, Any]:
        names = ("fiscal_row", "carried_row", "other_row", "own_row")
        return {name: {"full_year": text} for name, text in zip(names, full, strict=False)}

    assert codes(spending("75%", "7.5", **of("180", "20", "0"))) == set()
    assert codes(spending("75%", "7.5", **of("180", "30", "0"))) == {"funds-sum"}
    assert codes(spending("75%", "7.5", **of("170", "20", "0"))) == {"funds-sum"}
    assert codes(spending("75%", "7.5", **of("180", "20", None))) == set()  # a blank says nothing
    assert codes(spending("75%", "7.5", **of("180", "30"))) == set()  # carried over within the budget's own money
    assert codes(spending("75%", "7.5", **of("170", "10", "5", "15"))) == set()
    assert codes(spending("75%", "7.5", **of("170", "15", "15", "15"))) == set()  # 单位资金 is part of 其他资金
    assert codes(spending("75%", "7.5", **of("179.5", "20.6", "0"))) == set()  # rounded: 200 and 200.1


def test_totals():
    rows = [row("≥95%", "95%", 50, 50), row("≥10人", "10人", 40, 40)]
    execution = {"points": 10, "rate": "75%", "score": "7.5"}
    for total, word in (
        ("97.5", "agree"),
        ("98", "differ"),
        ("97", "differ"),
        ("99", "differ"),
        (None, "undecidable"),
        ("优", "undecidable"),
    ):
        assert checked(rows=rows, execution=execution, total_score=total).total.verdict.verdict == word
    assert "sum" in codes(checked(rows=rows, execution=execution, total_score="99"))
    thirds = [row("≥3个", "2个", 10, 6.67) for _ in range(3)]  # three times 6.666… is 20
    assert (
        checked(rows=thirds, execution=execution | {"score": 10}, total_score="30").total.verdict.verdict
        == "undecidable"
    )
    assert (
        checked(
            rows=thirds, execution=execution | {"score": 10}, total_score="30.00", rows_complete=True
        ).total.verdict.verdict
        == "undecidable"
    )
    assert checked(rows=rows[:1], execution=execution, total_score="99").total.verdict.verdict == "undecidable"
    money = {"full_year": "200", "executed": "150"}
    capped = checked("execution-caps", rows, execution=execution, total_score="89", funding=money)
    assert (capped.total.verdict.verdict, capped.total.verdict.computed) == ("agree", "89")


# ---- defects -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("cells", "more", "code"),
    [
        (("≥100人", "150人", 10, 10), {}, "over-fulfilment-without-comment"),
        (("≤4个", "6个", 10, 10), {}, "reversed-sign"),
        (("≧ %", None, 10, 10), {}, "unfilled-template"),
        (("≥10人", "10人", 10, 12), {}, "score-above-points"),
        (("≥10人", "9人", 10, 9), {}, "missing-cause"),
        (("≥10人", None, 10, 10), {}, "empty-actual-full-score"),
        (("≤5.6万元", "5.49元", 10, 10), {}, "value-apart"),
        (("≥58人", "58000人", 10, 10), {"deviation_note": "同上"}, "value-apart"),
    ],
)
def test_a_defect_of_a_row_and_its_neighbour(cells: tuple[Any, ...], more: dict[str, Any], code: str):
    sound = row("≥95%", "96%", 10, 10)
    assert code in codes(checked(rows=[row(*cells, **more), sound]))
    assert codes(checked(rows=[sound, sound])) == set()


def test_a_cause_anywhere_is_a_cause():
    assert codes(checked(rows=[row("≥10人", "9人", 10, 9, deviation_note="一人退出")])) == set()
    assert codes(checked(rows=[row("≥10人", "9人", 10, 9)], problems="一人退出")) == set()
    assert codes(checked(rows=[row("≥10人", "9人", 10, 9, deviation_note="无")])) == {"missing-cause"}
    assert codes(checked(rows=[row("≥100人", "150人", 10, 10, deviation_note="扩大招生")])) == set()


def test_words_that_say_nothing_are_no_cause():
    for note in ("无", "/", "同上", "详见附件", "——", "N/A", "原因：无。"):
        assert codes(checked(rows=[row("≥10人", "9人", 10, 9, deviation_note=note)])) == {"missing-cause"}
    assert codes(checked(rows=[row("≥10人", "9人", 10, 9, deviation_note="无故障，一人退出")])) == set()


def test_a_value_a_thousandfold_apart_is_told_once_and_with_a_cause_not_at_all():
    assert codes(checked(rows=[row("≥58人", "58000人", 10, 10)])) == {"value-apart"}
    assert codes(checked(rows=[row("≥58人", "58000人", 10, 10, deviation_note="全员轮训")])) == set()
    assert codes(checked(rows=[row("≥58人", "57000人", 10, 10)])) == {"over-fulfilment-without-comment"}
    assert codes(checked(rows=[row("≤5000件", "3件", 10, 10)])) == set()


def test_amounts_in_yuan_and_in_wan():
    def found(initial: str, full: str, executed: str) -> set[str]:
        money = {"unit": "万元", "initial": initial, "full_year": full, "executed": executed}
        return codes(checked(funding=money)) & {"amounts-apart"}

    assert found("86.00", "860000", "860000") == {"amounts-apart"}
    assert found("860000", "86", "85.5") == {"amounts-apart"}
    assert found("86", "86", "86000") == {"amounts-apart"}
    assert found("86", "86", "85999") == set()
    assert found("86", "86", "0.05") == set()
    assert found("0", "86", "86") == set()
    assert found("86万元", "860000元", "860000元") == set()


def test_points_that_are_not_a_hundred():
    execution = {"points": 10, "rate": "100%", "score": 10}
    assert codes(checked(rows=[row("≥95%", "95%", 80, 80)], execution=execution)) == {"points-sum"}
    assert codes(checked(rows=[row("≥95%", "95%", 90, 90)], execution=execution)) == set()
    assert codes(checked(rows=[row("≥95%", "95%", 80, 80)], execution=execution, rows_complete=False)) == set()


def test_a_form_that_nobody_filled_in():
    assert "unfilled-template" in codes(checked(rows=[row("≥95%", None, 10, None), row("及时", "", 10, None)]))


# ---- the policy, and the engine's own tables ---------------------------------------------------------------------


def test_the_policy_that_fits_best_and_the_national_one_in_a_tie():
    linear = row("≤100人", "150人", 10, 5, level3="投诉人数")
    assert checked(None, [linear]).policy.id == "linear-at-most"
    assert checked(None, [row("≥95%", "95%", 10, 10)]).policy.id == NATIONAL
    with pytest.raises(UsageProblem, match="没有评分办法"):
        checked("cn-2020")


@pytest.mark.parametrize("policy", [None, *sorted(POLICIES)])
def test_the_engines_own_demonstration_has_no_wrong_row(policy: str | None, sample: Evaluation, book: Rulebook):
    tables = [
        FilledTable(
            id=table.code,
            year=2023,
            funding={"unit": "元", "full_year": "100", "executed": None},
            execution={"points": shown(table.execution.points), "score": shown(table.execution.earned)},
            indicators=[
                row(str(one.indicator.read), one.actual_shown or None, shown(one.points), shown(one.earned))
                for one in table.rows
            ],
        )
        for table in sample.tables
    ]
    for made in audit(tables, POLICIES, policy):
        wrong = [one.verdict for one in made.rows if one.verdict.verdict == "differ"]
        assert not wrong or policy == "execution-caps", wrong  # that policy takes 2 points off, the sample did not


rows_of = st.lists(
    st.tuples(st.sampled_from("≥>≤<="), st.integers(1, 400), st.integers(0, 800), st.integers(1, 16)).filter(
        lambda row: row[0] not in "><" or row[1] != row[2]  # whether > holds at its target is for the assessor
    ),
    min_size=1,
    max_size=6,
)


def scored(policy: str, cases: list[tuple[str, int, int, int]]) -> tuple[list[dict[str, Any]], list[Fraction]]:
    """Rows as the engine scores them under a policy, in halves of a unit."""
    chosen = POLICIES[policy]
    linear = chosen.at_most.attainment == "线性"
    made = score(
        [
            Case(0, sign + ("线性" if linear and sign in "≤<" else ""), Fraction(actual, 2), Fraction(target, 2),
                 Fraction(target, 2), points * 100, chosen, "quantitative")
            for sign, target, actual, points in cases
        ]
    )  # fmt: skip
    earned = [Fraction(int(value), 100) for value in made["earned"]]
    rows = [
        row(
            f"{sign}{half_up(Fraction(target, 2), 1)}吨",
            f"{half_up(Fraction(actual, 2), 1)}吨",
            points,
            half_up(value, 2),
        )
        for (sign, target, actual, points), value in zip(cases, earned, strict=True)
    ]
    return rows, earned


@given(st.sampled_from(sorted(POLICIES)), rows_of, st.booleans())
def test_what_the_engine_scores_never_differs(policy: str, cases: list[tuple[str, int, int, int]], named: bool):
    rows, earned = scored(policy, cases)
    made = checked(
        policy if named else None, rows, total_score=half_up(sum(earned, Fraction(0)), 2), rows_complete=True
    )
    assert all(one.verdict.verdict == "agree" for one in made.rows)
    assert made.total.verdict.verdict != "differ"


@given(
    st.sampled_from(sorted(POLICIES)),
    rows_of,
    st.tuples(st.sampled_from("≥="), st.integers(10, 400), st.integers(0, 100), st.integers(1, 60)),
    st.fractions(1, 5, max_denominator=4),
    st.booleans(),
)
def test_one_changed_score_is_the_one_found(
    policy: str, others: list[tuple[str, int, int, int]], chosen: tuple[str, int, int, int], by: Fraction, up: bool
):
    sign, target, percent, points = chosen
    at = target % (len(others) + 1)
    rows, earned = scored(policy, [*others[:at], (sign, target, target * percent // 100, points), *others[at:]])
    changed = earned[at] + (by if up or by > earned[at] else -by)
    rows[at]["score"] = half_up(changed, 2)
    made = checked(policy, rows)
    assert [n for n, one in enumerate(made.rows) if one.verdict.verdict == "differ"] == [at]
    assert as_json([made])["tables"][0]["rows"][at]["printed"] == half_up(changed, 2)


@pytest.mark.parametrize(
    ("points", "actual"), [("2.56", "98"), ("2.56", "99"), ("2.56", "90"), ("0.99", "60"), ("3.33", "50")]
)
def test_a_score_that_its_rounding_brings_to_full_points_agrees(points: str, actual: str):
    """Under a policy of whole points 2.56 × 98% is 2.51, rounded to 3 and never above 2.56."""
    own = POLICIES[NATIONAL]
    whole = own.model_copy(update={"id": "whole", "rounding": own.rounding.model_copy(update={"step": 100})})
    (earned,) = score(
        [
            Case(
                0,
                "≥",
                Fraction(actual),
                Fraction(100),
                Fraction(100),
                int(Fraction(points) * 100),
                whole,
                "quantitative",
            )
        ]
    )["earned"]
    told = {"points": points, "score": shown(int(earned))}
    table = FilledTable(
        id="t", year=2022, indicators=[row("≥100吨", f"{actual}吨", **told)], execution={**told, "rate": f"{actual}%"}
    )
    [made] = audit([table], {"whole": whole}, "whole")
    assert (made.rows[0].verdict.verdict, made.execution.verdict.verdict) == ("agree", "agree")


cells = st.one_of(
    st.none(),
    st.text(max_size=12),
    st.text("0123456789.%≥≤=<>万元人次个月日年前完成未无及时/-~ ×", max_size=10),
    st.sampled_from(
        ["≥95%", "95", "0", "-5", "100%", "≤0", "≥-5", "达成", "2022年6月", "优100% 良90%", "90-100", "1,000"]
    ),
)


@given(cells, cells, cells, cells, st.sampled_from([None, *sorted(POLICIES)]))
def test_no_cell_is_too_odd(target: Any, actual: Any, points: Any, printed: Any, policy: str | None):
    told = {"target": target, "actual": actual, "points": points, "score": printed}
    rows = [FilledRow.model_construct(level3="某指标", **told), FilledRow.model_construct(**told)]
    table = FilledTable(id="t", total_score="100").model_copy(
        update={
            "indicators": rows,
            "execution": ExecutionRow.model_construct(points=points, rate=actual, score=printed),
            "funding": Funding.model_construct(full_year=target, executed=actual, initial=points, unit="万元"),
        }
    )
    [made] = audit([table], POLICIES, policy)
    assert len(as_json([made])["tables"][0]["rows"]) == 2
    assert "评分办法" in audit_text([made])
