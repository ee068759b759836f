"""Where a command is run: in a workspace, beside some, inside one, in a new empty one, or nowhere; and how one is made."""

from __future__ import annotations

import os
import re
import shutil
import sys
from collections.abc import Callable, Iterator
from contextlib import chdir
from pathlib import Path
from typing import Any

import pytest
import typer

from evaluator.cli import app
from evaluator.commands.exits import exit_code_of
from evaluator.errors import PROVINCES, UsageProblem, nearest_of_place
from evaluator.files.digests import canonical
from evaluator.rulebook.book import Rulebook
from evaluator.workspace.places import find_workspace, open_workspace

ROOT = Path(__file__).parents[1]
NEW = ("--unit", "001001", "--name", "示例局", "--year", "2024")
POSIX = pytest.mark.skipif(os.name != "posix", reason="terminals and permissions as on POSIX")


def leaves(command: Any, words: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], Any]]:
    """Every command with the words it is called by, those of groups too."""
    for name, one in getattr(command, "commands", {}).items():
        yield from leaves(one, (*words, name))
    if words and not hasattr(command, "commands"):
        yield words, command


COMMANDS = {" ".join(words): command for words, command in leaves(typer.main.get_command(app))}
NEEDLESS = {"target", "doctor", "init", "import", "keygen", "ledger import", "audit", "batch", "prove", "impact", "rules", "scenario"}  # fmt: skip
ABOUT_A_WORKSPACE = sorted(COMMANDS.keys() - NEEDLESS)
TRYING = sorted(
    name for name in ABOUT_A_WORKSPACE if any("--sample" in getattr(one, "opts", ()) for one in COMMANDS[name].params)
)
VALUES = {"role": "单位", "as_of": "2023-06-30", "code": "507410001X"}
MORE = {  # what a command wants though it need not be given
    "goal-seek": ["--grade", "优"],
    "what-if": ["--set", "507410001X.满意度1=94%", "--as", "低"],
    "correct": ["--by", "张三", "--reason", "更正"],
}


def called(name: str) -> list[str]:
    """A command with something for all that it must be given."""
    words = name.split()
    for one in COMMANDS[name].params:
        if one.required:
            words += [*one.opts[:1]] * (one.param_type_name == "option") + [VALUES.get(one.name, "x")]
    return words + MORE.get(name, [])


