"""The command ziping answer: open questions of imported rule files, answered one after another, by a sheet, or on the command."""

from __future__ import annotations

import sys
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from evaluator.commands.options import FINDINGS, Place, say
from evaluator.commands.places import here

if TYPE_CHECKING:
    from evaluator.intake.answering import Answers, Open

END = ("完", "q", "Q", "ｑ")
LETTERS = "ABCDEFGHIJKL"


def answer(
    workspace: Place = None,
    project: Annotated[str | None, typer.Option("--project", help="只答这个项目的：编码或名称的一部分")] = None,
    sheet: Annotated[Path | None, typer.Option("--sheet", help="写出答复表（xlsx），填好后用 --from 读回")] = None,
    source: Annotated[Path | None, typer.Option("--from", help="读回填好的答复表；全部答对才写入，留空的不动")] = None,
    given: Annotated[
        list[str] | None, typer.Option("--set", help="直接答复：项目.字段=值，如 XM001.数量1.比较符=不少于；可写多次")
    ] = None,
) -> None:
    """答复导入时留下的问题（草稿中的“?”）：在终端里一个一个问，或用答复表；答复写进规则文件，注释和别处都不动。

    回车跳过，“完”结束；每答一个就写入一个。比较符可以写成 不少于、等于、>= 等。

    返回码：0 没有待答复的问题；1 还有；2 用法；3 答复表读不了或有答错的。
    """
    from evaluator.errors import Problem, UsageProblem
    from evaluator.intake.answering import Answers
    from evaluator.workspace import open_workspace

    if sum(one is not None for one in (sheet, source, given or None)) > 1:
        raise UsageProblem([Problem("U122", "--sheet、--from、--set 一次只用一个")])
    space = open_workspace(workspace)
    named = "" if workspace is None else f" {workspace}"
    answers = Answers(space)
    asked = _of(project, answers.questions())
    say(answers.problems)
    if sheet is not None:
        _write(sheet, asked, named)
        return
    if source is not None:
        _read(source, answers)
    elif given:
        _set(given, answers, asked)
    elif asked and not (sys.stdin is not None and sys.stdin.isatty()):
        says = f"有 {len(asked)} 个问题待答复；这里不是终端，不能一个一个问"
        remedy = f"ziping answer{named} --sheet 答复.xlsx 写出答复表，填好后 ziping answer{named} --from 答复.xlsx"
        raise UsageProblem([Problem("U123", says, None, remedy=remedy)])
    else:
        _ask(asked, answers)
    left = len(answers.questions())
    typer.echo(
        f"还有 {left} 个问题没有答复；接着答：ziping answer{named}"
        if left
        else f"没有待答复的问题；下一步：ziping check{named}"
    )
    if left:
        raise typer.Exit(FINDINGS)


def _of(project: str | None, asked: list[Open]) -> list[Open]:
    """The questions of one project, told by its code or a part of its name; raises UsageProblem (U205)."""
    from evaluator.find import the_one

    if project is None:
        return asked
    known = list(dict.fromkeys((one.code, one.project) for one in asked))
    exact = [pair for pair in known if project in pair]
    close = [
        (code, name) for code, name in known if code.startswith(project) or code.endswith(project) or project in name
    ]
    found = the_one(exact or close, project, "待答复的项目", [f"{code} {name}" for code, name in known])
    return [one for one in asked if (one.code, one.project) == found]


# ---- one after another ----


def _ask(asked: list[Open], answers: Answers) -> None:
    """Put each question on the terminal; an answer is written at once."""
    from evaluator.commands.console import sentences_text

    done = 0
    for number, one in enumerate(asked, 1):
        typer.echo(f"\n第 {number} 个，共 {len(asked)} 个　{one.of}")
        typer.echo(sentences_text(list(_told(one))), nl=False)
        while True:
            said = _line()
            if said is None or said in END:
                typer.echo(f"\n答复了 {done} 个")
                return
            if not said:
                break
            at = LETTERS.find(said.upper()) if len(said) == 1 else -1
            told = one.choices[at] if 0 <= at < len(one.choices) else said
            if why := answers.refused(one, told):
                typer.echo(f"不能用：{why}；可以填：{one.may}")
                continue
            answers.save()
            done += 1
            typer.echo(f"已写入 {here(one.asked.where.path)}：{one.called} {one.means(told)}")
            break
    typer.echo(f"\n答复了 {done} 个" if asked else "", nl=bool(asked))


def _told(one: Open) -> list[tuple[str, str]]:
    """A question as labelled sentences."""
    from evaluator.comparators import ASKED

    lines = [("要答的", one.called)]
    if one.original or one.place:
        lines.append(("原文", f"{one.original or '（空白）'}" + (f"（{one.place}）" if one.place else "")))
    lines.append(("问题", one.asked.says))
    for letter, choice in zip(LETTERS, one.choices, strict=False):
        lines.append(("可选", f"{letter}　{choice}" + (f"　{ASKED[choice]}" if choice in ASKED else "")))
    return [*lines, ("可以填", ("字母，或" if one.choices else "") + one.allowed)]


def _line() -> str | None:
    """A line from the terminal; None at its end."""
    with suppress(ImportError):
        import readline  # noqa: F401  so that what was typed can be edited, Chinese too
    try:
        return input("答复（回车跳过，完 结束）：").strip()
    except EOFError:
        return None


# ---- the sheet, and the command line ----


def _write(path: Path, asked: list[Open], named: str) -> None:
    from evaluator.formats.answersheet import answersheet_xlsx
    from evaluator.publish import write_new

    if not asked:
        typer.echo("没有待答复的问题，没有写答复表")
        return
    back = f"ziping answer{named} --from {path}"
    write_new(path, answersheet_xlsx(asked, back))
    typer.echo(f"写出 {path}：{len(asked)} 个问题；填好浅黄色的格，再运行 {back}")


def _read(path: Path, answers: Answers) -> None:
    from evaluator.intake.answersheet import read_answers, take
    from evaluator.intake.document import DocumentProblems

    given, problems = read_answers(path)
    done, found = take(answers, given)
    problems += found
    if wrong := [problem for problem in problems if problem.severity == "错误"]:
        typer.echo(f"有 {len(wrong)} 处答复不能用，没有写入任何文件", err=True)
        raise DocumentProblems(problems)
    say(problems)
    _saved(answers, done)


def _set(given: list[str], answers: Answers, asked: list[Open]) -> None:
    """Answer from the command: 项目.字段=值."""
    from evaluator.errors import Problem, UsageProblem

    problems, done = [], []
    for text in given:
        name, equals, told = text.partition("=")
        code, _, field = name.strip().partition(".")
        found = [one for one in asked if code in {one.code, one.project} - {""} and field in one.fields]
        if not equals or len(found) != 1:
            known = "、".join(f"{one.code or one.project}.{one.fields[0]}" for one in asked[:10])
            says = f"“{text}”说的不是一个待答复的问题" if equals else f"“{text}”不是 项目.字段=值"
            problems.append(Problem("U124", says, None, known))
        elif why := answers.refused(one := found[0], told):
            problems.append(Problem("U124", f"“{text}”：{why}", None, one.may))
        else:
            done.append(one)
    if problems:
        raise UsageProblem(problems)
    _saved(answers, done)


def _saved(answers: Answers, done: list[Open]) -> None:
    """Write the files and say what was written."""
    files = answers.save()
    for one in done:
        typer.echo(f"已写入 {here(one.asked.where.path)}：{one.called}")
    typer.echo(f"写入 {len(done)} 个答复，{len(files)} 个文件")
