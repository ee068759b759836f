"""Reports as web pages: self-contained, no script, and fit to print on A4 landscape. Templates: reports/templates."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Any

from evaluator.formats import printable
from evaluator.printed import Form, Summary
from evaluator.workspace import product

if TYPE_CHECKING:
    from jinja2 import Environment

    from evaluator.impact import Impact


def form_html(form: Form) -> bytes:
    """The self-evaluation form with its explanations and findings."""
    return _render("form.html.j2", form=form)


def summary_html(summary: Summary) -> bytes:
    """The unit's summary."""
    return _render("summary.html.j2", summary=summary)


def impact_html(impact: Impact) -> bytes:
    """What moves between two evaluations, each movement with both formulas."""
    return _render("impact.html.j2", impact=impact)


def _render(template: str, **content: Any) -> bytes:
    return _environment().get_template(template).render(**content).encode()


@cache
def _environment() -> Environment:
    from jinja2 import Environment, FileSystemLoader, StrictUndefined

    return Environment(
        loader=FileSystemLoader(product() / "reports" / "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        finalize=_finalize,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )


def _finalize(value: object) -> object:
    """Make what people wrote printable; markup already escaped stays as it is."""
    return printable(value) if type(value) is str else value
