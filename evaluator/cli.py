"""The command line: every command of ziping in one table, and how it ends.

Exit codes: 0 clean, 1 findings to attend to, 2 usage, 3 unreadable input, 4 internal error.
"""

from __future__ import annotations

import gc
import os
import signal
import sys
from collections.abc import Callable
from typing import Annotated, Any

import typer

from evaluator.commands import (
    aloud,
    answerer,
    auditor,
    batcher,
    checker,
    clerk,
    followup,
    founder,
    keeper,
    planner,
    rechecker,
    reviewer,
    scorer,
    workbench,
)
from evaluator.commands.asking import asked
from evaluator.commands.exits import exit_code_of
from evaluator.commands.mistyped import Command, Group
from evaluator.commands.openable import relative_to
from evaluator.commands.options import SignedArguments

INTERRUPTED = 130
COLLECTED = (100_000, 20, 20)  # new objects between two collections: a command's first second makes many that stay
HELP = "自评：年终绩效自评的评分规则引擎。规则是数据，得分可解释、可复核、可重发。"
COMMANDS: dict[str, Callable[..., Any]] = {
    "run": scorer.run,
    "score": scorer.score,
    "explain": scorer.explain,
    "scenario": scorer.scenario,
    "target": aloud.target,
    "report": scorer.report,
    "check": checker.check,
    "doctor": checker.doctor,
    "answer": answerer.answer,
    "attain": planner.attain,
    "prove": auditor.prove,
    "impact": auditor.impact,
    "audit": auditor.audit,
    "rules": auditor.rules,
    "template": clerk.template,
    "monitor": clerk.monitor,
    "init": founder.init,
    "correct": clerk.correct,
    "evidence": clerk.evidence,
    "submit": reviewer.submit,
    "reply": reviewer.reply,
    "accept": reviewer.accept,
    "history": reviewer.history,
    "diff": reviewer.diff,
    "batch": batcher.batch,
    "import": clerk.import_,
    "print": scorer.print_,
    "return": reviewer.return_,
    "remark": reviewer.remark,
    "advice": followup.advice,
    "trend": followup.trend,
    "forecast": planner.forecast,
    "goal-seek": planner.goal_seek,
    "sensitivity": planner.sensitivity,
    "what-if": planner.what_if,
    "verify": keeper.verify,
    "sign": keeper.sign,
    "keygen": keeper.keygen,
    "serve": workbench.serve,
}
GROUPS: dict[str, tuple[str, dict[str, Callable[..., Any]]]] = {
    "rectify": (
        "整改：把问题列成事项，看进展，凭佐证销号。",
        {"plan": followup.plan, "list": followup.list_, "close": followup.close},
    ),
    "review": (
        "复核：复核人写完成值、扣分和原因，由同一个引擎重算，写出复核表；自评的结果不动。",
        {"set": rechecker.set_, "drop": rechecker.drop, "list": rechecker.list_, "write": rechecker.write},
    ),
    "ledger": (
        "台账：列出、导出、导入、备份；另存到别处、固定公钥、第二份、时间戳。",
        {
            "list": keeper.list_,
            "export": keeper.export,
            "import": keeper.import_,
            "backup": keeper.backup,
            "head": keeper.head,
            "stamp": keeper.stamp,
            "pin": keeper.pin,
            "copy": keeper.copy,
        },
    ),
}


def _typed(name: str, help: str, commands: dict[str, Callable[..., Any]]) -> typer.Typer:
    typed = typer.Typer(
        name=name,
        cls=Group,
        help=help,
        no_args_is_help=True,
        add_completion=name == "ziping",
        pretty_exceptions_enable=False,
        rich_markup_mode=None,
    )
    for word, command in commands.items():
        typed.command(word, cls=SignedArguments if command is aloud.target else Command)(asked(command))
    return typed


app = _typed("ziping", HELP, COMMANDS)
for group, (help, commands) in GROUPS.items():
    app.add_typer(_typed(group, help, commands))


@app.callback(invoke_without_command=True)
def version(show: Annotated[bool, typer.Option("--version", help="显示版本：报告毛病时一并抄上")] = False) -> None:
    """Print the version when asked."""
    relative_to(())
    if show:
        from evaluator import __version__
        from evaluator.findings import rete
        from evaluator.workspace.installed import versions

        typer.echo("\n".join(versions(__version__, "rete" if rete.available() else "frame")))
        raise typer.Exit


def main() -> None:
    """Run the command line; a user's mistake is told in a sentence, never as a traceback."""
    from evaluator.files.plain import Terminal

    for name in ("stdout", "stderr"):
        stream = getattr(sys, name)
        if stream is not None and stream is getattr(sys, f"__{name}__"):
            lines = {"line_buffering": stream.line_buffering, "write_through": stream.write_through}
            setattr(sys, name, Terminal(stream.detach(), encoding="utf-8", errors="replace", **lines))
    signal.signal(signal.SIGINT, _interrupted)
    gc.set_threshold(*COLLECTED)
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")  # numpy's, idle here but not free: nothing multiplies matrices
    code = exit_code_of(lambda: app(prog_name="ziping", standalone_mode=False))
    try:
        sys.stdout.flush()
    except OSError:  # nobody reads on, or there is no room: told already, and not to be told again at the end
        sys.stdout = None
    sys.exit(code)


def _interrupted(*_: object) -> None:
    """End when asked to (Ctrl-C): what is open is closed, and what is half written goes."""
    raise SystemExit(INTERRUPTED)
