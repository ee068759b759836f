"""The commands of the ledger: ziping verify, sign, keygen; ziping ledger list, export, import, backup, head, stamp, pin, copy."""

from __future__ import annotations

import os
import sys
from dataclasses import asdict
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from evaluator import acts
from evaluator.commands import console
from evaluator.commands.asking import Both, Output
from evaluator.commands.openable import relative_to, told
from evaluator.commands.options import By, say, some_workspace
from evaluator.commands.working import progress, working
from evaluator.workspace.places import LEDGER

if TYPE_CHECKING:
    from evaluator.records.ledger import Entry
    from evaluator.records.verification import Verified

OUT = Path("out")  # where the sample keeps its ledger
PLACE = "工作区目录，台账文件，或它所在的目录（--sample 的在 --out 目录）；不写则用当前目录"
SAID = ("unit", "year", "role", "by", "tsa", "reason")  # of an entry, in its line


def _some_ledger(ctx: typer.Context, param: typer.CallbackParam, value: Path | None) -> Path | None:
    """A ledger, its folder, or a workspace; refused as `some_workspace` does where none is named or stood in."""
    if value is None or not (value.is_file() or (value / LEDGER).is_file()):
        some_workspace(ctx, param, value)
    return value


LedgerPlace = Annotated[Path | None, typer.Argument(metavar="[工作区]", help=PLACE, callback=_some_ledger)]
LedgerOption = Annotated[Path | None, typer.Option("--workspace", "-w", help=PLACE, callback=_some_ledger)]
Target = Annotated[Path, typer.Argument(metavar="文件", help="写到哪里；已有的文件不覆盖")]


class Role(StrEnum):
    """As what a person signs."""

    unit = "单位"
    review = "审核"


def verify(
    workspace: LedgerPlace = None,
    out: Annotated[
        list[Path] | None, typer.Option("--out", "-o", help="成果文件搬到了别处时，到这里找；可写多次")
    ] = None,
    public_key: Annotated[
        list[Path] | None, typer.Option("--public-key", help="应当签过名的人的公钥文件（.pub）；可写多次")
    ] = None,
    paper: Annotated[
        list[str] | None, typer.Option("--paper", help="盖章的表底印的台账码，看台账里还有没有；可写多次")
    ] = None,
    head: Annotated[
        list[str] | None, typer.Option("--head", help="以前另存的 ziping ledger head，看台账里还有没有；可写多次")
    ] = None,
    pins: Annotated[Path | None, typer.Option("--pins", help="另存的 ledger.yaml：应当签名的人和公钥以它为准")] = None,
    copy: Annotated[list[Path] | None, typer.Option("--copy", help="台账的另一份，与它对照；可写多次")] = None,
    tsa_ca: Annotated[
        list[Path] | None, typer.Option("--tsa-ca", help="时间戳服务的根证书（PEM），核对时间戳是它盖的；可写多次")
    ] = None,
) -> Both:
    """核对台账：各条首尾相接、没有改过；每次评分按当时的规则和完成情况重算，结果和文件一致；签名有效。

    与台账外的凭据、签名文件、成果文件和副本对照，台账被清空、截短、换成旧副本也能发现。只读，不写任何文件，不上网。

    返回码：0 全部成立；1 有不成立或没有核对的；2 用法；3 不是台账。
    """
    folders = out or []
    path = acts.vouching.at(workspace, folders[0] if folders else OUT, say)
    relative_to((path.parent,))
    with working("核对台账"):
        made = acts.vouching.verify(
            path, folders, public_key or (), paper or (), head or (), pins, copy or (), tsa_ca or (), progress
        )
    return Output(_text(made.found), made.as_json, made.attend)


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
    for stamp in made.stamped:
        known = "签发者已核对" if stamp.checked else "没有给出证书核对是谁盖的"
        lines.append(f"第 {stamp.seq} 条：时间戳 {stamp.time}，盖到第 {stamp.upto} 条（{stamp.tsa}，{known}）")
    lines += made.confirmed
    lines += made.standings
    head = f"，最后一条 {made.head.digest[:12]}（{made.head.time}）" if made.head else ""
    lines.append(
        f"台账 {made.entries} 条{head}；评分 {made.runs} 次，成果文件 {made.files} 个，签名 {len(made.signed)} 个"
    )
    lines.append("全部成立" if made.holds else f"不成立或没有核对的 {len(wrong)} 处")
    return "\n".join(lines) + "\n"


def sign(
    key: Annotated[Path, typer.Option("--key", help="私钥文件（ziping keygen 生成）")],
    role: Annotated[Role, typer.Option("--role", help="以什么身份签")],
    by: By,
    workspace: LedgerPlace = None,
    out: Annotated[Path, typer.Option("--out", "-o", help="签名凭据写到这里，由签名人另行保存")] = OUT,
) -> Output:
    """给台账到目前为止的全部内容签名（Ed25519），记为一条，并写出一份签名凭据。"""
    passphrase = _passphrase("私钥的口令") if acts.vouching.is_locked(key) else ""
    entry, kept = acts.vouching.sign(acts.vouching.at(workspace, out), by, role.value, key, passphrase, out, say)
    upto = entry.payload["seq"]
    return Output(f"{by}（{role.value}）已签到第 {upto} 条，记为第 {entry.seq} 条；签名凭据 {kept}\n")


