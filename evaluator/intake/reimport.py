"""A draft beside the rule file that is already there: what differs, field by field, who changed it, and new values merged in.

The file's provenance holds a fingerprint of what the document said when it was last imported. With it one can tell a
change by hand (the file differs, the document does not) from a change of the document (the file still says the old).
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from typing import Any, Literal

from evaluator.documents.loading import Mapping, Text, composed, parse_document
from evaluator.documents.yamltext import Edit, Path, apply, end_of, nodes_of
from evaluator.documents.yamlwriting import scalar
from evaluator.errors import Where
from evaluator.intake.draftyaml import comment, entry, items, provenance_lines
from evaluator.intake.values import Draft, Tree, Value, leaves, mark
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
    differences = []
    for path, value in leaves(draft.tree).items():
        if path[0] in NOT_COMPARED or path[-1] in NOT_SAID or (value.said is None and value.text != OPEN):
            continue
        mine = here.get(path)
        kind = _kind(value, mine, base.get(".".join(path)), path, here)
        if kind:
            said = (value.text == OPEN and value.doubted) or value.text
            where = mine.where if mine else existing.where
            differences.append(Difference(kind, path, mine or "", said, where))
    return [*differences, *_only_in_file(draft, existing)]


def _kind(value: Value, mine: Text | None, base: str | None, path: Path, here: dict[Path, Text]) -> Kind | None:
    """How a field differs; None when it does not."""
    new = base is not None and base[:8] != value.mark
    if mine is None and path[0] == "reads":
        return None  # a question of the whole table: rows that are settled one by one need no answer to it
    if mine is None:
        if base is not None and not new:
            return "手工改过"  # a field that a person took out
        rows = {other[:2] for other in here}
        return None if value.text == OPEN and path[-1] == "sign" and path[:2] not in rows else "来源新增"
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


# ---- new values of the document put into the file: comments and the rest stay as they are ----


def merge(text: str, draft: Draft, differences: list[Difference]) -> tuple[str, list[Difference]]:
    """The file's text with what the document changed or added, and the differences that were written.

    Only values that still say what the document said before are replaced. Provenance follows, except for conflicts,
    which keep their old fingerprints and so are told again.
    """
    text = text if text.endswith("\n") else text + "\n"
    nodes = dict(nodes_of(composed(text), ()))
    values = leaves(draft.tree)
    edits: list[Edit] = []
    written: list[Difference] = []
    rows: set[Path] = set()
    for difference in differences:
        if difference.kind not in MERGED:
            continue
        path = difference.path
        if path in nodes:
            edits.append(_replaced(text, nodes[path], values[path]))
            edits += _comments(text, nodes[path], values[path])
        elif path[:2] not in nodes and len(path) > 2:  # a whole indicator
            if path[:2] not in rows and (added := _row_added(text, nodes, draft, path)):
                edits.append(added)
                rows.add(path[:2])
            if path[:2] not in rows:
                continue
        elif added := _leaf_added(text, nodes, path, values[path]):
            edits.append(added)
        else:
            continue
        written.append(difference)
    changed = apply(text, edits)
    changed = _with_provenance(changed, draft, [d for d in differences if d.kind == "冲突"], text)
    return (changed, written) if _holds(changed, draft, written) else (text, [])


def _replaced(text: str, node: Any, value: Value) -> Edit:
    start, end = node.start_mark.index, node.end_mark.index
    return start, end, scalar(value.text, value.number) + ("\n" if text[start:end].endswith("\n") else "")


def _comments(text: str, node: Any, value: Value) -> list[Edit]:
    """The question of a value, on lines above the line it stands in."""
    start = text.rfind("\n", 0, node.start_mark.index) + 1
    line = text[start : text.find("\n", start)]
    pad = " " * (len(line) - len(line.lstrip(" -")))
    return [(start, start, "".join(f"{pad}# {comment(line)}\n" for line in value.above))] if value.above else []


def _row_added(text: str, nodes: dict[Path, Any], draft: Draft, path: Path) -> Edit | None:
    """A whole indicator, item or measure after the last one of its list."""
    listed = nodes.get(path[:1])
    row: Tree | None = next((item for item in draft.tree[path[0]] if item["id"].text == path[1]), None)
    if listed is None or row is None or listed.id != "sequence" or listed.flow_style or not listed.value:
        return None
    at = end_of(text, listed)
    gap = "\n" if path[0] in ("indicators", "items") else ""
    return at, at, gap + "".join(f"{line}\n" for line in items(path[0], [row], listed.start_mark.column))


def _leaf_added(text: str, nodes: dict[Path, Any], path: Path, value: Value) -> Edit | None:
    """A new key of a mapping, or a new goal, at the end of what holds it."""
    parent = nodes.get(path[:-1])
    if parent is None or parent.flow_style or not parent.value:
        return None
    pad, at = " " * parent.start_mark.column, end_of(text, parent)
    lead = "- " if parent.id == "sequence" else f"{scalar(path[-1])}: "
    above = "".join(f"{pad}# {comment(line)}\n" for line in value.above)
    return at, at, f"{above}{pad}{lead}{scalar(value.text, value.number)}\n"


def _with_provenance(text: str, draft: Draft, conflicts: list[Difference], before: str) -> str:
    """The provenance of the file brought up to date; fields in conflict keep what they had."""
    lines = provenance_lines(draft)
    old, _ = parse_document(before, "")
    kept = marks(old) if isinstance(old, Mapping) else {}
    values = leaves(draft.tree)
    for difference in conflicts:
        new = f"    {scalar(difference.name)}: {scalar(entry(values[difference.path]))}"
        if difference.name in kept and new in lines:
            lines[lines.index(new)] = f"    {scalar(difference.name)}: {scalar(kept[difference.name])}"
    block = "\n".join(lines) + "\n"
    for key, value in composed(text).value:
        if key.value == "provenance":
            return text[: key.start_mark.index] + block + text[end_of(text, value) :]
    return text + block


def _holds(text: str, draft: Draft, written: list[Difference]) -> bool:
    """Whether the new text is a rule file that says what was to be written."""
    document, problems = parse_document(text, "")
    if problems or not isinstance(document, Mapping):
        return False
    texts = dict(texts_of(document))
    values = leaves(draft.tree)
    return all(texts.get(difference.path) == values[difference.path].text for difference in written)
