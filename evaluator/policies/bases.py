"""How a rule is known, in words, and what is asked of whoever writes it: every product tells a basis as this module does.

Only a basis whose text was read (原文) is checked; of any other the document is told as what it is said to be.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any, get_args

from typing_extensions import TypedDict

from evaluator.documents.formerly import FLAG, MEANT
from evaluator.documents.written import Written
from evaluator.errors import Problem, Where
from evaluator.model import Basis, FindingRule, Known

HOW: dict[Known, str] = {
    "原文": "已核对原文",
    "转引": "转引自",
    "表样": "表样：见于",
    "系统": "系统：见于",
    "做法": "做法，不是制度规定",
    "未见": "没有见到出处",
}
ASKED: dict[Known, str] = {  # what `seen` is to say
    "原文": "在哪里读到原文",
    "转引": "哪个文件引用的",
    "表样": "哪里公开的表样",
    "系统": "哪个在用的系统",
}
NAMELESS = "未见文号"  # such a document claims to be no issued one


class BasisJson(TypedDict):
    """Where a rule is said to stand, and how it is known (原文, 转引, 表样, 系统, 做法, 未见) from what."""

    document: str
    article: str | None
    known: str
    seen: str
    note: str


def basis_json(basis: Basis) -> BasisJson:
    """A basis as plain data."""
    return {
        "document": basis.document,
        "article": basis.article,
        "known": basis.known,
        "seen": basis.seen,
        "note": basis.note,
    }


def cited(basis: Basis) -> str:
    """A document and how it is known: `据称出自财预〔2020〕10号，原文未见；转引自某市通知`, `某办法第七条，已核对原文：本局存档`."""
    if basis.checked:
        return f"{attributed(basis)}，{how(basis)}"
    unread = "，原文未见" if _claims(basis) else ""
    return f"{attributed(basis)}{unread}；{how(basis)}"


def attributed(basis: Basis) -> str:
    """The document and article a rule is said to stand in, told as no more than that where nobody read it."""
    named = basis.document + (basis.article or "")
    return f"据称出自{named}" if _claims(basis) else named


def _claims(basis: Basis) -> bool:
    """Whether a basis names an issued document that nobody read."""
    return basis.known not in ("原文", "做法") and NAMELESS not in basis.document


def how(basis: Basis) -> str:
    """How a rule is known, and from what."""
    words, seen = HOW[basis.known], basis.seen
    if basis.known in ASKED and not seen:
        return f"写作“{words if basis.checked else basis.known}”，没有写明{ASKED[basis.known]}"
    if basis.known in ("转引", "表样", "系统"):
        return words + seen
    return f"{words}：{seen}" if seen else words


def counted(bases: Iterable[Basis]) -> str:
    """How many of some rules are known in which way: `表样 6 条、做法 2 条`."""
    known = [basis.known for basis in bases]
    return tally({way: known.count(way) for way in get_args(Known)})


def tally(counts: dict[Known, int]) -> str:
    """Counts of each way of knowing in words, those that do not occur left out."""
    return "、".join(f"{known} {count} 条" for known, count in counts.items() if count)


# ---- what is asked of whoever writes one -------------------------------------------------------------------------


def check_bases(written: Any) -> Iterator[Problem]:
    """What is to be mended of everything in a model that says how it is known (R144, R145); nothing of it is refused."""
    if isinstance(written, dict | list | tuple):
        for part in written.values() if isinstance(written, dict) else written:
            yield from check_bases(part)
    elif isinstance(written, Written):
        for place in written.old:
            yield _older(written, place)
        if isinstance(written, Basis):
            yield from _unsaid(written)
        for name in type(written).model_fields:
            yield from check_bases(getattr(written, name))


def _older(written: Written, place: Where) -> Problem:
    if isinstance(written, FindingRule):
        says = f"规则 {written.id} 用的是从前的写法 clause.{FLAG}，照样起作用；现在写 clause.checked，要问得更细的写 clause.known"
        return Problem("R144", says, place, severity="提示", remedy=f"把 {FLAG} 改为 checked")
    assert isinstance(written, Basis)
    wrote = "true" if written.checked else "false"
    says = f"“{written.document}”用的是从前的写法 {FLAG}: {wrote}，读作 known: {MEANT[wrote]}"
    more = "没有读过原文的，据实改为转引、表样、系统、做法或未见" if written.checked else "见过的，写明 known 和 seen"
    return Problem("R144", says, place, severity="提示", remedy=f"改为 known: {MEANT[wrote]}；{more}")


def _unsaid(basis: Basis) -> Iterator[Problem]:
    """Whoever says a rule is known from something names that; what nobody has seen was seen nowhere."""
    place = next(iter(basis.old), basis.where)
    if basis.known in ASKED and not basis.seen:
        says = f"“{basis.document}”写明 known: {basis.known}，没有写{ASKED[basis.known]}"
        yield Problem("R145", says, place, severity="警告", remedy=f"补写 seen：{ASKED[basis.known]}")
    if basis.known == "未见" and basis.seen:
        says = f"“{basis.document}”写明 known: 未见，又写了见于“{basis.seen}”"
        yield Problem(
            "R145", says, place, severity="警告", remedy="据实改为转引、表样、系统或做法；确实未见的，删去 seen"
        )
