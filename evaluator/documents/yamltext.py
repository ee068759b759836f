"""Edits of a YAML text, character by character: comments and everything else stay as they are."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from evaluator.documents.loading import composed, parse_document
from evaluator.documents.yamlwriting import scalar

Path = tuple[str, ...]
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


def with_values(text: str, values: Mapping[Path, str | Sequence[str] | None]) -> str | None:
    """The text with these values set: a scalar is replaced, a list gets what it lacks, what is missing is added.

    A value of None leaves a key without one, where it has one. None when it cannot be done for certain: a list where a scalar
    is to stand, or anything else that would read otherwise.
    """
    for path, value in values.items():
        if value is None and _held(_read(text), path) is None:
            continue
        changed = _with_value(text if text.endswith("\n") or not text else text + "\n", path, value)
        if changed is None or _read(changed) != _meant(_read(text), path, value):
            return None
        text = changed
    return text


def _held(tree: Any, path: Path) -> Any:
    """What a document has at the end of a path; None where that is nothing."""
    for key in path:
        tree = tree.get(key) if isinstance(tree, dict) else None
    return tree


def without(text: str, path: Path) -> str | None:
    """The text without a key and all below it, and without what would be left empty above it; None as for `with_values`.

    A key in braces cannot be taken out.
    """
    tree = _read(text)
    nodes = dict(nodes_of(composed(text), ()))
    while len(path) > 1 and path[:-1] in nodes and len(nodes[path[:-1]].value) == 1:
        path = path[:-1]
    key = _key(nodes, path) if path in nodes else None
    if key is None or any(nodes[path[:size]].flow_style for size in range(len(path))):
        return None
    start = text.rfind("\n", 0, key.start_mark.index) + 1
    value = nodes[path]
    stop = text.find("\n", key.end_mark.index) + 1 if _is_nothing(value) else end_of(text, value)
    changed = text[:start] + text[stop:] if stop else None
    return changed if changed is not None and _read(changed) == _less(tree, path) else None


def _less(tree: Any, path: Path) -> Any:
    """What a document is to read as without a key."""
    if len(path) == 1:
        return {key: value for key, value in tree.items() if key != path[0]}
    return {**tree, path[0]: _less(tree[path[0]], path[1:])}


def _with_value(text: str, path: Path, value: str | Sequence[str] | None) -> str | None:
    root = composed(text)
    if root is None:  # nothing but comments, or nothing at all
        return None if value is None else text + _added(path, value, 0)
    nodes = dict(nodes_of(root, ()))
    held = next(path[:size] for size in range(len(path), -1, -1) if path[:size] in nodes)
    node, rest = nodes[held], path[len(held) :]
    inside = any(nodes[held[:size]].flow_style for size in range(len(held)))  # in braces
    if value is None:
        start, stop = node.start_mark.index, node.end_mark.index
        whole = node.id == "scalar"
        return apply(text, [(start, stop, "\n" if text[start:stop].endswith("\n") else "")]) if whole else None
    if _is_nothing(node):
        return _filled(text, node, rest, value, _key(nodes, held), inside)
    if rest:
        return _grown(text, node, rest, value)
    if isinstance(value, str):
        if node.id != "scalar":
            return None
        start, stop = node.start_mark.index, node.end_mark.index
        written = _flow(value) if inside else scalar(value, number=True)
        return apply(text, [(start, stop, written + ("\n" if text[start:stop].endswith("\n") else ""))])
    if node.id != "sequence" or [item.value for item in node.value] != list(value)[: len(node.value)]:
        return None
    more = value[len(node.value) :]
    if node.flow_style:
        return apply(text, [_put_in(node, ", ".join(map(_flow, more)))]) if more else text
    pad, at = " " * node.start_mark.column, end_of(text, node)
    return apply(text, [(at, at, "".join(f"{pad}- {scalar(item)}\n" for item in more))])


def _is_nothing(node: Any) -> bool:
    """A key without a value, or with null."""
    return bool(node.id == "scalar" and not node.style and node.value in ("", "~", "null"))


def _key(nodes: Mapping[Path, Any], path: Path) -> Any:
    """The key of a value; None of what is an item of a list, or the whole."""
    parent = nodes[path[:-1]]
    keys = (key for key, _ in parent.value if str(key.value) == path[-1]) if path and parent.id == "mapping" else ()
    return next(iter(keys), None)


def _filled(text: str, node: Any, rest: Path, value: str | Sequence[str], key: Any, inside: bool) -> str:
    """The text with a value where there is none: beside its key, or on the lines below it; `inside` braces on the same line."""
    start, stop = node.start_mark.index, node.end_mark.index
    if start == stop and key is not None:  # where a value would stand
        start = stop = text.index(":", key.end_mark.index) + 1
    if inside or (isinstance(value, str) and not rest):
        written = _inline(rest, value) if inside else scalar(str(value), number=True)
        return apply(text, [(start, stop, (" " if start == stop else "") + written)])
    column = 0 if key is None else key.start_mark.column + 2
    at = len(text) if key is None else text.index("\n", stop) + 1
    gone = (start - (text[start - 1 : start] == " "), stop, "") if start != stop else (0, 0, "")
    return apply(text, [gone, (at, at, _added(rest, value, column))])


def _grown(text: str, node: Any, rest: Path, value: str | Sequence[str]) -> str | None:
    """The text with a new key, and what is below it, in a mapping."""
    if node.id != "mapping":
        return None
    if node.flow_style:
        return apply(text, [_put_in(node, f"{_flow(rest[0])}: {_inline(rest[1:], value)}")])
    at = end_of(text, node)
    return apply(text, [(at, at, _added(rest, value, node.value[0][0].start_mark.column))])


def _put_in(node: Any, new: str) -> Edit:
    """What a mapping in braces, or a list in brackets, is to have after all it has."""
    if not node.value:
        at = node.start_mark.index + 1
        return at, at, new
    last = node.value[-1][1] if node.id == "mapping" else node.value[-1]
    at = last.end_mark.index
    return at, at, f"{' ' if last.end_mark.index == last.start_mark.index else ''}, {new}"


def _inline(rest: Path, value: str | Sequence[str]) -> str:
    """A value below some keys, in braces."""
    if rest:
        return f"{{{_flow(rest[0])}: {_inline(rest[1:], value)}}}"
    return _flow(value) if isinstance(value, str) else f"[{', '.join(map(_flow, value))}]"


def _flow(text: str) -> str:
    """A text as a scalar in braces, where commas, colons and brackets have a meaning."""
    written = scalar(text, number=True)
    if written.startswith('"') or not re.search(r"[,:?\[\]{}#&*!|>'\"%@`]", written.removesuffix("%")):
        return written
    return scalar(f"@{text}").replace("@", "", 1)  # what begins with @ is always put in quotes


def _added(keys: Path, value: str | Sequence[str], column: int) -> str:
    """The lines of a new value under new keys; of a list with none the items alone."""
    pad = " " * column
    if not keys:
        return "".join(f"{pad}- {scalar(item)}\n" for item in value)
    if len(keys) > 1:
        return f"{pad}{scalar(keys[0])}:\n" + _added(keys[1:], value, column + 2)
    if isinstance(value, str):
        return f"{pad}{scalar(keys[0])}: {scalar(value, number=True)}\n"
    return f"{pad}{scalar(keys[0])}:\n" + "".join(f"{pad}  - {scalar(item)}\n" for item in value)


def _read(text: str) -> Any:
    document, problems = parse_document(text, "")
    return "" if problems and document is not None else document


def _meant(tree: Any, path: Path, value: str | Sequence[str] | None) -> Any:
    """The document as it must read once a value is set."""
    if not path:
        return value if value is None or isinstance(value, str) else list(value)
    if isinstance(tree, list):
        return [
            _meant(item, path[1:], value) if isinstance(item, dict) and item.get("id") == path[0] else item
            for item in tree
        ]
    had = tree if isinstance(tree, dict) else {}
    return {**had, path[0]: _meant(had.get(path[0]), path[1:], value)}
