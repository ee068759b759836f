"""The golden samples are what the engine prints today, and printing twice gives the same bytes."""

from __future__ import annotations

import io
import zipfile

import pytest

from tests.samples import FOLDER, samples

MADE = samples()


def parts(data: bytes) -> dict[str, bytes]:
    """A workbook's parts: what it says, whatever library packed it."""
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


@pytest.mark.parametrize("name", sorted(MADE))
def test_sample_is_fresh(name: str) -> None:
    golden = (FOLDER / name).read_bytes()
    if name.endswith(".xlsx"):
        assert parts(MADE[name]) == parts(golden)
    else:
        assert MADE[name] == golden


def test_samples_are_the_same_bytes_every_time() -> None:
    assert samples() == MADE


def test_no_sample_is_left_over() -> None:
    assert {path.name for path in FOLDER.iterdir()} == set(MADE)
