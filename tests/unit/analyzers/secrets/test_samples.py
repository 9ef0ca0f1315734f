"""Lines as they stand in real files of every syntax: secrets are found, what only looks like one is not."""

from __future__ import annotations

import pytest

from imgscan.analyzers.secrets import Secrets
from imgscan.analyzers.secrets.examples import expand
from imgscan.testing import conclude
from tests.unit.analyzers.secrets.samples import FOUND, SILENT

SECRETS = Secrets()


def rules(path: str, template: str) -> list[tuple[str, str]]:
    content = f"{expand(template, path + template)}\n".encode()
    findings = conclude(SECRETS, {path: content}).findings
    return [(finding.rule, finding.evidence["confidence"]) for finding in findings]


@pytest.mark.parametrize(("path", "template"), FOUND)
def test_a_secret_is_found_where_people_write_it(path: str, template: str) -> None:
    assert rules(path, template)


@pytest.mark.parametrize(("path", "template"), SILENT)
def test_what_only_looks_like_a_secret_is_not_reported(path: str, template: str) -> None:
    assert rules(path, template) == []
