"""Small built images with the right verdict and its reason, where they lie beside the checkout."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

JUDGE = Path(__file__).parents[3] / "shared/cases/judge.py"
COMMAND = Path(sys.executable).with_name("imgscan")


def judged(patterns: list[str]) -> list[str]:
    """Return the lines on cases that were answered wrongly."""
    words = [word for pattern in patterns for word in ("--only", pattern)]
    command = [sys.executable, str(JUDGE), "--imgscan", str(COMMAND), *words]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.stdout.endswith("right\n"), done.stderr[-500:]
    return [line for line in done.stdout.splitlines() if line.startswith("BAD")]


@pytest.mark.skipif(not JUDGE.exists(), reason="the built cases do not lie beside the checkout")
@pytest.mark.skipif(not COMMAND.exists(), reason="the command is not installed beside the interpreter")
@pytest.mark.parametrize("part", ["shown", "shown_hostile"])
def test_every_built_case_is_judged_right(part: str) -> None:
    sys.path.insert(0, str(JUDGE.parent))
    try:
        cases = __import__(part).CASES
    finally:
        sys.path.remove(str(JUDGE.parent))

    wrong = judged(sorted({case.id.partition("/")[0] + "/*" for case in cases}))
    if wrong:  # each has seconds to answer in, which a busy machine may not give: once more, by themselves
        wrong = judged([line.split()[1].rstrip(":") for line in wrong])

    assert wrong == []
