"""Laws of the secret search: independent of windows and compression, whole at every boundary, and never telling."""

from __future__ import annotations

import logging
import traceback
from pathlib import Path

import pytest

import imgscan
from imgscan.analyzers.secrets import Secrets
from imgscan.analyzers.secrets.examples import expand
from imgscan.analyzers.secrets.settling import settle
from imgscan.cli.main import main
from imgscan.model.limits import Limits
from imgscan.survey.survey import Surveyor
from imgscan.testing import COMPRESSIONS, ImageBuilder, compress, docker_archive, oci_archive, tar_of
from imgscan.testing.compress import Compression

ANALYZER = Secrets()
TOKEN = expand("ghp_<<0-9A-Za-z|30>><<crc>>", "law").encode()
PASSWORD = expand("<<A-Za-z0-9|14>>", "law").encode()
_MIB = 1 << 20


def facts(blob: bytes, chunk: int) -> list[tuple[object, ...]]:
    surveyor = Surveyor((ANALYZER,), Limits())
    layer = surveyor.survey(blob[at : at + chunk] for at in range(0, len(blob), chunk))
    assert layer.problems == ()
    found = settle(fact.data for fact in layer.facts.get("secrets", ()))
    return [(fact["rule"], fact["offset"], fact["line"], fact["hash"]) for fact in found]


@pytest.mark.parametrize("shift", [*range(-700, 700, 47), *range(-48, 8)])
def test_a_planted_secret_is_found_at_every_offset_around_a_window_boundary(shift: int) -> None:
    filler = (b"x" * 79 + b"\n") * (2 * _MIB // 80)
    at = _MIB + shift
    content = filler[:at] + b"\n" + TOKEN + b"\nDB_PASSWORD=" + PASSWORD + b"\n" + filler[at:]

    found = facts(tar_of({"app/.env": content}), _MIB)

    line = content.count(b"\n", 0, at + 1) + 1
    assert [item[:3] for item in found] == [
        ("github.personal-token", at + 1, line),
        ("generic.password", at + 1 + len(TOKEN) + 13, line + 1),
    ]


@pytest.mark.parametrize("chunk", [_MIB, 4 * _MIB, 65537, 1 << 14])
@pytest.mark.parametrize("compression", COMPRESSIONS)
def test_findings_do_not_depend_on_chunks_or_compression(chunk: int, compression: Compression) -> None:
    layer = tar_of(
        {f"srv/{number}.conf": b"\n" * number + b"token " + TOKEN + b"\npassword = " + PASSWORD for number in range(40)}
        | {"pad": bytes(range(256)) * 8192}
    )

    assert facts(compress(layer, compression), chunk) == facts(layer, _MIB)


WITH_SECRETS = imgscan.ScanOptions(analyzers=("all", "secrets"))


def _planted() -> tuple[list[str], ImageBuilder]:
    values = [expand("<<A-Za-z0-9|18>>", f"plant{number}") for number in range(200)]
    forms = ("DB_PASSWORD={}", "password: {}", "api_token = '{}'", "https://bob:{}@h.test/", "mysql -uroot -p{} x")
    files = {
        f"srv/{number}.conf": forms[number % 5].format(value).encode() + b"\n"
        for number, value in enumerate(values[:150])
    }
    image = ImageBuilder(
        settings={
            "Env": [f"V{number}_PASSWORD={value}" for number, value in enumerate(values[150:170])],
            "Labels": {f"l{number}": f"postgres://u:{value}@db/x" for number, value in enumerate(values[170:180])},
            "Cmd": ["sh", "-c", f"curl -u bob:{values[180]} http://h.test/"],
        }
    )
    image.layer(files, created_by=" ".join(f"RUN_{n}_TOKEN={value}" for n, value in enumerate(values[181:])))
    return values, image


def test_nothing_that_is_written_holds_a_planted_value(
    tmp_path: Path, capfdbinary: pytest.CaptureFixture[bytes], caplog: pytest.LogCaptureFixture
) -> None:
    values, image = _planted()
    source = tmp_path / "image.tar"
    source.write_bytes(docker_archive(image))
    cache = tmp_path / "cache"
    caplog.set_level(logging.DEBUG)

    for words in (["-v"], ["-f", "json"], ["-q", "--cache", str(cache)]):
        main(["scan", str(source), "--no-progress", "-a", "all,secrets", *words])
    report = imgscan.scan(source, WITH_SECRETS)

    written = capfdbinary.readouterr()
    text = written.out + written.err + caplog.text.encode() + repr(report.findings).encode()
    text += b"".join(path.read_bytes() for path in cache.iterdir())
    assert [value for value in values if value.encode() in text] == []
    assert len(report.findings) >= 190


def test_an_error_does_not_hold_a_value(tmp_path: Path) -> None:
    values, image = _planted()
    source = tmp_path / "image.tar"
    source.write_bytes(docker_archive(image)[:-60000])

    try:
        text = repr(imgscan.scan(source, WITH_SECRETS).problems)
    except imgscan.ImgscanError:
        text = traceback.format_exc()

    assert [value for value in values if value in text] == []


def test_every_archive_format_gives_the_same_findings(tmp_path: Path) -> None:
    _, image = _planted()
    archives = {"docker.tar": docker_archive(image), "oci.tar": oci_archive(image)}
    found = []
    for name, data in archives.items():
        (tmp_path / name).write_bytes(data)
        report = imgscan.scan(tmp_path / name, WITH_SECRETS)
        found.append(
            [(item.rule, item.path, item.line, item.evidence["hash"]) for item in report.findings if item.path]
        )

    assert found[0] == found[1]
    assert found[0]
