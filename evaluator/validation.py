"""A document becomes a model, or a list of problems that each name their line and what is allowed."""

from __future__ import annotations

from pathlib import Path
from types import NoneType, UnionType
from typing import Annotated, Any, TypeVar, Union, get_args, get_origin

from pydantic import BaseModel, ValidationError

from evaluator.documents import Mapping, read_document
from evaluator.errors import Problem, Where, foremost, nearest

Model = TypeVar("Model", bound=BaseModel)


def read_model(model: type[Model], path: Path, shown_as: str) -> tuple[Model | None, list[Problem]]:
    """Read one YAML file as `model`; returns None with the problems when it is not one."""
    document, problems = read_document(path, shown_as)
    if document is None or problems:
        return None, problems
    return as_model(model, document)


def as_model(model: type[Model], document: Any) -> tuple[Model | None, list[Problem]]:
    """Validate a document read by `read_document`; every problem at once (codes R101 to R103)."""
    try:
        return model.model_validate(document), []
    except ValidationError as error:
        found = (_problem(model, document, item) for item in error.errors(include_url=False))
        return None, foremost(found, "Y102", getattr(document, "where", None))


def _problem(model: type[BaseModel], document: Any, error: Any) -> Problem:
    loc: tuple[str | int, ...] = error["loc"]
    where = place(document, loc)
    key = str(loc[-1]) if loc else ""
    dotted = ".".join(str(part) for part in loc)
    if error["type"] == "extra_forbidden":
        known = [f"{name}（{title}）" if title else name for name, title in _fields_at(model, loc[:-1]).items()]
        return Problem(
            "R101",
            f"不认识的键“{dotted}”",
            _key_place(document, loc) or where,
            "、".join(known),
            nearest(key, _fields_at(model, loc[:-1])),
        )
    if error["type"] == "missing":
        title = _fields_at(model, loc[:-1]).get(key, "")
        return Problem("R102", f"缺少“{dotted}”" + (f"（{title}）" if title else ""), where)
    if error["type"] == "literal_error":
        words = [word.strip("'") for word in error["ctx"]["expected"].replace(" or ", ", ").split(", ")]
        return Problem("R103", f"“{dotted}”的值“{error['input']}”不在可选范围", where, "、".join(words),
                       nearest(str(error["input"]), words))  # fmt: skip
    given = "" if isinstance(error["input"], dict | list) else f"“{error['input']}”"
    told = _CHINESE.get(error["type"])
    says = told.format(**error.get("ctx", {})) if told else error["msg"].removeprefix("Value error, ")
    return Problem("R103", f"“{dotted}”的值{given}不可用：{says}", where)


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


def place(document: Any, loc: tuple[str | int, ...]) -> Where | None:
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


def _key_place(document: Any, loc: tuple[str | int, ...]) -> Where | None:
    """The place of the last key of the way, not of its value."""
    for part in loc[:-1]:
        document = document[part]
    where: Where | None = document.keys_at.get(str(loc[-1])) if isinstance(document, Mapping) else None
    return where


def _fields_at(model: Any, loc: tuple[str | int, ...]) -> dict[str, str]:
    """The keys allowed in the mapping at `loc` below `model`, with their Chinese names."""
    for part in loc:
        if isinstance(model, type) and issubclass(model, BaseModel):
            names = {(field.alias or name): field.annotation for name, field in model.model_fields.items()}
            model = _bare(names.get(str(part)))
        elif get_origin(model) in (list, dict):
            model = _bare(get_args(model)[-1])
    if isinstance(model, type) and issubclass(model, BaseModel):
        return {field.alias or name: field.title or "" for name, field in model.model_fields.items()}
    return {}


def _bare(annotation: Any) -> Any:
    if get_origin(annotation) is Annotated:
        return _bare(get_args(annotation)[0])
    if get_origin(annotation) in (Union, UnionType):
        return _bare(next(part for part in get_args(annotation) if part is not NoneType))
    return annotation
