"""The command ziping answer: open questions of imported rule files, answered one after another, by a sheet, or on the command."""

from __future__ import annotations

import sys
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from evaluator import acts
from evaluator.commands import console
from evaluator.commands.asking import Output, Sitting
from evaluator.commands.openable import here
from evaluator.commands.options import say
from evaluator.errors import Problem, UsageProblem
from evaluator.intake.document import DocumentProblems

if TYPE_CHECKING:
    from evaluator.acts.drafting import Answered
    from evaluator.answering.answers import Answers, OpenQuestion

END = ("完", "q", "Q", "ｑ")
LETTERS = "ABCDEFGHIJKL"


def answer(
    at: Annotated[Sitting, "place"],
    project: Annotated[str | None, typer.Option("--project", help="只答这个项目的：编码或名称的一部分")] = None,
    sheet: Annotated[Path | None, typer.Option("--sheet", help="写出答复表（xlsx），填好后用 --from 读回")] = None,
    source: Annotated[Path | None, typer.Option("--from", help="读回填好的答复表；全部答对才写入，留空的不动")] = None,
    given: Annotated[
        list[str] | None, typer.Option("--set", help="直接答复：项目.字段=值，如 XM001.数量1.比较符=不少于；可写多次")
    ] = None,
) -> Output | None:
    """答复导入时留下的问题（草稿中的“?”）：在终端里一个一个问，或用答复表；答复写进规则文件，注释和别处都不动。

    回车跳过，“完”结束；每答一个就写入一个。比较符可以写成 不少于、等于、>= 等。

    返回码：0 没有待答复的问题；1 还有；2 用法；3 答复表读不了或有答错的。
    """
    if sum(one is not None for one in (sheet, source, given or None)) > 1:
        raise UsageProblem([Problem("U122", "--sheet、--from、--set 一次只用一个")])
    named = "" if at.named is None else f" {at.named}"
    answers, asked = acts.drafting.questions(at, project)
    if sheet is not None:
        back = f"ziping answer{named} --from {sheet}"
        if not asked:
            return Output("没有待答复的问题，没有写答复表\n")
        acts.drafting.sheet(sheet, asked, back)
        return Output(f"写出 {sheet}：{len(asked)} 个问题；填好浅黄色的格，再运行 {back}\n")
    if source is not None:
        _written(acts.drafting.answers_in(answers, source))
    elif given:
        _written(acts.drafting.answer(answers, asked, given))
    elif asked and not (sys.stdin is not None and sys.stdin.isatty()):
        says = f"有 {len(asked)} 个问题待答复；这里不是终端，不能一个一个问"
        remedy = f"ziping answer{named} --sheet 答复.xlsx 写出答复表，填好后 ziping answer{named} --from 答复.xlsx"
        raise UsageProblem([Problem("U123", says, None, remedy=remedy)])
    else:
        _ask(asked, answers)
    if left := len(answers.questions()):
        return Output(f"还有 {left} 个问题没有答复；接着答：ziping answer{named}\n", attend=True)
    return Output(f"没有待答复的问题；下一步：ziping check{named}\n")


def _written(made: Answered) -> None:
    """Say what was written, or why nothing was."""
    if wrong := [problem for problem in made.problems if problem.severity == "错误"]:
        typer.echo(f"有 {len(wrong)} 处答复不能用，没有写入任何文件", err=True)
        raise DocumentProblems(made.problems)
    say(made.problems)
    for one in made.done:
        typer.echo(f"已写入 {here(one.asked.where.path)}：{one.called}")
    typer.echo(f"写入 {len(made.done)} 个答复，{len(made.files)} 个文件")


# ---- one after another ----


def _ask(asked: list[OpenQuestion], answers: Answers) -> None:
    """Put each question on the terminal; an answer is written at once."""
    done = 0
    for number, one in enumerate(asked, 1):
        typer.echo(f"\n第 {number} 个，共 {len(asked)} 个　{one.of}")
        typer.echo(console.sentences_text(list(_told(one))), nl=False)
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


def _told(one: OpenQuestion) -> list[tuple[str, str]]:
    """A question as labelled sentences."""
    lines = [("要答的", one.called)]
    if one.original or one.place:
        lines.append(("原文", f"{one.original or '（空白）'}" + (f"（{one.place}）" if one.place else "")))
    lines.append(("问题", one.asked.says))
    for letter, choice in zip(LETTERS, one.choices, strict=False):
        lines.append(
            (
                "可选",
                f"{letter}　{choice}" + (f"　{acts.drafting.ASKED[choice]}" if choice in acts.drafting.ASKED else ""),
            )
        )
    return [*lines, ("可以填", ("字母，或" if one.choices else "") + one.allowed)]


def _line() -> str | None:
    """A line from the terminal; None at its end."""
    with suppress(ImportError):
        import readline  # noqa: F401  so that what was typed can be edited, Chinese too
    try:
        return input("答复（回车跳过，完 结束）：").strip()
    except EOFError:
        return None
