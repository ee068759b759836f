"""Typst, with the fonts of reports/fonts alone: a bare server prints what a desktop prints, the same bytes on every run."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Literal

from evaluator.files.snapshot import take
from evaluator.workspace.places import product

if TYPE_CHECKING:
    from typst import Compiler

PIXELS = 96  # to an inch, as a drawing's own


def typeset(
    template: Literal["document", "picture"], data: str, form: Literal["pdf", "png"], scale: float = 1
) -> bytes:
    """What a program of reports/templates makes of `data`; a drawing's pixel becomes `scale` pixels of a picture."""
    program = take(product() / "reports" / "templates" / f"{template}.typ")
    written = _compiler().compile(program, format=form, ppi=PIXELS * scale, sys_inputs={"data": data})
    assert isinstance(written, bytes)
    return written


@cache
def _compiler() -> Compiler:
    """One compiler for all that is printed, since it reads the fonts once."""
    from typst import Compiler, Fonts

    reports = product() / "reports"
    fonts = Fonts(include_system_fonts=False, include_embedded_fonts=False, font_paths=[str(reports / "fonts")])
    return Compiler(root=str(reports / "templates"), font_paths=fonts)
