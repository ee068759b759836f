"""Edits of a YAML text, character by character: comments and everything else stay as they are."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from evaluator.documents import parse_document
from evaluator.intake.values import Path
from evaluator.intake.writing import scalar

Edit = tuple[int, int, str]  # from, to, and what stands there instead


def nodes_of(node: Any, path: Path) -> Iterator[tuple[Path, Any]]:
    """Every node of a YAML text by its path."""
    yield path, node
    if node.id == "mapping":
        for key, value in node.value:
            yield from nodes_of(value, (*path, str(key.value)))
    elif node.id == "sequence":
        for number, item in enumerate(node.value, 1):
            ids = [v.value for k, v in item.value if k.value == "id"] if item.id == "mapping" else []
            yield from nodes_of(item, (*path, str(ids[0]) if ids else str(number)))


def end_of(text: str, node: Any) -> int:
    """Where the line ends on which the last value of a node stands."""
    while node.id != "scalar" and node.value and not node.flow_style:
        node = node.value[-1][1] if node.id == "mapping" else node.value[-1]
    return text.find("\n", max(node.end_mark.index - 1, node.start_mark.index)) + 1


def apply(text: str, edits: list[Edit]) -> str:
    """The text with every edit made, the last place first."""
    numbered = sorted(enumerate(edits), key=lambda pair: (pair[1][0], pair[0]), reverse=True)
    for _, (start, end, new) in numbered:
        text = text[:start] + new + text[end:]
    return text


def with_values(text: str, values: Mapping[Path, str | Sequence[str]]) -> str | None:
    """The text with these values set: a scalar is replaced, a list gets what it lacks, what is missing is added.

    None when it cannot be done for certain (a value inside braces, or a list where a scalar is to stand).
    """
    for path, value in values.items():
        changed = _with_value(text if text.endswith("\n") else text + "\n", path, value)
        if changed is None or _at(changed, path) != (list(value) if not isinstance(value, str) else value):
            return None
        text = changed
    return text


def _with_value(text: str, path: Path, value: str | Sequence[str]) -> str | None:
    from ruamel.yaml import YAML

    nodes = dict(nodes_of(YAML(typ="safe", pure=True).compose(text), ()))
    node = nodes.get(path)
    if node is not None and isinstance(value, str):
        if node.id != "scalar":
            return None
        start, stop = node.start_mark.index, node.end_mark.index
        written = scalar(value, number=True)
        lead = " " if start == stop else ""  # a key without a value
        return apply(text, [(start, stop, lead + written + ("\n" if text[start:stop].endswith("\n") else ""))])
    if node is not None and node.id == "sequence" and not node.flow_style and node.value and not isinstance(value, str):
        had = [item.value for item in node.value]
        if had != list(value)[: len(had)]:
            return None
        pad, at = " " * node.start_mark.column, end_of(text, node)
        return apply(text, [(at, at, "".join(f"{pad}- {scalar(one)}\n" for one in value[len(had) :]))])
    if node is not None:
        return None
    held = next(path[:size] for size in range(len(path) - 1, -1, -1) if path[:size] in nodes)
    parent = nodes[held]
    if parent.id != "mapping" or parent.flow_style or not parent.value:
        return None
    at = end_of(text, parent)
    return apply(text, [(at, at, _added(path[len(held) :], value, parent.value[0][0].start_mark.column))])


def _added(keys: Path, value: str | Sequence[str], column: int) -> str:
    """The lines of a new value under new keys."""
    pad = " " * column
    if len(keys) > 1:
        return f"{pad}{scalar(keys[0])}:\n" + _added(keys[1:], value, column + 2)
    if isinstance(value, str):
        return f"{pad}{scalar(keys[0])}: {scalar(value, number=True)}\n"
    return f"{pad}{scalar(keys[0])}:\n" + "".join(f"{pad}  - {scalar(one)}\n" for one in value)


def _at(text: str, path: Path) -> Any:
    document, problems = parse_document(text, "")
    for key in path:
        if isinstance(document, list):
            document = next((one for one in document if isinstance(one, dict) and one.get("id") == key), None)
        else:
            document = document.get(key) if isinstance(document, dict) else None
    return None if problems else document
