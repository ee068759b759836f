"""ziping check: waivers with reasons, remedies that are certain, and diagnostics for other programs."""

from __future__ import annotations

import json
import re
import shutil
from pathlib import Path

import jsonschema
import pytest
from hypothesis import given
from hypothesis import strategies as st

from evaluator.checking.check import Checked, check_workspace
from evaluator.checking.mending import mend
from evaluator.checking.sarif import as_github, as_sarif
from evaluator.checking.waivers import apply_waivers, read_waivers
from evaluator.errors import Problem, Where
from evaluator.files.journal import commit
from evaluator.workspace.places import open_workspace

ROOT = Path(__file__).parents[1]
HOUSING = "rules/projects/2023/629001/13028124P005076100019.yaml"  # its 时效1 is a deadline in per cent: F303
ROW = "  - id: 时效1\n"


@pytest.fixture
def office(tmp_path: Path) -> Path:
    """A workspace of one project, with its illustrative results."""
    for path in (HOUSING, "actuals/2023/629001/13028124P005076100019.yaml"):
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(ROOT / path, tmp_path / path)
    return tmp_path


def rewrite(path: Path, old: str, new: str) -> None:
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), encoding="utf-8")


def checked(office: Path) -> Checked:
    return check_workspace(open_workspace(office))


def codes(one: Checked) -> list[str]:
    return [problem.code for problem in one.problems]


# ---- one wrong file does not make others wrong -------------------------------------------------------------------


@pytest.mark.parametrize(("old", "new"), [("budget:", "budgt:"), ("code: ", "code: ["), ("code: ", "cod: ")])
def test_a_goal_table_that_cannot_be_used_is_told_where_it_is_wrong_and_nowhere_else(
    tmp_path: Path, old: str, new: str
):
    """Its results and monitoring data are not said to belong to no project."""
    for name in ("rules/projects", "rules/monitoring/2023", "actuals", "monitoring"):
        shutil.copytree(ROOT / name, tmp_path / name)
    rewrite(tmp_path / HOUSING, old, new)
    found = [one for one in checked(tmp_path).problems if one.severity == "错误" and one.code[0] != "F"]
    assert found and {one.where.path for one in found if one.where} == {HOUSING}


def test_a_table_of_results_does_not_miss_a_project_that_is_there(office: Path):
    (office / "actuals/2023/629001/13028124P005076100019.yaml").unlink()
    (office / "actuals/表.csv").write_text(
        "项目编码,指标编号,实际完成值\n13028124P005076100019,数量1,83万元\n", "utf-8"
    )
    rewrite(office / HOUSING, "budget:", "budgt:")
    assert "A111" not in codes(checked(office))


# ---- monitoring --------------------------------------------------------------------------------------------------


def test_monitoring_data_that_nothing_reads_are_told(office: Path):
    text = (ROOT / "monitoring/2023/629001/2023-06-30.yaml").read_text(encoding="utf-8")
    for name in ("629010/2023-06-30.yaml", "629001/6月.doc"):
        (office / "monitoring/2023" / name).parent.mkdir(parents=True, exist_ok=True)
        (office / "monitoring/2023" / name).write_text(text, "utf-8")
    told = {one.code: one for one in checked(office).problems if one.code.startswith("M")}
    assert told.keys() == {"M111", "M118"}
    assert told["M118"].nearest == "monitoring/2023/629001"
    assert str(told["M111"].where) == "monitoring/2023/629001/6月.doc"


def test_two_monitoring_policies_with_one_name_are_told(office: Path):
    for name in ("一", "二"):
        (office / "rules/monitoring").mkdir(exist_ok=True)
        shutil.copy(ROOT / "rules/monitoring/practice.yaml", office / f"rules/monitoring/{name}.yaml")
    assert codes(checked(office)).count("M103") == 1  # a copy of the product's own is none, two of them are


# ---- waivers -----------------------------------------------------------------------------------------------------


