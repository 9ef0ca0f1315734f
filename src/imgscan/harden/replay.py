"""The settings of an image as instructions of a Dockerfile: a stage that begins from scratch has none.

Source: Dockerfile reference: of ENV, EXPOSE, LABEL, STOPSIGNAL, USER, VOLUME and WORKDIR the values are expanded, so
that a dollar sign is escaped; the exec form of ENTRYPOINT, CMD and HEALTHCHECK is JSON, and no value is expanded in it.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Sequence
from typing import Annotated

import msgspec

from imgscan.harden.plan import Instruction, Reference
from imgscan.harden.quoting import is_plain
from imgscan.harden.settings import disputed_ports
from imgscan.harden.subject import Subject
from imgscan.model.image import ImageConfig
from imgscan.model.items import read_evidence

_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_.-]*", re.ASCII)
_LABEL = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_./-]*", re.ASCII)
_WORD = re.compile(r"[A-Za-z0-9_./:+-]+", re.ASCII)
_OF_THE_BUILD = ("io.buildah.version",)
"""Labels that a build tool writes about itself."""


_Count = Annotated[int, msgspec.Meta(ge=0)]


class _Health(msgspec.Struct, frozen=True, rename="pascal"):
    """A health check; durations in nanoseconds. Source: Docker image spec v1.2, "Healthcheck"."""

    test: list[str] = []
    interval: _Count = 0
    timeout: _Count = 0
    start_period: _Count = 0
    retries: _Count = 0


class _Others(msgspec.Struct, frozen=True):
    signal: str = msgspec.field(name="StopSignal", default="")
    shell: list[str] = msgspec.field(name="Shell", default_factory=list)
    health: _Health | None = msgspec.field(name="Healthcheck", default=None)


class _Where(msgspec.Struct, frozen=True):
    """Which setting a secret stands in: ``env NAME``, ``label NAME``."""

    where: str = ""


def replayed_settings(subject: Subject, config: ImageConfig) -> Iterator[Instruction]:
    """Yield the settings of the image but for USER and a HEALTHCHECK that it lacks.

    What a finding asks to leave out is left out, and the comment says so.
    """
    secrets = _secret_settings(subject)
    for item in config.env:
        name, _, value = item.partition("=")
        yield from _assignment("ENV", name, value, secrets.get(f"env {name}", ()), _NAME)
    for name, value in sorted(config.labels.items()):
        if name not in _OF_THE_BUILD:
            yield from _assignment("LABEL", name, value, secrets.get(f"label {name}", ()), _LABEL)
    if config.working_dir not in ("", "/"):
        yield _of_value("WORKDIR", config.working_dir)
    yield from _ports(subject, config.exposed_ports)
    for path in config.volumes:
        yield _setting(f"VOLUME {json.dumps([_escaped(path)])}")
    others = _others(config)
    if others.signal:
        yield _of_value("STOPSIGNAL", others.signal)
    if others.shell:
        yield _setting(f"SHELL {json.dumps(others.shell)}")
    if others.health is not None:
        yield from _healthcheck(others.health)
    if config.entrypoint:
        yield _setting(f"ENTRYPOINT {json.dumps(config.entrypoint)}")
    if config.cmd:
        yield _setting(f"CMD {json.dumps(config.cmd)}")


def _setting(text: str, why: str = "", answers: Sequence[Reference] = (), active: bool = True) -> Instruction:
    return Instruction(text, why, next(iter(answers), None), active=active, also=tuple(answers[1:]))


def _assignment(
    instruction: str, name: str, value: str, secrets: Sequence[Reference], names: re.Pattern[str]
) -> Iterator[Instruction]:
    if secrets:
        why = f"left out: it holds a secret, whose bytes anybody with the image has; mount it at run time ({name}_FILE)"
        yield _setting(f"{instruction} {name}", why, secrets, active=False)
    elif names.fullmatch(name) and is_plain(value):
        yield _setting(f'{instruction} {name}="{_escaped(value)}"')
    else:
        yield _setting(
            f"{instruction} {name}", "by hand: its value has characters that a Dockerfile cannot hold", active=False
        )


def _of_value(instruction: str, value: str) -> Instruction:
    if is_plain(value) and value == value.strip():
        return _setting(f"{instruction} {_escaped(value)}")
    return _setting(f"{instruction} {value}", "by hand: it has characters that a Dockerfile cannot hold", active=False)


def _escaped(value: str) -> str:
    return re.sub(r'([\\"$])', r"\\\1", value)


def _ports(subject: Subject, ports: Iterable[str]) -> Iterator[Instruction]:
    disputed = disputed_ports(subject)
    targets = subject.of("config.port-ssh", "config.port-malformed")
    for text in ports:
        if text in disputed:
            answers = [item.reference for item in targets if text in item.evidence.ports]
            yield _setting(f"EXPOSE {text}", "left out: no port of a service", answers, active=False)
        elif _WORD.fullmatch(text):
            yield _setting(f"EXPOSE {text}")


def _healthcheck(health: _Health) -> Iterator[Instruction]:
    durations = (("interval", health.interval), ("timeout", health.timeout), ("start-period", health.start_period))
    options = [f"--{name}={value // 1_000_000}ms" for name, value in durations if value]
    options += [f"--retries={health.retries}"] if health.retries else []
    kind, *words = health.test or [""]
    if kind == "NONE":
        yield _setting("HEALTHCHECK NONE")
    elif kind == "CMD-SHELL" and len(words) == 1:
        yield _setting(" ".join(["HEALTHCHECK", *options, "CMD", words[0]]))
    elif kind == "CMD" and words:
        yield _setting(" ".join(["HEALTHCHECK", *options, "CMD", json.dumps(words)]))


def _others(config: ImageConfig) -> _Others:
    """Return the settings that have no field of their own; an odd one says nothing, as with runtimes."""
    try:
        return msgspec.convert(config.raw, _Others)
    except (msgspec.ValidationError, RecursionError):
        return _Others()


def _secret_settings(subject: Subject) -> dict[str, list[Reference]]:
    result: dict[str, list[Reference]] = {}
    for target in subject.of("secrets."):
        where = read_evidence(target.finding, _Where).where
        if where:
            result.setdefault(where, []).append(target.reference)
    return result
