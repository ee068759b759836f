"""The commands of the ledger: ziping verify, sign, keygen, and ziping ledger list, export, import, backup."""

from __future__ import annotations

import os
import sys
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from evaluator.commands.options import FINDINGS, As, By, Format, say, some_workspace
from evaluator.commands.places import relative_to, told
from evaluator.commands.working import progress, working

if TYPE_CHECKING:
    from evaluator.records.verification import Verified

OUT = Path("out")  # where the sample keeps its ledger
PLACE = "工作区目录，台账文件，或它所在的目录（--sample 的在 --out 目录）；不写则用当前目录"


def _some_ledger(ctx: typer.Context, param: typer.CallbackParam, value: Path | None) -> Path | None:
    """A ledger, its folder, or a workspace; refused as `some_workspace` does where none is named or stood in."""
    from evaluator.workspace import LEDGER

    if value is None or not (value.is_file() or (value / LEDGER).is_file()):
        some_workspace(ctx, param, value)
    return value


LedgerPlace = Annotated[Path | None, typer.Argument(metavar="[工作区]", help=PLACE, callback=_some_ledger)]
LedgerOption = Annotated[Path | None, typer.Option("--workspace", "-w", help=PLACE, callback=_some_ledger)]
Target = Annotated[Path, typer.Argument(metavar="文件", help="写到哪里；已有的文件不覆盖")]

app = typer.Typer(
    name="ledger",
    help="台账：列出、导出、导入、备份。",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)


class Role(StrEnum):
    """As what a person signs."""

    unit = "单位"
    review = "审核"


def ledger_at(place: Path | None, out: Path = OUT) -> Path:
    """The ledger file named, or that of the workspace named or found; the sample's is in the output folder."""
    from evaluator.records.recording import ledger_of
    from evaluator.workspace import LEDGER, open_workspace

    if place is not None and place.is_file():
        return place
    if place is not None and (place / LEDGER).is_file():
        return place / LEDGER
    return ledger_of(open_workspace(place), out)


def read_at(place: Path | None, out: Path = OUT) -> Path:
    """As `ledger_at`, for who only reads: an act that was stopped half way is told."""
    from evaluator.journal import unfinished

    path = ledger_at(place, out)
    say(filter(None, [unfinished(path.parent)]))
    return path


def verify(
    workspace: LedgerPlace = None,
    out: Annotated[
        list[Path] | None, typer.Option("--out", "-o", help="成果文件搬到了别处时，到这里找；可写多次")
    ] = None,
    public_key: Annotated[
        list[Path] | None, typer.Option("--public-key", help="应当签过名的人的公钥文件（.pub）；可写多次")
    ] = None,
    format: As = Format.text,
) -> None:
    """核对台账：各条首尾相接、没有改过；每次评分按当时的规则和完成情况重算，结果和文件一致；签名有效。

    与台账外的凭据和签名文件对照，台账被换成旧副本也能发现。只读，不写任何文件。

    返回码：0 全部成立；1 有不成立或没有核对的；2 用法；3 不是台账。
    """
    from evaluator.plain import dumps
    from evaluator.records.signing import public_key as read_key
    from evaluator.records.verification import verify as verified

    folders = out or []
    path = read_at(workspace, folders[0] if folders else OUT)
    relative_to((path.parent,))
    keys = [read_key(one) for one in public_key or []]
    with working("核对台账"):
        made = verified(path, folders, keys, progress)
    typer.echo(dumps(_json(made)) if format is Format.json else _text(made), nl=False)
    if not made.holds:
        raise typer.Exit(FINDINGS)


def _text(made: Verified) -> str:
    lines = []
    if wrong := [one for one in made.found if one.problem.severity != "提示"]:
        lines.append(f"最先不成立的：{wrong[0].problem.says}")
    lines += [told(one.problem) for one in made.found]
    for one in made.signed:
        known = "公钥已核对" if one.known else "没有给出公钥核对是谁"
        lines.append(
            f"第 {one.seq} 条：{one.by}（{one.role}）签到第 {one.upto} 条，签名有效，公钥 {one.public_key[:16]}（{known}）"
        )
    lines += made.standings
    head = f"，最后一条 {made.head.digest[:12]}（{made.head.time}）" if made.head else ""
    lines.append(
        f"台账 {made.entries} 条{head}；评分 {made.runs} 次，成果文件 {made.files} 个，签名 {len(made.signed)} 个"
    )
    lines.append("全部成立" if made.holds else f"不成立或没有核对的 {len(wrong)} 处")
    return "\n".join(lines) + "\n"


def _json(made: Verified) -> dict[str, object]:
    from dataclasses import asdict

    from evaluator.plain import problem_json

    return {
        "holds": made.holds,
        "entries": made.entries,
        "head": {"seq": made.head.seq, "digest": made.head.digest, "time": made.head.time} if made.head else None,
        "runs": made.runs,
        "files": made.files,
        "found": [{"seq": one.seq, **problem_json(one.problem)} for one in made.found],
        "standings": list(made.standings),
        "signed": [asdict(one) for one in made.signed],
    }


