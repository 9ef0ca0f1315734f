"""The man page is that of the parser, and man takes it."""

from __future__ import annotations

import importlib
import re
import shutil
import subprocess
from pathlib import Path
from types import ModuleType

import pytest

from imgscan.cli.arguments import COMMANDS

ROOT = Path(__file__).parents[2]
PAGE = ROOT / "docs" / "imgscan.1"


@pytest.fixture
def man(monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    monkeypatch.syspath_prepend(ROOT / "docs")
    return importlib.import_module("man")


def test_the_page_is_what_the_parser_says(man: ModuleType) -> None:
    assert man.page() == PAGE.read_text(encoding="utf-8"), "run python docs/man.py"


def test_every_command_and_every_option_of_scan_is_in_it() -> None:
    text = PAGE.read_text(encoding="utf-8").replace("\\-", "-")
    options = ("--fail-on ", "--timing", "-q, --quiet", "--sandbox auto|require|off")

    assert [name for name in COMMANDS if f'.SS "imgscan {name}"' not in text] == []
    assert [option for option in options if f".B {option}" not in text] == []


def test_no_line_is_taken_for_a_macro_that_is_none() -> None:
    macros = set(re.findall(r"^\.(\S*)", PAGE.read_text(encoding="utf-8"), re.MULTILINE))

    assert macros <= {'\\"', "TH", "SH", "SS", "TP", "B", "nf", "fi"}


@pytest.mark.skipif(shutil.which("groff") is None, reason="there is no groff here")
def test_groff_has_nothing_to_complain_of() -> None:
    done = subprocess.run(
        ["groff", "-man", "-Tutf8", "-ww", str(PAGE)], capture_output=True, text=True, check=False, timeout=60
    )

    assert (done.returncode, done.stderr) == (0, "")
