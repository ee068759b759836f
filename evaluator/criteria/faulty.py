"""A scoring sentence that cannot be read: why, and where in it."""

from __future__ import annotations

DITTO = ("同上", "同前", "同上行", "〃", "″")  # a standard that is the one of the row above


class Refusal(ValueError):
    """What cannot be read of a sentence: a code, why, the place (a character of the normalised text), what is allowed, the
    nearest readings."""

    def __init__(self, code: str, says: str, at: int = 0, allowed: str = "", nearest: tuple[str, ...] = ()) -> None:
        self.code, self.says, self.at, self.allowed, self.nearest = code, says, at, allowed, nearest
        super().__init__(says)
