"""Arguments as the parser makes them."""

from __future__ import annotations

import argparse

from imgscan.cli.arguments import build_parser


def parsed(*words: str) -> argparse.Namespace:
    arguments = build_parser("1").parse_args(list(words))
    arguments.program = False
    return arguments
