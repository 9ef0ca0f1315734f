"""No expression of ours hangs on a hostile text: what ``re`` can read in many ways it tries in all of them."""

from __future__ import annotations

import importlib
import pkgutil
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

import imgscan
from imgscan.analyzers.secrets import assignment
from imgscan.analyzers.secrets.syntaxes import BY_NAME

_LENGTH = 48
_UNITS = [*"aA0_-./: =,\"'\\\n\t$%{}[]()<>|+*?!@#&;~", *(a + b for a in "aA0_- " for b in "a0_-.: ,=")]


def expressions() -> Iterator[re.Pattern[str] | re.Pattern[bytes]]:
    """Yield every compiled expression that a module of ours holds."""
    for module in pkgutil.walk_packages(imgscan.__path__, "imgscan."):
        if not module.name.endswith("__main__"):
            for value in vars(importlib.import_module(module.name)).values():
                if isinstance(value, re.Pattern):
                    yield value
    for kind in BY_NAME:
        yield assignment._expression(kind)


def try_all() -> None:
    """Match each expression against runs of many units, behind words of its own, that end in what it cannot take."""
    for expression in expressions():
        text = expression.pattern if isinstance(expression.pattern, str) else expression.pattern.decode("latin-1")
        words = sorted(set(re.findall(r"[A-Za-z]{2,}", text)))[:8]
        for unit in (*_UNITS, *words):
            for start in ("", "a", "A", *words):
                hostile = start + (unit * _LENGTH)[:_LENGTH] + "\x01"
                if isinstance(expression.pattern, bytes):
                    expression.search(hostile.encode("latin-1"))
                else:
                    expression.search(hostile)


def test_no_expression_hangs() -> None:
    assert sum(1 for _ in expressions()) > 100

    try:
        subprocess.run([sys.executable, "-c", f"import {__name__} as it; it.try_all()"], check=True, timeout=300)
    except subprocess.TimeoutExpired:
        pytest.fail("an expression tries too many ways: run try_all() and interrupt it")


if __name__ == "__main__":
    sys.path.insert(0, str(Path(__file__).parents[2]))
    try_all()
