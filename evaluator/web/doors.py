"""Doors: an address with the act it needs and what answers it. Every page declares its own; app.py puts them in."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from evaluator.web.security import PERMITTED

UNIT = "/{year:int}/{unit}"
TABLE = UNIT + "/p/{code}"


@dataclass(frozen=True, slots=True)
class Door:
    """An address, the act it needs permission for, and what answers; `data`: as plain data, not as a page."""

    method: str
    path: str
    act: str
    answer: Callable[[Any], Any]
    data: bool = False

    def __post_init__(self) -> None:
        assert self.act in PERMITTED
