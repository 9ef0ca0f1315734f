from __future__ import annotations

import json
from pathlib import Path

from ...integration.support import ALPINE, imgscan


def test_a_saved_report_gives_the_remedy_of_its_image(tmp_path: Path) -> None:
    saved = tmp_path / "report.json"
    saved.write_bytes(imgscan(ALPINE, "-f", "json").out)

    of_report, of_image = (imgscan("harden", source, "-f", "json") for source in (saved, ALPINE))

    assert of_report.code == of_image.code == 0
    assert json.loads(of_report.out)["commands"] == json.loads(of_image.out)["commands"]
