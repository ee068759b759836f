"""What all tests share: how hard the properties search, and an evaluation of the sample workspace.

`HYPOTHESIS_PROFILE=thorough pytest` searches ten times as long; on a build server (CI set) the search is the same each run.
"""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

from evaluator.actuals.resultfiles import load_actuals
from evaluator.evaluation import evaluate
from evaluator.results import Evaluation
from evaluator.rulebook.book import Rulebook, load_rulebook

ROOT = Path(__file__).parents[1]
CALM = (HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.function_scoped_fixture)

settings.register_profile("fast", max_examples=200, deadline=None, suppress_health_check=CALM)
settings.register_profile("ci", parent=settings.get_profile("fast"), derandomize=True)
settings.register_profile("thorough", parent=settings.get_profile("fast"), max_examples=2_000)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE") or ("ci" if os.environ.get("CI") else "fast"))


@pytest.fixture(scope="session")
def book() -> Rulebook:
    """The rules of this repository."""
    return load_rulebook(ROOT / "rules")


@pytest.fixture(scope="session")
def sample(book: Rulebook) -> Evaluation:
    """The six projects of 2023 with their illustrative results, scored."""
    return evaluate(book, load_actuals(ROOT / "actuals", book))
