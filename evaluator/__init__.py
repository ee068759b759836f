"""ziping (自评): scores the year-end self-evaluation of budget projects from rules that are data.

The declared face: load a rulebook and actuals, evaluate, explain. Start reading at `evaluation.evaluate`.
"""

from __future__ import annotations

from importlib import import_module
from typing import Any

__version__ = "0.1.0"

_FACE = {
    "load_rulebook": "evaluator.rulebook",
    "load_actuals": "evaluator.intake.actuals",
    "evaluate": "evaluator.evaluation",
    "explain_row": "evaluator.explain",
    "explain_table": "evaluator.explain",
    "as_json": "evaluator.export",
    "read_target": "evaluator.quantity",
    "set_beside": "evaluator.quantity",
    "conclude": "evaluator.inference",
    "EvaluatorError": "evaluator.errors",
}
__all__ = ["__version__", *_FACE]


def __getattr__(name: str) -> Any:
    """Import a public name when it is first used, so that `ziping --help` stays quick."""
    if name in _FACE:
        return getattr(import_module(_FACE[name]), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
