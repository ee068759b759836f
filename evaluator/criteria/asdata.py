"""A criterion as plain data for a YAML file, and back: each node by its kind, with what it says; numbers and quantities as texts."""

from __future__ import annotations

import re
import types
from collections.abc import Mapping
from dataclasses import MISSING, fields
from fractions import Fraction
from functools import lru_cache
from typing import Any, get_args, get_origin, get_type_hints

from evaluator.criteria import tree
from evaluator.criteria.cutting import Figure
from evaluator.criteria.faulty import Refusal
from evaluator.criteria.tree import Criterion
from evaluator.errors import nearest
from evaluator.quantities.numerals import Unreadable, read_number, write_number
from evaluator.quantities.units import Quantity, read_unit

# how a kind is written in a file; what is not here is no kind of node
_KINDS: dict[str, type] = {
    "band": tree.Interval, "met": tree.Met, "fact": tree.Claim, "otherwise": tree.Otherwise, "lost": tree.Lost,
    "full": tree.Full, "fixed": tree.Fixed, "share": tree.Percentage, "proportion": tree.InProportion, "judged": tree.Assessed, "formula": tree.Formula,
    "number": tree.Number, "name": tree.Name, "operation": tree.Operation,
    "per_unit": tree.PerUnit, "count": tree.Count,
    "award": tree.Award, "change": tree.Change, "not_applicable": tree.NotApplicable, "outside": tree.Extra, "veto": tree.Veto,
    "end": tree.Edge, "part": tree.Criterion,
}  # fmt: skip
_NAMES = {kind: name for name, kind in _KINDS.items()}


def to_data(criterion: Criterion) -> dict[str, Any]:
    """A criterion as mappings, lists and texts; what a node leaves out is as in a node that says nothing."""
    data: dict[str, Any] = _fields(criterion)
    if criterion.terms:
        data["terms"] = dict(criterion.terms)
    return data


def _fields(node: Any) -> dict[str, Any]:
    data = {}
    for field_ in fields(node):
        value = getattr(node, field_.name)
        if field_.name == "terms" or (
            field_.default is not MISSING and value == field_.default and not isinstance(value, bool)
        ):
            continue
        data[field_.name] = _plain(value)
    return data


def _plain(value: Any) -> Any:
    if type(value) in _NAMES:
        inside = to_data(value) if isinstance(value, Criterion) else _fields(value)
        return {_NAMES[type(value)]: inside}
    if isinstance(value, Quantity):
        return str(value)
    if isinstance(value, Fraction):
        return write_number(value)
    return [_plain(part) for part in value] if isinstance(value, tuple) else value


def from_data(data: Mapping[str, Any]) -> Criterion:
    """A criterion from its data; raises Refusal (Q412) naming what is no kind, no field or no value of one."""
    criterion = _node(Criterion, {key: content for key, content in data.items() if key != "terms"}, "评分标准")
    terms = data.get("terms") or {}
    if not isinstance(terms, Mapping):
        raise Refusal("Q412", "terms 应是一组“事项: 读法”", 0, "如 floor: 0")
    assert isinstance(criterion, Criterion)
    from dataclasses import replace

    return replace(criterion, terms=tree.terms_of({str(key): str(reading) for key, reading in terms.items()}))


@lru_cache(maxsize=64)
def _hints(kind: type) -> dict[str, Any]:
    return get_type_hints(kind, vars(tree))


def _node(kind: type, data: Any, where: str) -> Any:
    if not isinstance(data, Mapping):
        raise Refusal("Q412", f"{where}应是一组“名称: 内容”", 0)
    hints = _hints(kind)
    if wrong := next((key for key in data if key not in hints), None):
        raise Refusal("Q412", f"{where}没有“{wrong}”这一项", 0, "、".join(hints), (nearest(str(wrong), hints),))
    values = {key: _value(hints[key], content, f"{where}的 {key} ") for key, content in data.items()}
    try:
        return kind(**values)
    except TypeError:
        needed = [field_.name for field_ in fields(kind) if field_.default is MISSING and field_.name not in values]
        raise Refusal("Q412", f"{where}缺少 {'、'.join(needed)}", 0, "、".join(hints)) from None


def _value(hint: Any, data: Any, where: str) -> Any:
    options = [option for option in get_args(hint) if option is not type(None)] if _is_union(hint) else [hint]
    if data is None and _is_union(hint):
        return None
    if get_origin(hint) is tuple:
        inner = get_args(hint)
        if not isinstance(data, list | tuple):
            raise Refusal("Q412", f"{where}应是一列", 0)
        kinds = [inner[0]] * len(data) if len(inner) > 1 and inner[1] is Ellipsis else list(inner)
        if len(kinds) != len(data):
            raise Refusal("Q412", f"{where}应有 {len(kinds)} 项", 0)
        return tuple(_value(kind, item, where) for kind, item in zip(kinds, data, strict=True))
    if any(option in _NAMES for option in options):
        return _named(options, data, where)
    try:
        return _simple(options[0], data)
    except (Unreadable, ValueError) as error:
        raise Refusal("Q412", f"{where}写作“{data}”，读不出：{error}", 0) from None


def _is_union(hint: Any) -> bool:
    return isinstance(hint, types.UnionType) or str(get_origin(hint)) == "typing.Union"


def _named(options: list[Any], data: Any, where: str) -> Any:
    names = {_NAMES[option]: option for option in options if option in _NAMES}
    if not isinstance(data, Mapping) or len(data) != 1 or next(iter(data)) not in names:
        raise Refusal("Q412", f"{where}应写作一种内容", 0, "、".join(names), (nearest(str(data)[:20], names),))
    name, inside = next(iter(data.items()))
    if names[name] is Criterion:
        return from_data(inside or {})
    return _node(names[name], inside or {}, name)


def _simple(kind: Any, data: Any) -> Any:
    if kind is Fraction:
        text = str(data)
        above, slash, below = text.partition("/")
        return read_number(above) / read_number(below) if slash else read_number(text)
    if kind is Quantity:
        figure = re.fullmatch(r"(-?[0-9]+(?:\.[0-9]+)?)(.*)", str(data))
        if figure is None or (figure[2] and read_unit(figure[2]) is None):
            raise ValueError("应为数和单位，如 1个百分点")
        return Figure(read_number(figure[1]), figure[2]).quantity
    if kind is bool:
        if not isinstance(data, bool):
            raise ValueError("应为 true 或 false")
        return data
    allowed = get_args(kind)
    if allowed and data not in allowed:
        raise ValueError(f"应为 {'、'.join(map(str, allowed))}")
    return str(data)
