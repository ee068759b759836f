"""Reports as files: one function each, a form or a summary in, bytes out; nothing is computed here."""

from __future__ import annotations

import re

# Not allowed in XML, or able to make a line read differently from what it says (bidirectional controls).
UNPRINTABLE = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\ud800-\udfff\ufffe\uffff]")


def printable(text: str) -> str:
    """The text with line ends as `\\n`, tabs as spaces, and what cannot be printed shown as `�`."""
    plain = text.replace("\r\n", "\n").replace("\r", "\n").replace("\t", " ")
    return UNPRINTABLE.sub("\ufffd", plain)
