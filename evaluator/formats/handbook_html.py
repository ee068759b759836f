"""The rule book as one web page that needs nothing beside it: navigation, links, a search box, and fit to print on A4.

Its only script is the product's own (reports/templates/rulebook.js), allowed by its digest; what stands in rule files is
text everywhere.
"""

from __future__ import annotations

import base64
import hashlib

from evaluator.files import take_text
from evaluator.formats.html import render_template
from evaluator.handbook.chapters import Book
from evaluator.workspace import product


def handbook_html(book: Book) -> bytes:
    """The whole book; the same book gives the same bytes."""
    from markupsafe import Markup

    script = take_text(product() / "reports" / "templates" / "rulebook.js")
    digest = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
    foot = "".join(char for char in book.stamp if char not in '"\\<>&\n')  # it stands inside a style sheet
    return render_template("rulebook.html.j2", book=book, script=Markup(script), allowed=f"sha256-{digest}", foot=foot)
