"""What was made of something is kept, and made again only where that has changed: the steps of a long computation, item by item."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any, TypeVar

Product = TypeVar("Product")


class Memory:
    """What the steps of a computation have made, each thing with all that it was made of.

    What is kept is never changed by anybody; several threads may share it.
    """

    def __init__(self) -> None:
        self._held: dict[tuple[str, int], tuple[Sequence[Any], Any]] = {}

    def each(
        self, step: str, of: Sequence[Sequence[Any]], make: Callable[[list[int]], Iterable[Product]]
    ) -> list[Product]:
        """What a step makes of each item; `make` is given the places of those that are made of something else than before."""
        held = [self._held.get((step, place)) for place in range(len(of))]
        now = {place: before[1] for place, before in enumerate(held) if before and before[0] == of[place]}
        stale = [place for place in range(len(of)) if place not in now]
        for place, product in zip(stale, make(stale) if stale else (), strict=True):
            now[place] = product
            self._held[step, place] = (of[place], product)
        return [now[place] for place in range(len(of))]
