"""Acts without the command line: what they give is what a command does, byte for byte, and nothing is printed or asked.

示例数据 throughout.
"""

from __future__ import annotations

import contextlib
import importlib
import pkgutil
import subprocess
import sys
from collections.abc import Callable, Iterable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any
from unittest.mock import patch

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from typer.testing import CliRunner

from evaluator import acts
from evaluator.acts.acting import Sitting
from evaluator.cli import COMMANDS, GROUPS, app
from evaluator.commands.asking import OPTIONS, asked
from evaluator.errors import EvaluatorError, Problem
from evaluator.records.ledger import Ledger
from evaluator.workspace.initiate import copy_sample
from evaluator.workspace.places import LEDGER, open_workspace
from tests.test_issuing import CODE as GOOD
from tests.test_issuing import Office

CODE = "13028124P00507410001X"
ROW = "数量1"
RESULTS = f"actuals/2023/629001/{CODE}.yaml"
Said = tuple[int, list[str]]  # the exit code, and the codes of problems


class Stopped(datetime):
    """A clock that stands still."""

    @classmethod
    def now(cls, tz: Any = None) -> Any:
        return datetime(2024, 2, 1, 8, tzinfo=UTC)


@contextlib.contextmanager
def standing_in(root: Path) -> Iterator[None]:
    with contextlib.chdir(root), patch("evaluator.records.ledger.datetime", Stopped):
        yield


def typed(*words: str) -> Said:
    """What a command ends with."""
    ran = CliRunner().invoke(app, list(words))
    if isinstance(ran.exception, EvaluatorError):
        return ran.exception.exit_code, [one.code for one in ran.exception.problems]
    assert ran.exception is None or isinstance(ran.exception, SystemExit), ran.exception
    return ran.exit_code, []


def done(act: Callable[[], bool]) -> Said:
    """What an act ends with; `act` says whether there is something to attend to."""
    try:
        return int(act()), []
    except EvaluatorError as error:
        return error.exit_code, [one.code for one in error.problems]


def here() -> Sitting:
    return Sitting(open_workspace(None))


def run(html: bool) -> tuple[tuple[str, ...], Callable[[], bool]]:
    suffix = ".html" if html else ".xlsx"

    def act() -> bool:
        scored, made = acts.issuing.issue(here(), [suffix], form_only=True)
        return scored.attend or any(one.noted for one in made.written)

    return ("run", "--to", suffix.removeprefix("."), "--form-only"), act


def correct(value: str, code: str = CODE, row: str = ROW) -> tuple[tuple[str, ...], Callable[[], bool]]:
    words = ("correct", code, row, "--actual", value, "--reason", "核对", "--by", "张三")
    values = {"actual": value} if value else {}
    return words, lambda: not acts.correcting.correct(here(), "张三", "核对", code, row, values)


def submit(by: str) -> tuple[tuple[str, ...], Callable[[], bool]]:
    return ("submit", "--by", by), lambda: acts.submitting.submit(here(), by).entry is None


def send_back(said: str) -> tuple[tuple[str, ...], Callable[[], bool]]:
    words = ("return", "--by", "李四", "--remark", said)
    return words, lambda: not acts.submitting.send_back(here(), "李四", [said])


def reply(number: int) -> tuple[tuple[str, ...], Callable[[], bool]]:
    words = ("reply", str(number), "--answer", "已核对", "--by", "张三")
    return words, lambda: not acts.submitting.reply(here(), "张三", number, "已核对")


def accept(by: str) -> tuple[tuple[str, ...], Callable[[], bool]]:
    return ("accept", "--by", by), lambda: not acts.submitting.accept(here(), by)


def review(by: str, value: str, code: str = CODE, row: str = ROW) -> tuple[tuple[str, ...], Callable[[], bool]]:
    words = ("review", "set", code, row, "--actual", value, "--cause", "花名册", "--by", by)
    return words, lambda: not acts.rechecking.state(here(), by, code, row, {"actual": value, "cause": "花名册"})