def test_a_waiver_with_a_reason_takes_its_diagnostic_out_and_keeps_the_reason(office: Path):
    before = checked(office)
    rewrite(office / HOUSING, ROW, f"  # 免查 F303：与财政局商定\n{ROW}")
    after = checked(office)
    assert codes(before).count("F303") == 1
    assert "F303" not in codes(after)
    assert [(one.problem.code, one.reason) for one in after.waived] == [("F303", "与财政局商定")]
    assert sorted([*codes(after), "F303"]) == sorted(codes(before))


@pytest.mark.parametrize(
    ("comment", "code"),
    [("# 免查 F303", "C101"), ("# 免查 F303：", "C101"), ("# 免查 F933：理由", "C102"), ("# 免查：理由", "C102"),
     ("# 免查 F305：理由", "C103")],
)  # fmt: skip
def test_a_waiver_that_is_not_in_order_is_told_and_waives_nothing(office: Path, comment: str, code: str):
    rewrite(office / HOUSING, ROW, f"  {comment}\n{ROW}")
    found = checked(office)
    assert code in codes(found)
    assert "F303" in codes(found)
    at = next(problem.where for problem in found.problems if problem.code == code)
    assert at is not None and (office / HOUSING).read_text(encoding="utf-8").splitlines()[at.line - 1] == f"  {comment}"
    assert at.column == 3


def test_an_error_cannot_be_waived(office: Path):
    rewrite(office / HOUSING, "code: 13028124P005076100019\n", "# 免查 R105：以后再改\ncode: 13028124P005076100019\n")
    rewrite(office / HOUSING, "points: 30.00", "points: 20.00")
    found = checked(office)
    assert {"R105", "C104"} <= set(codes(found))
    assert not found.waived


@given(st.integers(1, 9), st.lists(st.sampled_from(["F301", "F303"]), min_size=1, max_size=3), st.booleans())
def test_a_waiver_holds_on_its_line_only(tmp_path: Path, line: int, waived: list[str], above: bool):
    """What is waived is exactly what stands on the waiver's line under one of its codes."""
    comment = f"# 免查 {'、'.join(waived)}：理由"
    lines = ["a: b"] * 10
    if above:
        lines.insert(line - 1, comment)
    else:
        lines[line - 1] += f" {comment}"
    path = tmp_path / "a.yaml"
    path.write_text("\n".join(lines), encoding="utf-8")
    about = line + above
    problems = [
        Problem(code, "", Where("a.yaml", number), "", "", "提示")
        for number in range(1, 11)
        for code in ("F301", "F303")
    ]
    kept, gone = apply_waivers(problems, read_waivers(path, "a.yaml"), {"F301", "F303"})
    assert {(w.problem.code, w.problem.where.line) for w in gone if w.problem.where} == {(c, about) for c in waived}
    assert len(kept) + len(gone) == len(problems)


def test_words_that_only_mention_a_waiver_are_none(tmp_path: Path):
    path = tmp_path / "a.yaml"
    path.write_text("# 说明：免查的写法见手册\na: 本项目免查\nb: c#免查 F303：无\n", encoding="utf-8")
    assert read_waivers(path, "a.yaml") == []


# ---- remedies ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("right", "wrong"),
    [
        ("    dimension: 时效指标", "    dimenson: 时效指标"),
        ("  6月底: 50%", "  6月底: ５０％"),
        ("  3月底: 25%", "  3月底: 25 ％ # 按计划"),
        ('  code: "629001"', '  cod: "629001"'),
    ],
)
def test_what_has_one_remedy_is_mended_and_nothing_else(office: Path, right: str, wrong: str):
    path = office / HOUSING
    before = path.read_text(encoding="utf-8")
    rewrite(path, f"{right}\n", f"{wrong}\n")
    found = checked(office)
    assert any(problem.severity == "错误" for problem in found.problems)
    (mended,) = found.mended()
    assert mended.after.replace(" # 按计划", "") == before
    commit(office, "改正", [mended.change])
    assert not any(problem.severity == "错误" for problem in checked(office).problems)


