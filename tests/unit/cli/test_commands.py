from __future__ import annotations

from imgscan.cli.arguments import COMMANDS
from imgscan.cli.commands import RUN


def test_every_command_of_the_parser_can_be_run() -> None:
    assert tuple(sorted(RUN)) == tuple(sorted(COMMANDS))
