"""New values of a document put into the rule file that is there, character by character: comments and the rest stay as they are."""

from __future__ import annotations

from typing import Any

from evaluator.documents.loading import Mapping, parse_document
from evaluator.documents.yamltext import Edit, Path, apply, end_of, nodes_of
from evaluator.documents.yamlwriting import scalar
from evaluator.intake.draftyaml import comment, entry, items, provenance_lines
from evaluator.intake.reimport import MERGED, Difference, marks, texts_of
from evaluator.intake.values import Draft, Tree, Value, leaves


def merge(text: str, draft: Draft, differences: list[Difference]) -> tuple[str, list[Difference]]:
    """The file's text with what the document changed or added, and the differences that were written.

    Only values that still say what the document said before are replaced. Provenance follows, except for conflicts,
    which keep their old fingerprints and so are told again.
    """
    from ruamel.yaml import YAML

    text = text if text.endswith("\n") else text + "\n"
    root = YAML(typ="safe", pure=True).compose(text)
    nodes = dict(nodes_of(root, ()))
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
    return [(start, start, "".join(f"{pad}# {comment(one)}\n" for one in value.above))] if value.above else []


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
    from ruamel.yaml import YAML

    lines = provenance_lines(draft)
    old, _ = parse_document(before, "")
    kept = marks(old) if isinstance(old, Mapping) else {}
    values = leaves(draft.tree)
    for difference in conflicts:
        new = f"    {scalar(difference.name)}: {scalar(entry(values[difference.path]))}"
        if difference.name in kept and new in lines:
            lines[lines.index(new)] = f"    {scalar(difference.name)}: {scalar(kept[difference.name])}"
    block = "\n".join(lines) + "\n"
    root = YAML(typ="safe", pure=True).compose(text)
    for key, value in root.value:
        if key.value == "provenance":
            return text[: key.start_mark.index] + block + text[end_of(text, value) :]
    return text + block


def _holds(text: str, draft: Draft, written: list[Difference]) -> bool:
    """Whether the new text is a rule file that says what was to be written."""
    document, problems = parse_document(text, "")
    if problems or not isinstance(document, Mapping):
        return False
    told = dict(texts_of(document))
    values = leaves(draft.tree)
    return all(told.get(difference.path) == values[difference.path].text for difference in written)