def attach(name: str) -> tuple[tuple[str, ...], Callable[[], bool]]:
    words = ("evidence", CODE, ROW, name, "--by", "张三")
    return words, lambda: not acts.correcting.attach(here(), CODE, ROW, [Path(name)], by="张三")


def plan(day: str) -> tuple[tuple[str, ...], Callable[[], bool]]:
    return ("rectify", "plan", "--as-of", day), lambda: not acts.duties.plan(here(), day)


def close(duty: str) -> tuple[tuple[str, ...], Callable[[], bool]]:
    words = ("rectify", "close", duty, "--evidence", "验收单", "--by", "张三", "--on", "2024-05-01")
    return words, lambda: not acts.duties.close(here(), "张三", duty, ["验收单"], "2024-05-01")


def monitor(day: str) -> tuple[tuple[str, ...], Callable[[], bool]]:
    words = ("monitor", "--as-of", day, "--to", "html", "--record")

    def act() -> bool:
        seen = acts.watching.monitor(here(), day, [".html"], record=True)
        return seen.attend or any(one.noted for one in seen.found[1])

    return words, act


STEPS = st.one_of(
    st.builds(run, st.booleans()),
    st.builds(correct, st.sampled_from(["96.2%", "90%", "九成", ""])),
    st.builds(submit, st.sampled_from(["张三", "李四"])),
    st.builds(send_back, st.sampled_from(["请核对", f"{CODE}=请核对", " ", "无此项目=请核对"])),
    st.builds(reply, st.integers(1, 2)),
    st.builds(accept, st.sampled_from(["张三", "李四"])),
    st.builds(review, st.sampled_from(["张三", "李四"]), st.sampled_from(["230人", "九成"])),
    st.builds(attach, st.sampled_from(["问卷.txt", "没有.txt"])),
    st.builds(plan, st.sampled_from(["2024-03-31", "没有这一天"])),
    st.builds(close, st.sampled_from(["ZG001", "ZG999"])),
    st.builds(monitor, st.sampled_from(["2023-06-30", "2023-13-01"])),
)


def office(root: Path) -> Path:
    list(copy_sample(root))
    (root / "问卷.txt").write_text("94 分", encoding="utf-8")
    return root


def kept(root: Path) -> dict[str, Any]:
    """Every file by its bytes, and of the ledger its entries."""
    files = {path.relative_to(root).as_posix(): path for path in sorted(root.rglob("*")) if path.is_file()}
    made: dict[str, Any] = {name: path.read_bytes() for name, path in files.items() if name != LEDGER}
    with Ledger(root / LEDGER) as ledger:
        return made | {LEDGER: ledger.entries()}


@settings(
    max_examples=6, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture]
)
@given(data=st.data())
def test_a_command_and_its_act_give_the_same_entries_and_bytes(
    tmp_path_factory: pytest.TempPathFactory, data: st.DataObject
):
    """Whatever was done before, and whatever is refused."""
    steps = [run(True), *data.draw(st.lists(STEPS, min_size=2, max_size=5), label="steps")]
    alike(*(office(tmp_path_factory.mktemp(name) / "甲") for name in ("commanded", "acted")), steps)


def test_from_the_first_score_to_the_acceptance_commands_and_acts_are_one(tmp_path: Path):
    """The year of one project without errors: submitted, returned, answered, issued anew, accepted, corrected."""
    way = [
        run(True), submit("张三"), accept("张三"), send_back("请核对"), submit("张三"), reply(1), run(True), submit("张三"),
        send_back(" "), review("张三", "90%", GOOD, "满意度1"), review("李四", "90%", GOOD, "满意度1"), accept("李四"),
        correct("97%", GOOD, "满意度1"), run(True), submit("王五"),
    ]  # fmt: skip
    roots = [tmp_path / name for name in ("commanded", "acted")]
    for root in roots:
        Office(root, GOOD)
    alike(*roots, way)
    with Ledger(roots[0] / LEDGER) as ledger:
        kinds = [entry.kind for entry in ledger.entries()]
    assert kinds == [
        "run",
        "submit",
        "return",
        "reply",
        "run",
        "submit",
        "review",
        "accept",
        "correction",
        "run",
        "submit",
    ]


