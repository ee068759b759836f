"""Years side by side: what a target did, what a result did beside it, what vanished; and a year carried over. 示例数据."""

from __future__ import annotations

import json
import shutil
from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from typer.testing import CliRunner

from evaluator.actuals.resultfiles import load_actuals
from evaluator.cli import app
from evaluator.comparing.years import Trend, trend
from evaluator.errors import ActualsProblems, EvaluatorError, UsageProblem
from evaluator.following.carryover import carry
from evaluator.model import Actuals, Indicator, Project, Result
from evaluator.rulebook.book import Rulebook, load_rulebook
from evaluator.workspace.initiate import copy_sample
from evaluator.workspace.office import load_offices
from evaluator.workspace.places import Workspace, open_workspace, product

FIXTURE = Path(__file__).parent / "fixtures" / "years"
RUN = CliRunner()
STAFF, FAMILY = "13028124P00499410001F", "13028124P00499710001G"


def marks(made: Trend, code: str = STAFF) -> dict[tuple[str, str], str]:
    return {(one.indicator, one.mark): one.says for one in made.noted if one.code == code}


# ---- two years of the sample -------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def two(tmp_path_factory: pytest.TempPathFactory) -> Workspace:
    """The sample's 2023 and a 2024 of two of its projects."""
    root = tmp_path_factory.mktemp("two") / "甲"
    list(copy_sample(root))
    shutil.copytree(FIXTURE, root, dirs_exist_ok=True)
    return open_workspace(root)


def test_what_the_second_year_changed_is_told_and_nothing_else(two: Workspace) -> None:
    book = load_rulebook(two.rules, two.shared)
    made = trend(book, load_actuals(two.actuals, book))
    assert made.years == (2023, 2024) and made.illustrative
    assert marks(made) == {
        ("保障人数", "指标值降低"): "2023 年 ≥59人 → 2024 年 ≥50人（2023 年完成 57人）",
        ("单位人员满意度", "指标值提高"): "2023 年 ≥95% → 2024 年 ≥98%（2023 年完成 96.5%）",
        ("工资费用发放及时率", "指标消失"): "2023 年 ≥95%，2024 年的目标表中没有",
        ("工资按月发放次数", "指标新增"): "2023 年没有，2024 年新增：≥12次",
    }
    assert [mark for _, mark in marks(made, FAMILY)] == ["指标值改写"]
    gone = {one.code for one in made.noted if one.mark == "项目消失"}
    assert gone == {table.code for table in book.projects.values()} - {STAFF, FAMILY} | {"629001"}


def test_the_command_prints_and_gives_json(two: Workspace) -> None:
    ran = RUN.invoke(app, ["trend", str(two.root)])
    assert ran.exit_code == 0 and "≥59人 → 2024 年 ≥50人" in ran.output and "含示例数据" in ran.output
    told = json.loads(RUN.invoke(app, ["trend", str(two.root), "-f", "json"]).output)
    staff = next(one for one in told["courses"] if one["name"] == "保障人数" and one["code"] == STAFF)
    assert [(one["year"], one["target"], one["actual"]) for one in staff["years"]] == [
        (2023, "≥59人", "57人"),
        (2024, "≥50人", "62人"),
    ]


# ---- one indicator through made-up years -------------------------------------------------------------------------


def several(book: Rulebook, years: list[tuple[str, str | None, str]]) -> Trend:
    """One project of one indicator in 2023, 2024, …: its target, its result (None: not yet), its name."""
    base = book.projects[2023, FAMILY]
    projects: dict[tuple[int, str], Project] = {}
    actuals: dict[tuple[int, str], Actuals] = {}
    for number, (target, actual, name) in enumerate(years):
        row = Indicator.model_validate(
            {
                "id": "数量1",
                "category": "产出指标",
                "dimension": "数量指标",
                "name": name,
                "target": target,
                "points": "90",
            }
        )
        year = 2023 + number
        projects[year, FAMILY] = base.model_copy(update={"year": year, "indicators": [row]})
        if actual is not None:
            result = Result(actual=actual)
            actuals[year, FAMILY] = Actuals(code=FAMILY, year=year, results={"数量1": result})
    return trend(replace(book, projects=projects, departments={}), actuals)


