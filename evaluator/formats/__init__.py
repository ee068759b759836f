"""Reports as files: one function each, a document in, bytes out; nothing is computed here. FORMATS names them all."""

from __future__ import annotations

import re
from dataclasses import dataclass
from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from evaluator.pages import Document


@dataclass(frozen=True, slots=True)
class Format:
    """A format a report is written in: the module whose `render` makes the bytes, imported when first needed, and whether it
    embeds our fonts, so that a character they lack prints as an empty box: in its texts, or in its charts alone."""

    module: str
    own_texts: bool = False
    own_charts: bool = False


FORMATS = {  # by what --to and the ends of file names call them
    "xlsx": Format("xlsx"),
    "html": Format("html"),
    "docx": Format("word", own_charts=True),
    "pdf": Format("pdf", own_texts=True, own_charts=True),
}
USUAL = (".xlsx", ".html")  # what is written when nothing else is asked for; the others take as long again


def render(suffix: str, document: Document) -> bytes:
    """The document in the format of a suffix, `.xlsx` and so on."""
    if (one := FORMATS.get(suffix[1:])) is None:
        raise ValueError(f"no format has the suffix {suffix}")
    made: bytes = import_module(f"{__name__}.{one.module}").render(document)
    return made


# Not allowed in XML, or able to make a line read differently from what it says (bidirectional controls).
UNPRINTABLE = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\ud800-\udfff\ufffe\uffff]")


def printable(text: str) -> str:
    """The text with line ends as `\\n`, tabs as spaces, and what cannot be printed shown as `�`."""
    plain = text.replace("\r\n", "\n").replace("\r", "\n").replace("\t", " ")
    return UNPRINTABLE.sub("\ufffd", plain)
