"""A policy may grade in other words, or not at all: every product goes by what the policy says, and none makes one up."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from evaluator.actuals.resultfiles import load_actuals
from evaluator.cli import app
from evaluator.evaluation import evaluate
from evaluator.findings.inference import Executor
from evaluator.following.advice import advise
from evaluator.planning.goalseek import seek
from evaluator.policy import UNGRADED, same_grade
from evaluator.reporting.export import as_json
from evaluator.reporting.forms import form_document
from evaluator.reporting.layouts import layouts_of
from evaluator.reporting.overview import summary_document
from evaluator.reporting.report import form
from evaluator.reporting.selfreport import read_outline, report_document
from evaluator.results import Evaluation, TableScore
from evaluator.rulebook.book import Rulebook, load_rulebook, read_rulebook
from tests.oracle import ROOT

BASIS = "document: 示例办法, known: 原文, seen: 示例存档"
HEAD = "id: {0}\ntitle: 示例办法{0}\nin_force: {{from: 2020, region: 示例地区}}\nextends: cn-2020-10\n"
BANDS = "[{grade: 优秀, from: 95}, {grade: 良好, from: 85}, {grade: 合格, from: 78}, {grade: 不合格, from: 0}]"
USE = """use_of_results:
  document: 示例办法
  known: 原文
  seen: 示例存档
  rectify: [不合格]
  advice:
    - {advice: 压减, grades: [不合格], says: 不合格的压减, BASIS}
    - {advice: 优先保障, grades: [优秀], says: 优秀的优先保障, BASIS}
""".replace("BASIS", BASIS)
WORDS = HEAD.format("words") + f"grades: {{{BASIS}, bands: {BANDS}}}\n" + USE
NONE = HEAD.format("none") + f"grades: {{{BASIS}, bands: []}}\n"
POOR, SECOND = "13028124P00507410001X", "13028124P00508210001R"  # 79.37, and 87.50 under cn-2020-10


@pytest.fixture(scope="module")
def office(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The sample workspace with two policies of its own: `words` grades in other words, `none` does not grade."""
    folder = tmp_path_factory.mktemp("office")
    for name in ("rules/projects", "actuals", "office"):
        shutil.copytree(ROOT / name, folder / name)
    (folder / "rules" / "policies").mkdir()
    (folder / "rules" / "policies" / "words.yaml").write_text(WORDS, encoding="utf-8")
    (folder / "rules" / "policies" / "none.yaml").write_text(NONE, encoding="utf-8")
    return folder


@pytest.fixture(scope="module")
def rules(office: Path) -> Rulebook:
    return load_rulebook(office / "rules", ROOT / "rules")


def scored(rules: Rulebook, policy: str, executor: Executor = "auto") -> Evaluation:
    return evaluate(rules, load_actuals(ROOT / "actuals", rules), policy=policy, executor=executor)


def of(evaluation: Evaluation, code: str) -> TableScore:
    return next(table for table in evaluation.projects if table.code == code)


def ids(table: TableScore) -> set[str]:
    return {finding.rule.id for finding in table.findings}


def texts(thing: Any) -> Iterator[str]:
    """Every text in a document."""
    if isinstance(thing, str):
        yield thing
    elif isinstance(thing, tuple):
        for one in thing:
            yield from texts(one)
    elif hasattr(thing, "__dataclass_fields__"):
        for name in thing.__dataclass_fields__:
            yield from texts(getattr(thing, name))


def run(*arguments: str) -> tuple[int, str]:
    made = CliRunner().invoke(app, list(arguments))
    assert made.exception is None or isinstance(made.exception, SystemExit), made.exception
    return made.exit_code, made.output


# ---- what a policy's own words mean ------------------------------------------------------------------------------


def test_an_office_with_such_policies_is_told_nothing_wrong(office: Path):
    _, problems = read_rulebook(office / "rules", ROOT / "rules")
    assert not [str(one) for one in problems if one.code in ("R115", "R132", "P317", "P321", "P322")]


@pytest.mark.parametrize("executor", ["rete", "frame"])
def test_other_words_are_the_grades_and_mean_what_the_policy_says(rules: Rulebook, executor: Executor):
    made = scored(rules, "words", executor)
    usual = scored(rules, "cn-2020-10", executor)
    for table, other in zip(made.tables, usual.tables, strict=True):
        assert table.score == other.score
        assert table.grade in ("优秀", "良好", "合格", "不合格")
    assert (of(made, POOR).grade, of(made, SECOND).grade) == ("合格", "良好")
    assert not {"F401", "F402", "F403"} & ids(of(made, POOR))  # 79.37 is 中 elsewhere, and 合格 calls for nothing here
    assert {"F401", "F403"} <= ids(of(usual, POOR))


