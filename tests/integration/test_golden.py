"""Three images in each format are what is kept of them; ``python -m tests.golden`` keeps them anew."""

from __future__ import annotations

import pytest

from ..golden import FILES, GOLDEN, output_of


@pytest.mark.parametrize(("image", "name"), FILES)
def test_an_image_is_written_as_it_was(image: str, name: str) -> None:
    assert output_of(image, name) == (GOLDEN / FILES[image, name]).read_bytes()


def test_nothing_else_is_kept() -> None:
    assert sorted(path.name for path in GOLDEN.iterdir()) == sorted(FILES.values())