def found(book: Rulebook, *years: tuple[str, str | None], name: str = "办理件数") -> list[str]:
    return [one.mark for one in several(book, [(*year, name) for year in years]).noted]


@pytest.mark.parametrize(
    ("years", "wanted"),
    [
        ([("≥100件", "100件"), ("≥99件", "99件")], ["指标值降低"]),
        ([("≥100件", "100件"), ("≥101件", "101件")], ["指标值提高"]),
        ([("≥100件", "100件"), ("≥100 件", "100件")], []),
        ([("≥100件", "100件"), ("不低于100件", "100件")], []),
        ([("≤100元", "100元"), ("≤101元", "101元")], ["指标值降低"]),
        ([("≤100元", "100元"), ("≤99元", "99元")], ["指标值提高"]),
        ([("≤2万元", "2万元"), ("≤20000元", "20000元")], []),
        ([("≤2万元", "2万元"), ("≤30000元", "30000元")], ["指标值降低"]),
        ([("≥100件", "100件"), ("≤90件", "90件")], ["指标值改写"]),
        ([("≥100件", "100件"), ("≥90次", "90次")], ["指标值改写"]),
        ([("≥100件", "120件"), ("≥100件", "120件")], ["连年超额"]),
        ([("≥100件", "120件"), ("≥100件", "119件")], []),
        ([("≥100件", "120件"), ("≥100件", None)], []),
        ([("≤100元", "80元"), ("≤100元", "80元")], ["连年超额"]),
        ([("≤100元", "80元"), ("≤100元", "81元")], []),
        ([("≥100件", "101件")] * 3, ["超额未调"]),
        ([("≥100件", "101件"), ("≥100件", "101件"), ("≥100件", None)], ["超额未调"]),
        ([("≥100件", "101件"), ("≥100件", "100件"), ("≥100件", "101件")], []),
        ([("≥100件", "101件"), ("≥100件", "101件")], []),
        ([("≥99件", "101件"), ("≥100件", "101件"), ("≥100件", "101件")], ["指标值提高"]),
        ([("≥100件", "101件"), ("≥100件", None), ("≥100件", None)], []),
    ],
)
def test_a_target_and_its_results_through_the_years(
    book: Rulebook, years: list[tuple[str, str | None]], wanted: list[str]
) -> None:
    assert found(book, *years) == wanted


@settings(max_examples=60)
@given(st.integers(1, 10**6), st.integers(1, 10**6), st.sampled_from("≥≤"))
def test_lowered_is_asking_for_less_whichever_way_the_sign_points(old: int, new: int, sign: str) -> None:
    made = found(BOOK, (f"{sign}{old}件", f"{old}件"), (f"{sign}{new}件", f"{new}件"))
    asks_less = new < old if sign == "≥" else new > old
    assert made == ([] if old == new else ["指标值降低" if asks_less else "指标值提高"])


@settings(max_examples=60)
@given(st.integers(1, 10**5), st.lists(st.integers(0, 3 * 10**5), min_size=2, max_size=3))
def test_always_exceeded_is_by_a_fifth_exactly_and_every_year(target: int, actuals: list[int]) -> None:
    made = found(BOOK, *[(f"≥{target}件", f"{actual}件") for actual in actuals])
    assert ("连年超额" in made) == all(Fraction(actual, target) >= Fraction(6, 5) for actual in actuals)
    assert ("超额未调" in made) == (len(actuals) == 3 and all(actual > target for actual in actuals))


BOOK = load_rulebook(product() / "rules")


def test_a_renamed_indicator_is_the_same_only_when_one_name_lies_in_the_other(book: Rulebook) -> None:
    kept = several(book, [("≥100件", "100件", "办理件数"), ("≥90件", "90件", "信访办理件数")])
    assert [one.mark for one in kept.noted] == ["指标值降低"]
    other = several(book, [("≥100件", "100件", "办理件数"), ("≥90件", "90件", "走访户数")])
    assert sorted(one.mark for one in other.noted) == ["指标新增", "指标消失"]


