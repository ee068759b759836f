"""YAML documents with positions: every mapping and value knows its line, every scalar stays the text that was written."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any
from unicodedata import category

from evaluator.errors import Problem, Where, foremost
from evaluator.files.snapshot import LARGE, Refused, take

LARGEST = 5_000_000  # bytes of one document
DEEPEST = 30  # levels of nesting
VALUES = 300_000  # keys and values of one document


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
        raw = take(path, LARGEST)
    except Refused as refused:
        code = "Y102" if refused.code == LARGE else "Y101"
        return None, [Problem(code, refused.says, Where(shown), refused.allowed)]
    return decoded(raw, shown)


def decoded(raw: bytes, shown: str) -> tuple[Any, list[Problem]]:
    """The document that the bytes of a file say, as `read_document` reads it."""
    try:
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = raw.count(b"\n", 0, error.start) + 1
        return None, [Problem("Y103", "文件不是 UTF-8 编码", Where(shown, line), allowed="UTF-8（可带 BOM）")]
    return parse_document(text, shown)


def is_bare(read: tuple[Any, list[Problem]]) -> bool:
    """Whether a document that was read says nothing: an empty file, one of comments alone, or `{}`."""
    document, problems = read
    return not document and all(problem.code == "Y105" for problem in problems)


def parse_document(text: str, shown_as: str) -> tuple[Any, list[Problem]]:
    """Parse YAML text as `read_document` does."""
    import yaml

    problems: list[Problem] = []
    events: Iterator[Any] = yaml.parse(text, Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader))
    events = _counted(events)
    try:
        next(events)  # the stream begins
        if isinstance(next(events), yaml.StreamEndEvent):
            return None, [Problem("Y105", "文件是空的", Where(shown_as))]
        document = _build(next(events), events, shown_as, problems, 0)
        next(events)  # the document ends
        if isinstance(after := next(events), yaml.DocumentStartEvent):
            return None, [Problem("Y104", "不是有效的 YAML：一个文件里只能有一份", _where(after, shown_as))]
    except Refused as refused:
        return None, [Problem("Y102", refused.says, Where(shown_as, refused.line), refused.allowed)]
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        where = Where(shown_as, mark.line + 1, mark.column + 1) if mark else Where(shown_as)
        says = getattr(error, "problem", None) or str(error).splitlines()[0]
        return None, [Problem("Y104", f"不是有效的 YAML：{says}", where)]
    return document, foremost(problems, "Y102", Where(shown_as))


def composed(text: str) -> Any:
    """The root node of a YAML text that `parse_document` reads, with where everything stands; None where it says nothing."""
    import yaml

    return yaml.compose(text, Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader))


def _counted(events: Iterator[Any]) -> Iterator[Any]:
    """The events of a document that has not too many; raises Refused."""
    for number, event in enumerate(events):
        if number > VALUES:
            raise Refused(LARGE, "内容过多", f"键和值合计至多 {VALUES} 个", line=event.start_mark.line + 1)
        yield event


def _where(event: Any, path: str) -> Where:
    return Where(path, event.start_mark.line + 1, event.start_mark.column + 1)


def _build(event: Any, events: Iterator[Any], path: str, problems: list[Problem], depth: int) -> Any:
    """The value that begins with an event, whose events are all taken."""
    where = _where(event, path)
    if depth > DEEPEST:
        problems.append(Problem("Y106", "嵌套过深", where, allowed=f"至多 {DEEPEST} 层"))
        return _skip(event, events)
    if event.anchor:
        problems.append(Problem("Y107", f"不使用锚点和别名（{event.anchor}）", where, allowed="把内容写全"))
        return _skip(event, events)
    match type(event).__name__:
        case "ScalarEvent":
            if not event.style and event.value in ("", "~", "null"):
                return None
            _readable(event.value, where, problems)
            return placed(event.value, where)
        case "SequenceStartEvent":
            sequence = Sequence(_build(child, events, path, problems, depth + 1) for child in _inside(events))
            sequence.where = where
            return sequence
    document = mapping(where)
    for key in _inside(events):
        at, name = _where(key, path), getattr(key, "value", None)
        if name is None:
            problems.append(Problem("Y108", "键必须是文字", at))
            _skip(key, events)
            _skip(next(events), events)
        elif name in document:
            first = document.keys_at[name]
            problems.append(Problem("Y109", f"键“{name}”重复，先见于第 {first.line} 行", at, allowed="每个键只写一次"))
            _skip(next(events), events)
        else:
            _readable(name, at, problems)
            document.keys_at[name] = at
            document[name] = _build(next(events), events, path, problems, depth + 1)
    return document


def _inside(events: Iterator[Any]) -> Iterator[Any]:
    """The events that begin the parts of a sequence, or the keys of a mapping, up to its end."""
    while not type(event := next(events)).__name__.endswith("EndEvent"):
        yield event


def _skip(event: Any, events: Iterator[Any]) -> None:
    """Pass over everything that begins with an event."""
    deep = int(type(event).__name__.endswith("StartEvent"))
    while deep:
        name = type(next(events)).__name__
        deep += name.endswith("StartEvent") - name.endswith("EndEvent")


def _readable(text: str, where: Where, problems: list[Problem]) -> None:
    """Escapes ("\\x00", "\\ud800") can put characters into a text that no report could carry."""
    if any(category(char) in ("Cc", "Cs") and char not in "\n\r\t" for char in text):
        problems.append(Problem("Y110", "文字中有不能显示的控制字符", where, allowed="去掉该字符"))


# ---- documents put together from the cells of a table: texts that know the cell they came from ----


def mapping(where: Where) -> Mapping:
    """An empty mapping at a place."""
    empty = Mapping()
    empty.where, empty.keys_at = where, {}
    return empty


def put(mapping: Mapping, key: str, value: object) -> None:
    """Set a key to a value that knows its place, or stands where the mapping does."""
    mapping[key] = value
    mapping.keys_at[key] = getattr(value, "where", mapping.where)


def within(mapping_: Mapping, key: str, where: Where) -> Mapping:
    """The mapping under a key, begun at a place where there is none."""
    if key not in mapping_:
        put(mapping_, key, mapping(where))
    inside: Mapping = mapping_[key]
    return inside


def placed(value: str, where: Where) -> Text:
    """A text at a place."""
    text = Text(value)
    text.where = where
    return text
