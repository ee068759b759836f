"""How a command ends: what went wrong is told on the error stream, and the exit code says of what kind it was."""

from __future__ import annotations

import sys
import traceback
from collections.abc import Callable
from pathlib import Path
from typing import Any

import typer

from evaluator.commands.mistyped import problem_of
from evaluator.commands.nextstep import command
from evaluator.commands.openable import opened_at, printed
from evaluator.commands.working import stop
from evaluator.errors import ActualsProblems, EvaluatorError, Problem, RuleProblems

ABORTED, USAGE, INTERNAL = 1, 2, 4
UsageError: Any = typer.BadParameter.__base__  # of the library's own errors the one above all that a user can cause


def exit_code_of(app: Callable[[], object]) -> int:
    """Run the command line and tell what went wrong in a sentence, never as a traceback; returns the exit code."""
    try:
        done = app()
        return done if isinstance(done, int) else 0
    except SystemExit as ended:
        return ended.code if isinstance(ended.code, int) else int(ended.code is not None)
    except typer.Abort:
        stop()
        typer.echo("已中止", err=True)
        return ABORTED
    except UsageError as error:
        if type(error).__name__ == "NoArgsIsHelpError":
            error.show()
        else:
            typer.echo(str(problem_of(error)), err=True)
        return USAGE
    except EvaluatorError as error:
        stop()
        for problem in error.problems:
            typer.echo(printed(problem), err=True)
        if isinstance(error, (ActualsProblems, RuleProblems)) and (opened := opened_at()) is not None:
            typer.echo(f"一次看到全部问题：{command('ziping', 'check', *opened)}", err=True)
        return error.exit_code
    except BrokenPipeError:
        return 0
    except (MemoryError, RecursionError):
        typer.echo(str(Problem("U110", "内容过多或嵌套过深，内存不够", remedy="把文件分小后再做")), err=True)
        return EvaluatorError.exit_code
    except OSError as error:
        stop()
        place = str(error.filename) if error.filename is not None else ""
        says = f"不能读写“{place}”" if place else "不能读写（屏幕输出或文件）"
        typer.echo(
            str(Problem("U109", f"{says}（{error.strerror or error}）", remedy="腾出空间，或换一个位置")), err=True
        )
        return USAGE if place in sys.argv else EvaluatorError.exit_code
    except Exception as error:
        stop()
        where = traceback.extract_tb(error.__traceback__)[-1]
        typer.echo(
            f"程序内部错误：{type(error).__name__}: {error}（{Path(where.filename).name}:{where.lineno}）", err=True
        )
        typer.echo("这不是您的输入造成的；请把命令和这行文字发给维护者", err=True)
        return INTERNAL
