"""One unit's faulty file closes that unit's year and no other: every command goes on, says whose file it is, and does not use it."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from typer.testing import CliRunner

from evaluator.actuals.resultfiles import load_actuals
from evaluator.cli import app
from evaluator.documents.faults import ANYBODY, concern, sorted_out, whose_of
from evaluator.errors import EvaluatorError, Problem, Where
from evaluator.rulebook.opening import open_rulebook, open_rules
from tests.conftest import ROOT

OURS, OTHER = "629001", "629002"
GOALS, RESULTS = f"rules/projects/2023/{OTHER}", f"actuals/2023/{OTHER}"
CODE = "13028124P00499710001G"
SHARED = ROOT / "rules"


@pytest.fixture
def space(tmp_path: Path) -> Path:
    """The sample's unit, another unit (示例数据) beside it with a department and a project, and the sample's year before."""
    for name in ("rules/projects", "rules/monitoring/2023", "actuals", "office", "monitoring"):
        shutil.copytree(ROOT / name, tmp_path / name)
    for kind in ("rules/projects", "actuals"):
        here, there = (tmp_path / kind / "2023" / unit for unit in (OURS, OTHER))
        there.mkdir()
        for path in (f"{CODE}.yaml", "department.yaml"):
            text = (here / path).read_text(encoding="utf-8").replace(OURS, OTHER).replace(CODE, "XM2")
            (there / path.replace(CODE, "XM2")).write_text(text, encoding="utf-8")
    department = tmp_path / GOALS / "department.yaml"
    text = department.read_text(encoding="utf-8")
    head, _, rest = text.partition("items:\n")
    items = rest.partition("  # 与分项1")[0].replace("points: 15.00", "points: 90.00")
    goals = "overall:\n  - {id: 目标一, title: 保障待遇, projects: [XM2]}\n\n"
    measures = "measures:\n  - {id: 措施一, title: 完善制度, text: 示例}\n"
    department.write_text(f"{head.partition('overall:')[0]}{goals}items:\n{items}\n{measures}", encoding="utf-8")
    results = tmp_path / RESULTS / "department.yaml"
    results.write_text(
        f"code: '{OTHER}'\nyear: 2023\nillustrative: true\nresults:\n  分项1: {{actual: 96%}}\n", encoding="utf-8"
    )
    return tmp_path


def edited(path: Path, old: str, new: str) -> None:
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), encoding="utf-8")


def torn(path: Path) -> None:
    path.write_text("[没有写完", encoding="utf-8")


def folder(path: Path) -> None:
    path.unlink()
    path.mkdir()


@dataclass(frozen=True)
class Ran:
    """What a command came to: its exit code, what it told, and what it told on the error stream (a refusal as well)."""

    exit_code: int
    stdout: str
    stderr: str


def run(space: Path, *words: str) -> Ran:
    where = ["--workspace", str(space)] if words[0] in BY_OPTION else [str(space)]
    made = CliRunner().invoke(app, [*words, *where])
    if made.exception and not isinstance(made.exception, (EvaluatorError, SystemExit)):
        raise made.exception
    refused = made.exception if isinstance(made.exception, EvaluatorError) else None
    code = refused.exit_code if refused else made.exit_code
    return Ran(code, made.stdout, made.stderr + (str(refused) if refused else ""))


BY_OPTION = ("explain", "report", "attain", "sensitivity")
FAULTS: dict[str, Callable[[Path], Any]] = {
    "项目文件读不懂": lambda space: torn(space / GOALS / "XM2.yaml"),
    "项目文件打不开": lambda space: folder(space / GOALS / "XM2.yaml"),
    "分值合计不对": lambda space: edited(space / GOALS / "XM2.yaml", "points: 30.00", "points: 31.00"),
    "指标值读不懂": lambda space: edited(space / GOALS / "XM2.yaml", "target: 有所提升", "target: ≥ %"),
    "办法不存在": lambda space: edited(space / GOALS / "XM2.yaml", "year: 2023", "year: 2023\npolicy: 没有的办法"),
    "部门文件读不懂": lambda space: torn(space / GOALS / "department.yaml"),
    "部门指向没有的项目": lambda space: edited(space / GOALS / "department.yaml", "[XM2]", "[XM9]"),
    "完成情况读不懂": lambda space: torn(space / RESULTS / "XM2.yaml"),
    "完成情况缺一栏": lambda space: edited(space / RESULTS / "XM2.yaml", "code: XM2", "codes: XM2"),
    "完成情况的项目不存在": lambda space: edited(space / RESULTS / "XM2.yaml", "code: XM2", "code: XM9"),
    "完成情况重复": lambda space: shutil.copy(space / RESULTS / "XM2.yaml", space / RESULTS / "又一份.yaml"),
    "工作簿打不开": lambda space: (space / RESULTS / "填报.xlsx").write_bytes(b"not a workbook"),
}  # fmt: skip
told = pytest.mark.parametrize("fault", FAULTS.values(), ids=FAULTS.keys())


@told
def test_another_unit_is_scored_and_told_whose_file_was_not_used(space: Path, fault: Callable[[Path], Any]):
    before = run(space, "score", "--unit", OURS)
    fault(space)
    after = run(space, "score", "--unit", OURS)
    assert after.stdout == before.stdout
    assert after.exit_code == before.exit_code
    assert f"单位 {OTHER}" in after.stderr and "本次没有用它" in after.stderr
    assert "警告" in after.stderr and "错误" not in after.stderr.replace("看全部错误", "")


@told
def test_the_unit_itself_is_refused_as_ever(space: Path, fault: Callable[[Path], Any]):
    assert run(space, "score", "--unit", OTHER).exit_code in (0, 1)
    fault(space)
    made = run(space, "score", "--unit", OTHER)
    assert made.exit_code == 3
    assert "错误" in made.stderr and "没有用它" not in made.stderr


@told
def test_check_tells_it_as_an_error_all_the_same(space: Path, fault: Callable[[Path], Any]):
    fault(space)
    made = run(space, "check")
    assert made.exit_code in (1, 3)
    assert OTHER in made.stdout and "错误" in made.stdout


@pytest.mark.parametrize(
    "words",
    [
        ("template",), ("monitor", "--as-of", "2023-06-30"), ("explain", CODE), ("report", CODE), ("run",), ("advice",),
        ("sensitivity",), ("attain",), ("trend",), ("submit", "--by", "甲"),
    ],
    ids=lambda words: words[0],
)  # fmt: skip
def test_every_command_goes_on(space: Path, tmp_path_factory: pytest.TempPathFactory, words: tuple[str, ...]):
    out = tmp_path_factory.mktemp("out")
    more = [] if words[0] in ("explain", "advice", "sensitivity", "attain", "trend") else ["--out", str(out)]
    if words[0] == "submit":
        run(space, "run", "--unit", OURS, "--out", str(out))
    before = run(space, *words, "--unit", OURS, *more)
    assert before.exit_code in (0, 1), before.stdout
    for fault in ("项目文件读不懂", "完成情况缺一栏"):
        FAULTS[fault](space)
    after = run(space, *words, "--unit", OURS, *more)
    assert after.exit_code == before.exit_code, after.stderr
    assert OTHER in after.stderr


def test_a_run_beside_a_faulty_file_is_recorded_and_proved(space: Path, tmp_path_factory: pytest.TempPathFactory):
    out = tmp_path_factory.mktemp("out")
    FAULTS["项目文件打不开"](space)
    FAULTS["完成情况读不懂"](space)
    assert run(space, "run", "--unit", OURS, "--out", str(out)).exit_code in (0, 1)
    assert run(space, "verify").exit_code == 0
    number = len(list(out.glob("*评价结果*")))
    shutil.rmtree(space / GOALS / "XM2.yaml")
    shutil.copy(space / GOALS / "department.yaml", space / GOALS / "另.yaml")
    again = run(space, "run", "--unit", OURS, "--out", str(out))
    assert again.exit_code in (0, 1)
    assert len(list(out.glob("*评价结果*"))) == number  # another unit's file makes no new version of this one


def test_the_year_before_that_is_faulty_closes_nothing_and_is_not_used(space: Path):
    for kind in ("rules/projects", "actuals"):
        there = space / kind / "2022" / OURS
        there.mkdir(parents=True)
        text = (space / kind / "2023" / OURS / f"{CODE}.yaml").read_text(encoding="utf-8")
        (there / f"{CODE}.yaml").write_text(text.replace("year: 2023", "year: 2022"), encoding="utf-8")
    edited(space / f"rules/projects/2022/{OURS}/{CODE}.yaml", "target: 1人", "target: 3人")
    edited(space / f"actuals/2022/{OURS}/{CODE}.yaml", "actual: 1人", "actual: 3人")
    made = run(space, "check")
    assert "F356" in made.stdout
    torn(space / f"actuals/2022/{OURS}/{CODE}.yaml")
    scored = run(space, "score", "--unit", OURS)
    assert scored.exit_code in (0, 1)
    assert f"2022 年单位 {OURS}" in scored.stderr
    assert "F356" not in scored.stdout


# ---- what is everybody's -----------------------------------------------------------------------------------------


def test_policies_rules_and_files_of_nobody_known_refuse_every_unit(space: Path):
    (space / "actuals" / "谁的.yaml").write_text("[没有写完", encoding="utf-8")
    assert run(space, "score", "--unit", OURS).exit_code == 3
    (space / "actuals" / "谁的.yaml").unlink()
    (space / "rules" / "policies").mkdir()
    (space / "rules" / "policies" / "own.yaml").write_text("[没有写完", encoding="utf-8")
    assert run(space, "score", "--unit", OURS).exit_code == 3


def test_a_table_that_two_units_claim_refuses_both(space: Path):
    text = (space / f"rules/projects/2023/{OURS}/{CODE}.yaml").read_text(encoding="utf-8")
    (space / GOALS / f"{CODE}.yaml").write_text(text.replace(OURS, OTHER), encoding="utf-8")
    for unit in (OURS, OTHER):
        made = run(space, "score", "--unit", unit)
        assert made.exit_code == 3 and "R104" in made.stderr


def test_a_file_in_the_folder_of_another_that_speaks_of_the_unit_is_the_unit_s(space: Path):
    shutil.copy(space / f"actuals/2023/{OURS}/{CODE}.yaml", space / RESULTS / "放错了.yaml")
    made = run(space, "score", "--unit", OURS)
    assert made.exit_code == 3 and "A109" in made.stderr


def test_the_latest_year_is_not_passed_over_because_its_file_is_faulty(space: Path):
    later = space / "rules/projects/2024" / OURS
    later.mkdir(parents=True)
    torn(later / "XM1.yaml")
    made = run(space, "score", "--unit", OURS)
    assert made.exit_code == 3 and "2024" in made.stderr
    assert run(space, "score", "--unit", OURS, "--year", "2023").exit_code in (0, 1)


def test_a_unit_of_which_everything_is_faulty_is_named_among_the_units(space: Path):
    FAULTS["项目文件读不懂"](space)
    FAULTS["部门文件读不懂"](space)
    made = run(space, "score")
    assert made.exit_code == 2 and OURS in made.stderr and OTHER in made.stderr


def test_a_batch_takes_only_policies_and_rules(space: Path):
    FAULTS["项目文件读不懂"](space)
    book = open_rules(space / "rules", SHARED)
    assert book.policies and book.findings and [note.severity for note in book.notes] == ["警告"]
    edited_rules = space / "rules" / "findings"
    edited_rules.mkdir()
    (edited_rules / "own.yaml").write_text("findings: 无", encoding="utf-8")
    with pytest.raises(EvaluatorError):
        open_rules(space / "rules", SHARED)


def test_rules_and_results_of_the_others_are_not_in_what_is_used(space: Path):
    whole = open_rulebook(space / "rules", SHARED, unit=OURS)
    FAULTS["分值合计不对"](space)
    book = open_rulebook(space / "rules", SHARED, unit=OURS)
    assert set(whole.projects) - set(book.projects) == {(2023, "XM2")}
    assert "XM2" in book.waiting and book.scope == (2023, OURS)
    assert book.digest != whole.digest
    FAULTS["完成情况缺一栏"](space)
    made = load_actuals(space / "actuals", book)
    assert not [key for key in made if key[1] in ("XM2", OTHER)] and made.left_out


# ---- whose a file is ---------------------------------------------------------------------------------------------

years, units = st.sampled_from([2022, 2023]), st.sampled_from(["甲", "乙"])


@given(years, units, st.none() | years, st.none() | units, years, units)
def test_a_file_concerns_who_its_folder_or_its_words_name(
    year: int, unit: str, says: int | None, code: str | None, asked: int, of: str
):
    document = {**({"year": str(says)} if says else {}), **({"unit": {"code": code}} if code else {})}
    mine = {(year, unit), (says or year, code or unit)}
    assert concern(whose_of([str(year), unit], document), (asked, of)) == ((asked, of) in mine)


@given(st.lists(st.tuples(st.none() | years, st.none() | units), min_size=1), years, units)
def test_no_error_is_lost_and_none_is_told_twice(whose: list[tuple[int | None, str | None]], year: int, unit: str):
    by_file = {f"rules/{n}.yaml": frozenset({one}) for n, one in enumerate(whose)}
    errors = [Problem("R102", "缺少一栏", Where(path)) for path in by_file for _ in range(2)] + [
        Problem("R105", "合计", None)
    ]
    own, notes = sorted_out(errors, by_file, (year, unit))
    files = {one.where.path for one in own if one.where} | {one.where.path for one in notes if one.where}
    assert files == set(by_file) and len(own) + 2 * len(notes) == len(errors)
    assert all(note.severity == "警告" for note in notes)
    assert any(one.where is None for one in own)
    assert all(ANYBODY not in by_file[note.where.path] for note in notes if note.where)