def alike(commanded: Path, acted: Path, steps: Iterable[tuple[tuple[str, ...], Callable[[], bool]]]) -> None:
    """Do the steps by commands in one workspace, and by acts in the other: they stay the same."""
    for words, act in steps:
        with standing_in(commanded):
            said = typed(*words)
        with standing_in(acted):
            assert done(act) == said, words
        assert kept(commanded) == kept(acted), words


def test_nothing_is_printed_and_notes_are_heard(tmp_path: Path, capfd: pytest.CaptureFixture[str]):
    root = office(tmp_path / "甲")
    other = root / "rules/projects/2023/999999"
    other.mkdir()
    (other / "坏.yaml").write_text("code: [\n", encoding="utf-8")
    heard: list[Problem] = []
    at = Sitting(open_workspace(root), out=tmp_path / "out", unit="629001", tell=heard.extend)
    scored, made = acts.issuing.issue(at, [".html"])
    assert made.entry is not None and made.revision == 1 and scored.evaluation.tables
    assert any(one.where and "999999" in one.where.path for one in heard)
    acts.duties.plan(at)
    acts.looking.history(at).as_json()
    acts.foreseeing.forecast(at, CODE).as_json()
    acts.vouching.verify(at.ledger).as_json()
    acts.drafting.check(at)
    assert capfd.readouterr() == ("", "")


def test_a_preview_is_what_the_correction_comes_to_and_writes_nothing(tmp_path: Path):
    root = office(tmp_path / "甲")
    at = Sitting(open_workspace(root))
    before = (root / RESULTS).read_bytes()
    seen = acts.correcting.preview(at, CODE, ROW, {"actual": "1"})
    assert (root / RESULTS).read_bytes() == before and not (root / LEDGER).exists()
    changes = acts.correcting.correct(at, "张三", "核对", CODE, ROW, {"actual": "1"})
    assert list(seen.changes) == changes and (root / RESULTS).read_bytes() == seen.change.data
    now = acts.issuing.score(at).evaluation
    assert [table.score for table in seen.after.tables] == [table.score for table in now.tables]
    assert [table.score for table in seen.before.tables] != [table.score for table in now.tables]


def test_acts_stand_without_a_terminal():
    """Any module of acts is imported without typer, and is named on the face of the package."""
    names = [one.name for one in pkgutil.iter_modules(acts.__path__)]
    assert {*acts.__all__} == {*names} - {"acting"}
    for name in names:
        assert importlib.import_module(f"evaluator.acts.{name}").__doc__
    code = (
        f"import sys\nfor name in {names!r}:\n    __import__(f'evaluator.acts.{{name}}')\nprint('typer' in sys.modules)"
    )
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert ran.stdout == "False\n"
    with pytest.raises(AttributeError):
        _ = acts.no_such_act


def test_a_sitting_becomes_the_options_its_words_name_in_its_place():
    def command(first: int, at: Annotated[Sitting, "workspace year kept"], last: str = "") -> None:
        """A command."""

    assert list(asked(command).__signature__.parameters) == ["first", "workspace", "year", "out", "last"]  # type: ignore[attr-defined]
    every = [
        command for commands in (COMMANDS, *(group for _, group in GROUPS.values())) for command in commands.values()
    ]
    for one in every:
        told = asked(one).__signature__.parameters  # type: ignore[attr-defined]
        assert {name for name in told if told[name].annotation is OPTIONS.get(name, ("", None))[1]} <= set(told)
        assert one.__doc__