def test_a_unit_that_is_not_there_is_refused(book: Rulebook) -> None:
    with pytest.raises(UsageProblem) as error:
        trend(book, {}, "1")
    assert error.value.problems[0].code == "Z301"


# ---- carried over ------------------------------------------------------------------------------------------------


@pytest.fixture
def sample_space(tmp_path: Path) -> Workspace:
    list(copy_sample(tmp_path / "甲"))
    return open_workspace(tmp_path / "甲")


def test_a_year_is_carried_over_whole_and_nothing_has_changed_yet(sample_space: Workspace, tmp_path: Path) -> None:
    made = carry(sample_space, tmp_path / "乙")
    space = open_workspace(tmp_path / "乙")
    book = load_rulebook(space.rules, space.shared)
    olds = {code: one for (year, code), one in book.projects.items() if year == 2023}
    news = {code: one for (year, code), one in book.projects.items() if year == 2024}
    assert olds.keys() == news.keys() and made.year == 2024
    for code, new in news.items():
        old = olds[code]
        told, was = new.model_dump(), old.model_dump()
        assert {name for name in told if told[name] != was[name]} == {"year", "source"}
        assert told["source"]["line"] == was["source"]["line"]
        assert "沿用 2023 年度" in new.source.document and new.provenance is None
    assert not (space.actuals / "2024").exists()
    old_files = {p.relative_to(sample_space.root): p.read_bytes() for p in sample_space.root.rglob("*") if p.is_file()}
    assert all((space.root / name).read_bytes() == data for name, data in old_files.items())
    assert [one.mark for one in trend(book, load_actuals(space.actuals, book)).noted] == []
    rows = sum(len(one.indicators) for one in news.values()) + len(book.departments[2024, "629001"].items)
    assert len(made.targets) == rows


def test_every_changed_target_is_listed_after_editing(sample_space: Workspace, tmp_path: Path) -> None:
    carry(sample_space, tmp_path / "乙")
    path = tmp_path / "乙" / "rules" / "projects" / "2024" / "629001" / f"{STAFF}.yaml"
    path.write_text(path.read_text(encoding="utf-8").replace("≥59人", "≥58人"), encoding="utf-8")
    space = open_workspace(tmp_path / "乙")
    book = load_rulebook(space.rules, space.shared)
    made = trend(book, load_actuals(space.actuals, book))
    assert [(one.code, one.mark, one.indicator) for one in made.noted] == [(STAFF, "指标值降低", "保障人数")]


def test_provenance_is_dropped_and_everything_else_of_the_text_stays(sample_space: Workspace, tmp_path: Path) -> None:
    path = sample_space.rules / "projects" / "2023" / "629001" / f"{STAFF}.yaml"
    text = path.read_text(encoding="utf-8")
    block = f"provenance: # 出处\n  document: 甲\n  digest: {'0' * 64}\n  fields:\n    code: 00000000 第1行\n"
    path.write_text(text.rstrip("\n") + "\n" + block, encoding="utf-8")
    carry(sample_space, tmp_path / "乙")
    made = (tmp_path / "乙" / "rules" / "projects" / "2024" / "629001" / path.name).read_text(encoding="utf-8")
    before, after = text.splitlines(), made.splitlines()
    differing = [(one, other) for one, other in zip(before, after, strict=True) if one != other]
    assert [one.partition(":")[0].strip() for one, _ in differing] == ["year", "document"]


@pytest.mark.parametrize(
    ("before", "year", "code"), [(2022, None, "Z201"), (None, 2023, "Z202"), (None, 2020, "Z202"), (None, 2101, "Z202")]
)
def test_a_year_that_cannot_be_carried_is_refused_and_nothing_is_written(
    sample_space: Workspace, tmp_path: Path, before: int | None, year: int | None, code: str
) -> None:
    with pytest.raises(UsageProblem) as error:
        carry(sample_space, tmp_path / "乙", before, year)
    assert error.value.problems[0].code == code
    assert not (tmp_path / "乙").exists()


