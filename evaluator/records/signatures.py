"""The signatures in a ledger against the people who should have signed: those given by key, and those pinned (keeping.py)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

from evaluator.errors import Problem, UsageProblem
from evaluator.records import signing
from evaluator.records.keeping import Pin
from evaluator.records.ledger import KINDS, Entry
from evaluator.records.people import person

ACTS = {
    "submit": "单位",
    "return": "审核",
    "accept": "审核",
}  # what is done as what, and has to be signed where that is pinned
Told = tuple[int, Problem]


@dataclass(frozen=True, slots=True)
class Signed:
    """A valid signature: by whom, as what, with which key, over the ledger up to which entry; `known` key or not."""

    seq: int
    role: str
    by: str
    public_key: str
    upto: int
    known: bool

    @property
    def who(self) -> tuple[str, str]:
        """The person and the role, as a pin has them."""
        return person(self.by), self.role


def signatures(
    entries: Sequence[Entry], public_keys: Sequence[str], pins: Sequence[Pin]
) -> tuple[list[Signed], list[Told]]:
    """Every valid signature, and what is wrong with others, or missing (L208 wrong or missing, L209 unchecked, L218 unsigned)."""
    signed, found = _valid(entries, public_keys)
    if not pins:
        return signed, found
    good = {one.seq for one in signed if (pin := _in_force(pins, one)) and pin.public_key == one.public_key}
    signed = [replace(one, known=one.known or one.seq in good) for one in signed]
    return signed, [*found, *_against(signed, good, pins), *_unsigned(entries, signed, good, pins)]


def _valid(entries: Sequence[Entry], public_keys: Sequence[str]) -> tuple[list[Signed], list[Told]]:
    signed: list[Signed] = []
    found: list[Told] = []
    by_seq = {entry.seq: entry.digest for entry in entries}
    for entry in entries:
        if entry.kind != "signature":
            continue
        payload = entry.payload
        upto, key = payload.get("seq"), str(payload.get("public_key"))
        try:
            valid = signing.valid(payload)
        except UsageProblem as error:
            says = f"第 {entry.seq} 条：签名没有核对，{error.problems[0].says}"
            found.append((entry.seq, Problem("L209", says, severity="警告", remedy=error.problems[0].remedy)))
            continue
        if not valid:
            found.append((entry.seq, Problem("L208", f"第 {entry.seq} 条：签名无效")))
        elif not isinstance(upto, int) or upto >= entry.seq or by_seq.get(upto) != payload.get("digest"):
            found.append((entry.seq, Problem("L208", f"第 {entry.seq} 条：签的不是这本台账的第 {upto} 条")))
        else:
            by, role = str(payload["by"]), str(payload["role"])
            signed.append(Signed(entry.seq, role, by, key, upto, known=key in public_keys))
            if public_keys and key not in public_keys:
                says = f"第 {entry.seq} 条：{by}（{role}）的公钥 {key[:12]} 不在所给的公钥之中"
                found.append((entry.seq, Problem("L208", says)))
    for key in public_keys:
        if all(one.public_key != key for one in signed):
            found.append((len(entries) + 1, Problem("L208", f"所给的公钥 {key[:12]} 在台账里没有有效的签名")))
    return signed, found


def _in_force(pins: Iterable[Pin], one: Signed) -> Pin | None:
    """The pin of a signer when the signature was made: the last that had begun."""
    mine = [pin for pin in pins if pin.who == one.who and pin.start <= one.seq]
    return max(mine, key=lambda pin: pin.start, default=None)


def _against(signed: Sequence[Signed], good: set[int], pins: Sequence[Pin]) -> Iterator[Told]:
    """Signatures by another key than the one pinned, or by people of whom none is pinned; and pins nobody signed by."""
    for one in signed:
        pin = _in_force(pins, one)
        if pin and one.seq not in good:
            says = f"第 {one.seq} 条：{one.by}（{one.role}）签名用的公钥 {one.public_key[:12]} 不是应当用的 {pin.public_key[:12]}"
            yield one.seq, Problem("L208", f"{says}：换过密钥，或是别人重新签的")
        elif pin is None and not one.known and any(each.role == one.role and each.start <= one.seq for each in pins):
            says = f"第 {one.seq} 条：{one.by}（{one.role}）签了名，但没有写明应当用哪个公钥"
            yield one.seq, Problem("L208", says, severity="警告", remedy="问明后用 ziping ledger pin 记下他的公钥")
    for pin in pins:
        if not any(one.seq in good and (one.who, one.public_key) == (pin.who, pin.public_key) for one in signed):
            says = (
                f"应当有{pin.by}（{pin.role}）的签名（公钥 {pin.public_key[:12]}，从第 {pin.start} 条起），台账里没有"
            )
            yield pin.start, Problem("L208", says, remedy="还没有签的，请本人 ziping sign；签过的，台账被改过")


def _unsigned(
    entries: Sequence[Entry], signed: Sequence[Signed], good: set[int], pins: Sequence[Pin]
) -> Iterator[Told]:
    """Submissions and reviews that no pinned signature of that role covers, since people of that role are pinned."""
    for act in entries:
        role = ACTS.get(act.kind)
        mine = [pin for pin in pins if pin.role == role and pin.start <= act.seq]
        if not mine:
            continue
        by = str(act.payload.get("by"))
        own = {pin.who for pin in mine} & {(person(by), role)}
        if not any(
            one.seq in good and one.upto >= act.seq and one.role == role and (not own or one.who in own)
            for one in signed
        ):
            whose = by if own else "、".join(dict.fromkeys(pin.by for pin in mine))
            says = f"第 {act.seq} 条{KINDS[act.kind]}以后，没有{whose}（{role}）的有效签名"
            yield act.seq, Problem("L218", says, severity="警告", remedy="请本人 ziping sign；签过的，台账被改过")