@pytest.mark.parametrize(
    ("right", "wrong"),
    [
        ("  6月底: 50%", "  6月底: 0.5"),  # 0.5% or 50%: a person must say
        ("    target: ≥95%", "    target: 约95%"),
        ("points: 30.00", "points: 20.00"),
        ("    dimension: 时效指标", "    dimension: 时效指标\n    dimensoin: 质量指标"),
    ],
)
def test_what_has_no_certain_remedy_is_left_alone(office: Path, right: str, wrong: str):
    rewrite(office / HOUSING, right, wrong)
    found = checked(office)
    assert any(problem.severity == "错误" for problem in found.problems)
    assert found.mended() == []


def test_true_and_false_in_other_words_are_mended(office: Path):
    path = office / "actuals/2023/629001/13028124P005076100019.yaml"
    rewrite(path, "illustrative: true", "illustrative: 是")
    (mended,) = checked(office).mended()
    assert "+illustrative: true\n" in mended.diff and "-illustrative: 是\n" in mended.diff


def test_a_useless_waiver_is_taken_out_with_its_line(office: Path):
    path = office / HOUSING
    before = path.read_text(encoding="utf-8")
    rewrite(path, ROW, f"  # 免查 F305：已与财政局商定\n{ROW}")
    (mended,) = checked(office).mended()
    assert mended.after == before


@given(st.text(max_size=80), st.integers(1, 4), st.integers(0, 30))
def test_mending_never_breaks_a_file(tmp_path: Path, text: str, line: int, column: int):
    """Whatever the file and the place, mending either leaves it or makes it have fewer problems."""
    path = tmp_path / "rules" / "projects" / "x.yaml"
    path.parent.mkdir(parents=True, exist_ok=True)
    text = text.encode("utf-8", "ignore").decode()
    path.write_bytes(text.encode())
    shown = "rules/projects/x.yaml"
    for code in ("R101", "R103", "C103"):
        problem = Problem(code, "", Where(shown, line, column), "", "code")
        mended = mend(path, shown, [problem])
        assert mended is None or mended.before == text
    assert path.read_bytes() == text.encode()


# ---- for other programs ------------------------------------------------------------------------------------------


def test_sarif_is_valid_and_holds_every_diagnostic_with_its_place(office: Path):
    rewrite(office / HOUSING, ROW, f"  # 免查 F303：与财政局商定\n{ROW}")
    found = checked(office)
    sarif = as_sarif(found, "office/")
    schema = json.loads((ROOT / "tests/fixtures/sarif/sarif-2.1.0.json").read_text(encoding="utf-8"))
    jsonschema.Draft7Validator(schema).validate(sarif)
    results = sarif["runs"][0]["results"]
    assert len(results) == len(found.problems) + len(found.waived)
    assert [r["suppressions"][0]["justification"] for r in results if "suppressions" in r] == ["与财政局商定"]
    rules = sarif["runs"][0]["tool"]["driver"]["rules"]
    for result in results:
        assert rules[result["ruleIndex"]]["id"] == result["ruleId"]
        place = result["locations"][0]["physicalLocation"]
        assert place["artifactLocation"]["uri"].startswith("office/")
        assert place["region"]["startLine"] > 0
    prints = [tuple(result["partialFingerprints"].values()) for result in results]
    assert len(set(prints)) == len(prints)


def test_a_sarif_schema_refuses_what_is_wrong():
    """The schema at hand can fail: a level that does not exist is refused."""
    schema = json.loads((ROOT / "tests/fixtures/sarif/sarif-2.1.0.json").read_text(encoding="utf-8"))
    one = Checked((Problem("F303", "x", Where("a", 1)),), (), {}, {}, {})
    sarif = as_sarif(one)
    sarif["runs"][0]["results"][0]["level"] = "错误"
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.Draft7Validator(schema).validate(sarif)


def test_a_cell_is_told_by_its_name():
    where = Where("actuals/完成情况.xlsx", sheet="表 1", cell="C5")
    one = Checked((Problem("A201", "看不懂", where),), (), {}, {}, {})
    location = as_sarif(one)["runs"][0]["results"][0]["locations"][0]
    assert location["logicalLocations"][0]["fullyQualifiedName"] == "actuals/完成情况.xlsx!表 1!C5"
    assert "%" in location["physicalLocation"]["artifactLocation"]["uri"]
    assert as_github(one.problems, {}) == "::error file=actuals/完成情况.xlsx,title=A201::表 1!C5 看不懂\n"


