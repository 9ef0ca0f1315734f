"""One Engine for many scans: what it keeps is of the options, and nothing of an image."""

from __future__ import annotations

from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from multiprocessing import get_context
from pathlib import Path

import pytest

import imgscan as library
from imgscan import Engine, Report, ScanOptions, SelectionError, UsageError
from imgscan.matching.multipattern import Expression, MultiPattern, compile_patterns
from imgscan.survey import layers
from imgscan.testing import TarBuilder

from .made import as_tar, docker_old, image_of, oci, save

PASSWORD = b"password = 'Kd83-jfLq2-ppw9'\n"
RULE = (
    "[[rules]]\nid = \"acme\"\ndescription = \"acme\"\nregex = '''\\b(acme-[0-9]{{{}}})\\b'''\nkeywords = [\"acme-\"]\n"
)


@pytest.fixture
def sources(tmp_path: Path) -> list[Path]:
    """Return two images that differ in everything an analyzer could keep."""
    first = image_of(
        TarBuilder().file("etc/passwd", b"app:x:0:0::/:/bin/sh\n").file("app/.env", PASSWORD).build(),
        TarBuilder().file("bin/su", b"su", mode=0o4755).build(),
    )
    second = image_of(TarBuilder().file("srv/id_rsa", b"acme-1234\n").file("tmp/x", b"x", mode=0o777).build())
    return [
        save(tmp_path / "first.tar", as_tar(docker_old(first))),
        save(tmp_path / "second.tar", as_tar(oci(second))),
    ]


def counted(monkeypatch: pytest.MonkeyPatch) -> list[tuple[Expression, ...]]:
    calls: list[tuple[Expression, ...]] = []

    def count(expressions: tuple[Expression, ...]) -> MultiPattern:
        calls.append(expressions)
        return compile_patterns(expressions)

    monkeypatch.setattr("imgscan.engine.prepared.compiler", lambda _directory: count)
    return calls


def test_scans_by_one_engine_equal_scans_by_one_each(sources: list[Path]) -> None:
    engine = Engine()

    together = [engine.scan(source) for source in (*sources, *sources)]

    assert together == [library.scan(source) for source in (*sources, *sources)]
    assert together[0].findings
    assert together[0].findings != together[1].findings


def test_an_engine_without_secrets_hides_them_all_the_same(sources: list[Path]) -> None:
    options = ScanOptions(skip=("secrets",))
    engine = Engine(options)

    assert [engine.scan(source) for source in sources] == [library.scan(source, options) for source in sources]


def test_several_threads_scan_with_one_engine(sources: list[Path]) -> None:
    engine = Engine(ScanOptions(jobs=2))
    alone = [library.scan(source, engine.options) for source in sources]

    with ThreadPoolExecutor(8) as pool:
        together = list(pool.map(engine.scan, sources * 8))

    assert together == alone * 8


def test_patterns_are_compiled_once_for_all_scans_and_threads(
    sources: list[Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    calls = counted(monkeypatch)
    engine = Engine()

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(engine.scan, sources * 4))

    assert calls
    assert len(calls) == len(set(calls))


def test_each_call_of_scan_makes_its_own(sources: list[Path], monkeypatch: pytest.MonkeyPatch) -> None:
    calls = counted(monkeypatch)

    library.scan(sources[0])
    once = len(calls)
    library.scan(sources[0])

    assert len(calls) == 2 * once > 0


def test_all_images_and_events_come_from_an_engine_as_from_the_functions(sources: list[Path]) -> None:
    engine = Engine()

    assert engine.scan_all(sources[0]) == library.scan_all(sources[0])
    assert list(engine.iter_scan(sources[1]))[-1] == library.scan(sources[1])


def test_progress_and_executor_serve_one_scan_of_an_engine(
    sources: list[Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(layers, "SMALL", 0)
    engine, read = Engine(), list[library.Progress]()

    with ProcessPoolExecutor(2, get_context("spawn")) as executor:
        spread = [engine.scan(source, read.append, executor) for source in sources]

    assert spread == [engine.scan(source) for source in sources]
    assert max(news.done for news in read) > 0


def test_rules_that_change_while_an_engine_lives_are_those_it_was_made_with(
    sources: list[Path], tmp_path: Path
) -> None:
    rules = tmp_path / "rules.toml"
    rules.write_text(RULE.format(4))
    engine = Engine(ScanOptions(rules=(str(rules),)))
    rules.write_text(RULE.format(7))

    assert acme(engine.scan(sources[1])) == 1
    assert acme(Engine(engine.options).scan(sources[1])) == 0


def acme(report: Report) -> int:
    return sum("acme" in finding.rule for finding in report.findings)


def test_a_scan_that_fails_leaves_the_engine_usable(sources: list[Path], tmp_path: Path) -> None:
    engine = Engine()

    with pytest.raises(library.InputError):
        engine.scan(tmp_path / "nothing.tar")

    assert engine.scan(sources[0]) == library.scan(sources[0])


def test_an_engine_refuses_options_when_it_is_made() -> None:
    with pytest.raises(UsageError, match="no analyzer nonsense"):
        Engine(ScanOptions(analyzers=("nonsense",)))
    with pytest.raises(UsageError):
        Engine(ScanOptions(edition="0.1"))


def test_the_options_of_an_engine_choose_in_every_source(sources: list[Path]) -> None:
    engine = Engine(ScanOptions(image="nobody/such:1"))

    for source in sources:
        with pytest.raises(SelectionError):
            engine.scan(source)
