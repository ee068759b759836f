"""What lets others vouch for a ledger: ziping ledger head, stamp, pin and copy."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from evaluator.commands.keeper import OUT, LedgerOption, LedgerPlace, Role, ledger_at
from evaluator.commands.options import As, By, Format, say

if TYPE_CHECKING:
    from evaluator.records.ledger import Entry


def head(workspace: LedgerPlace = None, format: As = Format.text) -> None:
    """最后一条的序号和摘要：抄下来或发给别人另存，以后用 ziping verify --head 看台账里还有没有。"""
    from evaluator.plain import dumps
    from evaluator.records.heads import head_of

    last = _last(ledger_at(workspace))
    told = {"head": head_of(last), "seq": last.seq, "digest": last.digest, "time": last.time}
    typer.echo(dumps(told) if format is Format.json else f"{head_of(last)}\n", nl=False)


def stamp(
    tsa: Annotated[str, typer.Option("--tsa", help="时间戳服务（RFC 3161）的地址；只把一个摘要发给它")],
    workspace: LedgerPlace = None,
    out: Annotated[Path, typer.Option("--out", "-o", help="时间戳另写一份到这里，请另行保存")] = OUT,
) -> None:
    """请时间戳服务给台账的最后一条盖时间戳，记为一条，并另写出一份（.tsr）；只有这条命令上网，只连所写的地址。"""
    from evaluator.journal import Change
    from evaluator.publish import numbered
    from evaluator.records.acting import acting
    from evaluator.records.ledger import sha256
    from evaluator.records.stamping import stamp as stamped

    path = ledger_at(workspace, out)
    last = _last(path)
    answer, time = stamped(last, tsa)
    with acting(path, "盖时间戳") as act:
        say(act.notes)
        payload = {"seq": last.seq, "digest": last.digest, "tsa": tsa, "response": sha256(answer)}
        blobs = {sha256(answer): answer}
        entry = act.ledger.next("stamp", payload, blobs)
        (kept,), _ = numbered(out, f"台账第{last.seq}条_时间戳", {".tsr": lambda number: answer})
        act.commit([] if kept.there else [Change(kept.path, answer)], entry, blobs)
    say(act.left)
    typer.echo(f"第 {last.seq} 条已盖时间戳 {time}，记为第 {entry.seq} 条；另存 {kept.path}")
    typer.echo(f"不用本程序核对：openssl ts -verify -digest {last.digest} -in {kept.path} -CAfile 根证书.pem")


def pin(
    public_key: Annotated[Path, typer.Option("--public-key", help="本人的公钥文件（.pub）")],
    role: Annotated[Role, typer.Option("--role", help="他以什么身份签")],
    by: Annotated[str, typer.Option("--of", help="这是谁的公钥")],
    recorder: By,
    workspace: LedgerPlace = None,
    start: Annotated[
        int | None, typer.Option("--from", min=1, help="从台账第几条起应当有他的签名；不写则从这一条起")
    ] = None,
) -> None:
    """固定公钥：写明谁以什么身份、用哪个公钥签名；以后 ziping verify 找不到这样的签名就会指出。"""
    from evaluator.records.acting import acting
    from evaluator.records.keeping import FILE
    from evaluator.records.people import name_of
    from evaluator.records.pinning import keep
    from evaluator.records.signing import public_key as read_key

    new = {"by": name_of(by), "role": role.value, "public_key": read_key(public_key)}
    with acting(ledger_at(workspace), "固定公钥") as act:
        say(act.notes)
        entry = keep(act, recorder, pin=new | ({"from": start} if start else {}))
    say(act.left)
    typer.echo(f"已固定{new['by']}（{role.value}）的公钥 {new['public_key'][:16]}，记为第 {entry.seq} 条；")
    typer.echo(f"把 {act.root / FILE} 另存到别处，核对时用 ziping verify --pins 给出")


def copy(
    place: Annotated[
        str, typer.Argument(metavar="副本", help="第二份台账的位置：别的磁盘、别的单位的共享目录里的文件")
    ],
    recorder: By,
    workspace: LedgerOption = None,
) -> None:
    """设第二份台账：以后每记一条都同时写进去；ziping verify 两份对照。"""
    from evaluator.records.acting import acting
    from evaluator.records.pinning import copy_at, keep

    path = ledger_at(workspace)
    with acting(path, "设台账副本") as act:
        say(act.notes)
        entry = keep(act, recorder, copy=copy_at(Path(place), path))
    say(act.left)
    typer.echo(f"台账的副本 {place}，记为第 {entry.seq} 条{'；现在还没有写成' if act.left else ''}")


def _last(path: Path) -> Entry:
    from evaluator.errors import Problem, UsageProblem
    from evaluator.records.ledger import Ledger

    with Ledger(path) as ledger:
        last = ledger.head()
    if last is None:
        raise UsageProblem([Problem("U469", "台账还是空的", remedy="先运行 ziping run")])
    return last
