"""The command that makes a workspace: ziping init."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer

from evaluator import acts
from evaluator.commands import console
from evaluator.commands.asking import Output
from evaluator.errors import Problem, UsageProblem
from evaluator.workspace.places import open_workspace

ASKED = {  # what a workspace is made for: the question, and the option that answers it
    "unit": ("单位编码（如 629001）", "--unit 编码"),
    "name": ("单位名称（全称，印在自评表上）", "--name 名称"),
    "authority": ("主管部门（没有或还不知道就直接回车）", "--authority 主管部门"),
    "year": ("年度（评哪一年就写哪一年）", "--year 年度"),
}


def init(
    folder: Annotated[Path, typer.Argument(metavar="目录", help="新工作区的目录（须不存在或为空）")],
    unit: Annotated[str | None, typer.Option("--unit", help="单位编码；在终端上不写则问")] = None,
    name: Annotated[str | None, typer.Option("--name", help="单位名称；在终端上不写则问")] = None,
    authority: Annotated[str | None, typer.Option("--authority", help="主管部门，印在自评表上；可以以后再填")] = None,
    year: Annotated[int | None, typer.Option("--year", help="年度；在终端上不写则问，沿用时不写则为下一年度")] = None,
    empty: Annotated[bool, typer.Option("--empty", help="不带样例项目：目标由 ziping import 导入")] = False,
    source: Annotated[
        str | None, typer.Option("--from", help="沿用一个工作区（或当前工作区的某一年度，如 2023）的目标表")
    ] = None,
    sample: Annotated[
        bool, typer.Option("--sample", help="复制内置的示例工作区（六个项目，示例数据），供试用")
    ] = False,
) -> Output:
    """为一个单位建一个新的工作区：单位信息、说明，和一个可以直接评分的样例（--empty 不带）。"""
    given = {"unit": unit, "name": name, "authority": authority, "year": None if year is None else str(year)}
    if sample or source is not None:
        told = [
            option for word, (_, option) in ASKED.items() if given[word] is not None and not (source and word == "year")
        ]
        told += ["--empty"] * empty + ["--sample"] * (sample and source is not None)
        if told:
            says = f"{'--from' if source is not None else '--sample'} 不能同时写 {'、'.join(told)}"
            raise UsageProblem([Problem("U113", says, remedy="去掉其中一个")])
    if sample:
        list(acts.founding.copy_sample(folder))
        return Output(f"已建示例工作区 {folder}：六个项目，完成情况是示例数据\n")
    if source is not None:
        return _carried(folder, source, year)
    acts.founding.vacant(folder)
    made = [
        f"已建 {path}\n"
        for path in acts.founding.initiate(folder, acts.founding.Founded(**_answered(given)), not empty)
    ]
    return Output("".join(made) + f"下一步：cd {folder}，照其中的 说明.md 做\n")


def _carried(folder: Path, source: str, year: int | None) -> Output:
    """A workspace for the year after, from another or from a year of the one stood in."""
    named = source.isdigit() and len(source) == 4 and not Path(source).is_dir()
    space = open_workspace(None if named else Path(source), "ziping init 目录 --from {}")
    made = acts.founding.carry(space, folder, int(source) if named else None, year)
    head = ["项目编码", "项目", "指标", "名称", "指标值", "分值"]
    return Output(
        console.columns([head, *made.targets], right=(5,)) + "\n"
        f"已建 {folder}：{made.year} 年度规则文件 {len(made.files)} 个，沿用 {made.before} 年度，"
        f"以上指标值待重新确定；以前年度的文件 {made.history} 个原样带来，{made.year} 年度的完成情况待填\n"
        f"改好指标值后，用 ziping trend {folder} 看每处变动，用 ziping check {folder} 核对\n"
    )


def _answered(given: dict[str, str | None]) -> dict[str, str]:
    """What was written with the command, and the rest as a person at the terminal says it; refused (U112) without one."""
    if sys.stdin is not None and sys.stdin.isatty():
        return {word: _ask(word) if text is None else text for word, text in given.items()}
    missing = [ASKED[word][1] for word, text in given.items() if text is None and word != "authority"]
    if missing:
        problems = [problem for word, text in given.items() if text and (problem := acts.founding.wrong(word, text))]
        says = f"没有写明是哪个单位、哪一年：缺 {'、'.join(missing)}"
        raise UsageProblem([Problem("U112", says, remedy="写在命令里；在终端上运行时会逐项来问"), *problems])
    return {word: text or "" for word, text in given.items()}


def _ask(word: str) -> str:
    """One answer, asked for until it can be used; raises UsageProblem (U112) when there is none to come."""
    while True:
        try:
            text = str(
                typer.prompt(ASKED[word][0], default="", show_default=False, prompt_suffix="：", err=True)
            ).strip()
        except typer.Abort:
            raise UsageProblem([Problem("U112", "没有答完，什么也没有建")]) from None
        if not (problem := acts.founding.wrong(word, text)):
            return text
        typer.echo(problem.message, err=True)
