"""A document becomes a model, or a list of problems that each name their line and what is allowed."""

from __future__ import annotations

import re
from collections.abc import Iterable
from pathlib import Path
from types import NoneType, UnionType
from typing import Annotated, Any, TypeVar, Union, get_args, get_origin

from pydantic import BaseModel, ValidationError

from evaluator.documents.loading import Mapping, read_document
from evaluator.errors import MOST, Problem, Where, foremost, nearest

Model = TypeVar("Model", bound=BaseModel)
Loc = tuple[str | int, ...]  # the way to a value: keys, and numbers of things in a list


def read_model(model: type[Model], path: Path, shown_as: str) -> tuple[Model | None, list[Problem]]:
    """Read one YAML file as `model`; returns None with the problems when it is not one."""
    document, problems = read_document(path, shown_as)
    if document is None or problems:
        return None, problems
    return as_model(model, document)


def as_model(model: type[Model], document: Any) -> tuple[Model | None, list[Problem]]:
    """Validate a document read by `read_document`; every problem at once (codes R101 to R103, and those a model gives itself)."""
    made, found = validated(model, document)
    return made, [problem for _, problem in found]


def validated(model: type[Model], document: Any) -> tuple[Model | None, list[tuple[Loc, Problem]]]:
    """As `as_model` does, each problem with the way to the value it is about; no way where there are too many."""
    try:
        return model.model_validate(document), []
    except ValidationError as error:
        items = error.errors(include_url=False)
        told = foremost((_problem(model, document, item) for item in items), "Y102", getattr(document, "where", None))
        locs: list[Loc] = [item["loc"] for item in items[:MOST]]
        return None, list(zip([*locs, ()], told, strict=False))


def _problem(model: type[BaseModel], document: Any, error: Any) -> Problem:
    loc: Loc = error["loc"]
    where = place(document, loc)
    key = str(loc[-1]) if loc else ""
    if error["type"] == "extra_forbidden":
        allowed = _fields_at(model, loc[:-1])
        known = [f"{name}（{title}）" if title else name for name, title in allowed.items()]
        owner = named(model, loc[:-1], document)
        says = f"{owner}{'里' if owner else ''}不认识的键“{key}”"
        return Problem("R101", says, _key_place(document, loc) or where, "、".join(known), nearest(key, allowed))
    if error["type"] == "missing":
        return Problem("R102", f"缺少{named(model, loc, document)}（{key}）", where)
    name = named(model, loc, document)
    if error["type"] == "literal_error":
        where = getattr(error["input"], "where", where)  # where it was written under an older key
        words = [word.strip("'") for word in error["ctx"]["expected"].replace(" or ", ", ").split(", ")]
        return Problem("R103", f"{name}“{error['input']}”不在可选范围", where, "、".join(words),
                       nearest(str(error["input"]), words))  # fmt: skip
    if re.fullmatch(r"[A-Z]\d{3}", error["type"]):  # a rule of the model that has a page of its own
        return Problem(error["type"], error["msg"], where, remedy=error["ctx"].get("remedy", ""))
    given = "" if isinstance(error["input"], dict | list) else f"“{error['input']}”"
    told = _CHINESE.get(error["type"])
    says = told.format(**error.get("ctx", {})) if told else error["msg"].removeprefix("Value error, ")
    return Problem("R103", f"{name}{given}不可用：{says}" if name or given else says, where)


def named(model: Any, loc: Iterable[str | int], document: Any) -> str:
    """The way to a value in the words people are shown: 质量1“产品合格率”的分值, 年初预算数的财政资金, 绩效目标第1项.

    `document` gives the things of a list their ids and names; such a thing may be told by its number or by its id.
    """
    said: list[str] = []
    for part in loc:
        kind, inside = get_origin(model), _inside(model)
        document = _at(document, part)
        if kind is list and isinstance(document, dict) and document.get("id"):
            called = document.get("name") or document.get("title")
            said[-1:] = [f"{document['id']}“{called}”" if called else str(document["id"])]
        elif kind is list:
            said[-1:] = [f"{''.join(said[-1:])}第{part + 1 if isinstance(part, int) else part}项"]
        elif kind is dict:  # of rows the row is said, and not that it is one of the rows
            row = isinstance(inside, type) and issubclass(inside, BaseModel)
            said[-1:] = [str(part) if row else f"{''.join(said[-1:])}“{part}”"]
        elif part != "[key]":
            fields = _fields_at(model, ())
            said.append(_BRACKETS.sub("", fields.get(str(part), "")) or str(part))
            inside = _inside(model, str(part))
        model = inside
    return "的".join(said)


_BRACKETS = re.compile("[（：，；].*")  # 指标值（照录原文）


def _inside(model: Any, field: str = "") -> Any:
    """What a model says of a field, or of the things in a list or mapping."""
    if isinstance(model, type) and issubclass(model, BaseModel):
        return next(
            (_bare(one.annotation) for name, one in model.model_fields.items() if field in (name, one.alias)), None
        )
    return _bare(get_args(model)[-1]) if get_origin(model) in (list, dict) else None


def _at(document: Any, part: str | int) -> Any:
    """What stands in a document at a key, a number or the id of a thing; None where nothing does."""
    if isinstance(document, list):
        named = (one for one in document if isinstance(one, dict) and one.get("id") == part)
        return document[part] if isinstance(part, int) and part < len(document) else next(named, None)
    return document.get(part) if isinstance(document, dict) else None


_CHINESE = {
    "string_type": "应为文字",
    "string_pattern_mismatch": "不符合格式 {pattern}",
    "string_too_long": "超过 {max_length} 个字符",
    "string_too_short": "不能为空",
    "int_parsing": "应为整数",
    "int_type": "应为整数",
    "list_type": "应为列表",
    "dict_type": "应为键值对",
    "model_type": "应为键值对",
    "too_short": "至少要有 {min_length} 项",
    "too_long": "至多 {max_length} 项",
    "greater_than_equal": "不得小于 {ge}",
    "less_than_equal": "不得大于 {le}",
    "greater_than": "应大于 {gt}",
}


def place(document: Any, loc: Loc) -> Where | None:
    """The place of a value in a document, or of the deepest part of the way that exists."""
    where: Where | None = getattr(document, "where", None)
    for part in loc:
        if isinstance(document, Mapping) and isinstance(part, str) and part in document:
            where, document = document.keys_at[part], document[part]
        elif isinstance(document, list) and isinstance(part, int) and part < len(document):
            document = document[part]
        else:
            break
        where = getattr(document, "where", None) or where
    return where


def _key_place(document: Any, loc: Loc) -> Where | None:
    """The place of the last key of the way, not of its value."""
    for part in loc[:-1]:
        document = document[part]
    where: Where | None = document.keys_at.get(str(loc[-1])) if isinstance(document, Mapping) else None
    return where


def _fields_at(model: Any, loc: Loc) -> dict[str, str]:
    """The keys allowed in the mapping at `loc` below `model`, with their Chinese names."""
    for part in loc:
        model = _inside(model, str(part))
    if isinstance(model, type) and issubclass(model, BaseModel):
        return {field.alias or name: field.title or "" for name, field in model.model_fields.items()}
    return {}


def _bare(annotation: Any) -> Any:
    if get_origin(annotation) is Annotated:
        return _bare(get_args(annotation)[0])
    if get_origin(annotation) in (Union, UnionType):
        return _bare(next(part for part in get_args(annotation) if part is not NoneType))
    return annotation
