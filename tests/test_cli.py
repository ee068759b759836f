"""Each command as its users meet it: what it prints, how it exits, and that no mistake of theirs ends in a traceback."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import jsonschema
import pytest
import typer
from typer.testing import CliRunner

from evaluator.cli import app, main
from evaluator.workspace.office import load_offices

ROOT = Path(__file__).parents[1]
FIRST = "13028124P00499710001G"
NEW = ("--unit", "001001", "--name", "示例局", "--year", "2024")
COMMANDS = sorted(typer.main.get_command(app).commands)  # type: ignore[attr-defined]


@dataclass(frozen=True)
class Ran:
    code: int
    out: str
    err: str

    @property
    def data(self) -> Any:
        return json.loads(self.out)


Ziping = Callable[..., Ran]


@pytest.fixture
def ziping(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Ziping:
    """Run the command line in this process, as its script does."""

    def run(*words: str | Path) -> Ran:
        monkeypatch.setattr(sys, "argv", ["ziping", *map(str, words)])
        code = 0
        try:
            main()
        except SystemExit as stop:
            code = int(stop.code or 0)
        out, err = capsys.readouterr()
        return Ran(code, out, err)

    return run


def alone(*words: str | Path, cwd: Path = ROOT, **environment: str) -> Ran:
    """Run the installed command in a process of its own, without a terminal."""
    command = [sys.executable, "-c", "from evaluator.cli import main; main()", *map(str, words)]
    ran = subprocess.run(command, capture_output=True, cwd=cwd, env={**os.environ, **environment}, check=False)
    return Ran(ran.returncode, ran.stdout.decode(), ran.stderr.decode())


@pytest.fixture
def office(tmp_path: Path) -> Path:
    """A workspace that is a copy of the demonstration year, to be spoiled."""
    space = tmp_path / "space"
    shutil.copytree(ROOT / "rules" / "projects", space / "rules" / "projects")
    shutil.copytree(ROOT / "actuals", space / "actuals")
    return space


def spoil(path: Path, old: str, new: str) -> None:
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), encoding="utf-8")


def project(space: Path, code: str = FIRST) -> Path:
    return space / "rules" / "projects" / "2023" / "629001" / f"{code}.yaml"


def result(space: Path, code: str = FIRST) -> Path:
    return space / "actuals" / "2023" / "629001" / f"{code}.yaml"


def plain(ran: Ran) -> None:
    """No colour and no traceback."""
    assert "\x1b" not in ran.out + ran.err
    assert "Traceback" not in ran.out + ran.err


# ---- score and run -----------------------------------------------------------------------------------------------


def test_score_prints_the_year_at_a_glance(ziping: Ziping):
    ran = ziping("score", ROOT)
    plain(ran)
    assert ran.code == 1  # findings to attend to
    assert re.search(rf"{FIRST} +军转家属生活补助及保险 +10.75 +10.70 +99.53% +[\d.]+ +优", ran.out)
    assert "项目加权平均" in ran.out
    assert "示例数据" in ran.out
    assert ran.err == ""


def test_the_json_of_score_is_what_its_schema_says(ziping: Ziping):
    ran = ziping("score", ROOT, "--format", "json")
    assert ran.code == 1
    schema = json.loads((ROOT / "rules" / "schema" / "evaluation.schema.json").read_text(encoding="utf-8"))
    jsonschema.Draft202012Validator.check_schema(schema)
    jsonschema.validate(ran.data, schema)
    assert len(ran.data["projects"]) == 6
    assert {"code", "name", "policy", "score", "grade", "execution", "rows", "findings"} <= set(ran.data["projects"][0])
    broken = {**ran.data, "projects": [{**ran.data["projects"][0], "score": 99.9}]}
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate(broken, schema)


def leaves(content: Any) -> Iterator[Any]:
    if isinstance(content, dict):
        for value in content.values():
            yield from leaves(value)
    elif isinstance(content, list):
        for value in content:
            yield from leaves(value)
    else:
        yield content


def test_numbers_are_decimal_strings_and_add_up(ziping: Ziping):
    data = ziping("score", ROOT, "--format", "json").data
    assert not any(isinstance(leaf, float) for leaf in leaves(data))
    for table in [*data["projects"], data["department"]["own"]]:
        for row in table["rows"]:
            assert re.fullmatch(r"\d+\.\d{2}", row["points"])
            assert re.fullmatch(r"\d+\.\d{2}", row["earned"])
            assert row["attainment"] is None or re.fullmatch(r"\d+(\.\d{1,6})?", row["attainment"])
        parts = [table["execution"], *table["rows"]]
        assert sum(cents(part["points"]) for part in parts) == 10_000
        total = sum(cents(part["earned"]) for part in parts)
        assert cents(table["score"]) == (total if table["cap"] is None else min(total, cents(table["cap"])))


def cents(text: str) -> int:
    whole, rest = text.split(".")
    return int(whole) * 100 + int(rest)


@pytest.mark.parametrize("policy", sorted(path.stem for path in (ROOT / "rules" / "policies").glob("*.yaml")))
def test_a_policy_may_be_named(ziping: Ziping, policy: str):
    data = ziping("score", ROOT, "--policy", policy, "--format", "json").data
    assert {table["policy"] for table in data["projects"]} == {policy}
    points = [row["points"] for row in data["projects"][0]["rows"]] + [data["projects"][0]["execution"]["points"]]
    assert sum(map(cents, points)) == 10_000


def test_both_executors_say_the_same(ziping: Ziping):
    from evaluator.findings import rete

    one = ziping("score", ROOT, "--executor", "frame", "-f", "json")
    other = ziping("score", ROOT, "--executor", "rete", "-f", "json")
    if rete.available():
        assert other.data == one.data
    else:
        assert (other.code, "U301" in other.err) == (2, True)


def test_run_writes_every_file_once(ziping: Ziping, tmp_path: Path):
    first = ziping("run", ROOT, "--out", tmp_path / "out")
    assert first.code == 1
    plain(first)
    names = sorted(path.name for path in (tmp_path / "out").iterdir())
    forms = [name for name in names if "绩效自评表" in name]
    assert len(forms) == 7 * 2 * 2  # each with its attachment, in two formats
    assert f"遵化市文化路街道办事处本级_{FIRST}_2023_绩效自评表_v01.xlsx" in forms
    assert {name.rsplit("_", 1)[-1] for name in names} == {"v01.xlsx", "v01.html", "v01.json", "台账.sqlite"}
    written = {path.name: path.read_bytes() for path in (tmp_path / "out").iterdir()}
    second = ziping("run", ROOT, "--out", tmp_path / "out")
    assert "没有变化" in second.out
    assert {path.name: path.read_bytes() for path in (tmp_path / "out").iterdir()} == written


def test_a_correction_is_a_new_version_of_what_it_changes_only(ziping: Ziping, office: Path, tmp_path: Path):
    out = tmp_path / "out"
    ziping("run", office, "--out", out)
    before = {path.name: path.read_bytes() for path in out.iterdir()}
    spoil(result(office), "99.5%", "98.5%")
    ziping("run", office, "--out", out)
    after = {path.name: path.read_bytes() for path in out.iterdir()}
    assert {name: after[name] for name in before} == before
    new = set(after) - set(before)
    assert f"遵化市文化路街道办事处本级_{FIRST}_2023_绩效自评表_v02.xlsx" in new
    assert all("_v02" in name for name in new)


def test_report_writes_what_is_asked(ziping: Ziping, tmp_path: Path):
    ran = ziping("report", FIRST, "--to", "html", "--out", tmp_path, "-w", ROOT)
    assert ran.code == 0
    assert sorted(path.name.split("_")[-3] for path in tmp_path.iterdir()) == ["绩效自评表", "绩效自评表附件"]
    assert {path.suffix for path in tmp_path.iterdir()} == {".html"}
    assert ziping("report", FIRST, "--to", "html", "--form-only", "--out", tmp_path / "f", "-w", ROOT).code == 0
    assert len(list((tmp_path / "f").iterdir())) == 1
    assert ziping("report", "没有这个", "--out", tmp_path / "x", "-w", ROOT).code == 2
    assert not (tmp_path / "x").exists()


# ---- explain -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("wanted", [FIRST, "001G", "13028124P0049971", "军转家属"])
def test_a_project_is_found_by_code_end_or_name(ziping: Ziping, wanted: str):
    ran = ziping("explain", wanted, "-w", ROOT)
    assert ran.code == 0
    plain(ran)
    assert f"军转家属生活补助及保险（{FIRST}）" in ran.out
    assert "总分" in ran.out


@pytest.mark.parametrize("wanted", ["质量1", "全体人员年底考核合格率", "考核合格"])
def test_a_row_is_found_by_id_or_name(ziping: Ziping, wanted: str):
    ran = ziping("explain", FIRST, wanted, "-w", ROOT)
    assert ran.code == 0
    for label in ("指标", "规则", "指标值", "实际完成值", "完成率", "适用条款", "得分", "距下一步", "佐证材料"):
        assert label in ran.out
    assert f"rules/projects/2023/629001/{FIRST}.yaml:" in ran.out
    assert "12.50 × 100% = 12.50" in ran.out


def test_an_explanation_as_json_and_of_the_department(ziping: Ziping):
    said = ziping("explain", "629001", "分项1", "-w", ROOT, "--format", "json").data
    assert [set(one) for one in said] == [{"label", "says"}] * len(said)
    assert ziping("explain", FIRST, "预算执行率", "-w", ROOT).code == 0


@pytest.mark.parametrize(("rule", "fired"), [("F102", False), ("f304", False), ("F206", True)])
def test_why_a_rule_did_or_did_not_fire(ziping: Ziping, rule: str, fired: bool):
    ran = ziping("explain", "文化路日常维稳" if fired else FIRST, "--why-not", rule, "-w", ROOT)
    assert ran.code == 0
    assert rule.upper() in ran.out
    assert ("已触发" in ran.out) == fired
    assert ("不满足" in ran.out) != fired


@pytest.mark.parametrize(
    "words",
    [
        ("没有这个项目",), ("",), ("文化路",), (FIRST, "没有这个指标"), (FIRST, ""), (FIRST, "--why-not", "F999"),
        (FIRST, "--why-not", ""), ("../../etc/passwd",), ("' OR 1=1",), ("\x1b[31m红",), ("%s%n{0}{x}",), ("。" * 3000,),
        ("\ud800",),
    ],
)  # fmt: skip
def test_what_is_not_there_is_told_with_what_there_is(ziping: Ziping, words: tuple[str, ...]):
    ran = ziping("explain", *words, "-w", ROOT)
    assert ran.code == 2
    assert ran.out == ""
    assert "U205" in ran.err
    assert "Traceback" not in ran.err
    assert FIRST in ran.err or "F101" in ran.err or "数量1" in ran.err


# ---- check -------------------------------------------------------------------------------------------------------


def test_check_lists_every_problem_with_its_place(ziping: Ziping, office: Path):
    spoil(project(office), "points: 12.50", "points: 12.49")
    spoil(project(office), "dimension: 质量指标", "dimension: 质量指标\n    dimensoin: x")
    spoil(result(office, "13028124P00499410001F"), "actual: ", "actual: 约")
    ran = ziping("check", office)
    plain(ran)
    assert ran.code == 1
    assert re.search(rf"rules/projects/2023/629001/{FIRST}\.yaml:\d+:5: 错误 R101 .*最接近的是：dimension", ran.out)
    assert re.search(r"actuals/2023/629001/13028124P00499410001F\.yaml:\d+:\d+: 错误 Q\d{3}", ran.out)
    data = ziping("check", office, "--format", "json").data
    assert {"code", "severity", "where", "says", "allowed", "nearest", "remedy"} == set(data["problems"][0])
    refused = ziping("score", office)
    assert (refused.code, refused.out) == (3, "")
    assert "R101" in refused.err


def test_check_of_what_cannot_be_read_exits_3(ziping: Ziping, office: Path):
    project(office).write_bytes("a: 坏".encode("gb18030"))
    ran = ziping("check", office)
    assert ran.code == 3
    assert "Y103" in ran.out


@pytest.mark.parametrize(
    ("old", "new", "code"),
    [
        ("sign: ≥\n", "basis: 略\n", "R108"),  # a target without a sign, and no result for it
        ("formula: 全年执行数 / 全年预算数", "formula: 全年执行数", "R109"),
        ("formula: 全年执行数 / 全年预算数", "formula: 全年执行数 * 全年执行数", "R109"),
        ("target: 有所提升", "target: 有所提升\n    formula: 全年执行数", "R109"),
        ("target: ≥95%", "target: ≥≤95%", "R108"),
        ("points: 12.50", "points: 2.50", "R105"),
    ],
)
def test_check_goes_on_past_rules_that_cannot_be_scored(ziping: Ziping, office: Path, old: str, new: str, code: str):
    if "basis" in new:
        text = project(office).read_text(encoding="utf-8")
        project(office).write_text(text.replace("    sign: ≥\n", ""), encoding="utf-8")
    else:
        spoil(project(office), old, new)
    result(office).unlink()
    ran = ziping("check", office)
    plain(ran)
    assert ran.code == 1, ran.err
    assert code in ran.out
    assert "F303" in ran.out  # of another project: findings of targets still come


@pytest.mark.parametrize(
    "clause",
    [
        "quantitative: {document: a, known: 未见, segments: [{from: 0%, share: 0%, to: 100%}]}",
        "quantitative: {document: a, known: 未见, segments: [{from: 0%, share: 0%}, {from: 0%, share: 1%}]}",
        "allocation: {document: a, known: 未见, portions: [{categories: [产出指标], points: 100}]}",
        "qualitative: {document: a, known: 未见, bands: []}",
        "grades: {document: a, known: 未见, bands: [{grade: 优, from: 10}]}",
        "extends: [x]",
    ],
)
def test_check_goes_on_past_a_policy_that_cannot_be_applied(ziping: Ziping, office: Path, clause: str):
    head = "id: own\ntitle: 办法\nin_force: {from: 2023, region: 全国}\n"
    head += "" if clause.startswith("extends") else "extends: cn-2020-10\n"
    path = office / "rules" / "policies" / "own.yaml"
    path.parent.mkdir()
    path.write_text(head + clause + "\n", encoding="utf-8")
    ran = ziping("check", office)
    plain(ran)
    assert ran.code == 1, ran.err
    assert "rules/policies/own.yaml:" in ran.out


def test_check_of_the_demonstration_finds_targets_only(ziping: Ziping):
    ran = ziping("check", ROOT, "--format", "json")
    assert ran.code == 1
    assert {problem["code"][0] for problem in ran.data["problems"] if problem["code"] != "R123"} == {"F"}
    assert (ran.data["projects"], ran.data["indicators"]) == (6, 36)


# ---- scenario and target -----------------------------------------------------------------------------------------


def test_scenarios_in_every_format(ziping: Ziping):
    folder = ROOT / "scenarios" / "comparators" / "at-least.yaml"  # the rest run in tests of their own
    text, data, junit = (ziping("scenario", folder, "-w", ROOT, "--format", form) for form in ("text", "json", "junit"))
    assert (text.code, data.code, junit.code) == (0, 0, 0), text.out
    assert data.data["failed"] == 0
    assert data.data["passed"] == len(data.data["scenarios"]) > 2
    suite = ElementTree.fromstring(junit.out)
    assert (suite.get("tests"), suite.get("failures")) == (str(data.data["passed"]), "0")
    plain(text)


def test_a_scenario_that_is_not_there_or_no_scenario(ziping: Ziping, tmp_path: Path):
    absent = ziping("scenario", tmp_path / "没有.yaml", "-w", ROOT)
    assert absent.code == 2
    (tmp_path / "bad.yaml").write_text("a: [", encoding="utf-8")
    bad = ziping("scenario", tmp_path / "bad.yaml", "-w", ROOT)
    assert bad.code == 3
    assert "Y104" in bad.err
    plain(bad)


def test_a_target_is_read_aloud(ziping: Ziping):
    ran = ziping("target", "≥59人", "--actual", "60人")
    assert ran.code == 0
    assert "达到" in ran.out
    assert "101.69%" in ran.out
    data = ziping("target", "≥59人", "-a", "57人", "-f", "json").data
    assert (data["met"], data["attainment"], data["attainment_exact"]) == (False, "0.966102", "57/59")
    assert ziping("target", "59人", "--sign", "≥", "-a", "60人", "-f", "json").data["comparator"] == "≥"


@pytest.mark.parametrize(
    ("words", "code", "told"),
    [
        (("≥95%", "-a", "95"), 1, "Q203"), (("≧ %",), 1, "Q"), (("≥59人", "-a", ""), 1, "Q208"), (("",), 1, "Q"),
        (("≥59人", "--sign", "≤"), 1, "Q108"), (("59人", "--sign", "？"), 2, "U206"), (("≥" * 600,), 1, "Q105"),
        (("\x1b[31m",), None, ""), (("≥1e400人",), None, ""), (("≥59人", "-a", "\ud800"), None, ""),
    ],
)  # fmt: skip
def test_a_target_that_cannot_be_read_is_asked_about(
    ziping: Ziping, words: tuple[str, ...], code: int | None, told: str
):
    ran = ziping("target", *words)
    assert ran.code == code if code is not None else ran.code in (0, 1)
    assert told in ran.out + ran.err
    assert "Traceback" not in ran.out + ran.err


# ---- init --------------------------------------------------------------------------------------------------------


def test_a_new_workspace_checks_and_scores_as_it_stands(ziping: Ziping, tmp_path: Path):
    space = tmp_path / "新单位"
    made = ziping("init", space, "--unit", "001001", "--name", '某"局\\', "--year", "2024")
    assert made.code == 0
    assert (space / "rules" / "projects" / "2024" / "001001" / "XM001.yaml").exists()
    checked = ziping("check", space)
    assert checked.code == 0, checked.out
    data = ziping("score", space, "-f", "json").data
    assert (data["year"], data["unit_code"], data["illustrative"]) == (2024, "001001", True)
    assert cents(data["projects"][0]["score"]) > 9_000
    assert ziping("run", space, "--out", tmp_path / "out").code in (0, 1)
    assert ziping("explain", "XM001", "数量1", "-w", space).code == 0
    again = ziping("init", space, *NEW)
    assert (again.code, "U105" in again.err) == (2, True)


@pytest.mark.parametrize(
    "words",
    [
        ("--unit", "../../x"),
        ("--unit", ""),
        ("--unit", "单位"),
        ("--year", "1999"),
        ("--year", "x"),
        ("--unit", "a\nb"),
    ],
)
def test_a_workspace_of_nonsense_is_not_made(ziping: Ziping, tmp_path: Path, words: tuple[str, ...]):
    ran = ziping("init", tmp_path / "space", *NEW, *words)
    assert ran.code == 2
    assert "U106" in ran.err or "--year" in ran.err
    assert not (tmp_path / "space").exists()
    plain(ran)


@pytest.mark.parametrize(
    "name", ["a: b # c", "{x}", "@YEAR@", "- 列表", "多\n行", "'单引号'", '"', "x" * 5000, "\x07响", "", "\ud800"]
)
def test_any_name_of_an_office_makes_a_workspace_or_is_refused(ziping: Ziping, tmp_path: Path, name: str):
    made = ziping("init", tmp_path / "space", *NEW, "--name", name)
    plain(made)
    if made.code == 0:
        checked = ziping("check", tmp_path / "space")
        assert checked.code == 0, checked.out
        (office,) = load_offices(tmp_path / "space" / "office").values()
        assert office.unit.name == name.replace("\n", " ")
    else:
        assert made.code == 2


# ---- how it exits ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_has_help(ziping: Ziping, command: str):
    ran = ziping(command, "--help")
    assert ran.code == 0
    assert re.search(r"[一-鿿]{4,}", ran.out)
    plain(ran)


def test_help_names_every_command_and_no_command_shows_help(ziping: Ziping):
    ran = ziping("--help")
    assert ran.code == 0
    assert {"run", "score", "explain", "check", "scenario", "target", "report", "init"} <= set(COMMANDS)
    assert all(re.search(rf"^ *{command} ", ran.out, re.MULTILINE) for command in COMMANDS)
    assert ziping("--version").out.startswith("ziping ")
    bare = ziping()
    assert "用法" in bare.out + bare.err


@pytest.mark.parametrize(
    "words",
    [
        ("score", "--colour"), ("nothing",), ("score", "--year", "abc"), ("score", "--format", "xml"), ("explain",),
        ("target",), ("init",), ("score", "--executor", "magic"), ("report", "--to", "pdf2"),
        ("score", "没有这个目录"), ("score", str(ROOT), "--year", "1990"), ("score", str(ROOT), "--unit", "x"),
        ("score", str(ROOT), "--policy", "hubei-2020"), ("run", str(ROOT), "--out", "/dev/null/out"),
        ("run", str(ROOT), "--out", str(ROOT / "README.md")), ("scenario", "没有"), ("check", str(ROOT / "evaluator")),
    ],
)  # fmt: skip
def test_a_wrong_command_exits_2(ziping: Ziping, words: Sequence[str]):
    ran = ziping(*words)
    assert ran.code == 2, ran
    assert ran.err
    plain(ran)


def test_a_name_nearly_right_is_suggested(ziping: Ziping):
    ran = ziping("score", ROOT, "--policy", "hubei-2020")
    assert "U201" in ran.err
    assert "最接近的是：hubei-2020-3" in ran.err


def test_a_year_without_anything_to_attend_to_exits_0(ziping: Ziping, tmp_path: Path):
    ziping("init", tmp_path / "space", *NEW)
    ran = ziping("score", tmp_path / "space")
    assert ran.code == 0, ran.out


def test_unreadable_results_exit_3_and_print_no_score(ziping: Ziping, office: Path):
    spoil(result(office), "1人", "1人次")
    ran = ziping("score", office)
    assert (ran.code, ran.out) == (3, "")
    assert re.search(rf"actuals/2023/629001/{FIRST}\.yaml:\d+:\d+: 错误 Q202", ran.err)
    assert ziping("run", office, "--out", office / "out").code == 3
    assert not (office / "out").exists()


def test_an_internal_error_is_a_sentence(ziping: Ziping, monkeypatch: pytest.MonkeyPatch):
    def broken(*_: object, **__: object) -> None:
        raise ZeroDivisionError("内部")

    monkeypatch.setattr("evaluator.acts.acting.evaluate", broken)
    ran = ziping("score", ROOT)
    assert (ran.code, ran.out) == (4, "")
    plain(ran)
    assert re.search(r"程序内部错误：ZeroDivisionError: 内部（test_cli\.py:\d+）", ran.err)


def test_a_failing_executor_exits_4(ziping: Ziping, monkeypatch: pytest.MonkeyPatch):
    from evaluator.errors import InferenceFailed, Problem

    def broken(*_: object, **__: object) -> None:
        raise InferenceFailed([Problem("I101", "执行器失败")])

    monkeypatch.setattr("evaluator.evaluation.conclude", broken)
    ran = ziping("score", ROOT)
    assert (ran.code, ran.out) == (4, "")
    assert "I101" in ran.err


# ---- processes ---------------------------------------------------------------------------------------------------


def test_the_same_inputs_give_the_same_bytes_anywhere(tmp_path: Path):
    """Two processes, two hash seeds, two folders, two clocks, two languages: every file and every line the same."""
    space, elsewhere = tmp_path / "a" / "space", tmp_path / "另一处" / "space"
    for place in (space, elsewhere):
        shutil.copytree(ROOT / "rules" / "projects", place / "rules" / "projects")
        shutil.copytree(ROOT / "actuals", place / "actuals")
    settings = (
        {"PYTHONHASHSEED": "1", "TZ": "Asia/Shanghai", "LC_ALL": "C.UTF-8"},
        {"PYTHONHASHSEED": "99", "TZ": "America/New_York", "LC_ALL": "C"},
    )
    one = alone("run", space, "-o", "out", "-f", "json", cwd=space, **settings[0])
    two = alone("run", elsewhere, "-o", elsewhere / "out", "-f", "json", cwd=tmp_path, **settings[1])
    assert (one.code, two.code) == (1, 1), one.err + two.err
    assert one.out == two.out
    files = [{path.name: path.read_bytes() for path in (place / "out").iterdir()} for place in (space, elsewhere)]
    assert sorted(files[0]) == sorted(files[1])
    timed = [name for name in files[0] if files[0][name] != files[1][name]]
    assert all("台账凭据" in name for name in timed)  # it names the ledger's entry, which has its time
    assert str(tmp_path).encode() not in b"".join(files[0].values())


def test_an_installed_ziping_works_in_a_clone_as_the_clone_itself_does(tmp_path: Path):
    """As the README's way without make: `pip install .`, then the commands in the folder of the clone."""
    bundled = tmp_path / "site" / "evaluator" / "bundled"
    shutil.copytree(ROOT / "evaluator", bundled.parent, ignore=shutil.ignore_patterns("__pycache__"))
    for name in ("rules", "actuals", "office", "monitoring", "scenarios", "reports"):
        shutil.copytree(ROOT / name, bundled / name, ignore=shutil.ignore_patterns("samples"))

    def installed(*words: str) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, "-P", "-c", "from evaluator.cli import main; main()", *words]
        environment = {**os.environ, "PYTHONPATH": str(tmp_path / "site")}
        return subprocess.run(command, capture_output=True, encoding="utf-8", cwd=ROOT, env=environment, check=False)

    for word in ("score", "check"):
        ran, here = installed(word), alone(word)
        assert (ran.returncode, ran.stdout) == (here.code, here.out), ran.stderr
    assert installed("run", "--out", str(tmp_path / "out")).returncode == 1
    assert (tmp_path / "out" / "台账.sqlite").exists() and not (ROOT / "台账.sqlite").exists()


def test_a_piped_command_has_no_colour_and_a_closed_pipe_is_no_error():
    ran = alone("score", ROOT, FORCE_COLOR="1", TERM="xterm-256color")
    assert ran.code == 1
    plain(ran)
    plain(alone("score", "--nothing", FORCE_COLOR="1", TERM="xterm-256color"))
    command = f'"{sys.executable}" -c "from evaluator.cli import main; main()" score "{ROOT}" -f json | head -1'
    piped = subprocess.run(["bash", "-c", command], capture_output=True, check=False)
    assert piped.stdout.decode().strip() == "{"
    assert piped.stderr.decode() == ""


def test_scenarios_of_the_product_run_in_a_workspace_that_has_none(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert CliRunner().invoke(app, ["init", str(tmp_path / "w"), *NEW]).exit_code == 0
    monkeypatch.chdir(tmp_path / "w")
    result = CliRunner().invoke(app, ["scenario"])
    assert result.exit_code == 0, result.stdout
