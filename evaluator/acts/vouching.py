"""What makes a ledger (台账) worth relying on: verified, signed, stamped, its keys pinned, copied, written out and read back.

A ledger is named by its file; `at` finds it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from evaluator.acts.acting import Act, Tell, View, acting
from evaluator.acts.carrying import GivenFile
from evaluator.errors import Problem, UsageProblem
from evaluator.files.journal import FileChange, change, unfinished
from evaluator.files.plain import dumps, problem_json
from evaluator.files.publish import Progress, numbered, plainly, safe_name
from evaluator.files.snapshot import Refused, sha256, take
from evaluator.records import archive
from evaluator.records.archive import import_lines
from evaluator.records.keeping import FILE, Keeping, Pin, keeping_data, read_keeping
from evaluator.records.ledger import KINDS, Entry, Ledger
from evaluator.records.people import name_of
from evaluator.records.recording import ledger_of, seen_from
from evaluator.records.signing import PASSPHRASE, is_locked, keygen, public_key, signature
from evaluator.records.stamping import ask_stamp, roots_in
from evaluator.records.verification import SIGNATURE, Outside, Verified
from evaluator.records.verification import verify as verified
from evaluator.records.witnesses import head_of
from evaluator.workspace.places import LEDGER, open_workspace

__all__ = [
    "KINDS", "PASSPHRASE", "at", "back_up", "copy", "entries", "export_lines", "exported", "head", "import_lines", "is_locked",
    "keygen", "pin", "sign", "stamp", "verify",
]  # fmt: skip


HEAD = "# 台账的保管：由 ziping ledger pin、ziping ledger copy 写成，台账里各有一条记着；手改会被 ziping verify 指出\n"


def at(place: Path | None, out: Path, tell: Tell | None = None) -> Path:
    """The ledger file named, or that of the folder or workspace named or stood in; the sample's is in the output folder.

    Who only reads hears of an act that was stopped half way.
    """
    named = [path for path in (place, place / LEDGER) if path.is_file()] if place else []
    path = named[0] if named else ledger_of(open_workspace(place), out)
    if tell:
        tell(filter(None, [unfinished(path.parent)]))
    return path


def verify(
    ledger: Path,
    folders: Sequence[Path] = (),
    keys: Sequence[Path] = (),
    papers: Sequence[str] = (),
    heads: Sequence[str] = (),
    pins: Path | None = None,
    copies: Sequence[Path] = (),
    roots: Sequence[Path] = (),
    progress: Progress = plainly,
) -> View[Verified]:
    """Verify a ledger, and against what is kept outside of it: keys, codes on paper, heads, pins, copies, roots of stamps.

    To attend to where something does not hold.
    """
    known = [public_key(key) for key in keys]
    certificates = [root for path in roots for root in roots_in(path)]
    outside = Outside(
        tuple(papers), tuple(heads), read_keeping(pins, True) if pins else None, tuple(certificates), tuple(copies)
    )
    checked = verified(ledger, folders, known, progress, outside)

    def as_json() -> dict[str, object]:
        return {
            "holds": checked.holds,
            "entries": checked.entries,
            "head": {"seq": checked.head.seq, "digest": checked.head.digest, "time": checked.head.time}
            if checked.head
            else None,
            "runs": checked.runs,
            "files": checked.files,
            "found": [{"seq": problem.seq, **problem_json(problem.problem)} for problem in checked.found],
            "standings": list(checked.standings),
            "signed": [asdict(signature) for signature in checked.signed],
            "stamped": [asdict(stamp) for stamp in checked.stamped],
            "confirmed": list(checked.confirmed),
        }

    return View(checked, as_json, not checked.holds)


def entries(ledger: Path) -> list[Entry]:
    """Every entry."""
    with Ledger(ledger) as opened:
        return opened.entries()


def head(ledger: Path) -> tuple[str, Entry]:
    """What is written down of the last entry to find it again, and the entry; raises UsageProblem (U469) when there is none."""
    with Ledger(ledger) as opened:
        last = opened.head()
    if last is None:
        raise UsageProblem([Problem("U469", "台账还是空的", remedy="先运行 ziping run")])
    return head_of(last), last


def sign(
    ledger: Path, by: str, role: str, key: Path, passphrase: str, out: Path, tell: Tell = list
) -> tuple[Entry, Path]:
    """Sign all that the ledger has; returns the entry, and the signature kept in `out`."""
    with acting(ledger, "签名", tell=tell) as act:
        entry = act.ledger.next("signature", signature(act.ledger, key, passphrase, role, by))
        first = act.ledger.entries()[0].digest
        memory = {"ledger": {"first": first, "seq": entry.seq, "digest": entry.digest}, "signature": entry.payload}
        data = dumps(memory).encode()
        (kept,), _ = numbered(out, f"{role}_{safe_name(by)}_{SIGNATURE}", {".json": lambda number: data})
        act.commit([FileChange(kept.path, data)], entry)
    return entry, kept.path


def stamp(ledger: Path, tsa: str, out: Path, tell: Tell = list) -> tuple[Entry, Entry, str, Path]:
    """Have the last entry stamped by a service: that entry, the one about the stamp, its time, and its copy in `out`."""
    _, last = head(ledger)
    answer, time = ask_stamp(last, tsa)
    with acting(ledger, "盖时间戳", tell=tell) as act:
        blobs = {sha256(answer): answer}
        payload = {"seq": last.seq, "digest": last.digest, "tsa": tsa, "response": sha256(answer)}
        entry = act.ledger.next("stamp", payload, blobs)
        (kept,), _ = numbered(out, f"台账第{last.seq}条_时间戳", {".tsr": lambda number: answer})
        act.commit([] if kept.there else [FileChange(kept.path, answer)], entry, blobs)
    return last, entry, time, kept.path


def pin(
    ledger: Path, by: str, whose: str, role: str, key: Path, start: int | None = None, tell: Tell = list
) -> tuple[dict[str, str], Entry, Path]:
    """Say who signs as what with which key, from an entry on; returns the pin, the entry, and the file that keeps it."""
    new = {"by": name_of(whose), "role": role, "public_key": public_key(key)}
    with acting(ledger, "固定公钥", tell=tell) as act:
        entry = _keep(act, by, pin=new | ({"from": start} if start else {}))
    return new, entry, act.root / FILE


def copy(ledger: Path, by: str, place: Path, tell: Tell = list) -> tuple[Entry, bool]:
    """Keep a second ledger from now on; returns the entry, and whether the copy is written."""
    with acting(ledger, "设台账副本", tell=tell) as act:
        entry = _keep(act, by, copy=_copy_at(place, ledger))
    return entry, not act.left


def export_lines(ledger: Path, file: Path) -> int:
    """Write every entry as a line of JSON; returns how many."""
    with Ledger(ledger) as opened:
        return archive.export_lines(opened, file)


def exported(ledger: Path) -> GivenFile:
    """A whole ledger as lines, to be given to somebody; raises UsageProblem (U469) where there is none yet."""
    head(ledger)
    with TemporaryDirectory(prefix="ziping-") as folder, Ledger(ledger) as opened:
        path = Path(folder) / "台账.jsonl"
        archive.export_lines(opened, path)
        return GivenFile(path.name, take(path, archive.LARGEST))


def back_up(ledger: Path, file: Path) -> Entry | None:
    """Write a whole ledger elsewhere; returns its last entry."""
    with Ledger(ledger) as opened:
        return archive.back_up(opened, file)


# ---- a pin or a copy, in the file beside the ledger and in it -------------------------------------------------------


def _keep(act: Act, by: str, pin: Mapping[str, Any] | None = None, copy: str = "") -> Entry:
    """Add a pin (by, role, public_key, and `from`, else from this entry on) or a copy: to the file, and as an entry.

    Raises UsageProblem (U463) when it is there already.
    """
    path = act.root / FILE
    now = read_keeping(path)
    pins, copies = list(now.pins), list(now.copies)
    if pin:
        head = act.ledger.head()
        new = Pin.model_validate({"from": head.seq + 1 if head else 1, **pin})
        if any((pin.who, pin.public_key) == (new.who, new.public_key) for pin in pins):
            raise UsageProblem([Problem("U463", f"{new.by}（{new.role}）的这个公钥已经写在 {FILE} 里")])
        pins.append(new)
    if copy in copies:
        raise UsageProblem([Problem("U463", f"副本“{copy}”已经写在 {FILE} 里")])
    kept = Keeping(pins=pins, copies=[*copies, copy] if copy else copies)
    return act.record("keeping", {"by": by, **keeping_data(kept)}, [_written(path, kept)])


def _copy_at(place: Path, ledger: Path) -> str:
    """Where a copy is to be, as ledger.yaml says it: absolute, or from the folder of the ledger.

    Raises UsageProblem (U463) when that is the ledger itself, or in a folder that is not there.
    """
    if place.resolve() == ledger.resolve():
        raise UsageProblem([Problem("U463", "副本不能就是台账自己", None, "别的磁盘或别的单位的目录里的文件")])
    if place.is_dir() or not place.parent.is_dir():
        raise UsageProblem([Problem("U463", f"“{place}”不能作副本", None, "已有的目录里的一个文件名")])
    return place.as_posix() if place.is_absolute() else seen_from(ledger.parent, place)


def _written(path: Path, keeping: Keeping) -> FileChange:
    try:
        seen = take(path) if path.exists() else None
    except Refused as refused:
        raise UsageProblem(refused.problems) from None
    return change(path, _text_of(keeping).encode(), seen)


def _text_of(keeping: Keeping) -> str:
    """A file that says this."""
    lines = [HEAD]
    if keeping.pins:
        lines.append("pins:\n")
    for pin in keeping.pins:
        lines += [f'  - by: "{_quoted(pin.by)}"\n', f"    role: {pin.role}\n", f'    public_key: "{pin.public_key}"\n', f"    from: {pin.start}\n"]  # fmt: skip
    if keeping.copies:
        lines.append("copies:\n")
    lines += [f'  - "{_quoted(copy)}"\n' for copy in keeping.copies]
    return "".join(lines)


def _quoted(text: str) -> str:
    return text.replace("\\", "\\\\").replace('"', '\\"')
