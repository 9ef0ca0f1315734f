from __future__ import annotations

import json

from imgscan.fleet.outputs import json_of
from imgscan.fleet.summary import Tally
from imgscan.fleet.values import Brought, ImageResult, Refused
from imgscan.report.summary import SummaryRow

ROW = SummaryRow("a.tar", "app:1", 10, 2, {"HIGH": 1, "INFO": 0}, {"FAIL": 1}, True)


def result(*brought: Brought, diff_ids: tuple[str, ...] = ("sha256:a",), position: int = 0) -> ImageResult:
    return ImageResult(
        position=position, row=ROW, reports={"json": "reports/x.json"}, code=0, diff_ids=diff_ids, brought=brought
    )


def bring(rule: str, severity: str = "HIGH", diff_id: str | None = "sha256:a", path: str | None = "/x") -> Brought:
    return Brought(diff_id, "RUN a", rule, severity, 2, path)


def test_a_layer_s_findings_are_counted_by_images_and_the_worst_comes_first() -> None:
    tally = Tally()
    tally.add("a.tar", [result(bring("r.low", "LOW"), bring("r.high"))])
    tally.add(
        "b.tar", [result(bring("r.high", path="/a"), bring("r.b", "CRITICAL", "sha256:b"), diff_ids=("sha256:b",))]
    )

    summary = tally.summary()

    assert [layer.diff_id for layer in summary.layers] == ["sha256:b", "sha256:a"]
    high, low = summary.layers[1].findings
    assert (high.rule, high.images, high.findings, high.path) == ("r.high", 2, 2, "/a")
    assert (low.rule, low.images) == ("r.low", 1)
    assert summary.findings["HIGH"] == 2


def test_what_no_layer_brings_stands_apart() -> None:
    tally = Tally()
    tally.add("a.tar", [result(bring("config.x", diff_id=None))])

    summary = tally.summary()

    assert [item.rule for item in summary.config] == ["config.x"]
    assert summary.layers[0].findings == ()


def test_the_order_in_which_images_come_changes_nothing() -> None:
    images = [(f"{n}.tar", result(bring(f"r.{n % 3}", path=f"/{n}"))) for n in range(9)]
    ahead, back = Tally(), Tally()
    for tally, rows in ((ahead, images), (back, images[::-1])):
        for source, item in rows:
            tally.add(source, [item])
            tally.refuse(Refused(source + "x", "why"))

    assert json_of(ahead.summary()) == json_of(back.summary())


def test_strings_that_act_on_a_terminal_do_not_in_the_summary() -> None:
    tally = Tally()
    tally.refuse(Refused("\x1b[31m\udcff.tar", "\x07"))

    assert json.loads(json_of(tally.summary()))["unread"] == [{"source": "\\x1b[31m\\xff.tar", "reason": "\\x07"}]
