"""A pin or a copy is added to how the ledger is kept: to the file beside it, and as an entry in it."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from evaluator.errors import Problem, UsageProblem
from evaluator.files import Refused, take
from evaluator.journal import Change, change
from evaluator.records.acting import Act
from evaluator.records.keeping import FILE, Keeping, Pin, plain, read_keeping
from evaluator.records.ledger import Entry
from evaluator.records.recording import told

HEAD = "# 台账的保管：由 ziping ledger pin、ziping ledger copy 写成，台账里各有一条记着；手改会被 ziping verify 指出\n"


def keep(act: Act, by: str, pin: Mapping[str, Any] | None = None, copy: str = "") -> Entry:
    """Add a pin (by, role, public_key, and `from`, else from this entry on) or a copy: to the file, and as an entry.

    Raises UsageProblem (U463) when it is there already.
    """
    path = act.root / FILE
    now = read_keeping(path)
    pins, copies = list(now.pins), list(now.copies)
    if pin:
        head = act.ledger.head()
        new = Pin.model_validate({"from": head.seq + 1 if head else 1, **pin})
        if any((one.who, one.public_key) == (new.who, new.public_key) for one in pins):
            raise UsageProblem([Problem("U463", f"{new.by}（{new.role}）的这个公钥已经写在 {FILE} 里")])
        pins.append(new)
    if copy in copies:
        raise UsageProblem([Problem("U463", f"副本“{copy}”已经写在 {FILE} 里")])
    made = Keeping(pins=pins, copies=[*copies, copy] if copy else copies)
    return act.record("keeping", {"by": by, **plain(made)}, [_written(path, made)])


def copy_at(place: Path, ledger: Path) -> str:
    """Where a copy is to be, as ledger.yaml says it: absolute, or from the folder of the ledger.

    Raises UsageProblem (U463) when that is the ledger itself, or in a folder that is not there.
    """
    if place.resolve() == ledger.resolve():
        raise UsageProblem([Problem("U463", "副本不能就是台账自己", None, "别的磁盘或别的单位的目录里的文件")])
    if place.is_dir() or not place.parent.is_dir():
        raise UsageProblem([Problem("U463", f"“{place}”不能作副本", None, "已有的目录里的一个文件名")])
    return place.as_posix() if place.is_absolute() else told(place, ledger.parent)


def _written(path: Path, made: Keeping) -> Change:
    try:
        seen = take(path) if path.exists() else None
    except Refused as refused:
        raise UsageProblem(refused.problems) from None
    return change(path, text_of(made).encode(), seen)


def text_of(keeping: Keeping) -> str:
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
