"""What is typed and cannot be taken is told in Chinese, with a code, what is allowed and the nearest."""

from __future__ import annotations

import re
import sys
from contextlib import redirect_stderr, redirect_stdout
from io import StringIO

import pytest
import typer
from hypothesis import assume, given
from hypothesis import strategies as st

from evaluator.cli import COMMANDS, GROUPS, app, main
from evaluator.commands.exits import exit_code_of

ENGLISH = re.compile(r"Usage|Error|Try '|No such|Invalid|Missing|Got |Options|Commands|Show this|\[required|default:")


def ziping(*words: str) -> tuple[int, str, str]:
    """The exit code, the output and the errors of a command line."""
    out, err = StringIO(), StringIO()
    with pytest.MonkeyPatch.context() as patch, redirect_stdout(out), redirect_stderr(err):
        patch.setattr(sys, "argv", ["ziping", *words])
        with pytest.raises(SystemExit) as ended:
            main()
    return int(ended.value.code or 0), out.getvalue(), err.getvalue()


@pytest.mark.parametrize(
    ("typed", "code", "says"),
    [
        ("score --fromat json", "U114", "最接近的是：--format"),
        ("score --sampl", "U114", "最接近的是：--sample"),
        ("score -x", "U114", "没有选项 -x"),
        ("--bad", "U114", "没有选项 --bad"),
        ("scor", "U115", "最接近的是：score"),
        ("rectify pln", "U115", "允许：plan、list、close；最接近的是：plan"),
        ("score --year abc", "U116", "--year 要写整数"),
        ("score --format xx", "U116", "允许：text、json"),
        ("run --to pfd", "U116", "最接近的是：pdf"),
        ("serve --port 99999999", "U116", "--port 不能大于 65535"),
        ("serve --port -1", "U116", "--port 不能小于"),
        ("target", "U117", "没有写 “指标值”"),
        ("target ≥1 b c", "U118", "多写了“b c”"),
        ("score --year", "U119", "选项 --year 后面要写一个值"),
        ("score --sample=1", "U119", "选项 --sample 后面不写值"),
    ],
)
def test_told_in_chinese(typed: str, code: str, says: str) -> None:
    ended, out, err = ziping(*typed.split())
    assert (ended, out) == (2, "") and err.startswith(f"错误 {code} ")
    assert says in err and not ENGLISH.search(err)


@given(
    st.sampled_from(sorted(COMMANDS.keys() - {"target"})), st.from_regex(r"--?[a-zA-Z=%*'\\{}-]{1,8}", fullmatch=True)
)
def test_no_word_that_is_typed_ends_in_an_internal_error(command: str, word: str) -> None:
    """An option nobody knows is told as one, whatever stands in it, before the command does anything."""
    typed = typer.main.get_command(app)
    ours = typed.commands[command]  # type: ignore[attr-defined]
    known = [name for param in ours.params for name in param.opts]
    assume(word != "--" and not any(word.startswith(name[:3]) for name in [*known, "--help"]))
    assume(word.startswith("--") or word[1] not in "".join(name[1] for name in known if len(name) == 2))
    assert exit_code_of(lambda: app([command, word], standalone_mode=False)) == 2


@pytest.mark.parametrize("words", [[], ["rectify"], *([name] for name in COMMANDS), *([name] for name in GROUPS)])
def test_help_is_in_chinese(words: list[str]) -> None:
    ended, out, err = ziping(*words, "--help")
    assert (ended, err) == (0, "") and out.startswith("用法：ziping") and "显示这份说明" in out
    assert not ENGLISH.search(out)
