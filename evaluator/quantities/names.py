"""Names of one project as different parts of a document write them."""

from __future__ import annotations


def same_name(name: str, other: str) -> bool:
    """Whether one name is the other with words left out (劳务派遣服务经费, 文化路街道劳务派遣服务经费项目)."""
    return _within(name, other) or _within(other, name)


def _within(short: str, long: str) -> bool:
    rest = iter(long)
    return all(char in rest for char in short)