def sign(
    key: Annotated[Path, typer.Option("--key", help="私钥文件（ziping keygen 生成）")],
    role: Annotated[Role, typer.Option("--role", help="以什么身份签")],
    by: By,
    workspace: LedgerPlace = None,
    out: Annotated[Path, typer.Option("--out", "-o", help="签名凭据写到这里，由签名人另行保存")] = OUT,
) -> None:
    """给台账到目前为止的全部内容签名（Ed25519），记为一条，并写出一份签名凭据。"""
    from evaluator.journal import Change
    from evaluator.plain import dumps
    from evaluator.publish import numbered, safe_name
    from evaluator.records.acting import acting
    from evaluator.records.signing import is_locked, signature
    from evaluator.records.verification import SIGNATURE

    passphrase = _passphrase("私钥的口令") if is_locked(key) else ""
    with acting(ledger_at(workspace, out), "签名") as act:
        say(act.notes)
        entry = act.ledger.next("signature", signature(act.ledger, key, passphrase, role.value, by))
        first = act.ledger.entries()[0].digest
        memory = {"ledger": {"first": first, "seq": entry.seq, "digest": entry.digest}, "signature": entry.payload}
        data = dumps(memory).encode()
        (kept,), _ = numbered(out, f"{role.value}_{safe_name(by)}_{SIGNATURE}", {".json": lambda number: data})
        act.commit([Change(kept.path, data)], entry)
    typer.echo(f"{by}（{role.value}）已签到第 {entry.payload['seq']} 条，记为第 {entry.seq} 条；签名凭据 {kept.path}")


def keygen(path: Annotated[Path, typer.Argument(metavar="文件", help="私钥写到这里，公钥写到 文件.pub")]) -> None:
    """生成一对签名密钥；私钥文件只有本人可读，口令可以不设（问答，或环境变量 ZIPING_PASSPHRASE）。"""
    from evaluator.records.signing import keygen as made

    passphrase = _passphrase("给私钥设口令（直接回车则不设）", twice=True)
    beside, public = made(path, passphrase)
    typer.echo(
        f"私钥 {path}（{'有口令' if passphrase else '没有口令'}，不要给别人）；公钥 {beside}，编号 {public[:16]}"
    )


def _passphrase(asks: str, twice: bool = False) -> str:
    """From the environment, else from the person at the terminal, else none."""
    from evaluator.records.signing import PASSPHRASE

    if PASSPHRASE in os.environ or not sys.stdin.isatty():
        return os.environ.get(PASSPHRASE, "")
    return str(typer.prompt(asks, default="", hide_input=True, show_default=False, confirmation_prompt=twice))


@app.command("list")
def list_(workspace: LedgerPlace = None, format: As = Format.text) -> None:
    """列出台账各条：什么时候，做了什么。"""
    from dataclasses import asdict

    from evaluator.commands import console
    from evaluator.plain import dumps
    from evaluator.records.ledger import KINDS, Ledger

    with Ledger(read_at(workspace)) as ledger:
        entries = ledger.entries()
    if format is Format.json:
        typer.echo(dumps([asdict(entry) for entry in entries]), nl=False)
        return
    rows = [
        [str(e.seq), e.time, KINDS.get(e.kind, e.kind), " ".join(str(e.payload[k]) for k in ("unit", "year", "role", "by", "reason") if k in e.payload),
         f"替代第 {e.payload['supersedes']} 条" if e.payload.get("supersedes") else "", e.digest[:12]]
        for e in entries
    ]  # fmt: skip
    typer.echo(console.columns([["序号", "时间（UTC）", "事项", "内容", "", "摘要"], *rows], right=(0,)), nl=False)


@app.command()
def export(file: Target, workspace: LedgerOption = None) -> None:
    """把台账写成 JSON 行文件（每条一行，所存内容用 base64），别的程序也能读。"""
    from evaluator.records.archive import export_lines
    from evaluator.records.ledger import Ledger

    with Ledger(read_at(workspace)) as ledger:
        count = export_lines(ledger, file)
    typer.echo(f"已导出 {count} 条到 {file}")


@app.command("import")
def import_(
    file: Annotated[Path, typer.Argument(metavar="导出文件", help="ziping ledger export 写出的文件")],
    into: Annotated[Path, typer.Argument(metavar="新台账", help="新的台账文件；已有的不覆盖")],
) -> None:
    """从导出文件重建台账；逐条重算，有一处接不上就不建。"""
    from evaluator.records.archive import import_lines

    head = import_lines(file, into)
    typer.echo(f"已建 {into}，{f'{head.seq} 条，最后一条 {head.digest}' if head else '没有内容'}")


@app.command()
def backup(file: Target, workspace: LedgerOption = None) -> None:
    """备份台账：得到一个完整的台账文件，别人正在写也不要紧。"""
    from evaluator.records.archive import back_up
    from evaluator.records.ledger import Ledger

    with Ledger(read_at(workspace)) as ledger:
        head = back_up(ledger, file)
    typer.echo(f"已备份到 {file}，{f'{head.seq} 条，最后一条 {head.digest}' if head else '没有内容'}")
