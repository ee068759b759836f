"""A bound on the work a test may cause: processor time, since on a busy machine the time of day says nothing."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def at_most(seconds: float) -> Iterator[None]:
    """Hold what is done inside to so much processor time of this process; give several times what it takes."""
    began = time.process_time()
    yield
    assert time.process_time() - began < seconds
