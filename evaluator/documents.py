"""YAML documents with positions: every mapping and value knows its line, every scalar stays the text that was written."""

from __future__ import annotations

from pathlib import Path
from typing import Any
from unicodedata import category

from evaluator.errors import Problem, Where

LARGEST = 5_000_000  # bytes of one document
DEEPEST = 30  # levels of nesting


class Text(str):
    """A scalar exactly as written (no float, no date, no boolean is made of it), with its place."""

    where: Where


class Mapping(dict[str, Any]):
    """A mapping with its place and the place of each key."""

    where: Where
    keys_at: dict[str, Where]


class Sequence(list[Any]):
    """A sequence with its place."""

    where: Where


def read_document(path: Path, shown_as: str = "") -> tuple[Any, list[Problem]]:
    """Read one YAML file as nested Mapping, Sequence, Text and None.

    `shown_as` is the path that places name (relative, so that no machine's folder enters a report). Returns the
    document and every problem met; the document is None when it cannot be read at all (code Y101 to Y104).
    """
    shown = shown_as or path.as_posix()
    try:
        raw = path.read_bytes()
    except OSError as error:
        return None, [Problem("Y101", f"文件无法打开（{error.strerror}）", Where(shown))]
    if len(raw) > LARGEST:
        return None, [Problem("Y102", f"文件过大（{len(raw)} 字节）", Where(shown), allowed=f"至多 {LARGEST} 字节")]
    try:
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = raw.count(b"\n", 0, error.start) + 1
        return None, [Problem("Y103", "文件不是 UTF-8 编码", Where(shown, line), allowed="UTF-8（可带 BOM）")]
    return parse_document(text, shown)


def parse_document(text: str, shown_as: str) -> tuple[Any, list[Problem]]:
    """Parse YAML text as `read_document` does."""
    from ruamel.yaml import YAML
    from ruamel.yaml.error import MarkedYAMLError, YAMLError

    problems: list[Problem] = []
    try:
        node = YAML(typ="safe", pure=True).compose(text)
    except (MarkedYAMLError, YAMLError, RecursionError) as error:
        mark = getattr(error, "problem_mark", None)
        where = Where(shown_as, mark.line + 1, mark.column + 1) if mark else Where(shown_as)
        says = getattr(error, "problem", None) or ("嵌套过深" if isinstance(error, RecursionError) else str(error))
        return None, [Problem("Y104", f"不是有效的 YAML：{says}", where)]
    if node is None:
        return None, [Problem("Y105", "文件是空的", Where(shown_as))]
    return _build(node, shown_as, problems, 0), problems


def _build(node: Any, path: str, problems: list[Problem], depth: int) -> Any:
    where = Where(path, node.start_mark.line + 1, node.start_mark.column + 1)
    if depth > DEEPEST:
        problems.append(Problem("Y106", "嵌套过深", where, allowed=f"至多 {DEEPEST} 层"))
        return None
    if node.anchor:
        problems.append(Problem("Y107", f"不使用锚点和别名（&{node.anchor}）", where, allowed="把内容写全"))
        return None
    if node.id == "scalar":
        if node.style is None and node.value in ("", "~", "null"):
            return None
        _readable(node.value, where, problems)
        scalar = Text(node.value)
        scalar.where = where
        return scalar
    if node.id == "sequence":
        sequence = Sequence(_build(child, path, problems, depth + 1) for child in node.value)
        sequence.where = where
        return sequence
    mapping = Mapping()
    mapping.where, mapping.keys_at = where, {}
    for key, value in node.value:
        at = Where(path, key.start_mark.line + 1, key.start_mark.column + 1)
        name = key.value if key.id == "scalar" else None
        if name is None:
            problems.append(Problem("Y108", "键必须是文字", at))
        elif name in mapping:
            first = mapping.keys_at[name]
            problems.append(Problem("Y109", f"键“{name}”重复，先见于第 {first.line} 行", at, allowed="每个键只写一次"))
        else:
            _readable(name, at, problems)
            mapping.keys_at[name] = at
            mapping[name] = _build(value, path, problems, depth + 1)
    return mapping


def _readable(text: str, where: Where, problems: list[Problem]) -> None:
    """Escapes ("\\x00", "\\ud800") can put characters into a text that no report could carry."""
    if any(category(char) in ("Cc", "Cs") and char not in "\n\r\t" for char in text):
        problems.append(Problem("Y110", "文字中有不能显示的控制字符", where, allowed="去掉该字符"))
