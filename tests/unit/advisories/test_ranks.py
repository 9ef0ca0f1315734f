from __future__ import annotations

import pytest

from imgscan.advisories.ranks import epss_scores, exploited
from imgscan.errors import ManifestError


def test_scores_are_read_line_by_line() -> None:
    data = b"#model_version:v1\ncve,epss,percentile\nCVE-1-1,0.5,0.9\nCVE-1-2,0.001,0.1\n"

    assert list(epss_scores(data, "f")) == [("CVE-1-1", 0.5), ("CVE-1-2", 0.001)]


@pytest.mark.parametrize("line", ["CVE-1-1", "CVE-1-1,high", "CVE-1-1,nan", "CVE-1-1,7", "CVE\r-1,0.5", "x" * 200_000])
def test_a_row_that_is_none_is_named_by_its_line(line: str) -> None:
    with pytest.raises(ManifestError, match="line 2"):
        list(epss_scores(f"cve,epss,percentile\n{line}\n".encode(), "f"))


def test_the_catalog_of_what_is_exploited_is_read() -> None:
    assert exploited(b'{"vulnerabilities": [{"cveID": "CVE-1-1", "vendorProject": "x"}]}', "f") == ["CVE-1-1"]
    with pytest.raises(ManifestError, match="no catalog"):
        exploited(b'{"vulnerabilities": [{"id": "CVE-1-1"}]}', "f")
