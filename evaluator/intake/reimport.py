"""A draft beside the rule file that is already there: what differs, field by field, and who changed it.

The file's provenance holds a fingerprint of what the document said when it was last imported. With it one can tell a
change by hand (the file differs, the document does not) from a change of the document (the file still says the old).
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from typing import Any, Literal

from evaluator.documents.loading import Mapping, Text
from evaluator.documents.yamltext import Path
from evaluator.errors import Where
from evaluator.intake.values import Draft, Value, leaves, mark
from evaluator.rulebook.unanswered import OPEN

Kind = Literal["手工改过", "来源已改", "冲突", "来源新增", "来源没有", "已答复", "不同"]
TOLD: dict[str, str] = {
    "手工改过": "来源没有变，文件经人改过，保留文件",
    "来源已改": "文件没有改过，来源改了，用 --update 写入",
    "冲突": "文件和来源都改过，请人决定，保留文件",
    "来源新增": "来源新写的，用 --update 写入",
    "来源没有": "文件里有，来源没有，保留文件",
    "已答复": "问题已有答复，保留文件",
    "不同": "文件没有记下来源，分不清是谁改的，保留文件",
}
MERGED: tuple[Kind, ...] = ("来源已改", "来源新增")
LISTS = {"indicators", "items", "overall", "measures"}
NOT_COMPARED = {"source", "provenance"}
NOT_SAID = {"line"}  # keys that tell where, not what


@dataclass(frozen=True, slots=True)
class Difference:
    """One field that the file and the document tell differently."""

    kind: Kind
    path: Path
    file: str
    document: str
    where: Where | None

    @property
    def name(self) -> str:
        """The path of the field, joined by dots."""
        return ".".join(self.path)


def compare(draft: Draft, existing: Mapping) -> list[Difference]:
    """What differs between a draft and the rule file that is there, in the order of the draft."""
    here = dict(texts_of(existing))
    base = marks(existing)
    found = []
    for path, value in leaves(draft.tree).items():
        if path[0] in NOT_COMPARED or path[-1] in NOT_SAID or (value.said is None and value.text != OPEN):
            continue
        mine = here.get(path)
        kind = _kind(value, mine, base.get(".".join(path)), path, here)
        if kind:
            told = value.doubted or value.text if value.text == OPEN else value.text
            found.append(Difference(kind, path, mine or "", told or value.text, mine.where if mine else existing.where))
    return [*found, *_only_in_file(draft, existing)]


def _kind(value: Value, mine: Text | None, base: str | None, path: Path, here: dict[Path, Text]) -> Kind | None:
    """How a field differs; None when it does not."""
    new = base is not None and base[:8] != value.mark
    if mine is None:
        if base is not None and not new:
            return "手工改过"  # a field that a person took out
        return None if value.text == OPEN and path[-1] == "sign" and not _has_row(path, here) else "来源新增"
    if mine == OPEN and value.text == OPEN:
        return "冲突" if new else None
    if value.text == OPEN and value.said is None:
        return "已答复"
    if same(mine, value.text):
        return None
    if value.text == OPEN and not new:
        return "已答复"
    if base is None:
        return "不同"
    if not new:
        return "手工改过"
    return "来源已改" if mark(mine) == base[:8] else "冲突"


def _has_row(path: Path, here: dict[Path, Text]) -> bool:
    return any(other[:2] == path[:2] for other in here)


def _only_in_file(draft: Draft, existing: Mapping) -> Iterator[Difference]:
    """Indicators, items and measures that the document does not have, and what a plan, a purpose or goals have more."""
    theirs = leaves(draft.tree)
    for path, text in texts_of(existing):
        if path[0] in ("plan", "goals", "purpose") and path not in theirs:
            yield Difference("来源没有", path, text, "", text.where)
    for key in LISTS & existing.keys():
        mine = {item["id"].text for item in draft.tree.get(key, [])}
        for item in existing[key] if isinstance(existing[key], list) else []:
            if isinstance(item, Mapping) and item.get("id") not in mine:
                called = str(item.get("name") or item.get("title") or "")
                yield Difference("来源没有", (key, str(item.get("id"))), called, "", item.where)


def same(first: str, second: str) -> bool:
    """Whether two texts are one value: the same text, or the same plain number (83.00 and 83)."""
    if first == second:
        return True
    plain = all(re.fullmatch(r"[0-9]{1,15}(\.[0-9]{1,6})?", text) for text in (first, second))
    return plain and Fraction(first) == Fraction(second)


def texts_of(tree: Any, path: Path = ()) -> Iterator[tuple[Path, Text]]:
    """Every text of a rule file by its path, as `leaves` names those of a draft."""
    if isinstance(tree, Text):
        yield path, tree
    elif isinstance(tree, Mapping):
        for key, value in tree.items():
            yield from texts_of(value, (*path, key))
    elif isinstance(tree, list):
        for number, item in enumerate(tree, 1):
            name = str(item.get("id") or number) if isinstance(item, Mapping) else str(number)
            yield from texts_of(item, (*path, name))


def marks(existing: Mapping) -> dict[str, str]:
    """The fields of a file's provenance with their fingerprints and places."""
    block = existing.get("provenance")
    fields = block.get("fields") if isinstance(block, Mapping) else None
    return {key: str(value) for key, value in fields.items()} if isinstance(fields, Mapping) else {}
