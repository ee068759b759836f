"""A text as YAML writes it: read back, it is the same text."""

from __future__ import annotations

import re
import unicodedata

_PLAIN = re.compile(r"[^\s\-?:,\[\]{}#&*!|>'\"%@`~=]")  # a first character without a meaning of its own in YAML
_NUMBER = re.compile(r"[-+.]?[\d.][\d_,.:eExXoOa-fA-F+\-]*%?")
_WORDS = {"null", "true", "false", "yes", "no", "on", "off", "y", "n"}
_ESCAPES = {'"': '\\"', "\\": "\\\\", "\n": "\\n", "\t": "\\t", "\r": "\\r"}


def scalar(text: str, number: bool = False) -> str:
    """A text as a YAML scalar: plain where that is certain to be read back as the same text, else in double quotes."""
    if number and re.fullmatch(r"\d+(\.\d+)?", text):
        return text
    plain = (
        bool(text)
        and _PLAIN.match(text) is not None
        and text.isprintable()
        and text[-1] not in " :"
        and not re.search(r": | #|\t", text)
        and text.lower() not in _WORDS
        and (_NUMBER.fullmatch(text) is None or text.endswith("%"))
    )
    return text if plain else '"' + "".join(_ESCAPES.get(char) or _escaped(char) for char in text) + '"'


def _escaped(char: str) -> str:
    if char.isprintable() or unicodedata.category(char) == "Zs":
        return char
    code = ord(char)
    return f"\\x{code:02x}" if code < 0x100 else f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"