@pytest.fixture
def ziping(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Callable[..., tuple[int, str, str]]:
    """Run the command line in this process: exit code, what it printed, and its errors."""

    def run(*words: str | Path) -> tuple[int, str, str]:
        monkeypatch.setattr(sys, "argv", ["ziping", *map(str, words)])
        code = exit_code_of(app)
        return (code, *capsys.readouterr())

    return run


Ziping = Callable[..., tuple[int, str, str]]


def files(folder: Path) -> list[str]:
    return sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*"))


def space_at(folder: Path) -> Path:
    (folder / "rules" / "projects").mkdir(parents=True)
    return folder


# ---- nowhere -----------------------------------------------------------------------------------------------------


def test_the_commands_are_known() -> None:
    assert COMMANDS.keys() >= NEEDLESS
    assert {"run", "score", "explain", "report", "check", "template", "monitor", "goal-seek"} <= {*TRYING}
    assert {"submit", "correct", "evidence", "rectify plan", "verify"} <= {*ABOUT_A_WORKSPACE} - {*TRYING}


@pytest.mark.parametrize("name", [name for name in ABOUT_A_WORKSPACE if name != "serve"])  # there one is begun
def test_a_command_refuses_where_there_is_no_workspace(
    ziping: Ziping, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    monkeypatch.chdir(tmp_path)
    code, out, err = ziping(*called(name))
    assert (code, out) == (2, ""), err
    assert "U101 当前目录不是工作区" in err and "ziping init" in err
    assert ("--sample" in err) == (name in TRYING)
    assert files(tmp_path) == []


@pytest.mark.parametrize("name", ABOUT_A_WORKSPACE)
def test_it_names_the_workspaces_one_level_below_and_the_way_into_one(
    ziping: Ziping, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    office = tmp_path / "乙办" / "office" / "2024" / "001.yaml"
    office.parent.mkdir(parents=True)
    office.write_text("", encoding="utf-8")
    space_at(tmp_path / "甲办")
    space_at(tmp_path / "深" / "丙办")
    (tmp_path / "甲.txt").touch()
    before = files(tmp_path)
    monkeypatch.chdir(tmp_path)
    code, out, err = ziping(*called(name))
    assert (code, out) == (2, ""), err
    assert "这里有工作区：乙办、甲办；写 " in err and "丙办" not in err
    written = re.search(r"写 ziping (.+) 或先 cd 乙办\n", err)
    assert written, err
    words = written[1].replace(" …", "").split()
    assert words[: len(name.split())] == name.split() and words[-1] == "乙办"
    assert files(tmp_path) == before
    if name == "serve":  # it would, and stay
        return
    again, _, told = ziping(*called(name), *words[len(name.split()) :])  # as it was told to write
    assert again != 4 and "U101" not in told


@pytest.mark.parametrize("name", ABOUT_A_WORKSPACE)
def test_inside_a_workspace_it_names_that_one(
    ziping: Ziping, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    inside = space_at(tmp_path / "甲办") / "rules"
    monkeypatch.chdir(inside)
    code, out, err = ziping(*called(name))
    assert (code, out) == (2, ""), err
    assert "这里在工作区“甲办”里面" in err and "先 cd .." in err
    assert files(tmp_path) == ["甲办", "甲办/rules", "甲办/rules/projects"]


@POSIX
@pytest.mark.parametrize("name", ["run", "score", "check", "template", "verify"])
def test_nor_does_it_want_to_write_there(
    ziping: Ziping, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    shut = tmp_path / "锁住"
    shut.mkdir()
    here = tmp_path / "只读"
    here.mkdir()
    monkeypatch.chdir(here)
    shut.chmod(0)
    here.chmod(0o555)
    try:
        code, out, err = ziping(*called(name))
    finally:
        shut.chmod(0o755)
        here.chmod(0o755)
    assert (code, out, files(here)) == (2, "", []), err


def test_a_folder_that_is_named_and_is_none(ziping: Ziping, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    space_at(tmp_path / "各办" / "-甲 办")
    monkeypatch.chdir(tmp_path)
    for words in (["score", "各办"], ["explain", "x", "-w", "各办"]):
        code, out, err = ziping(*words)
        assert (code, out) == (2, "") and "“各办”里有工作区" in err and '"各办/-甲 办"' in err
    assert ziping("score", "没有")[0] == 2
    monkeypatch.chdir(tmp_path / "各办")
    assert 'cd "./-甲 办"' in ziping("score")[2]
    with pytest.raises(UsageProblem):
        open_workspace(Path("x"))
    assert find_workspace(None) is None


def test_many_workspaces_are_counted(ziping: Ziping, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for number in range(13):
        space_at(tmp_path / f"办{number:02}")
    monkeypatch.chdir(tmp_path)
    err = ziping("run")[2]
    assert "办09 等 13 个" in err and "办10" not in err


# ---- the sample --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", TRYING)
def test_the_sample_is_used_where_it_is_asked_for(
    ziping: Ziping, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    monkeypatch.chdir(tmp_path)
    code, out, err = ziping(*called(name), "--sample")
    assert code in (0, 1), err
    assert "示例" in out or "507410001X" in out or "写出" in out
    positional = [one.name for one in COMMANDS[name].params if one.param_type_name == "argument"]
    named = [str(ROOT)] if positional[-1:] == ["workspace"] else ["-w", str(ROOT)]
    code, out, err = ziping(*called(name), *named, "--sample")
    assert (code, out) == (2, "") and "U111" in err


def test_run_keeps_the_ledger_of_the_sample_beside_its_files(
    ziping: Ziping, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    assert ziping("run", "--sample", "--out", "试")[0] == 1
    assert {Path(one).parts[0] for one in files(tmp_path)} == {"试"}
    assert ziping("verify", "试")[0] == 0
    assert ziping("verify")[0] == 2


def test_in_a_workspace_nothing_else_is_meant(ziping: Ziping, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert ziping("init", tmp_path / "甲办", *NEW)[0] == 0
    monkeypatch.chdir(tmp_path / "甲办")
    assert "示例局 2024 年度" in ziping("score")[1]
    monkeypatch.chdir(ROOT)
    assert "遵化市" in ziping("score")[1]


# ---- what needs none ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "words",
    [
        ("target", "≥59人"), ("prove", "cn-2020-10"), ("check", "--explain", "F206"), ("rules", "--to", "html"),
        ("scenario", str(ROOT / "scenarios" / "comparators" / "at-least.yaml")), ("impact", "cn-2020-10", "hubei-2020-3"),
        ("audit", str(ROOT / "tests" / "fixtures" / "filled" / "published.yaml")), ("keygen", "钥"),
        ("import", str(ROOT / "scenarios/imports/documents/layouts/sichuan.html"), "--dry-run"),
    ],
    ids=lambda words: words[0],
)  # fmt: skip
def test_what_needs_no_workspace_uses_the_policies_of_the_product(
    ziping: Ziping, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, words: tuple[str, ...]
) -> None:
    monkeypatch.chdir(tmp_path)
    code, _, err = ziping(*words)
    assert code in (0, 1), err


def test_the_rule_book_of_no_workspace_has_the_goals_of_no_office(
    ziping: Ziping, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    assert ziping("rules", "--out", "手册.html")[0] == 0
    text = Path("手册.html").read_text("utf-8")
    assert "cn-2020-10" in text and "F101" in text and "目标表 0 张" in text
    assert "文化路居委会办公用房租赁费" not in text


def test_two_policies_are_compared_on_the_sample_and_that_is_said(
    ziping: Ziping, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("甲办", "乙办"):
        assert ziping("init", tmp_path / name, *NEW)[0] == 0
    shutil.rmtree(tmp_path / "乙办" / "actuals")
    monkeypatch.chdir(tmp_path / "甲办" / "rules")
    assert "用内置的示例项目比较（示例数据）" in ziping("impact", "cn-2020-10", "hubei-2020-3")[2]
    code, out, err = ziping("impact", "../../甲办", "../../甲办")
    assert (code, err) == (0, "") and "示例局" in out
    for other in ("../../乙办", "../../甲办/rules", "cn-2020-10", "rev:HEAD", "没有"):
        code, out, err = ziping("impact", "../../甲办", other)
        assert (code, out) == (2, "") and "U101" in err, other


# ---- a new workspace without a project ---------------------------------------------------------------------------


@pytest.mark.parametrize("name", [name for name in ABOUT_A_WORKSPACE if name != "serve"])  # there goals are imported
def test_an_empty_workspace_says_what_is_missing(
    ziping: Ziping, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    assert ziping("init", tmp_path / "甲办", "--empty", *NEW)[0] == 0
    shutil.rmtree(tmp_path / "甲办" / "rules")  # a copy without empty folders
    shutil.rmtree(tmp_path / "甲办" / "actuals")
    before = files(tmp_path)
    monkeypatch.chdir(tmp_path / "甲办")
    code, out, err = ziping(*called(name))
    if name.startswith("ledger ") or name in ("verify", "sign", "answer"):  # not about a project
        assert code in (0, 2, 3), err
        return
    assert (code, out) == (2, ""), err
    assert "还没有项目" in err and "ziping import" in err
    assert files(tmp_path) == before


def test_an_empty_workspace_has_the_office_a_guide_and_two_folders(ziping: Ziping, tmp_path: Path) -> None:
    code, out, _ = ziping("init", tmp_path / "甲办", "--empty", *NEW, "--authority", '某"区\\委')
    assert code == 0 and "说明.md" in out
    made = [one for one in files(tmp_path / "甲办") if (tmp_path / "甲办" / one).is_file()]
    assert made == ["actuals/2024/001001/.gitkeep", "office/2024/001001.yaml", "rules/projects/2024/001001/.gitkeep", "说明.md"]  # fmt: skip
    from evaluator.workspace.office import load_offices

    office = load_offices(tmp_path / "甲办" / "office")[2024, "001001"]
    assert (office.unit.name, office.unit.authority) == ("示例局", '某"区\\委')


# ---- making one --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("left_out", ["--unit", "--name", "--year"])
@pytest.mark.parametrize("more", [(), ("--empty",)])
def test_without_a_terminal_what_is_not_said_is_refused(
    ziping: Ziping, tmp_path: Path, left_out: str, more: tuple[str, ...]
) -> None:
    at = NEW.index(left_out)
    code, out, err = ziping("init", tmp_path / "甲办", *NEW[:at], *NEW[at + 2 :], *more)
    assert (code, out) == (2, "") and "U112" in err and left_out in err
    assert files(tmp_path) == []


def test_everything_wrong_is_told_at_once(ziping: Ziping, tmp_path: Path) -> None:
    code, _, err = ziping("init", tmp_path / "甲办", "--unit", "单位", "--authority", "\x07")
    assert code == 2
    assert "--name" in err and "--year" in err and "单位编码“单位”不可用" in err and "主管部门不可用" in err
    assert files(tmp_path) == []


@pytest.mark.parametrize(
    "words", [("--sample", "--unit", "1"), ("--sample", "--year", "2024"), ("--sample", "--empty"), ("--sample", "--from", "2023"),
              ("--from", "2023", "--name", "x"), ("--from", "2023", "--empty")]
)  # fmt: skip
def test_what_goes_not_together_is_refused(ziping: Ziping, tmp_path: Path, words: tuple[str, ...]) -> None:
    code, out, err = ziping("init", tmp_path / "甲办", *words)
    assert (code, out) == (2, "") and "U113" in err
    assert files(tmp_path) == []


def at_a_terminal(answers: str, *words: str) -> tuple[int, str]:
    """Run ziping with a terminal of its own, type these answers, and see what is shown."""
    import pty
    import subprocess

    ours, theirs = pty.openpty()
    command = [sys.executable, "-c", "from evaluator.cli import main; main()", *words]
    with subprocess.Popen(command, stdin=theirs, stdout=theirs, stderr=theirs, cwd=ROOT, close_fds=True) as process:
        os.close(theirs)
        os.write(ours, answers.encode())
        shown = b""
        try:
            while chunk := os.read(ours, 4096):
                shown += chunk
        except OSError:  # the other end is closed
            pass
        code = process.wait(60)
    os.close(ours)
    return code, shown.decode()


@POSIX
def test_at_a_terminal_what_is_not_said_is_asked(tmp_path: Path) -> None:
    code, shown = at_a_terminal("单位\n001001\n\n示例局\n\n24\n2024\n", "init", str(tmp_path / "甲办"), "--empty")
    assert code == 0, shown
    asked = [shown.index(one) for one in ("单位编码（", "单位名称（", "主管部门（", "年度（")]
    assert asked == sorted(asked)
    assert "单位编码“单位”不可用" in shown and "单位名称不可用" in shown and "年度“24”不可用" in shown
    assert (tmp_path / "甲办" / "office" / "2024" / "001001.yaml").exists()


@POSIX
def test_at_a_terminal_only_what_is_not_said_is_asked_and_one_may_leave(tmp_path: Path) -> None:
    code, shown = at_a_terminal("\x04", "init", str(tmp_path / "甲办"), "--unit", "1", "--name", "甲", "--year", "2024")
    assert code == 2 and "U112" in shown and "主管部门（" in shown and "单位编码（" not in shown
    assert files(tmp_path) == []


# ---- the example project -----------------------------------------------------------------------------------------


def another(space: Path, wrong: bool = False) -> Path:
    """A second project beside the example, rewritten from it."""
    example = space / "rules" / "projects" / "2024" / "001001" / "XM001.yaml"
    text = example.read_text("utf-8").replace("example: true\n", "").replace("XM001", "XM002")
    path = example.with_name("XM002.yaml")
    path.write_text(text.replace("target: ≥200人", 'target: "?"') if wrong else text, "utf-8")
    return example


def test_an_example_alone_is_scored_and_marked(ziping: Ziping, tmp_path: Path) -> None:
    assert ziping("init", tmp_path / "甲办", *NEW)[0] == 0
    code, out, err = ziping("score", tmp_path / "甲办")
    assert code == 0 and "示例数据" in out, err


@pytest.mark.parametrize("waiting", [False, True])
def test_an_example_never_enters_the_mean_of_others(ziping: Ziping, tmp_path: Path, waiting: bool) -> None:
    space = tmp_path / "甲办"
    assert ziping("init", space, *NEW)[0] == 0
    example = another(space, waiting)
    code, out, _ = ziping("check", space)
    assert code == 1 and re.search(r"XM001\.yaml:\d+:\d+: 错误 R130 .*删去 example 一行", out)
    for command in ("run", "score", "template", "forecast"):
        named = ["-w", str(space)] if command == "forecast" else [str(space)]
        code, out, err = ziping(command, *named)
        assert (code, out) == (3, "") and "R130" in err
    assert not (space / "out").exists()
    if not waiting:
        example.write_text(example.read_text("utf-8").replace("example: true\n", ""), "utf-8")
        code, out, _ = ziping("check", space)
        assert code in (0, 1) and "R130" not in out, "rewritten, it is a project as others are"


def test_the_mark_changes_no_digest_of_a_project_that_has_none(book: Rulebook) -> None:
    project = next(iter(book.projects.values()))
    assert "example" not in canonical(project)
    assert canonical(project.model_copy(update={"example": True})) != canonical(project)


def test_an_office_without_projects_is_told(ziping: Ziping, tmp_path: Path) -> None:
    space = tmp_path / "甲办"
    assert ziping("init", space, *NEW)[0] == 0
    path = space / "office" / "2024" / "001001.yaml"
    text = path.read_text("utf-8")
    path.unlink()
    assert ziping("check", space)[0] == 0, "an office is free to have no such file"
    path.with_name("001002.yaml").write_text(text.replace("001001", "001002"), "utf-8")
    code, out, _ = ziping("check", space)
    assert code == 1 and "R131" in out and "2024 年 001001" in out


# ---- provinces ---------------------------------------------------------------------------------------------------


def test_one_province_is_never_suggested_for_another() -> None:
    known = ["national", *PROVINCES]
    assert [one for one in PROVINCES if nearest_of_place(one, sorted({*known} - {one}))] == []
    assert nearest_of_place("hebei-2020", ["hubei-2020-3", "cn-2020-10"]) == ""
    assert nearest_of_place("hubei-2020", ["hubei-2020-3", "cn-2020-10"]) == "hubei-2020-3"
    assert nearest_of_place("hubie", ["hubei", "national"]) == "hubei"
    assert nearest_of_place("natoinal", known) == "national"


@pytest.mark.parametrize("wanted", ["hebei", "Hebei", "hunan", "henan", "shanxi"])
def test_a_layout_of_a_province_that_is_not_there(ziping: Ziping, tmp_path: Path, wanted: str) -> None:
    code, out, err = ziping("run", ROOT, "--form", wanted, "--out", tmp_path / "out")
    assert (code, out) == (2, "") and "U331" in err and "最接近" not in err
    assert "hubei、national、nested、sichuan、yunnan" in err
    assert files(tmp_path) == []


def test_an_import_does_not_make_a_workspace_of_the_folder_around(ziping: Ziping, tmp_path: Path) -> None:
    goals = ROOT / "scenarios/imports/documents/office/绩效目标.docx"
    assert ziping("init", tmp_path / "甲办", *NEW)[0] == 0
    before = sorted(tmp_path.iterdir())
    with chdir(tmp_path):
        code, out, err = ziping("import", goals)
        assert (code, out) == (2, "") and "--into 甲办" in err and "U101" in err
        assert sorted(tmp_path.iterdir()) == before
        assert ziping("import", goals, "--dry-run")[0] in (0, 1)
        assert sorted(tmp_path.iterdir()) == before