def test_the_lowest_grade_calls_for_what_the_policy_writes(rules: Rulebook):
    actuals = load_actuals(ROOT / "actuals", rules)
    had = actuals[2023, POOR]
    rows = {
        name: one.model_copy(update={"actual": "1%"} if "%" in (one.actual or "") else {})
        for name, one in had.results.items()
    }
    worse = actuals | {(2023, POOR): had.model_copy(update={"results": rows})}
    made = evaluate(rules, worse, policy="words")
    table = of(made, POOR)
    assert table.grade == "不合格"
    assert {"F402", "F403"} <= ids(table) and "F401" not in ids(table)
    assert "use_of_results" in table.clauses
    said = {finding.rule.id: finding.says for finding in table.findings}
    assert "等级为不合格" in said["F402"] and said["F403"].endswith("建议：压减")
    advice = {one.code: one.advice for one in advise(made)}
    assert advice[POOR] == "压减" and {one.advice for one in advise(made) if one.grade == "优秀"} == {"优先保障"}


def test_a_limit_in_the_usual_words_holds_in_words_of_a_known_scale(rules: Rulebook):
    grades = rules.policies["words"].grades
    assert [grades.best(cap) for cap in ("优", "良", "中", "差", "合格")] == ["优秀", "良好", None, None, "合格"]
    assert grades.limited("优秀", ["良", "中"]) == "良好"
    assert grades.limited("不合格", ["良"]) == "不合格"
    assert rules.policies["none"].grades.limited(UNGRADED, ["良"]) == UNGRADED
    assert same_grade("中", "中等") and not same_grade("中", "合格") and same_grade("甲类", "甲类")


def test_a_limit_that_lowers_a_grade_is_told_in_the_policys_words(rules: Rulebook):
    words = rules.policies["words"]
    bands = [
        band.model_copy(update={"start": at})
        for band, at in zip(words.grades.bands, (8500, 8000, 6000, 0), strict=True)
    ]
    high = words.model_copy(
        update={
            "id": "high",
            "grades": words.grades.model_copy(update={"bands": bands}),
            "allocation": rules.policies["hubei-2020-3"].allocation,
        }
    )
    book = Rulebook(rules.policies | {"high": high}, rules.projects, rules.departments, rules.findings, "")
    made = evaluate(book, all_met(book), policy="high")
    hold = of(made, SECOND)
    assert (hold.grade_by_score, hold.grade, [one.rule.id for one in hold.limiting]) == ("优秀", "良好", ["F102"])
    assert form(hold, made).words["form.verdict"].endswith("等级不高于良好")


def all_met(book: Rulebook) -> Any:
    """The sample's results, project four with its other rows met: its 成本1 fails at full spending, and all else is full."""
    actuals = load_actuals(ROOT / "actuals", book)
    had = actuals[2023, SECOND]
    rows = {
        name: one.model_copy(update={"actual": "100%"} if "%" in (one.actual or "") else {})
        for name, one in had.results.items()
    }
    return actuals | {(2023, SECOND): had.model_copy(update={"results": rows})}


def test_grades_the_use_of_results_does_not_speak_of_are_told(office: Path, tmp_path: Path):
    shutil.copytree(office, tmp_path / "a")
    path = tmp_path / "a" / "rules" / "policies" / "words.yaml"
    path.write_text(WORDS.replace(USE, ""), encoding="utf-8")
    (told,) = (one for one in read_rulebook(tmp_path / "a" / "rules", ROOT / "rules")[1] if one.code == "R132")
    assert (
        "合格、不合格" in told.says
        and told.severity == "警告"
        and str(told.where).startswith("rules/policies/words.yaml:5")
    )
    path.write_text(WORDS.replace("优秀", "甲类").replace("良好", "乙类"), encoding="utf-8")
    (told,) = (one for one in read_rulebook(tmp_path / "a" / "rules", ROOT / "rules")[1] if one.code == "P322")
    assert "F102" in told.says and "良" in told.says