def test_nothing_is_written_over_anything(sample_space: Workspace) -> None:
    with pytest.raises(UsageProblem) as error:
        carry(sample_space, sample_space.root)
    assert error.value.problems[0].code == "Z203"


def test_init_from_a_workspace_and_from_a_year(
    sample_space: Workspace, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    ran = RUN.invoke(app, ["init", str(tmp_path / "乙"), "--from", str(sample_space.root), "--year", "2025"])
    assert ran.exit_code == 0 and "2025 年度规则文件 7 个" in ran.output and "≥59人" in ran.output
    monkeypatch.chdir(sample_space.root)
    ran = RUN.invoke(app, ["init", str(tmp_path / "丙"), "--from", "2023"])
    assert ran.exit_code == 0 and (tmp_path / "丙" / "rules" / "projects" / "2024" / "629001").is_dir()


# ---- who fills in and signs --------------------------------------------------------------------------------------

SIGNED = """\
# 单位信息
unit:
  code: "629001"
  name: 示例单位
  authority: 示例局  # 主管部门
filler: 张三
date: 2024年1月20日
year: 2023
statements:
  一、基本情况: 本单位有两个科室。
head: 李四
"""


def test_the_office_comes_along_without_its_date_and_statements(sample_space: Workspace, tmp_path: Path) -> None:
    path = sample_space.office / "2023" / "629001.yaml"
    path.write_text(SIGNED, "utf-8")
    carry(sample_space, tmp_path / "乙")
    offices = load_offices(tmp_path / "乙" / "office")
    assert offices[2023, "629001"] == load_offices(sample_space.office)[2023, "629001"]
    after = offices[2024, "629001"]
    assert (after.unit.authority, after.filler, after.head) == ("示例局", "张三", "李四")
    assert (after.year, after.date, after.statements) == (2024, None, {})
    assert "# 主管部门" in (tmp_path / "乙" / "office" / "2024" / "629001.yaml").read_text("utf-8")


def test_an_office_that_was_never_written_is_begun_and_one_that_was_is_kept(
    sample_space: Workspace, tmp_path: Path
) -> None:
    path = sample_space.office / "2023" / "629001.yaml"
    path.unlink()
    carry(sample_space, tmp_path / "乙")
    begun = load_offices(tmp_path / "乙" / "office")
    assert begun.keys() == {(2024, "629001")} and begun[2024, "629001"].unit.name == "遵化市文化路街道办事处本级"
    ahead = sample_space.office / "2024" / "629001.yaml"
    ahead.parent.mkdir()
    ahead.write_text(SIGNED.replace("2023", "2024"), "utf-8")
    carry(sample_space, tmp_path / "丙")
    assert load_offices(tmp_path / "丙" / "office")[2024, "629001"].date == "2024年1月20日"


@pytest.mark.parametrize(
    ("text", "error"),
    [("a: [", ActualsProblems), (SIGNED.replace("2023", "2022"), ActualsProblems),
     ("{unit: {code: '629001', name: 甲}, year: 2023, date: 昨天}\n", UsageProblem)],
)  # fmt: skip
def test_an_office_that_cannot_be_carried_over_is_told_and_nothing_is_written(
    sample_space: Workspace, tmp_path: Path, text: str, error: type[EvaluatorError]
) -> None:
    (sample_space.office / "2023" / "629001.yaml").write_text(text, "utf-8")
    with pytest.raises(error):
        carry(sample_space, tmp_path / "乙")
    assert not (tmp_path / "乙").exists()


def test_from_a_workspace_without_projects_there_is_nothing_to_carry_over(tmp_path: Path) -> None:
    new = ("--unit", "001", "--name", "甲", "--year", "2024")
    assert RUN.invoke(app, ["init", str(tmp_path / "甲"), "--empty", *new]).exit_code == 0
    ran = RUN.invoke(app, ["init", str(tmp_path / "乙"), "--from", str(tmp_path / "甲")])
    assert isinstance(ran.exception, UsageProblem) and "还没有项目" in str(ran.exception)
    assert not (tmp_path / "乙").exists()
