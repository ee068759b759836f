"""The command that prints what is handed in: ziping print."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from evaluator.commands.options import FINDINGS, Out, Place, UnitCode, Year, evaluated, results_of, rulebook_of
from evaluator.commands.working import progress

if TYPE_CHECKING:
    from evaluator.errors import Problem

STEPS = ((1_000_000, "MB"), (1_000, "KB"))


def print_(
    workspace: Place = None,
    out: Out = Path("out"),
    year: Year = None,
    unit: UnitCode = None,
    attachments: Annotated[
        bool, typer.Option("--attachments", help="每张表后面附上附件（得分说明、问题清单、更正说明）")
    ] = False,
    packing: Annotated[
        bool, typer.Option("--zip", help="另出一个报送用的压缩包：自评表、佐证材料清单和文件、台账凭据、摘要清单")
    ] = False,
) -> None:
    """把上次评分的全部自评表装订成一个 PDF：先部门整体，后各项目，页码连排；评分以后又改过的，先运行 ziping run。"""
    from evaluator.commands import console
    from evaluator.formats import render
    from evaluator.formats.fonts import boxes
    from evaluator.preparation import tables_of
    from evaluator.publish import Sheet, write_set
    from evaluator.records import handing
    from evaluator.records.ledger import Ledger
    from evaluator.records.recording import ledger_of
    from evaluator.records.reissuing import history_of

    rulebook, space = rulebook_of(workspace, year, unit)
    of = tables_of(rulebook, year, unit)[0]
    with Ledger(ledger_of(space, out)) as ledger:
        history = history_of(ledger, of.unit.code, of.year)
        policy = history.last.payload["options"]["policy"] if history.last else None
        actuals = results_of(space, rulebook)
        evaluation = evaluated(rulebook, space, of.year, of.unit.code, policy, actuals=actuals)
        run = handing.recorded(space, rulebook, actuals, history, evaluation)
        first = ledger.entries()[0].digest
    more = "含附件" if attachments else ""
    pdf = handing.named(out, run, f"绩效自评表合订{more}", ".pdf")
    forms = handing.bound(run, attachments)
    sheets = [Sheet(pdf, render(".pdf", forms), boxes(forms, pdf))]
    notes: list[Problem] = []
    if packing:
        data, notes = handing.packed(run, first, attachments, progress)
        sheets.append(Sheet(handing.named(out, run, f"报送材料{more}", ".zip"), data))
    written = write_set(sheets, run.revision)
    typer.echo(console.written_text(written), nl=False)
    for one in written:
        typer.echo(f"  {one.path.name}：{size(one.path.stat().st_size)}")
    drafts = console.drafts_text(evaluation.tables)
    typer.echo(drafts, nl=False)
    for note in notes:
        typer.echo(str(note), err=True)
    if notes or drafts or console.noted(written):
        raise typer.Exit(FINDINGS)


def size(count: int) -> str:
    """A number of bytes as people read it."""
    for step, name in STEPS:
        if count >= step:
            return f"{count / step:.1f} {name}"
    return f"{count} 字节"