# ---- no grades ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("executor", ["rete", "frame"])
def test_without_grades_nothing_is_concluded_from_one(rules: Rulebook, executor: Executor):
    made = scored(rules, "none", executor)
    assert {table.grade for table in made.tables} == {UNGRADED}
    for table, other in zip(made.tables, scored(rules, "cn-2020-10", executor).tables, strict=True):
        assert (table.score, ids(table)) == (other.score, ids(other) - {"F401", "F402", "F403"})
        assert table.limiting == ()
    assert made.department and (made.department.mean_grade, made.department.grades) == (UNGRADED, {UNGRADED: 6})
    assert {one.advice for one in advise(made)} == {"不提"}
    assert all("不评级" in one.says for one in advise(made) if "没有填" not in one.says)


def test_the_place_of_the_grade_is_left_out_of_the_forms(rules: Rulebook):
    made = scored(rules, "none")
    for layout in (one for one in layouts_of().values() if one.table != "复核"):
        for table in made.tables if layout.table == "部门" else made.projects:
            told = list(texts(form_document(form(table, made), layout)))
            assert not [text for text in told if "等级：" in text or "等级不评级" in text or "None" in text], layout.id
    words = scored(rules, "words")
    told = "".join(texts(form_document(form(of(words, POOR), words), layouts_of()["national"])))
    assert "等级：合格" in told


def test_reports_say_it_is_not_graded_and_draw_no_chart_of_grades(rules: Rulebook):
    made = scored(rules, "none")
    outline = read_outline(ROOT / "reports" / "outlines" / "unit.yaml")
    for document in (summary_document(made), report_document(made, outline)):
        told = list(texts(document))
        assert any("不评级" in text for text in told)
        assert not [text for text in told if "等级不评级" in text or "项目等级" in text]
    words = scored(rules, "words")
    for document in (summary_document(words), report_document(words, outline)):
        told = "".join(texts(document))
        assert "合格" in told and "项目等级" in told


def test_projects_under_policies_of_other_words_are_all_counted(rules: Rulebook):
    """One project under `words`, one under `none`, the rest under the national one: no project drops out of the count."""
    given = {POOR: "words", SECOND: "none"}
    projects = {key: one.model_copy(update={"policy": given.get(one.code)}) for key, one in rules.projects.items()}
    book = Rulebook(rules.policies, projects, rules.departments, rules.findings, "")
    made = evaluate(book, load_actuals(ROOT / "actuals", book))
    assert made.department
    assert made.department.grades == {"优": 4, "良": 0, "中": 0, "差": 0, "合格": 1, UNGRADED: 1}
    assert sum(len(held) for held in made.graded.values()) == 6
    assert as_json(made)["department"]["grades"] == made.department.grades  # type: ignore[index]


# ---- the commands ------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module", params=["none", "words"])
def space(request: pytest.FixtureRequest, office: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The workspace with one of the two named by every table."""
    folder = tmp_path_factory.mktemp("space") / request.param
    shutil.copytree(office, folder)
    for path in (folder / "rules" / "projects").rglob("*.yaml"):
        path.write_text(path.read_text(encoding="utf-8") + f"\npolicy: {request.param}\n", encoding="utf-8")
    return folder


COMMANDS = [
    "check {0}", "score {0}", "score {0} --format json", "run {0} --out {0}/out --to docx --to pdf", "advice {0}", "attain -w {0}",
    f"explain {POOR} -w {{0}}", f"explain {POOR} --why-not F401 -w {{0}}", "forecast -w {0}", "sensitivity -w {0}",
    f"goal-seek {POOR} --score 80 -w {{0}}", "impact cn-2020-10 words -w {0}", "impact none cn-2020-10 -w {0}",
    "prove -w {0}", "rules {0} --out {0}/book", "template {0} --out {0}/t.xlsx", "history {0}", "verify {0}",
]  # fmt: skip


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_takes_any_policy(space: Path, command: str):
    code, told = run(*command.format(space).split())
    assert code in (0, 1), told
    for wrong in ("等级不评级", "No such", "None", "Traceback"):
        assert wrong not in told
    if command.startswith(("score", "advice", "forecast", "attain")):
        assert any(word in told for word in {"none": ("不评级",), "words": ("优秀", "良好", "合格")}[space.name])
        assert "（优）" not in told and "（中）" not in told


def test_a_grade_is_sought_by_the_policys_own_words(rules: Rulebook):
    actuals = load_actuals(ROOT / "actuals", rules)
    (made,) = seek(rules, actuals, grade="良好", code=POOR, policy="words")
    assert made.goal == 8500
    for policy, says in (("words", "没有等级“优”"), ("none", "不评级")):
        with pytest.raises(Exception, match=says) as raised:
            seek(rules, actuals, grade="优", code=POOR, policy=policy)
        assert raised.value.problems[0].code == "U366"  # type: ignore[attr-defined]
