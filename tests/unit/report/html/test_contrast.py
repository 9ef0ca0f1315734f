from __future__ import annotations

import re

import pytest

from imgscan.report.html.page import asset

PAIRS = (
    *(("ink", ground) for ground in ("ground", "panel", "info-field", *(f"l{n}" for n in range(8)))),
    *(("soft", ground) for ground in ("ground", "panel", "info-field")),
    *(("link", ground) for ground in ("ground", "panel", "low-field")),
    ("on", "critical"),
    ("on", "high"),
    ("critical", "ground"),
    ("high", "ground"),
    ("medium", "ground"),
    ("medium", "medium-field"),
    ("low", "low-field"),
    ("pass", "pass-field"),
)
"""Text on its ground, by the names of the style sheet's colours."""


def colours(theme: int) -> dict[str, str]:
    """Return the colours of the light (0) or the dark (1) theme."""
    block = re.findall(r":root \{(.*?)\}", asset("report.css"), re.DOTALL)[theme]
    return dict(re.findall(r"--([\w-]+): (#[0-9a-f]{6});", block))


def luminance(colour: str) -> float:
    """Return the relative luminance (WCAG 2.2)."""
    parts = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    red, green, blue = (part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


@pytest.mark.parametrize("theme", [0, 1], ids=["light", "dark"])
@pytest.mark.parametrize(("text", "ground"), PAIRS)
def test_text_has_the_contrast_that_wcag_aa_asks_for(theme: int, text: str, ground: str) -> None:
    known = colours(theme)
    low, high = sorted((luminance(known[text]), luminance(known[ground])))

    assert (high + 0.05) / (low + 0.05) >= 4.5
