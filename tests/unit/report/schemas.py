"""Outputs held against the schemas of their formats."""

from __future__ import annotations

from functools import cache
from html.parser import HTMLParser
from typing import Any

import cmarkgfm
import jsonschema_rs
import orjson
import xmlschema
from cmarkgfm.cmark import Options
from cyclonedx.schema import SchemaVersion
from cyclonedx.validation.json import JsonStrictValidator
from spdx_tools.spdx.parser.jsonlikedict.json_like_dict_parser import JsonLikeDictParser
from spdx_tools.spdx.validation.document_validator import validate_full_spdx_document

from imgscan.report.jsonl import line_schema
from imgscan.report.markdown import MAX_CHARACTERS

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


_ELEMENTS = set("h2 h3 strong em p br code table thead tbody tr th td details summary".split())


class _Page(HTMLParser):
    """Rendered Markdown: its elements, the text of each cell, and which elements are never closed."""

    def __init__(self) -> None:
        super().__init__()
        self.elements = set[str]()
        self.attributes = set[tuple[str, str | None]]()
        self.text = ""
        self.open: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.add(tag)
        self.attributes |= set(attrs)
        if tag != "br":
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.text += data


def rendered(text: str) -> _Page:
    """Return Markdown as GitHub's own parser renders it, raw HTML kept."""
    page = _Page()
    page.feed(cmarkgfm.github_flavored_markdown_to_html(text, options=Options.CMARK_OPT_UNSAFE))
    page.close()
    return page


def check_markdown(data: bytes) -> None:
    """Assert that a comment is not too long, and that nothing but the elements that imgscan writes comes of it."""
    text = data.decode()
    assert len(text) <= MAX_CHARACTERS
    page = rendered(text)
    assert page.open == []
    assert page.elements <= _ELEMENTS
    assert page.attributes <= {("open", ""), ("open", None)}


@cache
def _cyclonedx() -> JsonStrictValidator:
    return JsonStrictValidator(SchemaVersion.V1_6)


def cyclonedx_of(data: bytes) -> dict[str, Any]:
    """Return a bill that the schema of CycloneDX 1.6 takes, nothing added to it."""
    assert _cyclonedx().validate_str(data.decode()) is None
    found: dict[str, Any] = orjson.loads(data)
    return found


def spdx_of(data: bytes) -> dict[str, Any]:
    """Return a document that the validator of SPDX 2.3 takes."""
    found: dict[str, Any] = orjson.loads(data)
    document = JsonLikeDictParser().parse(orjson.loads(data))
    assert [message.validation_message for message in validate_full_spdx_document(document)] == []
    return found
