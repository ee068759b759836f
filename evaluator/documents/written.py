"""What every file's models are made of: a piece that knows where it was written, and single values as people write them.

Points are hundredths (int), shares and ratios are exact fractions. No float enters.
"""

from __future__ import annotations

from fractions import Fraction
from typing import Annotated, Any, Self

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    ModelWrapValidatorHandler,
    PrivateAttr,
    StringConstraints,
    WithJsonSchema,
    model_validator,
)

from evaluator.documents.scalars import distinct, flag, hundredths, ratio
from evaluator.errors import Where


def told(says: str, **schema: Any) -> WithJsonSchema:
    """What an editor shows and allows for a value that we read from text."""
    return WithJsonSchema({"description": says, **schema})


TEXT = ["string", "number"]
_POINTS = told("分值，至多两位小数", type=TEXT, pattern=r"^\d{1,6}(\.\d{1,2})?$", minimum=0)
Points = Annotated[int, BeforeValidator(hundredths), _POINTS]
PERCENT = told("百分数，如 85%", type="string", pattern=r"^\d{1,6}(\.\d{1,4})?%$")
Ratio = Annotated[Fraction, BeforeValidator(ratio), PERCENT]
Share = Annotated[Fraction, BeforeValidator(ratio), Field(ge=0, le=1), PERCENT]
Flag = Annotated[bool, BeforeValidator(flag), told("true 或 false", type="boolean")]
Code = Annotated[str, Field(pattern=r"^[0-9A-Za-z][0-9A-Za-z_.-]{0,39}$")]
Year = Annotated[int, Field(ge=2000, le=2100)]
_ONE_LINE = AfterValidator(lambda text: " ".join(text.splitlines()))
Name = Annotated[str, StringConstraints(strip_whitespace=True), _ONE_LINE, Field(min_length=1, max_length=200)]
GradeName = Annotated[str, StringConstraints(strip_whitespace=True), Field(pattern=r"^[\w★☆][\w★☆（）()/+-]{0,9}$")]
Line = Annotated[str, StringConstraints(strip_whitespace=True), Field(min_length=1, max_length=1000)]
_WORDS = told("文字", type=TEXT, maxLength=4000)
Words = Annotated[str, StringConstraints(strip_whitespace=True), Field(max_length=4000), _WORDS]
Levels = Annotated[list[Name], Field(min_length=2, max_length=20), AfterValidator(distinct)]


class Written(BaseModel):
    """Something a person wrote in a file; `where` is its place, or None when it was made by code."""

    model_config = ConfigDict(extra="forbid", frozen=True, arbitrary_types_allowed=True)
    _where: Where | None = PrivateAttr(default=None)
    _old: tuple[Where, ...] = PrivateAttr(default=())
    _keys: dict[str, Where] = PrivateAttr(default={})

    @model_validator(mode="wrap")
    @classmethod
    def _remember(cls, value: Any, build: ModelWrapValidatorHandler[Self]) -> Self:
        now = cls._now(value)
        piece = build(now)
        piece._where = getattr(value, "where", None)
        piece._old = getattr(now, "old", ())
        piece._keys = getattr(value, "keys_at", {})
        return piece

    @staticmethod
    def _now(value: Any) -> Any:
        """What was written for an earlier version, as it is said now."""
        return value

    @property
    def where(self) -> Where | None:
        """Where it was written, None when it was not read from a file."""
        return self._where

    def at(self, field: str) -> Where | None:
        """Where one of its fields was written, else where it begins itself."""
        return self._keys.get(field, self._where)

    @property
    def old(self) -> tuple[Where, ...]:
        """Where its file says something as earlier versions had it (see formerly.py)."""
        return self._old
