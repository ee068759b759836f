"""A batch is `score` many times over: the same rows, totals, grades, findings and refusals, however the files are cut."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator
from decimal import Decimal
from fractions import Fraction
from pathlib import Path
from random import Random
from typing import Any

import numpy as np
import openpyxl
import pytest
from ruamel.yaml import YAML
from typer.testing import CliRunner

pa = pytest.importorskip("pyarrow")
pytest.importorskip("pyarrow.parquet")

import pyarrow.csv as pacsv  # noqa: E402
import pyarrow.parquet as pq  # noqa: E402

from benchmarks.province import chunk  # noqa: E402
from benchmarks.scale import quality_of  # noqa: E402
from evaluator.batch import running  # noqa: E402
from evaluator.batch.clauses import code, keys_of  # noqa: E402
from evaluator.batch.columns import INPUT, field_of  # noqa: E402
from evaluator.batch.kernel import Kernel, compiled_loop  # noqa: E402
from evaluator.batch.pairs import OPS, SCALES, plain_unit  # noqa: E402
from evaluator.batch.part import do_part  # noqa: E402
from evaluator.batch.running import run_batch  # noqa: E402
from evaluator.batch.sampling import recheck  # noqa: E402
from evaluator.batch.standings import words_of  # noqa: E402
from evaluator.cli import app  # noqa: E402
from evaluator.errors import ActualsProblems, UsageProblem  # noqa: E402
from evaluator.evaluation import evaluate  # noqa: E402
from evaluator.findings import rete  # noqa: E402
from evaluator.model import Actuals, Budget, Indicator, Project, Result, Source, Spending, UnitRef  # noqa: E402
from evaluator.quantities.quantity import NeedsState, Unreadable, read_money, read_target, set_beside  # noqa: E402
from evaluator.quantities.units import WORDS  # noqa: E402
from evaluator.results import Money  # noqa: E402
from evaluator.rowreading import read_row  # noqa: E402
from evaluator.rulebook.book import Rulebook, load_rulebook  # noqa: E402
from evaluator.rulebook.standards import check_open, check_own  # noqa: E402
from tests import test_grades  # noqa: E402
from tests.oracle import ROOT, Line, found_policies, rulebook, scored  # noqa: E402

RULES = ROOT / "rules"
BLANK = dict.fromkeys(INPUT, "")


# ---- the same table, for `score` ---------------------------------------------------------------------------------


def listed(text: str) -> list[str]:
    return [part.strip() for part in text.replace("；", ";").split(";") if part.strip()]


def as_rulebook(
    rows: list[dict[str, str]], known: Rulebook | None = None
) -> tuple[Rulebook, dict[tuple[int, str], Actuals]]:
    """The rows of one unit as rule files and results would give them."""
    projects, actuals = {}, {}
    for key in dict.fromkeys((int(row["year"]), row["project_code"]) for row in rows):
        mine = [row for row in rows if (int(row["year"]), row["project_code"]) == key]
        first = mine[0]
        money = read_money(first["initial"])
        projects[key] = Project.model_construct(
            code=first["project_code"], name=first["project"], year=key[0], policy=first["policy"] or None,
            unit=UnitRef.model_construct(code=first["unit_code"], name=first["unit"]),
            source=Source.model_construct(document="示例数据", line=None),
            budget=Budget.model_construct(total=money, fiscal=money, other=0), purpose="", goals=["达成"],
            plan={str(n): Fraction(part[:-1]) / 100 for n, part in enumerate(listed(first["plan"]))},
            indicators=[
                Indicator(
                    id=row["indicator"], sign=row["sign"] or None, line=None, criterion=row["criterion"] or None,
                    reads=READS[row["reads"]], data=ITEMS[row["data"]][0],
                    **{"of_data" if row["data"] else "formula": row["formula"] or None},
                    **{name: row[name] for name in ("category", "dimension", "name", "description", "target", "points", "basis")},
                )
                for row in mine
            ],
        )  # fmt: skip
        actuals[key] = Actuals.model_construct(
            code=key[1], year=key[0], illustrative=True, achieved=first["achieved"], measures={},
            spending=Spending(
                adjusted=first["adjusted"] or None, executed=first["executed"] or None,
                cause=first["execution_cause"], remedy=first["execution_remedy"],
            ),
            results={
                row["indicator"]: Result(
                    actual=row["actual"] or None, state=row["state"] or None, share=row["share"] or None, data=ITEMS[row["data"]][1],
                    evidence=listed(row["evidence"]), cause=row["cause"], remedy=row["remedy"],
                )
                for row in mine
            },
        )  # fmt: skip
    known = known or rulebook()
    return Rulebook(known.policies, projects, {}, known.findings, ""), actuals


def expected(rows: list[dict[str, str]], executor: str, known: Rulebook | None = None) -> dict[str, object]:
    """What `score` makes of the rows, unit by unit."""
    out: dict[str, object] = {}
    for key in dict.fromkeys((row["unit_code"], row["year"]) for row in rows):
        rules, actuals = as_rulebook([row for row in rows if (row["unit_code"], row["year"]) == key], known)
        evaluation = evaluate(rules, actuals, unit=key[0], year=int(key[1]), executor=executor)
        for table in evaluation.projects:
            at = (int(key[1]), key[0], table.code)
            cap = None if table.cap is None else Decimal(table.cap) / 100
            out[f"{at}"] = (Decimal(table.total) / 100, cap, Decimal(table.score) / 100, table.grade)
            out[f"{at} 问题"] = Counter((f.rule.id, f.subject, f.says) for f in table.findings)
            for row in table.rows:
                out[f"{at} {row.indicator.id}"] = (Decimal(row.earned) / 100, row.met, row.missing)
    return out


def told(folder: Path) -> dict[str, object]:
    """What a batch made, in the same shape."""

    def read(name: str) -> list[dict[str, object]]:
        return [row for path in sorted((folder / name).glob("*.parquet")) for row in pq.read_table(path).to_pylist()]

    out: dict[str, object] = {}
    for row in read("projects"):
        at = (row["year"], row["unit_code"], row["project_code"])
        out[f"{at}"] = (row["total"], row["cap"], row["score"], row["grade"])
        out[f"{at} 问题"] = Counter()
    for row in read("findings"):
        out[f"{(row['year'], row['unit_code'], row['project_code'])} 问题"][
            (row["rule"], row["subject"], row["says"])
        ] += 1
    for row in read("rows"):
        at = (row["year"], row["unit_code"], row["project_code"])
        out[f"{at} {row['indicator']}"] = (row["earned"], row["met"], row["missing"])
    return out


def rejects(folder: Path) -> dict[tuple[str, str], str]:
    files = sorted((folder / "rejects").glob("*.parquet"))
    return {
        (row["project_code"], row["indicator"]): row["code"]
        for path in files
        for row in pq.read_table(path).to_pylist()
    }


def texts(table: pa.Table) -> list[dict[str, str]]:
    return [BLANK | {name: str(value or "") for name, value in row.items()} for row in table.to_pylist()]


def write(rows: list[dict[str, str]], path: Path, names: list[str] | None = None) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    names = names or list(INPUT)
    pq.write_table(pa.table({name: [row[name] for row in rows] for name in names}), path)
    return path


def batch(rows: list[dict[str, str]], folder: Path, **options: object) -> Path:
    run_batch([write(rows, folder / "in.parquet")], folder / "out", RULES, csv=False, **options)
    return folder / "out"


def differences(one: dict[str, object], other: dict[str, object]) -> dict[str, object]:
    return {key: (one.get(key), other.get(key)) for key in one.keys() | other.keys() if one.get(key) != other.get(key)}


# ---- the same as score -------------------------------------------------------------------------------------------

ODD = [  # target, sign, actual, state, share
    ("≥59人", "", "60人", "", ""), ("≥59人", "", "58人", "", ""), ("59人", "≥", "58.5 人", "", ""), ("≧100百分比", "", "96%", "", ""),
    ("≥200万", "", "195.5万元", "", ""), ("≤30万元", "", "300000元", "", ""), ("≤30万元", "", "31.5万元", "", ""), ("<5‰", "", "0.4%", "", ""),
    ("=8台", "", "9台", "", ""), ("=8台", "", "7台", "", ""), ("=8台", "", "8 台", "", ""), ("=0次", "", "0次", "", ""), ("=0次", "", "2次", "", ""),
    ("90-100分", "", "95分", "", ""), ("90-100分", "", "60分", "", ""), ("90-100分", "", "120分", "", ""), ("12月底前", "", "11月", "", ""),
    ("9月前", "", "10月", "", ""), ("有所提升", "", "", "达成", "85%"), ("有所提升", "", "", "部分达成并具有一定效果", "70%"),
    ("有所提升", "", "", "", ""), ("≥95%", "", "", "", ""), ("完成", "", "已完成", "", ""), ("完成", "", "未完成", "", ""), ("≥3个", "", "9个", "", ""),
    ("≥0.001公里", "", "0.0009公里", "", ""), ("≥3个", "", "-1个", "", ""), ("≥95%", "", "95", "", ""), ("≥3个", "", "几个", "", ""),
    ("3个", "", "4个", "", ""), ("≥3个", "≤", "4个", "", ""), ("≥1亩", "", "700平方米", "", ""), ("≥95%", "", "120%", "", ""),
    ("有所提升", "", "", "达成", "50%"), ("有所提升", "", "", "达成", ""), ("≥3个", "", "3个", "达成", "90%"), ("≥ %", "", "3%", "", ""),
    ("≤2000元/人·月", "", "2100元/人·月", "", ""), ("≥1000000000000", "", "999999999999", "", ""), ("≥0.123456789", "", "0.123456788", "", ""),
    ("≤0元", "", "1元", "", ""), ("≥12345678.12345亩", "", "12345678.12344亩", "", ""), ("优100% 良90%", "", "", "达成", "90%"),
    (">5次", "", "5次", "", ""), ("<5起", "", "5起", "", ""), ("≥10000人", "", "9999人", "", ""),
    ("≤5.6万元", "", "5.49元", "", ""), ("≤5.6万元", "", "54900万元", "", ""), ("=58人", "", "58000000", "", ""), ("≥5000件", "", "3件", "", ""),
    ("90-100分", "", "95000分", "", ""), ("1-5000件", "", "3件", "", ""), ("≥12次/年", "", "12000次", "", ""), ("≥58", "", "58000", "", ""),
    ("≥900000000000000000元", "", "3.123元", "", ""), ("≥0.000123456789万元", "", "0.123456789万元", "", ""), ("≥5%", "", "9500%", "", ""),
]  # fmt: skip
PAIRS = [
    (target, "", actual, expected[0])
    for target, actuals in YAML(typ="safe").load((Path(__file__).parent / "fixtures" / "target_pairs.yaml").read_text("utf-8")).items()
    for actual, expected in actuals.items()
] + [
    ("合格", "≥", "良好", "是否"), ("4星级", "≥", "5星级", "是否"), ("4星级", "≥", "3星级", "是否"), ("4星级", "", "4星级", "R108"),
    ("5%", "≤", "±3%", "Q209"), ("±5%", "≤", "-3%", "≤"), ("0人", "<", "0人", "Q113"), ("<0起", "", "0起", "Q113"), ("0%", "<", "-1%", "<"),
]  # fmt: skip
CLEAN = (
    ODD[:26]
    + ODD[-11:]
    + [(*pair, "", "") for *pair, reading in PAIRS if reading[0] not in "QR" and pair[0][0] not in "1±"]
)
ODD += [(*pair, "", "") for *pair, _ in PAIRS]
NAMES = ["培训合格率", "群众满意度", "新增数量", "完成时限", "审核金额", "平均成本", "59人", "宣传活动情况", "宣传活动"]


def odd_rows(seed: int, projects: int = 24) -> list[dict[str, str]]:
    """Projects of rows with odd strings, under every policy, with money that is missing, zero, cut or overspent."""
    random = Random(seed)
    policies = ["", "cn-2020-10", *sorted(found_policies())]
    rows = []
    for number in range(projects):
        size, policy = random.randint(1, 7), random.choice(policies)
        whole = 10_000 - found_policies()[policy or "cn-2020-10"].allocation.execution
        cuts = sorted(random.sample(range(1, whole), size - 1))
        points = [b - a for a, b in zip([0, *cuts], [*cuts, whole], strict=True)]
        initial = random.choice(["10", "20.5", "995.21", "0.01"])
        common = BLANK | {
            "province": "示例省", "county": f"县{number % 2}", "unit_code": f"U{number // 8}", "unit": f"示例单位{number // 8}",
            "year": random.choice(["2023", "2024"]), "project_code": f"P{number}", "project": f"示例项目{number}", "policy": policy,
            "initial": initial, "adjusted": random.choice([initial, initial, "8万元", "0", "", "40万元", "995210元", "995210", "0.0001"]),
            "executed": random.choice([initial, "6.5", "80000元", "0", "", "205000", "0.0001"]), "plan": random.choice(["50%；100%", "100%", "", "50%；90%"]),
            "execution_cause": random.choice(["", "进度推迟", "同上"]), "execution_remedy": random.choice(["", "提前组织", "/"]),
            "achieved": random.choice(["", "全部完成", "详见附件"]),
        }  # fmt: skip
        for place, worth in enumerate(points):
            target, sign, actual, state, share = random.choice(ODD if seed % 3 else CLEAN)
            formula = ""
            if random.random() < 0.06:
                target, sign, actual, state, share = random.choice(["≥95%", "40%-60%", "±3%以内"]), "", "", "", ""
                formula = random.choice(["(全年预算数 - 全年执行数) / 全年预算数", "全年执行数 / 全年预算数"])
            criterion = random.choice(CRITERIA) if not formula and not state and random.random() < 0.15 else ""
            reads = random.choice(list(READS)) if criterion else ""
            data = ""
            if not formula and not criterion and random.random() < 0.06:
                target, sign, actual, state, share = "≥95%", "", "", "", ""
                data, formula = random.choice(list(ITEMS)[1:]), "合格人数 / 参评人数"
            category, dimension = random.choice(
                [
                    ("产出指标", "数量指标"),
                    ("产出指标", "成本指标"),
                    ("效益指标", "社会效益指标"),
                    ("满意度指标", "服务对象满意度指标"),
                ]
            )
            rows.append(
                common | {
                    "indicator": f"{place + 1}", "category": category, "dimension": dimension, "name": random.choice(NAMES),
                    "description": random.choice(["", "培训合格率", "按实际数统计"]), "target": target, "sign": sign,
                    "points": f"{worth / 100:.2f}", "formula": formula, "criterion": criterion, "reads": reads, "data": data, "basis": random.choice(["", "2020年工作计划", "机构编制方案"]),
                    "actual": actual, "state": state, "share": share, "cause": random.choice(["", "天气影响", "无。"]),
                    "remedy": random.choice(["", "加强管理", "N/A"]), "evidence": random.choice(["", "签到册；问卷", "未开展问卷调查", "无；/"]),
                }
            )  # fmt: skip
    return rows


@pytest.mark.parametrize(
    ("criterion", "target", "actual", "code"),
    [
        ("每少扣0.5分", "≥100人", "90人", "R161"),
        ("每降低1个百分点扣1分，扣完为止", "≥95%", "93%", "R162"),
        ("每超1人扣0.5分，扣完为止", "≥100人", "90人", "R166"),
        ("每发现一处问题扣1分，扣完为止", "制度健全", "健全", "Q414"),
        ("未按期报送的，不得分，并追加扣除10分", "是", "fact=是", "Q417"),
    ],
)
def test_a_criterion_that_cannot_score_a_row_rejects_it_with_its_reason(
    criterion: str, target: str, actual: str, code: str, tmp_path: Path
):
    rows = [row | {"sign": "", "state": "", "share": "", "formula": ""} for row in odd_rows(3)[:1]]
    rows = [
        row | {"criterion": criterion, "target": target, "actual": actual, "points": "90.00", "policy": "cn-2020-10"}
        for row in rows
    ]
    assert set(rejects(batch(rows, tmp_path)).values()) == {code}


READS = {
    "": {},
    "step=started": {"step": "started"},
    "扣完为止；不足一个单位的不计": {"floor": "0", "step": "full"},
    "floor=0；cap＝points": {"floor": "0", "cap": "points"},
}
ITEMS: dict[str, tuple[dict[str, str], dict[str, str]]] = {
    "": ({}, {}),
    "合格人数=96人；参评人数=100人": (
        {"合格人数": "人", "参评人数": "人"},
        {"合格人数": "96人", "参评人数": "100人"},
    ),
    "参评人数：7人；合格人数：5人": ({"合格人数": "人", "参评人数": "人"}, {"合格人数": "5人", "参评人数": "7人"}),
}
CRITERIA = (
    "完成得满分，未完成不得分",
    "达到指标值得满分，未达到指标值按比例得分，最高得满分",
    "完成率低于70%不得分，70%及以上按比例得分，最高得满分",
    "每少1人扣0.5分，扣完为止，不足一个单位的按比例计",
    "每降低1个百分点扣0.5分，扣完为止，不足1个百分点的按1个百分点计",
    "每超1万元扣1分，扣完为止，不足一个单位的不计",
    "每少扣0.5分",
)


@pytest.mark.parametrize("seed", range(12))
def test_a_batch_is_score_many_times_over(seed: int, tmp_path: Path):
    rows = odd_rows(seed)
    out = batch(rows, tmp_path)
    refused = {project for project, _ in rejects(out)}
    kept = [row for row in rows if row["project_code"] not in refused]
    assert kept
    assert differences(expected(kept, "frame"), told(out)) == {}


def test_a_synthetic_province_is_scored_as_score_does_with_either_executor(tmp_path: Path):
    table, _ = chunk(1_500, 7, 0)
    rows = texts(table)
    out = batch(rows, tmp_path)
    refused = {project for project, _ in rejects(out)}
    kept = [row for row in rows if row["project_code"] not in refused]
    assert len(kept) > 1_200
    made = told(out)
    for executor in ("frame", "auto"):
        assert differences(expected(kept, executor), made) == {}


@pytest.mark.parametrize("executor", ["frame", "auto"])
def test_other_grades_and_none_are_drawn_as_score_draws_them(executor: str, tmp_path: Path):
    """Projects of one table under policies that grade in other words, do not grade, or grade as usual."""
    folder = tmp_path / "office" / "rules"
    (folder / "policies").mkdir(parents=True)
    (folder / "projects").mkdir()
    (folder / "policies" / "words.yaml").write_text(test_grades.WORDS, encoding="utf-8")
    (folder / "policies" / "none.yaml").write_text(test_grades.NONE, encoding="utf-8")
    rows = texts(chunk(900, 11, 0)[0])
    codes = sorted({row["project_code"] for row in rows})
    named = {code: ("words", "none", "cn-2020-10")[n % 3] for n, code in enumerate(codes)}
    rows = [row | {"policy": named[row["project_code"]]} for row in rows]
    out = tmp_path / "out"
    run_batch([write(rows, tmp_path / "in.parquet")], out, folder)
    refused = {project for project, _ in rejects(out)}
    kept = [row for row in rows if row["project_code"] not in refused]
    known = load_rulebook(folder, RULES)
    assert differences(expected(kept, executor, known), told(out)) == {}
    projects = pq.read_table(out / "projects").to_pylist()
    assert {row["grade"] for row in projects if row["policy"] == "none"} == {"不评级"}
    grades = {row["grade"] for row in projects if row["policy"] == "words"}
    assert len(grades) > 1 and grades <= {"优秀", "良好", "合格", "不合格"}
    for row in pq.read_table(out / "departments").to_pylist():
        assert sum(row[word] for word in words_of(known.policies.values())) == row["projects"]
    assert recheck(out, folder, 20)["differences"] == 0
    heads = (out / "departments.csv").read_text(encoding="utf-8-sig").splitlines()[0].split(",")
    assert {"优", "不合格", "不评级"} <= set(heads)


def test_every_pair_is_read_by_a_batch_as_by_score(tmp_path: Path):
    """Each of the listed pairs alone in a project: the score that `score` gives it, or its code."""
    common = odd_rows(0, 1)[0] | {
        "policy": "",
        "points": "90",
        "state": "",
        "share": "",
        "formula": "",
        "year": "2023",
        "unit_code": "U1",
    }
    rows = [
        common | {"project_code": f"P{number}", "indicator": "1", "target": target, "sign": sign, "actual": actual}
        for number, (target, sign, actual, _) in enumerate(PAIRS)
    ]
    out = batch(rows, tmp_path)
    given = rejects(out)
    for row, (*_, reading) in zip(rows, PAIRS, strict=True):
        code = given.get((row["project_code"], "1"), "")
        unsigned = read_unsigned(row)
        assert code == ("R108" if unsigned else reading if reading[0] in "QR" else ""), row
    kept = [row for row in rows if (row["project_code"], "1") not in given]
    assert len(kept) > 60
    assert differences(expected(kept, "frame"), told(out)) == {}


def read_unsigned(row: dict[str, str]) -> bool:
    """Whether a target is one number without a sign, which a batch refuses whatever the actual."""
    try:
        target = read_target(row["target"], row["sign"] or None)
    except Unreadable:
        return False
    return target.kind == "数值" and target.sign is None


def refused_by_criterion(row: dict[str, str]) -> str:
    """Why the rule file, or `score`, refuses a row with a criterion of its own; '' where neither does."""
    rules, actuals = as_rulebook([row])
    ((key, project),) = rules.projects.items()
    (indicator,) = project.indicators
    try:
        target = indicator.read
        if target.kind == "数值" and target.sign is None:
            return "R108"
        problems = [*check_own(indicator, target), *check_open([indicator])]
        wrong = [problem.code for problem in problems if problem.severity == "错误"]
        if wrong:
            return wrong[0]
        policy = rules.policy_for(project)
        read_row(indicator, actuals[key].results[indicator.id], indicator.points, Money(0, None, None), policy, key[0])
    except Unreadable as error:
        return error.code
    return ""


@pytest.mark.parametrize("seed", [1, 2, 4])
def test_what_is_rejected_is_what_score_refuses(seed: int, tmp_path: Path):
    """A project is rejected when, and only when, `score` refuses one of its rows, with the same code."""
    rows = odd_rows(seed)
    given = rejects(batch(rows, tmp_path))
    for row in rows:
        code = given.get((row["project_code"], row["indicator"]), "")
        if row["formula"]:
            continue
        if row["criterion"]:
            assert code.replace("I507", "") == refused_by_criterion(row), row
            continue
        try:
            target = read_target(row["target"], row["sign"] or None)
            refused = "R108" if target.kind == "数值" and target.sign is None else ""
            if not refused and row["actual"] and not row["state"]:
                pair = set_beside(target, row["actual"], year=int(row["year"]))
                if any(pair.actual < turn < pair.below for turn in turns(row, pair.target) if pair.below):
                    refused = "Q106"  # 100余人 may or may not be so far above that points are taken
        except NeedsState as error:
            refused = error.code
        except Unreadable as error:
            refused = error.code
        if refused or not row["state"]:
            assert code.replace("I507", "") == refused, row


# ---- however the input is cut, written or interrupted ------------------------------------------------------------


def province(rows: int = 3_000, seed: int = 3) -> list[dict[str, str]]:
    return texts(chunk(rows, seed, 0)[0])


def test_results_do_not_depend_on_how_the_files_are_cut(tmp_path: Path):
    """One file, or many with units and projects torn apart, in parts of any size."""
    rows = province()
    whole = told(batch(rows, tmp_path / "whole"))
    cuts = sorted(Random(5).sample(range(1, len(rows)), 6))
    for number, (start, end) in enumerate(zip([0, *cuts], [*cuts, len(rows)], strict=True)):
        write(rows[start:end], tmp_path / "cut" / f"{number}.parquet")
    run_batch([tmp_path / "cut"], tmp_path / "out", RULES, csv=False, part_rows=100)
    assert differences(whole, told(tmp_path / "out")) == {}
    one, other = (
        pq.read_table(path / "departments").to_pylist() for path in (tmp_path / "whole" / "out", tmp_path / "out")
    )
    assert sorted(map(str, one)) == sorted(map(str, other))


def test_what_goes_in_comes_out_or_is_rejected(tmp_path: Path):
    rows = province(seed=9)
    rows[5]["target"] = "待定"
    rows[77]["points"] = "十分"
    made = run_batch([write(rows, tmp_path / "in.parquet")], tmp_path / "out", RULES, csv=False)
    out = tmp_path / "out"
    counted = sum(pq.read_table(path).num_rows for path in (out / "rows").glob("*.parquet"))
    refused = rejects(out)
    assert (made.rows, made.scored, made.rejects) == (len(rows), counted, len(refused))
    assert made.scored + made.rejects == len(rows)
    for row in (rows[5], rows[77]):
        assert refused[row["project_code"], row["indicator"]] != "I507"
        siblings = [each for each in rows if each["project_code"] == row["project_code"] and each is not row]
        assert all((each["project_code"], each["indicator"]) in refused for each in siblings)


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"unit_code": "文化路"}, "I501"), ({"year": "1899"}, "I501"), ({"sign": "不等于"}, "I501"), ({"share": "120%"}, "I501"),
        ({"policy": "xx-2099"}, "I502"), ({"project": "另一个名称"}, "I503"), ({"indicator": "2"}, "I505"), ({"points": "0.5"}, "I506"),
    ],
)  # fmt: skip
def test_rows_that_cannot_be_used_say_why(change: dict[str, str], code: str, tmp_path: Path):
    rows = [row for row in odd_rows(0) if row["project_code"] == "P0"]
    if len(rows) < 3:
        rows = [row for row in odd_rows(0) if row["project_code"] == max("P1", "P3")]
    rows = [
        row | {"target": "≥3个", "sign": "", "actual": "3个", "state": "", "share": "", "formula": ""} for row in rows
    ]
    rows = [row | {"indicator": f"{n}"} for n, row in enumerate(rows, 1)]
    assert rejects(batch(rows, tmp_path / "good")) == {}
    rows[0] |= change
    assert code in rejects(batch(rows, tmp_path / "bad")).values()


def test_a_killed_run_goes_on_where_it_was(tmp_path: Path):
    rows = province()
    path, out = write(rows, tmp_path / "in.parquet"), tmp_path / "out"
    pq.write_table(pq.read_table(path), path, row_group_size=500)
    first = run_batch([path], out, RULES, csv=False, part_rows=500)
    before = told(out)
    kept = sorted((out / "done").glob("*.json"))[0]
    stamp = (out / "rows" / f"{kept.stem}.parquet").stat().st_mtime_ns
    for done in sorted((out / "done").glob("*.json"))[1:]:
        done.unlink()
        (out / "rows" / f"{done.stem}.parquet").unlink(missing_ok=True)
    again = run_batch([path], out, RULES, csv=False, part_rows=500)
    assert (again.again, again.rows, again.findings) == (1, first.rows, first.findings)
    assert (out / "rows" / f"{kept.stem}.parquet").stat().st_mtime_ns == stamp
    assert differences(before, told(out)) == {}
    with pytest.raises(UsageProblem, match="U506"):
        run_batch([path], out, RULES, csv=False, part_rows=400)


@pytest.mark.skipif(not Path("/proc/self/task").exists(), reason="children of a process are read from /proc")
def test_a_run_killed_leaves_no_worker_and_the_next_one_makes_the_same_files(tmp_path: Path):
    """The whole output folder is the same, byte for byte."""
    path = write(province(), tmp_path / "in.parquet")
    pq.write_table(pq.read_table(path), path, row_group_size=100)
    rest = ["--out", str(tmp_path / "out"), "-w", str(ROOT), "--workers", "2", "--part-rows", "100"]
    command = [sys.executable, "-c", "from evaluator.cli import main; main()", "batch", str(path), *rest]
    run = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    children = Path(f"/proc/{run.pid}/task/{run.pid}/children")
    done = tmp_path / "out" / "done"
    until(lambda: len(list(done.glob("*.json"))) >= 2)
    workers = children.read_text().split()
    run.kill()
    run.wait()
    assert len(workers) >= 2 and len(list(done.glob("*.json"))) < 30
    until(lambda: not any(alive(one) for one in workers))
    assert subprocess.run(command, capture_output=True, check=False).returncode in (0, 1)
    run_batch([path], tmp_path / "whole", RULES, part_rows=100)
    assert files(tmp_path / "out") == files(tmp_path / "whole")


def until(holds: Callable[[], bool]) -> None:
    """Wait for something, however busy the machine; fails after ten minutes without it."""
    for _ in range(6_000):
        if holds():
            return
        time.sleep(0.1)
    raise AssertionError("it did not come about")


def alive(process: str) -> bool:
    stat = Path(f"/proc/{process}/stat")
    return stat.exists() and stat.read_text().rpartition(")")[2].split()[0] != "Z"


def files(folder: Path) -> dict[str, bytes]:
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def test_csv_with_chinese_headings_reads_as_parquet_does(tmp_path: Path):
    rows = province()
    whole = told(batch(rows, tmp_path / "parquet"))
    headed = pa.table({INPUT[name].headings[0]: [row[name] for row in rows] for name in INPUT})
    (tmp_path / "csv").mkdir()
    raw = pa.BufferOutputStream()
    pacsv.write_csv(headed, raw)
    text = raw.getvalue().to_pybytes().decode()
    (tmp_path / "csv" / "表.csv").write_bytes(text.encode("gb18030") + b"a,b\r\n")
    made = run_batch([tmp_path / "csv"], tmp_path / "out", RULES)
    assert differences(whole, told(tmp_path / "out")) == {}
    assert made.rejects == len(rejects(tmp_path / "parquet" / "out")) + 1  # the broken last line
    heads = (tmp_path / "out" / "projects.csv").read_text(encoding="utf-8-sig").splitlines()[0]
    assert "总分,等级" in heads


def test_columns_that_are_not_there_make_rules_unjudged_and_nothing_else(tmp_path: Path):
    rows = province()
    path = write(
        rows, tmp_path / "in.parquet", [name for name in INPUT if name not in ("basis", "plan", "description")]
    )
    made = run_batch([path], tmp_path / "out", RULES, csv=False)
    drawn = {rule for key, value in told(tmp_path / "out").items() if "问题" in key for rule, _, _ in value}
    assert {"F306", "F321", "F301", "F206"} <= set(made.unjudged)
    assert not drawn & set(made.unjudged)
    assert "F107" in drawn


def test_a_job_compiles_where_each_process_has_many_rows_and_comes_to_the_same(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    table, _ = chunk(3_000, 11, 0)
    pq.write_table(table, tmp_path / "in.parquet")
    seen: list[bool] = []

    def seeing(*asked: Any) -> dict[str, Any]:
        seen.append(asked[-1])
        return do_part(*asked)

    monkeypatch.setattr(running, "do_part", seeing)
    for worth in (0, 10**9):
        monkeypatch.setattr(running, "WORTH", worth)
        run_batch([tmp_path / "in.parquet"], tmp_path / f"out{worth}", RULES, csv=False)
    assert seen == [True, False]
    assert told(tmp_path / "out0") == told(tmp_path / f"out{10**9}")


def test_findings_are_the_defects_that_were_injected(tmp_path: Path):
    """Recall is whole, and no finding of these rules stands where no defect was put."""
    table, truth = chunk(30_000, 11, 0)
    pq.write_table(table, tmp_path / "in.parquet")
    run_batch([tmp_path / "in.parquet"], tmp_path / "out", RULES, csv=False, text=False)
    rows = [
        row for path in (tmp_path / "out" / "findings").glob("*.parquet") for row in pq.read_table(path).to_pylist()
    ]
    refused = {project for project, _ in rejects(tmp_path / "out")}
    put: dict[str, set[tuple[str, str]]] = {}
    for one in truth.to_pylist():
        if one["rule"] and one["project_code"] not in refused:
            put.setdefault(one["rule"], set()).add((one["project_code"], one["indicator"] or one["project_code"]))
    assert len(put) == 11
    for rule, wanted in put.items():
        mine = [row for row in rows if row["rule"] == rule]
        found = {(row["project_code"], one) for row in mine for one in (row["rows"] or row["subject"]).split("、")}
        assert found == wanted, (rule, sorted(found ^ wanted)[:3])


def test_the_bench_measures_what_that_test_proves(tmp_path: Path):
    pytest.importorskip("polars")
    (tmp_path / "tables").mkdir()
    (tmp_path / "truth").mkdir()
    table, truth = chunk(30_000, 11, 0)
    pq.write_table(table, tmp_path / "tables" / "in.parquet")
    pq.write_table(truth, tmp_path / "truth" / "truth.parquet")
    assert [(rule, recall, precision) for rule, _, _, recall, precision in quality_of(tmp_path)["rules"]] == [
        (rule, 1, 1) for rule in sorted({one["rule"] for one in truth.to_pylist()} - {""})
    ]


# ---- the kernel --------------------------------------------------------------------------------------------------


def turns(row: dict[str, str], target: Fraction) -> Iterator[Fraction]:
    """The actuals beyond a target at which its policy takes points; a little less where that itself does not count."""
    policy = found_policies()[row["policy"] or "cn-2020-10"]
    scales = policy.category_scales.scales if policy.category_scales else []
    falls = [
        part for scale in scales if row["category"] in scale.categories for part in scale.segments if part.start > 1
    ]
    for turn in (*policy.over_fulfilment.steps, *falls):
        yield turn.start * target + (Fraction(1, 10**9) if turn.open else 0)


def kernel_rows(seed: int, size: int = 3_000) -> tuple[Kernel, list[Line], tuple[np.ndarray, ...]]:
    random = Random(seed)
    policies = list(found_policies().values())
    keys = keys_of(policies)
    lines, columns = [], []
    for _ in range(size):
        policy, op = random.randrange(len(policies)), random.randrange(len(OPS))
        attain, word = OPS[op]
        scale = {"期限": "binary", "是否": "binary", "定性": "qualitative"}.get(word, "quantitative")
        big = random.choice([10, 1000, 10**6, 10**12, 10**17])
        target = random.randint(-2 if scale == "quantitative" else 1, big)
        actual = random.choice([target, random.randint(0, 2 * big), target * 13 // 10, target * 9 // 10, -1])
        points = random.choice([0, 1, 333, 1000, 5000, 10_000])
        key = keys[int(code(np.array([policy]), np.array([SCALES.index(scale)]), np.array([op]))[0]) - 1]
        told_word = key.attain if word in ("≥", ">", "≤", "<", "=") else attain
        lines.append(
            Line(told_word, Fraction(actual), Fraction(target), Fraction(target), points, policies[policy], scale)
        )
        columns.append((policy, SCALES.index(scale), op, points, actual, target))
    policy, scale, op, points, actual, target = (np.array(one) for one in zip(*columns, strict=True))
    return Kernel(keys, compiled=False), lines, (code(policy, scale, op), points.astype(np.int32), actual, target)


@pytest.mark.parametrize("seed", range(4))
def test_the_kernel_earns_what_the_oracle_earns(seed: int):
    kernel, lines, given = kernel_rows(seed)
    earned, flags = kernel.run(*given)
    for line, points, flag, key in zip(lines, earned.tolist(), flags.tolist(), given[0].tolist(), strict=True):
        if kernel.keys[key - 1].word in ("≥", ">", "≤", "<", "=", "期限", "是否"):
            wanted = scored(line)
            assert (points, bool(flag & 1)) == (wanted.earned, wanted.met), line


@pytest.mark.skipif(compiled_loop() is None, reason="numba is not installed")
@pytest.mark.parametrize("seed", range(4))
def test_compiled_and_plain_kernels_are_equal_also_beyond_the_bound(seed: int):
    kernel, _, given = kernel_rows(seed)
    assert (np.abs(given[2]) > kernel.bound).any()
    one, other = kernel.run(*given), Kernel(kernel.keys, compiled=True).run(*given)
    assert (one[0] == other[0]).all()
    assert (one[1] == other[1]).all()


# ---- texts and columns -------------------------------------------------------------------------------------------


def test_a_plain_unit_reads_the_same_whatever_the_number():
    """What `plain_unit` accepts after a few probes holds for numbers it has not tried, beside the reader itself."""
    random = Random(1)
    accepted = [
        word
        for word in ["", *WORDS, *(f"万{w}" for w in WORDS), "元/人", "元/人*月"]
        if plain_unit("≥", word) and plain_unit("", word)
    ]
    assert len(accepted) > 100
    for word in accepted:
        for _ in range(4):
            low, high = (
                f"{random.choice([random.randint(0, 40), random.randint(0, 10**6)])}{random.choice(['', '.5', '.25'])}"
                for _ in "ab"
            )
            pair = set_beside(read_target(f"≥{low}{word}"), f"{high}{word}")
            assert (pair.target, pair.actual, pair.comparator) == (Fraction(low), Fraction(high), "≥"), word


def test_every_input_column_is_known_by_code_and_by_its_headings():
    for name, column in INPUT.items():
        assert {field_of(name), *map(field_of, column.headings)} == {name}
    assert field_of("全年预算数（万元）") == "adjusted"
    assert field_of("备注") == ""


def test_the_plan_of_a_run_is_plain_data(tmp_path: Path):
    batch(province(500), tmp_path)
    plan = json.loads((tmp_path / "out" / "plan.json").read_text(encoding="utf-8"))
    assert [part["number"] for part in plan["parts"]] == list(range(len(plan["parts"])))


# ---- a unit's projects together, and the command -----------------------------------------------------------------


def unit_of(values: list[list[str]], **more: str) -> list[dict[str, str]]:
    """Projects of one unit, each with these actuals under targets of 50%."""
    return [
        BLANK | {
            "province": "示例省", "county": "示例县", "unit_code": "U1", "unit": "示例单位", "year": "2024", "project_code": f"P{p}",
            "project": f"示例项目{p}", "initial": "10", "adjusted": "10", "executed": "10", "plan": "50%；100%", "indicator": f"{i}",
            "category": "产出指标", "dimension": "质量指标", "name": f"合格率{i}", "description": f"第{i}种", "target": "≥50%",
            "points": f"{90 / len(row):.2f}", "actual": actual, "evidence": "验收单", "basis": "行业标准",
        } | more
        for p, row in enumerate(values) for i, actual in enumerate(row)
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("values", "more", "rule"),
    [
        ([["96.47%", "91.23%", "88.11%"]] * 2, {}, "F604"),
        ([["60%", "70%", "80%"], ["50%", "50%", "50%"], ["50%", "50%", "50%"]], {}, "F601"),
        ([["50%", "50%", "50%"], ["50%", "50%", "50%"]], {}, "F603"),
        ([["100%"], ["100%"], ["100%"]], {"category": "满意度指标"}, "F602"),
        (
            [["40%", "30%", "20%"], ["60%", "41%", "31%"]],
            {"cause": "招标流标重新组织", "remedy": "下年度提前组织实施"},
            "F605",
        ),
    ],
)
def test_what_stands_out_in_a_unit_is_found_as_score_finds_it(
    values: list[list[str]], more: dict[str, str], rule: str, tmp_path: Path
):
    rows = unit_of(values, **more)
    made = told(batch(rows, tmp_path))
    assert differences(expected(rows, "frame"), made) == {}
    assert rule in {found for key, value in made.items() if "问题" in key for found, _, _ in value}


@pytest.mark.parametrize("policy", sorted(found_policies()))
def test_full_marks_without_the_target_are_told_by_both_executors_as_by_score(policy: str, tmp_path: Path):
    """At the edge of > and <, full by rounding alone, and beside each the nearest case that is neither."""
    pairs = [
        (">5次", "5次"), ("<5起", "5起"), ("≥10000人", "9999人"), ("≤10000元", "10001元"),
        (">5次", "6次"), ("<5起", "6起"), ("≥10000人", "9990人"), ("≥5次", "5次"), ("=5次", "6次"), (">5次", ""),
    ]  # fmt: skip
    rows = unit_of([["?"] * len(pairs)], policy=policy)
    whole = 10_000 - found_policies()[policy].allocation.execution
    rows = [
        row | {"target": target, "actual": actual, "points": f"{whole / len(pairs) / 100:.2f}"}
        for row, (target, actual) in zip(rows, pairs, strict=True)
    ]
    out = batch(rows, tmp_path)
    assert rejects(out) == {}
    made = told(out)
    for executor in ("frame", "rete"):
        assert differences(expected(rows, executor), made) == {}
    (found,) = [value for key, value in made.items() if "问题" in key]
    assert [subject for rule, subject, _ in sorted(found) if rule == "F114"] == ["0", "1"]
    assert [subject for rule, subject, _ in sorted(found) if rule == "F115"] == ["2", "3"]


def test_figures_of_another_size_empty_words_and_unfilled_projects_are_told_by_both_executors_as_by_score(
    tmp_path: Path,
):
    """Each beside the nearest case that is none, by rule and subject."""
    full = {"achieved": "全部完成", "execution_cause": "年中追加", "execution_remedy": "早作安排"}
    empty = dict.fromkeys(("actual", "adjusted", "executed"), "")
    projects: list[tuple[dict[str, str], set[str]]] = [
        (full | {"adjusted": "100000元", "executed": "10"}, set()),
        (full | {"adjusted": "100000", "executed": "100000"}, {"F209"}),
        (full | {"adjusted": "", "executed": "10000"}, {"F201", "F209"}),
        (full | {"adjusted": "0.01", "executed": "0.01"}, {"F210"}),
        (full | {"adjusted": "20", "executed": "20", "execution_cause": "同上"}, {"F211"}),
        (full | {"achieved": "见附件"}, {"F118"}),
        (full | {"adjusted": "100000", "executed": "100000", "initial": "0"}, set()),
        (full | {"target": "≤5.6万元", "actual": "5.49元"}, {"F116"}),
        (full | {"target": "≤5.6万元", "actual": "54900元"}, set()),
        (full | {"target": "=58人", "actual": "58000000", "cause": "无"}, {"F117"}),
        (full | {"target": "=58人", "actual": "58000000", "cause": "口径变化"}, set()),
        (full | {"target": "≥900000000000000000元", "actual": "3.123元", "cause": "—"}, {"F117"}),
        (full | {"evidence": "无"}, {"F107"}),
        (full | empty, {"F119"}),
        (full | empty | {"achieved": ""}, {"F119"}),
        (full | empty | {"executed": "10"}, {"F104", "F201"}),
    ]
    rows = [
        row | more
        for row, (more, _) in zip(unit_of([["60%"] for _ in projects], description=""), projects, strict=True)
    ]
    out = batch(rows, tmp_path)
    assert rejects(out) == {}
    made = told(out)
    for executor in ("frame", "rete"):
        assert differences(expected(rows, executor), made) == {}
    asked = {"F104", "F107", "F116", "F117", "F118", "F119", "F201", "F209", "F210", "F211"}
    found = [{rule for rule, _, _ in value} & asked for key, value in made.items() if "问题" in key]
    assert found == [rules for _, rules in projects]


def test_the_attainment_of_huge_amounts_is_exact(tmp_path: Path):
    """Ten thousand times these amounts does not fit 64 bits."""
    rows = unit_of([["900000000000000000元", "60%"], ["400000000000000元", "40%"]])
    rows = [row | {"target": "≥600000000000000000元"} if "元" in row["actual"] else row for row in rows]
    table = pq.read_table(batch(rows, tmp_path) / "rows")
    assert [str(one) for one in table["attainment"].to_pylist()] == ["150.00", "120.00", "0.07", "80.00"]
    assert [str(one) for one in table["earned"].to_pylist()] == ["45.00", "45.00", "0.03", "36.00"]


def test_the_command_tells_counts_unjudged_rules_and_a_sample(tmp_path: Path):
    rows = province()
    write(rows, tmp_path / "in.parquet")
    runner = CliRunner()
    asked = ["batch", str(tmp_path / "in.parquet"), "-o", str(tmp_path / "out"), "--workers", "1", "--sample", "5"]
    ran = runner.invoke(app, asked)
    assert ran.exit_code == 1  # some rows were rejected
    assert f"读入 {len(rows):,} 行" in ran.output
    assert "F112" in ran.output
    assert "重算：0 处不同" in ran.output
    for name in ("rows", "projects", "findings", "departments", "rejects"):
        assert (tmp_path / "out" / f"{name}.csv").read_bytes().startswith(b"\xef\xbb\xbf")
    again = json.loads(runner.invoke(app, [*asked, "-f", "json"]).stdout)
    assert again["again"] == again["parts"] == 1
    assert runner.invoke(app, ["batch", str(tmp_path / "none"), "-o", str(tmp_path / "o2")]).exception.exit_code == 2


def test_files_that_cannot_be_read_are_all_told_at_once(tmp_path: Path):
    good = pq.read_table(write(province(500), tmp_path / "in" / "good.parquet"))
    whole = (tmp_path / "in" / "good.parquet").read_bytes()
    size = len(good)

    def column(name: str, values: object) -> pa.Table:
        return good.set_column(good.column_names.index(name), name, values)

    pq.write_table(column("actual", pa.array([["60人"]] * size)), tmp_path / "in" / "nested.parquet")
    pq.write_table(good.drop_columns(["target"]), tmp_path / "in" / "lacking.parquet")
    (tmp_path / "in" / "cut.parquet").write_bytes(whole[: len(whole) // 2])
    (tmp_path / "in" / "noise.csv").write_bytes(b"\xff\xfe\x80" * 99)
    (tmp_path / "in" / "heads.csv").write_text(",".join(INPUT) + "\n", encoding="utf-8")
    (tmp_path / "in" / "old.xlsx").write_bytes(b"\xd0\xcf\x11\xe0")
    with pytest.raises(ActualsProblems) as raised:
        run_batch([tmp_path / "in"], tmp_path / "out", RULES)
    told = sorted((Path(one.where.path).stem, one.code) for one in raised.value.problems if one.where)
    assert told == [("cut", "U503"), ("heads", "U504"), ("lacking", "U502"), ("nested", "U510"), ("noise", "U505"), ("old", "A204")]  # fmt: skip
    assert raised.value.exit_code == 3


def test_a_workbook_that_is_too_large_is_to_be_saved_as_csv(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    book = openpyxl.Workbook()
    book.active.append([INPUT[name].headings[0] for name in INPUT])
    for row in province(500):
        book.active.append([row[name] for name in INPUT])
    book.save(tmp_path / "in.xlsx")
    monkeypatch.setattr("evaluator.actuals.sheets.CELLS", 1_000)
    with pytest.raises(ActualsProblems, match=r"A202 .*CSV UTF-8"):
        run_batch([tmp_path / "in.xlsx"], tmp_path / "out", RULES)


@pytest.mark.parametrize("workers", [1, 2])
def test_a_column_of_noise_ends_the_run_with_its_file_and_name(workers: int, tmp_path: Path):
    """Also when it is met in another process."""
    path = write(province(500), tmp_path / "in.parquet")
    table = pq.read_table(path)
    noise = pa.array([b"\xff\xfe"] * len(table))
    pq.write_table(table.set_column(table.column_names.index("name"), "name", noise), path, row_group_size=100)
    with pytest.raises(ActualsProblems, match=r"in\.parquet: 错误 U503 “name”一栏读不出") as raised:
        run_batch([path], tmp_path / "out", RULES, workers=workers, part_rows=100)
    assert [one.code for one in raised.value.problems] == ["U503"]


def test_a_sample_that_differs_is_told(tmp_path: Path):
    """The check can fail: a project's score changed on disk is a difference."""
    out = batch(province(), tmp_path)
    path = next((out / "projects").glob("*.parquet"))
    table = pq.read_table(path)
    score = table.schema.get_field_index("score")
    wrong = pa.array([Decimal("1.23")] * len(table), table.schema.field("score").type)
    pq.write_table(table.set_column(score, "score", wrong), path)
    counts = recheck(out, RULES, 4)
    assert counts["units"] == 4
    assert counts["differences"] == counts["projects"] > 0


@pytest.mark.parametrize("held", (True, False))
def test_a_sample_says_which_executor_drew_its_findings(held: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """Rules that durable_rules cannot hold are drawn by the frame, and called so."""
    out = batch(province(), tmp_path)
    monkeypatch.setattr(rete, "holds", lambda rules: held)
    counts = recheck(out, RULES, 2)
    assert (counts["rete"], counts["differences"]) == (held and rete.available(), 0)
