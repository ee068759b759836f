"""The signatures in a ledger against the people who should have signed: those given by key, and those pinned (keeping.py)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

from evaluator.errors import Problem, UsageProblem
from evaluator.records import signing
from evaluator.records.keeping import Pin
from evaluator.records.ledger import KINDS, Entry
from evaluator.records.people import person

# what is done as what, and has to be signed where that is pinned
ACTS = {"submit": "单位", "return": "审核", "accept": "审核"}
Fault = tuple[int, Problem]  # what is wrong about an entry, by its number; 0: the file


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
) -> tuple[list[Signed], list[Fault]]:
    """Every valid signature, and what is wrong with others, or missing (L208 wrong or missing, L209 unchecked, L218 unsigned)."""
    signed, problems = _valid(entries, public_keys)
    if not pins:
        return signed, problems
    good = {
        signature.seq
        for signature in signed
        if (pin := _in_force(pins, signature)) and pin.public_key == signature.public_key
    }
    signed = [replace(signature, known=signature.known or signature.seq in good) for signature in signed]
    return signed, [*problems, *_against(signed, good, pins), *_unsigned(entries, signed, good, pins)]


def _valid(entries: Sequence[Entry], public_keys: Sequence[str]) -> tuple[list[Signed], list[Fault]]:
    signed: list[Signed] = []
    problems: list[Fault] = []
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
            problems.append((entry.seq, Problem("L209", says, severity="警告", remedy=error.problems[0].remedy)))
            continue
        if not valid:
            problems.append((entry.seq, Problem("L208", f"第 {entry.seq} 条：签名无效")))
        elif not isinstance(upto, int) or upto >= entry.seq or by_seq.get(upto) != payload.get("digest"):
            problems.append((entry.seq, Problem("L208", f"第 {entry.seq} 条：签的不是这本台账的第 {upto} 条")))
        else:
            by, role = str(payload["by"]), str(payload["role"])
            signed.append(Signed(entry.seq, role, by, key, upto, known=key in public_keys))
            if public_keys and key not in public_keys:
                says = f"第 {entry.seq} 条：{by}（{role}）的公钥 {key[:12]} 不在所给的公钥之中"
                problems.append((entry.seq, Problem("L208", says)))
    for key in public_keys:
        if all(signature.public_key != key for signature in signed):
            problems.append((len(entries) + 1, Problem("L208", f"所给的公钥 {key[:12]} 在台账里没有有效的签名")))
    return signed, problems


def _in_force(pins: Iterable[Pin], signature: Signed) -> Pin | None:
    """The pin of a signer when the signature was made: the last that had begun."""
    mine = [pin for pin in pins if pin.who == signature.who and pin.start <= signature.seq]
    return max(mine, key=lambda pin: pin.start, default=None)


def _against(signed: Sequence[Signed], good: set[int], pins: Sequence[Pin]) -> Iterator[Fault]:
    """Signatures by another key than the one pinned, or by people of whom none is pinned; and pins nobody signed by."""
    for signature in signed:
        pin = _in_force(pins, signature)
        if pin and signature.seq not in good:
            says = f"第 {signature.seq} 条：{signature.by}（{signature.role}）签名用的公钥 {signature.public_key[:12]} 不是应当用的 {pin.public_key[:12]}"
            yield signature.seq, Problem("L208", f"{says}：换过密钥，或是别人重新签的")
        elif (
            pin is None
            and not signature.known
            and any(other.role == signature.role and other.start <= signature.seq for other in pins)
        ):
            says = f"第 {signature.seq} 条：{signature.by}（{signature.role}）签了名，但没有写明应当用哪个公钥"
            yield (
                signature.seq,
                Problem("L208", says, severity="警告", remedy="问明后用 ziping ledger pin 记下他的公钥"),
            )
    for pin in pins:
        if not any(
            signature.seq in good and (signature.who, signature.public_key) == (pin.who, pin.public_key)
            for signature in signed
        ):
            says = (
                f"应当有{pin.by}（{pin.role}）的签名（公钥 {pin.public_key[:12]}，从第 {pin.start} 条起），台账里没有"
            )
            yield pin.start, Problem("L208", says, remedy="还没有签的，请本人 ziping sign；签过的，台账被改过")


def _unsigned(
    entries: Sequence[Entry], signed: Sequence[Signed], good: set[int], pins: Sequence[Pin]
) -> Iterator[Fault]:
    """Submissions and reviews that no pinned signature of that role covers, since people of that role are pinned."""
    for act in entries:
        role = ACTS.get(act.kind)
        mine = [pin for pin in pins if pin.role == role and pin.start <= act.seq]
        if not mine:
            continue
        by = str(act.payload.get("by"))
        own = {pin.who for pin in mine} & {(person(by), role)}
        if not any(
            signature.seq in good
            and signature.upto >= act.seq
            and signature.role == role
            and (not own or signature.who in own)
            for signature in signed
        ):
            whose = by if own else "、".join(dict.fromkeys(pin.by for pin in mine))
            says = f"第 {act.seq} 条{KINDS[act.kind]}以后，没有{whose}（{role}）的有效签名"
            yield act.seq, Problem("L218", says, severity="警告", remedy="请本人 ziping sign；签过的，台账被改过")
