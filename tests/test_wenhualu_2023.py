"""The 2023 rule files of 文化路街道办事处 say what their source text says; the text is read here on its own."""

from __future__ import annotations

import hashlib
import re
from pathlib import Path
from typing import Any

import pytest

from evaluator.documents.loading import read_document
from evaluator.model import Actuals, Department, Project

ROOT = Path(__file__).parents[1]
RULES = ROOT / "rules" / "projects" / "2023" / "629001"
ACTUALS = ROOT / "actuals" / "2023" / "629001"
SOURCE = RULES / "source" / "goals.txt"
DIGEST = "15e56abe6b314f128f58c08e760cd3fa14724eff1c35a42b7433c1522bf59097"

LINES = [line.strip() for line in SOURCE.read_text(encoding="utf-8").split("\n")]
CODES = [LINES[n + 1] for n, line in enumerate(LINES) if line == "项目编码"]
NUMERALS = "一二三四五六七"
MONTHS = ["3月底", "6月底", "10月底", "12月底"]
LEVEL_1 = {"产出指标", "效益指标", "满意度指标"}
LEVEL_2 = {"数量指标", "质量指标", "时效指标", "成本指标", "社会效益指标", "服务对象满意度指标"}
IDS = ["数量1", "质量1", "时效1", "成本1", "社会效益1", "满意度1"]
FORMULAS = {
    "公用经费节约率": "(全年预算数 - 全年执行数) / 全年预算数",
    "预算资金完成率": "全年执行数 / 全年预算数",
    "预算执行率": "全年执行数 / 全年预算数",
    "审核金额": "全年执行数",
}


def at(line: int) -> str:
    """The text of a line counted from 1, without a contents bookmark."""
    return re.sub(r"^\[bookmark: \w+\]", "", LINES[line - 1])


def written(path: Path) -> Any:
    """The document as it stands in the file: every scalar is the text that was written."""
    document, problems = read_document(path)
    assert problems == []
    return document


def table(code: str) -> dict[str, Any]:
    """One project table of the source: its heading, its cells below their labels, its indicator rows."""
    starts = [n for n, line in enumerate(LINES, 1) if re.search(r"\]\d\..+绩效目标表$", line)]
    here = next(n for n, line in enumerate(LINES, 1) if line == code)
    start = max(n for n in starts if n < here)
    end = min([n for n in starts if n > here], default=len(LINES) + 1)

    def below(label: str) -> str:
        return at(next(n for n in range(start, end) if at(n) == label) + 1)

    goals = next(n for n in range(start, end) if at(n) == "绩效目标")
    plan = [at(n) for n in range(start, end) if re.fullmatch(r"\d+%", at(n))]
    rows, category = [], ""
    for n in range(start, end):
        category = at(n) if at(n) in LEVEL_1 else category
        if at(n) in LEVEL_2:
            name, description, target, basis = (at(n + k) for k in range(1, 5))
            rows.append((category, at(n), name, description, target, basis, str(n + 1)))
    return {
        "heading": at(start),
        "start": start,
        "end": end,
        "name": below("项目名称"),
        "total": below("预算数"),
        "fiscal": below("其中：财政    资金"),
        "other": below("其他资金") or "0",
        "purpose": next(at(n) for n in range(start, goals) if re.match(r"预算数为?\d", at(n))),
        "plan": dict(zip(MONTHS, plan, strict=True)),
        "goals": [at(goals + 1), at(goals + 2)],
        "rows": rows,
    }


@pytest.fixture(scope="module")
def department() -> Any:
    return written(RULES / "department.yaml")


def test_the_source_text_is_the_document_as_published():
    assert hashlib.sha256(SOURCE.read_bytes()).hexdigest() == DIGEST


def test_every_project_of_the_source_has_one_file_and_one_set_of_results():
    assert len(CODES) == len(set(CODES)) == 6
    expected = sorted([*CODES, "department"])
    assert sorted(path.stem for path in RULES.glob("*.yaml")) == expected
    assert sorted(path.stem for path in ACTUALS.glob("*.yaml")) == expected


@pytest.mark.parametrize("code", CODES)
def test_the_head_of_a_project_is_verbatim(code: str):
    source, project = table(code), written(RULES / f"{code}.yaml")
    assert project["code"] == code
    assert project["name"] == source["name"]
    assert source["heading"] == f"{CODES.index(code) + 1}.{project['name']}绩效目标表"
    assert at(source["start"] + 1) == project["unit"]["code"] + project["unit"]["name"]
    assert project["year"] == "2023"
    assert project["source"]["line"] == str(source["start"])
    assert project["budget"] == {key: source[key] for key in ("total", "fiscal", "other")}
    assert project["purpose"] == source["purpose"]
    assert project["plan"] == source["plan"] == dict(zip(MONTHS, ["25%", "50%", "75%", "100%"], strict=True))
    assert [f"{n}.{goal}" for n, goal in enumerate(project["goals"], 1)] == source["goals"]


@pytest.mark.parametrize("code", CODES)
def test_every_indicator_is_verbatim_and_on_its_line(code: str):
    source, indicators = table(code), written(RULES / f"{code}.yaml")["indicators"]
    fields = ("category", "dimension", "name", "description", "target", "basis", "line")
    assert [tuple(row[field] for field in fields) for row in indicators] == source["rows"]
    assert [row["id"] for row in indicators] == IDS
    lines = [int(row["line"]) for row in indicators]
    assert lines == sorted(set(lines))
    assert source["start"] < lines[0]
    assert lines[-1] < source["end"]
    for row, line in zip(indicators, lines, strict=True):
        assert [row[field] for field in ("name", "description", "target", "basis")] == LINES[line - 1 : line + 3]


