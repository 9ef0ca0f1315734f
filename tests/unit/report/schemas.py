"""Outputs held against the schemas of their formats."""

from __future__ import annotations

from functools import cache
from typing import Any

import jsonschema_rs
import orjson
import xmlschema

from imgscan.report.jsonl import line_schema

from .made import SCHEMAS


@cache
def sarif_schema() -> jsonschema_rs.Validator:
    """Return a validator of the official schema, with the expression mended that no engine takes."""
    text = (SCHEMAS / "sarif-2.1.0-rtm.5.json").read_text()
    assert text.count("[a-zA-Z]{2}]?$") == 2
    return jsonschema_rs.validator_for(orjson.loads(text.replace("[a-zA-Z]{2}]?$", "[a-zA-Z]{2}$")))


def sarif_of(data: bytes) -> dict[str, Any]:
    """Return a SARIF log that its schema takes."""
    found: dict[str, Any] = orjson.loads(data)
    sarif_schema().validate(found)
    return found


@cache
def _lines() -> jsonschema_rs.Validator:
    return jsonschema_rs.validator_for(line_schema())


def lines_of(data: bytes) -> list[dict[str, Any]]:
    """Return JSON Lines, each of which the schema takes."""
    found: list[dict[str, Any]] = [orjson.loads(line) for line in data.splitlines()]
    for line in found:
        _lines().validate(line)
    return found


@cache
def _junit() -> xmlschema.XMLSchema:
    return xmlschema.XMLSchema(SCHEMAS / "junit-10.xsd")


def check_junit(data: bytes) -> None:
    """Assert that the schema which Jenkins uses takes it."""
    _junit().validate(data)