COMMAND = re.compile(r"::(error|warning|notice) [^\n:]*::[^\n]*\n")


@given(st.text(max_size=40), st.text(min_size=1, max_size=20))
def test_a_github_line_is_one_line_whatever_is_written(says: str, path: str):
    told = as_github([Problem("F303", says, Where(path, 3, 5), severity="警告")], {})
    assert COMMAND.fullmatch(told)
    told = told.removesuffix("\n").split("::", 2)[2]
    for char in "\n\r%":
        told = told.replace(f"%{ord(char):02X}", char)
    assert told == says


def test_the_published_hooks_name_commands_that_exist():
    from ruamel.yaml import YAML
    from typer.main import get_command

    from evaluator.cli import app

    hooks = YAML(typ="safe").load(ROOT / ".pre-commit-hooks.yaml")
    commands = set(getattr(get_command(app), "commands", {}))
    assert {hook["id"] for hook in hooks} >= {"ziping-check", "ziping-fix"}
    for hook in hooks:
        program, command, *_ = hook["entry"].split()
        assert program == "ziping" and command in commands
        assert not hook["pass_filenames"]
        assert re.search(hook["files"], "rules/projects/2023/629001/a.yaml")


def test_targets_are_judged_even_when_results_cannot_be_read(office: Path):
    path = office / "actuals/2023/629001/13028124P005076100019.yaml"
    before = [code for code in codes(checked(office)) if code.startswith("F3")]
    rewrite(path, "actual: ", "actual: 约")
    after = codes(checked(office))
    assert any(code.startswith("Q") for code in after)
    assert [code for code in after if code.startswith("F3")] == before


def missing(office: Path) -> list[tuple[str, str, str]]:
    return [(one.code, one.severity, one.says) for one in checked(office).problems if one.code in ("F104", "F119")]


def test_a_project_without_results_is_told_once_and_one_that_misses_some_with_their_number(tmp_path: Path):
    for name in ("rules/projects", "actuals"):
        shutil.copytree(ROOT / name, tmp_path / name)
    actuals = tmp_path / "actuals/2023/629001"
    assert missing(tmp_path) == []
    (actuals / "13028124P005076100019.yaml").unlink()
    housing = ("F119", "错误", "没有完成情况：应填的一项也没有填")
    assert missing(tmp_path) == [housing]
    path = actuals / "13028124P00507410001X.yaml"
    text = path.read_text("utf-8")
    text = re.sub("(?m)^achieved: .*$", "achieved: 同上", text).replace("actual: 237人", "cause: 原因未明")
    path.write_text(text.replace("executed: 60.00", ""), "utf-8")
    assert [one for one in missing(tmp_path) if one[0] == "F119"] == [housing]
    partly = [one for one in checked(tmp_path).problems if one.where and one.where.path.endswith(f"{path.name}")]
    told = {one.code: one for one in reversed(partly) if one.code in ("F104", "F118", "F201")}
    assert told.keys() == {"F104", "F118", "F201"}
    assert "保障人数" in told["F104"].says and "同上" in told["F118"].says
    lines = text.splitlines()
    places = {code: lines[one.where.line - 1] for code, one in told.items() if one.where}
    assert places["F104"].startswith("  数量1:") and places["F118"].startswith("achieved:")
    assert places["F201"].startswith("spending:")


def test_a_year_that_nobody_has_begun_is_no_error(tmp_path: Path):
    shutil.copytree(ROOT / "rules/projects", tmp_path / "rules/projects")
    assert missing(tmp_path) == []
    (one,) = [problem for problem in checked(tmp_path).problems if problem.code == "A123"]
    assert one.severity == "警告" and "6 个项目" in one.says and "军转家属生活补助及保险" in one.says


def test_results_that_cannot_be_read_are_not_said_to_be_missing(office: Path):
    rewrite(office / "actuals/2023/629001/13028124P005076100019.yaml", "actual: ", "actual: 约")
    assert missing(office) == []
