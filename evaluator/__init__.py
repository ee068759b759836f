"""ziping (自评): scores the year-end self-evaluation of budget projects from rules that are data.

The declared face: load a rulebook and actuals, evaluate, explain. Start reading at `evaluation.evaluate`.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from evaluator.actuals.resultfiles import load_actuals
    from evaluator.errors import EvaluatorError
    from evaluator.evaluation import evaluate
    from evaluator.explain import explain_row, explain_table
    from evaluator.findings.engine import Engine, rule
    from evaluator.findings.facts import Fact
    from evaluator.findings.inference import conclude
    from evaluator.quantities.quantity import read_target, set_beside
    from evaluator.reporting.export import as_json
    from evaluator.rulebook.book import load_rulebook

__version__ = "0.1.0"

_FACE = {
    "load_rulebook": "evaluator.rulebook.book",
    "load_actuals": "evaluator.actuals.resultfiles",
    "evaluate": "evaluator.evaluation",
    "explain_row": "evaluator.explain",
    "explain_table": "evaluator.explain",
    "as_json": "evaluator.reporting.export",
    "read_target": "evaluator.quantities.quantity",
    "set_beside": "evaluator.quantities.quantity",
    "conclude": "evaluator.findings.inference",
    "Engine": "evaluator.findings.engine",
    "Fact": "evaluator.findings.facts",
    "rule": "evaluator.findings.engine",
    "EvaluatorError": "evaluator.errors",
}
__all__ = [
    "Engine",
    "EvaluatorError",
    "Fact",
    "__version__",
    "as_json",
    "conclude",
    "evaluate",
    "explain_row",
    "explain_table",
    "load_actuals",
    "load_rulebook",
    "read_target",
    "rule",
    "set_beside",
]


def __getattr__(name: str) -> Any:
    """Import a public name when it is first used, so that `ziping --help` stays quick."""
    if name in _FACE:
        return getattr(import_module(_FACE[name]), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
