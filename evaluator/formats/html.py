"""Documents as web pages: self-contained, fit to print on A4, and without a script but a book's own search.

Templates: reports/templates. What people wrote is escaped, never read as a template.
"""

from __future__ import annotations

import base64
import hashlib
from functools import cache
from itertools import groupby
from typing import TYPE_CHECKING, Any

from evaluator.files.snapshot import take_text
from evaluator.formats import printable
from evaluator.formats.printing import DRAFT, fitting, parts
from evaluator.pages import NUMBERS, Chart, Document, Grid, Section, bound, pieces, placed, words
from evaluator.workspace.places import product

if TYPE_CHECKING:
    from jinja2 import Environment

UNBOXED = {"title", "heading", "subheading", "plain", "center", "right", "sample", "note"}
ROOM = 720.0  # points: the width of a table on the page


def render(document: Document) -> bytes:
    """The document as one page that needs nothing beside it; raises ValueError when the cells of a grid do not tile it."""
    if document.front:
        return _book(document)
    return _filled(
        "document.html.j2",
        document=document,
        sections=[
            (one, _blocks(one), f"{10 * fitting(one):.2f}pt" if one.compact else "") for one in bound(document).sections
        ],
        draft=DRAFT,
    )


def _book(document: Document) -> bytes:
    """A book: navigation, links and a search box, whose script is the product's own and allowed by its digest."""
    from markupsafe import Markup

    script = take_text(product() / "reports" / "templates" / "rulebook.js")
    digest = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
    foot = "".join(char for char in document.foot if char not in '"\\<>&\n')  # it stands inside a style sheet
    return _filled(
        "rulebook.html.j2",
        document=document,
        numbers=NUMBERS,
        script=Markup(script),
        allowed=f"sha256-{digest}",
        foot=foot,
    )


def _blocks(section: Section) -> list[dict[str, Any]]:
    """The blocks of a section as the template lays them out; charts that follow each other stand side by side."""
    blocks: list[dict[str, Any]] = []
    for charts, run in groupby(section.blocks, key=lambda block: isinstance(block, Chart)):
        if charts:
            blocks.append({"charts": [_drawn(one) for one in run if isinstance(one, Chart)]})
        else:
            blocks += [_table(one) if isinstance(one, Grid) else {"line": one} for one in run]
    return blocks


def _drawn(chart: Chart) -> Any:
    from markupsafe import Markup

    from evaluator.formats.chart import chart_svg

    return Markup(chart_svg(chart))


def _table(grid: Grid) -> dict[str, Any]:
    """A grid as tables, cut where its repeated heading begins; a list is one whose rows are all of one kind."""
    made = []
    for part in parts(grid, ROOM):
        rows: list[list[Any]] = [[] for _ in range(part.rows)]
        for place in part.places:
            rows[place.row].append(place)
        plain = all(place.cell.look in UNBOXED for place in part.places)
        least = [f"height: {each:.1f}pt" if each else "" for each in part.least]
        rowed = list(zip(rows, least, strict=True))
        made.append({"heads": rowed[: part.heads], "rows": rowed[part.heads :], "plain": plain})
    whole = sum(grid.widths)
    listed = grid.repeat is not None and all(cell.down == 1 for row in grid.rows[grid.repeat[0] :] for cell in row)
    widths = [f"{100 * width / whole:.2f}" for width in grid.widths]
    return {"tables": made, "widths": widths, "listed": listed, "looks": _below_head(grid) if listed else {}}


def _below_head(grid: Grid) -> dict[int, str]:
    """The look of each column of a list, that its heading may stand as its figures do."""
    assert grid.repeat is not None
    return {column: cell.look for row, column, cell in placed(grid) if row == grid.repeat[1] + 1}


def _filled(template: str, **content: Any) -> bytes:
    return _environment().get_template(template).render(**content).encode()


@cache
def _environment() -> Environment:
    from jinja2 import Environment, FileSystemLoader, StrictUndefined

    made = Environment(
        loader=FileSystemLoader(product() / "reports" / "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        finalize=_finalize,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    made.globals |= {"words": words, "pieces": pieces}
    return made


def _finalize(value: object) -> object:
    """Make what people wrote printable; markup already escaped stays as it is."""
    return printable(value) if type(value) is str else value