def keygen(path: Annotated[Path, typer.Argument(metavar="文件", help="私钥写到这里，公钥写到 文件.pub")]) -> Output:
    """生成一对签名密钥；私钥文件只有本人可读，口令可以不设（问答，或环境变量 ZIPING_PASSPHRASE）。"""
    passphrase = _passphrase("给私钥设口令（直接回车则不设）", twice=True)
    beside, public = acts.vouching.keygen(path, passphrase)
    kept = "有口令" if passphrase else "没有口令"
    return Output(f"私钥 {path}（{kept}，不要给别人）；公钥 {beside}，编号 {public[:16]}\n")


def _passphrase(asks: str, twice: bool = False) -> str:
    """From the environment, else from the person at the terminal, else none."""
    if acts.vouching.PASSPHRASE in os.environ or not sys.stdin.isatty():
        return os.environ.get(acts.vouching.PASSPHRASE, "")
    return str(typer.prompt(asks, default="", hide_input=True, show_default=False, confirmation_prompt=twice))


def list_(workspace: LedgerPlace = None) -> Both:
    """列出台账各条：什么时候，做了什么。"""
    entries = acts.vouching.entries(acts.vouching.at(workspace, OUT, say))
    rows = [
        [str(e.seq), e.time, acts.vouching.KINDS.get(e.kind, e.kind), " ".join(str(e.payload[k]) for k in SAID if k in e.payload),
         f"替代第 {e.payload['supersedes']} 条" if e.payload.get("supersedes") else "", e.digest[:12]]
        for e in entries
    ]  # fmt: skip
    text = console.columns([["序号", "时间（UTC）", "事项", "内容", "", "摘要"], *rows], right=(0,))
    return Output(text, lambda: [asdict(entry) for entry in entries])


def export(file: Target, workspace: LedgerOption = None) -> Output:
    """把台账写成 JSON 行文件（每条一行，所存内容用 base64），别的程序也能读。"""
    count = acts.vouching.export_lines(acts.vouching.at(workspace, OUT, say), file)
    return Output(f"已导出 {count} 条到 {file}\n")


def import_(
    file: Annotated[Path, typer.Argument(metavar="导出文件", help="ziping ledger export 写出的文件")],
    into: Annotated[Path, typer.Argument(metavar="新台账", help="新的台账文件；已有的不覆盖")],
) -> Output:
    """从导出文件重建台账；逐条重算，有一处接不上就不建。"""
    return Output(f"已建 {into}，{_last(acts.vouching.import_lines(file, into))}\n")


def backup(file: Target, workspace: LedgerOption = None) -> Output:
    """备份台账：得到一个完整的台账文件，别人正在写也不要紧。"""
    return Output(f"已备份到 {file}，{_last(acts.vouching.back_up(acts.vouching.at(workspace, OUT, say), file))}\n")


def _last(head: Entry | None) -> str:
    return f"{head.seq} 条，最后一条 {head.digest}" if head else "没有内容"


# ---- what lets others vouch for it ---------------------------------------------------------------------------------


def head(workspace: LedgerPlace = None) -> Both:
    """最后一条的序号和摘要：抄下来或发给别人另存，以后用 ziping verify --head 看台账里还有没有。"""
    says, last = acts.vouching.head(acts.vouching.at(workspace, OUT))
    told = {"head": says, "seq": last.seq, "digest": last.digest, "time": last.time}
    return Output(f"{says}\n", lambda: told)


def stamp(
    tsa: Annotated[str, typer.Option("--tsa", help="时间戳服务（RFC 3161）的地址；只把一个摘要发给它")],
    workspace: LedgerPlace = None,
    out: Annotated[Path, typer.Option("--out", "-o", help="时间戳另写一份到这里，请另行保存")] = OUT,
) -> Output:
    """请时间戳服务给台账的最后一条盖时间戳，记为一条，并另写出一份（.tsr）；只有这条命令上网，只连所写的地址。"""
    last, entry, time, kept = acts.vouching.stamp(acts.vouching.at(workspace, out), tsa, out, say)
    return Output(
        f"第 {last.seq} 条已盖时间戳 {time}，记为第 {entry.seq} 条；另存 {kept}\n"
        f"不用本程序核对：openssl ts -verify -digest {last.digest} -in {kept} -CAfile 根证书.pem\n"
    )


def pin(
    public_key: Annotated[Path, typer.Option("--public-key", help="本人的公钥文件（.pub）")],
    role: Annotated[Role, typer.Option("--role", help="他以什么身份签")],
    by: Annotated[str, typer.Option("--of", help="这是谁的公钥")],
    recorder: By,
    workspace: LedgerPlace = None,
    start: Annotated[
        int | None, typer.Option("--from", min=1, help="从台账第几条起应当有他的签名；不写则从这一条起")
    ] = None,
) -> Output:
    """固定公钥：写明谁以什么身份、用哪个公钥签名；以后 ziping verify 找不到这样的签名就会指出。"""
    path = acts.vouching.at(workspace, OUT)
    new, entry, kept = acts.vouching.pin(path, recorder, by, role.value, public_key, start, say)
    return Output(
        f"已固定{new['by']}（{role.value}）的公钥 {new['public_key'][:16]}，记为第 {entry.seq} 条；\n"
        f"把 {kept} 另存到别处，核对时用 ziping verify --pins 给出\n"
    )


def copy(
    place: Annotated[
        str, typer.Argument(metavar="副本", help="第二份台账的位置：别的磁盘、别的单位的共享目录里的文件")
    ],
    recorder: By,
    workspace: LedgerOption = None,
) -> Output:
    """设第二份台账：以后每记一条都同时写进去；ziping verify 两份对照。"""
    entry, whole = acts.vouching.copy(acts.vouching.at(workspace, OUT), recorder, Path(place), say)
    return Output(f"台账的副本 {place}，记为第 {entry.seq} 条{'' if whole else '；现在还没有写成'}\n")
