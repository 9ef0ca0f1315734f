from __future__ import annotations

from pathlib import Path

import pytest
from msgspec.structs import replace

from imgscan.cli.fleet import _lines, _local, _sandbox
from imgscan.cli.forked_workers import ForkedWorkers
from imgscan.cli.sandbox import Sandbox
from imgscan.errors import UsageError
from imgscan.fleet import FleetReport
from imgscan.fleet.driver import FleetRun
from imgscan.fleet.summary import Tally
from imgscan.fleet.values import Refused
from imgscan.fleet.workers import LocalProcesses
from tests.unit.cli.support import parsed
from tests.unit.fleet.test_summary import ROW, bring, result


def report(run: FleetRun | None = None, refused: int = 0, complete: bool = True, code: int = 0) -> FleetReport:
    tally = Tally()
    made = result(bring("r.high"), bring("r.low", "LOW"))
    tally.add("a.tar", [replace(made, row=replace(ROW, complete=complete), code=code)])
    for number in range(refused):
        tally.refuse(Refused(f"{number}.tar", "why"))
    return FleetReport(tally.summary(), run or FleetRun())


def test_what_came_of_it_is_told_in_few_lines() -> None:
    lines = list(_lines(report(), "out"))

    assert lines[0] == "FLEET (1 image)"
    assert lines[1] == "  findings: 0 critical, 1 high, 0 medium, 0 low, 0 info"
    assert "    sha256:a  1 image: high r.high and 1 other rule" in lines
    assert lines[-1].startswith("  out/index.html, fleet.json")


def test_what_was_not_read_or_in_part_or_was_finished_before_is_told_and_only_then() -> None:
    told = "\n".join(_lines(report(FleetRun(kept=3), refused=2, complete=False), "out"))
    silent = "\n".join(_lines(report(), "out"))

    for text in ("2 not read", "3 were finished before", "1 image read IN PART"):
        assert text in told
    for text in ("not read", "finished before", "IN PART"):
        assert text not in silent


@pytest.mark.parametrize(("refused", "codes", "code"), [(1, (1, 4), 3), (0, (4, 1), 1), (0, (0, 4), 4), (0, (0, 0), 0)])
def test_the_worst_exit_code_counts(refused: int, codes: tuple[int, ...], code: int) -> None:
    tally = Tally()
    tally.add("a.tar", [replace(result(position=n), code=one) for n, one in enumerate(codes)])
    for _ in range(refused):
        tally.refuse(Refused("x", "y"))

    assert FleetReport(tally.summary(), FleetRun()).exit_code == code


def test_who_reads_addresses_or_belongs_to_a_cluster_is_not_confined_and_that_is_said(
    capsys: pytest.CaptureFixture[str],
) -> None:
    for words, engine in ((("s3://b/x.tar",), "local"), (("x.tar",), "dask")):
        asked = parsed("fleet", *words, "--out", "o", "--sandbox", "auto")
        assert _sandbox(asked, engine) is Sandbox.OFF
        assert "no sandbox" in capsys.readouterr().err
        with pytest.raises(UsageError, match="not confined"):
            _sandbox(parsed("fleet", *words, "--out", "o", "--sandbox", "require"), engine)


def test_who_reads_files_here_is_confined_in_silence(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "x.tar").write_bytes(b"\0" * 512)
    asked = parsed("fleet", str(tmp_path / "x.tar"), "--out", "o", "--sandbox", "require")

    assert _sandbox(asked, "local") is Sandbox.REQUIRE
    assert capsys.readouterr().err == ""


def test_nothing_is_forked_from_a_caller_s_process_unless_that_is_asked_for() -> None:
    asked = parsed("fleet", "x.tar", "--out", "o")

    assert isinstance(_local(asked, Sandbox.OFF, 1), LocalProcesses)
    assert isinstance(_local(asked, Sandbox.AUTO, 1), ForkedWorkers)
    asked.program = True
    assert isinstance(_local(asked, Sandbox.OFF, 1), ForkedWorkers)
