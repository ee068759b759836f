"""What a person can do to a workspace: plain functions, used by the command line (and whoever else shows the same).

Each takes where it is done (a `Sitting`) and what is wanted, and gives a frozen result; what is wrong comes as problems
(an EvaluatorError carries them). Nothing here prints, asks or ends a program. A module is imported when it is first used.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from evaluator.acts import (
        apart,
        appraising,
        carrying,
        correcting,
        drafting,
        duties,
        entering,
        examining,
        exchanging,
        foreseeing,
        founding,
        handing,
        inspecting,
        issuing,
        knowing,
        looking,
        noting,
        ownfields,
        rechecking,
        restating,
        rulemaking,
        storing,
        submitting,
        surveying,
        vouching,
        watching,
    )

__all__ = [
    "apart",
    "appraising",
    "carrying",
    "correcting",
    "drafting",
    "duties",
    "entering",
    "examining",
    "exchanging",
    "foreseeing",
    "founding",
    "handing",
    "inspecting",
    "issuing",
    "knowing",
    "looking",
    "noting",
    "ownfields",
    "rechecking",
    "restating",
    "rulemaking",
    "storing",
    "submitting",
    "surveying",
    "vouching",
    "watching",
]


def __getattr__(name: str) -> Any:
    """Import a module of acts when it is first asked for, so that `ziping --help` stays quick."""
    if name in __all__:
        return import_module(f"{__name__}.{name}")
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
