"""The controls as the table of docs/controls.md: ``python -m imgscan.cis.table`` writes it."""

from __future__ import annotations

import sys
from collections.abc import Iterator

from imgscan.cis.checklist import CHECKS
from imgscan.cis.definition import Definition
from imgscan.cis.evaluate import BENCHMARK


def control_table() -> str:
    """Return the controls of the benchmark and of the checklist as Markdown, one row a status."""
    parts = (("CIS Docker Benchmark 1.6.0", BENCHMARK), ("Hardening checklist", CHECKS))
    return "\n".join(line for title, definitions in parts for line in _part(title, definitions))


def _part(title: str, definitions: tuple[Definition, ...]) -> Iterator[str]:
    yield from (f"## {title}", "", "| control | status | what gives it |", "|---|---|---|")
    for item in definitions:
        for number, (status, text) in enumerate(item.gives.items()):
            control = f"**{item.id}** {item.title}" if not number else ""
            yield f"| {control} | {status} | {text.replace('|', chr(92) + '|')} |"
    yield ""


if __name__ == "__main__":
    sys.stdout.write(control_table())
