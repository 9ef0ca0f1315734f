"""The harnesses, in short: on their seeds, on seeds that were changed a little, and under atheris where it is there."""

from __future__ import annotations

import importlib.util
import subprocess
import sys
from pathlib import Path
from random import Random

import pytest

from .harnesses import CORPUS, Harness, harnesses, kept, run_one

ROOT = Path(__file__).parents[2]
HARNESSES = harnesses()
WHOLE = ("scan", "layer", "config")
CHANGES = 40
FILES = tuple(CORPUS.glob("*.txt"))


def changed(seed: bytes, random: Random) -> bytes:
    """Return bytes with some changed, cut off, put in or repeated."""
    data = bytearray(seed)
    for _ in range(random.randint(1, 4)):
        at = random.randrange(len(data) + 1)
        match random.randrange(4):
            case 0 if data:
                data[at % len(data)] ^= 1 << random.randrange(8)
            case 1:
                del data[at:]
            case 2:
                data[at:at] = data[at : at + random.randrange(600)]
            case _:
                data[at : at + 4] = random.randbytes(4)
    return bytes(data)


@pytest.mark.parametrize("name", HARNESSES)
def test_every_harness_holds_on_its_corpus(name: str) -> None:
    harness: Harness = HARNESSES[name]
    random = Random(name)

    for seed in harness.seeds:
        run_one(harness, seed)
        for _ in range(CHANGES):
            run_one(harness, changed(seed, random))


def test_every_file_of_inputs_is_of_a_harness_and_read() -> None:
    files = {path.stem: len([line for line in path.read_text().splitlines() if line[:1] != "#"]) for path in FILES}

    assert len(files) >= 8
    assert files == {name: len(list(kept(name))) for name in files}
    assert files.keys() <= {name.replace(" ", "-") for name in HARNESSES}


@pytest.mark.skipif(importlib.util.find_spec("atheris") is None, reason="atheris is not installed")
@pytest.mark.parametrize("name", WHOLE)
def test_a_few_thousand_inputs_of_atheris_find_nothing(name: str, tmp_path: Path) -> None:
    corpus = tmp_path / "corpus"
    corpus.mkdir()
    for number, seed in enumerate(HARNESSES[name].seeds):
        (corpus / str(number)).write_bytes(seed)
    bounds = ["-runs=300", "-max_total_time=20", "-max_len=20000", f"-artifact_prefix={tmp_path}/", "-seed=1"]

    run = subprocess.run(
        [sys.executable, "-m", "tests.fuzz", name, *bounds, str(corpus)], cwd=ROOT, capture_output=True, timeout=120
    )

    assert run.returncode == 0, run.stderr.decode(errors="replace")[-2000:]
