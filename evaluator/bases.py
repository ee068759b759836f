"""How a rule is known, in words, and what is asked of whoever writes it: every product tells a basis as this module does.

Only a basis whose text was read (原文) is checked; of any other the document is told as what it is said to be.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import get_args

from typing_extensions import TypedDict

from evaluator.model import Basis, Known

HOW: dict[Known, str] = {
    "原文": "已核对原文",
    "转引": "转引自",
    "表样": "表样：见于",
    "系统": "系统：见于",
    "做法": "做法，不是制度规定",
    "未见": "引用、表样也未见",
}
NAMELESS = "未见文号"  # such a document claims to be no issued one
SEEN: tuple[Known, ...] = ("原文", "转引", "表样", "系统")  # how a rule is known from something, which is to be named
NOWHERE = "（没有写明）"


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
    named = basis.document + (basis.article or "")
    if basis.checked:
        return f"{named}，{how(basis)}"
    claims = basis.known != "做法" and NAMELESS not in named
    return f"据称出自{named}，原文未见；{how(basis)}" if claims else f"{named}；{how(basis)}"


def how(basis: Basis) -> str:
    """How a rule is known, and from what."""
    told = HOW[basis.known]
    if basis.known in ("转引", "表样", "系统"):
        return told + (basis.seen or NOWHERE)
    return f"{told}：{basis.seen}" if basis.seen else told


def counted(bases: Iterable[Basis]) -> str:
    """How many of some rules are known in which way: `表样 6 条、做法 2 条`."""
    known = [basis.known for basis in bases]
    return tally({one: known.count(one) for one in get_args(Known)})


def tally(counts: dict[Known, int]) -> str:
    """Counts of each way of knowing in words, those that do not occur left out."""
    return "、".join(f"{known} {count} 条" for known, count in counts.items() if count)
