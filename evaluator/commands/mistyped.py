"""What was typed and cannot be taken, said in Chinese: the option or command, what is allowed, and the nearest.

The library that reads the command line speaks English; its errors are known here by what they say, its help by its words.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from typer.core import TyperCommand, TyperGroup

from evaluator.commands.nextstep import command
from evaluator.errors import Problem, nearest

MANY = 12  # words that are all listed though the nearest is known


@dataclass(frozen=True, slots=True)
class Mistake:
    """One kind of mistake: what the library says of it, its code, what we say, and what may stand there instead."""

    pattern: str
    code: str
    says: str
    allowed: Callable[[Any, re.Match[str]], Sequence[str]] = lambda error, match: ()


def _options(error: Any, match: re.Match[str]) -> list[str]:
    return [name for param in error.ctx.command.get_params(error.ctx) for name in param.opts if name.startswith("--")]


def _commands(error: Any, match: re.Match[str]) -> list[str]:
    return list(error.ctx.command.commands)


MISTAKES = (
    Mistake(r"No such option: (?P<typed>\S+)", "U114", "没有选项 {typed}", _options),
    Mistake(r"No such command '(?P<typed>.*?)'", "U115", "没有命令“{typed}”", _commands),
    Mistake(r"Missing command", "U115", "没有写命令", _commands),
    Mistake(
        r"'(?P<typed>.*?)' is not one of (?P<may>.*?)\.?$",
        "U116",
        "{param} 不能写“{typed}”",
        lambda error, match: re.findall(r"'(.*?)'", match["may"]),
    ),
    Mistake(r"valid (integer|int)\b", "U116", "{param} 要写整数"),
    Mistake(r"valid (number|float)\b", "U116", "{param} 要写数"),
    Mistake(r"greater than or equal to (?P<typed>\S+)", "U116", "{param} 不能小于 {typed}"),
    Mistake(r"less than or equal to (?P<typed>\S+)", "U116", "{param} 不能大于 {typed}"),
    Mistake(r"Missing (parameter|argument|option)", "U117", "没有写 {param}"),
    Mistake(r"Got unexpected extra arguments?(\(s\))? \((?P<typed>.*)\)", "U118", "多写了“{typed}”，看不出是什么"),
    Mistake(r"Option '?(?P<typed>[^ ']+)'? requires an argument", "U119", "选项 {typed} 后面要写一个值"),
    Mistake(r"Option '?(?P<typed>[^ ']+)'? does not take a value", "U119", "选项 {typed} 后面不写值"),
    Mistake(r"(?P<typed>.*)", "U116", "{param} 不能这样写（{typed}）"),
)
HELP = (  # in columns as wide as before, so that what stands beside them stays in line
    (r"^Usage: ", "用法："),
    (r"\[OPTIONS\]", "[选项]"),
    (r"COMMAND \[ARGS\]\.\.\.", "命令 …"),
    (r"^Arguments:$", "参数："),
    (r"^Options:$", "选项："),
    (r"^Commands:$", "命令："),
    (r"Show this message and exit\.", "显示这份说明"),
    (r"Install completion for the current shell\.", "为所用的 shell 装上命令补全"),
    (
        r"Show completion for the current shell, to copy it or\s+customize the installation\.",
        "印出补全的脚本，自己安放",
    ),
    (r"\brequired\]", "必填]"),
    (r"\[default:", "[不写则为"),
    (r"<int>", "<数> "),
    (r"<int range>", "<数>       "),
    (r"<str>", "<字> "),
    (r"<path>", "<路径>"),
    (r"<list\[str\]>", "<字>       "),
    (r"<list\[Path\]>", "<路径>      "),
)


def problem_of(error: Any) -> Problem:
    """The problem that an error of the library tells of, with the nearest of what is allowed."""
    said = str(error) or error.format_message()
    kind, match = next((kind, match) for kind in MISTAKES if (match := re.search(kind.pattern, said, re.DOTALL)))
    typed = match.groupdict().get("typed") or ""
    param = getattr(error, "param", None)
    allowed = kind.allowed(error, match)
    near = nearest(typed, allowed)
    return Problem(
        kind.code,
        kind.says.format(typed=typed, param=_shown(param) if param else "这里"),
        None,
        "" if near and len(allowed) > MANY else "、".join(allowed),
        near,
        remedy=f"{_helped(error)} 列出全部写法",
    )


def _shown(param: Any) -> str:
    """An option as it is typed, an argument by its name in the help."""
    if param.param_type_name == "option":
        return str(max(param.opts, key=len))
    return f"“{(param.metavar or param.name).strip('[]')}”"


def _helped(error: Any) -> str:
    if not error.ctx:
        return "命令后加 --help"
    return command("ziping", *path_of(error.ctx), "--help")


def path_of(context: Any) -> list[str]:
    """The command as it is typed, without the program: run, rectify plan."""
    return [*path_of(context.parent), context.info_name] if context.parent else []


def in_chinese(text: str) -> str:
    """The library's help with its own words in Chinese."""
    for words, ours in HELP:
        text = re.sub(words, ours, text, flags=re.MULTILINE)
    return text


class Command(TyperCommand):
    """A command whose help is in Chinese."""

    def get_help(self, ctx: Any) -> str:
        """The help as it is shown."""
        return in_chinese(super().get_help(ctx))


class Group(TyperGroup):
    """A group of commands whose help is in Chinese."""

    def get_help(self, ctx: Any) -> str:
        """The help as it is shown."""
        return in_chinese(super().get_help(ctx))
