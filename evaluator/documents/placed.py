"""Documents put together from the cells of a table: mappings and texts that know the cell they came from."""

from __future__ import annotations

from evaluator.documents.loading import Mapping, Text
from evaluator.errors import Where


def mapping(where: Where) -> Mapping:
    """An empty mapping at a place."""
    made = Mapping()
    made.where, made.keys_at = where, {}
    return made


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