def test_there_are_36_indicators_and_only_the_one_without_a_sign_was_given_one():
    rows = [(code, row) for code in CODES for row in written(RULES / f"{code}.yaml")["indicators"]]
    assert len(rows) == 36
    assert [(code, row["id"], row["target"]) for code, row in rows if "sign" in row] == [(CODES[0], "数量1", "1人")]
    unsigned = {row["target"] for _, row in rows if not row["target"].startswith("≥")}
    assert unsigned == {"1人", "有所提升", "有所促进"}


def test_only_functions_of_money_have_a_formula():
    rows = [row for code in CODES for row in written(RULES / f"{code}.yaml")["indicators"]]
    assert [(row["name"], row.get("formula")) for row in rows] == [
        (row["name"], FORMULAS.get(row["name"])) for row in rows
    ]


@pytest.mark.parametrize("code", CODES)
def test_the_points_with_ten_for_execution_make_a_hundred(code: str):
    project = Project.model_validate(written(RULES / f"{code}.yaml"))
    assert [indicator.points for indicator in project.indicators] == [1250] * 4 + [3000, 1000]
    assert sum(indicator.points for indicator in project.indicators) + 1000 == 10_000


def test_every_file_names_the_same_document():
    names = {written(path)["source"]["document"] for path in RULES.glob("*.yaml")}
    assert names == {"遵化市文化路街道办事处2023年部门预算绩效目标（source/goals.txt）"}


def test_the_budgets_add_up_to_995_21():
    projects = [Project.model_validate(written(RULES / f"{code}.yaml")) for code in CODES]
    assert sum(project.budget.total for project in projects) == 995_21 * 10_000  # 分
    for project in projects:
        assert project.budget.fiscal + project.budget.other == project.budget.total


# ---- the department ----------------------------------------------------------------------------------------------


def test_the_department_is_a_department_and_its_opening_is_verbatim(department: Any):
    model = Department.model_validate(department)
    assert at(model.source.line) == "部门整体绩效目标"
    assert (model.unit.code + model.unit.name, model.year) == (at(table(CODES[0])["start"] + 1), 2023)
    opening = next(n for n in range(1, len(LINES)) if at(n) == "一、总体绩效目标") + 1
    assert model.goal == at(opening)
    assert sum(item.points for item in model.items) + 1000 == 10_000


def test_the_overall_goals_are_verbatim_and_every_project_serves_one(department: Any):
    goals = department["overall"]
    assert [goal["id"] for goal in goals] == [f"目标{n}" for n in NUMERALS[:5]]
    assert [f"（{n}）{goal['title']}" for n, goal in zip(NUMERALS, goals, strict=False)] == [
        at(int(goal["line"])) for goal in goals
    ]
    assert {code for goal in goals for code in goal["projects"]} == set(CODES)


def test_the_item_goals_are_verbatim(department: Any):
    items = department["items"]
    starts = [n for n in range(1, len(LINES)) if re.match(r"（.）文化路街道.+项目，", at(n))]
    assert [int(item["line"]) for item in items] == starts
    assert [item["id"] for item in items] == [f"分项{n}" for n in range(1, 7)]
    assert [item["project"] for item in items] == CODES
    for n, item, line in zip(NUMERALS, items, starts, strict=False):
        assert f"（{n}）{item['name']}，{item['purpose']}" == at(line)
        assert f"绩效目标：{item['goal']}" == at(line + 1)
        assert f"绩效指标：{item['indicator']}{item['target']}" == at(line + 2).removesuffix("。")
    assert [item["target"] for item in items] == ["≥95%"] * 2 + ["≥90%"] * 4


def test_the_measures_are_verbatim(department: Any):
    measures = department["measures"]
    start = next(n for n in range(1, len(LINES)) if at(n) == "三、工作保障措施") + 1
    assert [int(measure["line"]) for measure in measures] == list(range(start, start + 7))
    assert [measure["id"] for measure in measures] == [f"措施{n}" for n in NUMERALS]
    assert [f"（{n}）{m['title']}。{m['text']}" for n, m in zip(NUMERALS, measures, strict=True)] == [
        at(int(measure["line"])) for measure in measures
    ]


# ---- the illustrative results ------------------------------------------------------------------------------------


@pytest.mark.parametrize("code", CODES)
def test_the_results_are_marked_as_illustrative_and_answer_every_indicator(code: str):
    path = ACTUALS / f"{code}.yaml"
    actuals = Actuals.model_validate(written(path))
    assert (actuals.code, actuals.year, actuals.illustrative) == (code, 2023, True)
    assert "示例数据" in path.read_text(encoding="utf-8").split("\n")[1]
    indicators = Project.model_validate(written(RULES / f"{code}.yaml")).indicators
    computed = {indicator.id for indicator in indicators if indicator.formula}
    answered = {key for key, result in actuals.results.items() if result.actual or result.state}
    assert answered == set(IDS) - computed
    assert set(actuals.results) <= set(IDS)


def test_the_department_results_answer_every_item_and_measure(department: Any):
    path = ACTUALS / "department.yaml"
    actuals = Actuals.model_validate(written(path))
    assert (actuals.code, actuals.illustrative) == (department["unit"]["code"], True)
    assert "示例数据" in path.read_text(encoding="utf-8").split("\n")[1]
    assert list(actuals.results) == [item["id"] for item in department["items"]]
    assert list(actuals.measures) == [measure["id"] for measure in department["measures"]]
    assert actuals.spending.executed is None
