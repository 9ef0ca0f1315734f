"""The sample image in each machine format is what is kept of it; ``python -m tests.golden`` keeps it anew."""

from __future__ import annotations

import pytest

from ..golden import FILES, GOLDEN, output_of


@pytest.mark.parametrize("name", FILES)
def test_the_sample_is_written_as_it_was(name: str) -> None:
    assert output_of(name) == (GOLDEN / FILES[name]).read_bytes()


def test_nothing_else_is_kept() -> None:
    assert sorted(path.name for path in GOLDEN.iterdir()) == sorted(FILES.values())
