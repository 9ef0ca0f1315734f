"""Secrets in the image's config and history: environment, labels, commands, build arguments."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from typing import Any, NamedTuple

from imgscan.analyzers.secrets.detect import Detector
from imgscan.analyzers.secrets.occurrence import Occurrence, severity_of
from imgscan.analyzers.secrets.settling import settle
from imgscan.model.finding import LayerPoint, State
from imgscan.model.image import ImageConfig
from imgscan.rootfs.view import ImageView

_PER_TEXT = 50
_SURE = 12
_BUILD_ARGS = re.compile(r"\|(\d{1,4}) ")


class Text(NamedTuple):
    """A text of the config: where it stands, what kind of file it reads like, and itself."""

    where: str
    path: str
    text: str
    state: State
    layer: LayerPoint | None = None


def config_texts(view: ImageView) -> Iterator[Text]:
    """Yield every text of config and history that may hold a secret."""
    config: ImageConfig = view.config
    for item in config.env:
        yield Text(f"env {item.partition('=')[0]}", "config.env", item, State.CONFIG)
    for key, value in config.labels.items():
        yield Text(f"label {key}", "config.env", f"{key}={value}", State.CONFIG)
    shell = config.raw.get("Shell")
    own = tuple(map(str, shell)) if isinstance(shell, list) else None
    for name, words in (("entrypoint", config.entrypoint), ("cmd", config.cmd), ("shell", own)):
        if words:
            yield Text(name, "command.sh", " ".join(words), State.CONFIG)
    health = config.raw.get("Healthcheck")
    test = health.get("Test") if isinstance(health, dict) else None
    if isinstance(test, list):
        yield Text("healthcheck", "command.sh", " ".join(map(str, test)), State.CONFIG)
    for name in ("User", "WorkingDir", "StopSignal", "Domainname", "Hostname"):
        if config.raw.get(name):
            yield Text(name.lower(), "command.sh", str(config.raw[name]), State.CONFIG)
    for volume in config.volumes:
        yield Text("volume", "command.sh", volume, State.CONFIG)
    build = config.raw.get("OnBuild")
    if isinstance(build, list):
        for number, line in enumerate(build):
            yield Text(f"onbuild {number}", "command.sh", _instruction(str(line)), State.CONFIG)
    layers = iter(view.points)
    paired = config.created_by() is not None
    for number, step in enumerate(config.history):
        layer = next(layers, None) if paired and not step.empty_layer else None
        for text in (step.created_by, step.comment):
            if text:
                yield Text(f"history {number}", "command.sh", _instruction(text), State.HISTORY, layer)


def _instruction(text: str) -> str:
    """Return an instruction with its settings on lines of their own, so that each reads as an assignment.

    ``|2 A=x B=y /bin/sh -c ...`` are build arguments (legacy builder and BuildKit write both so); ``ENV A=x B=y``
    and ``ENV A x`` the two forms of the Dockerfile reference.
    """
    text = re.sub(r"^/bin/sh -c #\(nop\)\s+", "", text)
    arguments = _BUILD_ARGS.search(text[:200]) if "|" in text[:200] else None
    if arguments is not None:
        head, rest = text[: arguments.end()], text[arguments.end() :]
        for _ in range(int(arguments[1])):
            part, _, rest = rest.partition(" ")
            head += "\n" + part
        text = head + "\n" + rest
    old_form = re.match(r"(?:ENV|ARG|LABEL)\s+([\w.-]+)\s+([^=\s]\S*)\s*$", text)
    if old_form:
        return f"{old_form[1]}={old_form[2]}"
    if re.match(r"(?:ENV|ARG|LABEL)\s", text):
        return re.sub(r"\s+([\w.-]+=)", r"\n\1", text)
    return text


def _found(detector: Detector, view: ImageView) -> Iterator[tuple[Text, bytes, list[dict[str, Any]]]]:
    for text in config_texts(view):
        data = text.text.encode("utf-8", "surrogateescape")
        yield text, data, settle(detector.scan(text.path, data))


def config_values(detector: Detector, view: ImageView) -> tuple[str, ...]:
    """Return the values found, longest first; they must not be shown."""
    found = _found(detector, view)
    values = {data[fact["offset"] : fact["offset"] + fact["length"]] for _, data, facts in found for fact in facts}
    return tuple(
        sorted((v.decode("utf-8", "surrogateescape") for v in values if len(v) >= 3), key=lambda v: (-len(v), v))
    )


def sure_values(detector: Detector, text: str) -> tuple[str, ...]:
    """Return the values in a text that rules of high confidence name."""
    data = text.encode("utf-8", "surrogateescape")
    facts = settle(fact for fact in detector.scan("report.txt", data) if fact["confidence"] == "high")
    values = {data[fact["offset"] : fact["offset"] + fact["length"]] for fact in facts}
    return tuple(sorted(value.decode("utf-8", "surrogateescape") for value in values if len(value) >= _SURE))


def config_occurrences(detector: Detector, view: ImageView) -> Iterator[Occurrence]:
    """Yield one occurrence for each value of a rule and place in config or history."""
    told: set[tuple[str, str, str]] = set()
    for text, fact in ((text, fact) for text, _, facts in _found(detector, view) for fact in _bounded(facts)):
        key = (fact["rule"], fact["hash"], text.where)
        if key in told:
            continue
        told.add(key)
        yield Occurrence(
            rule=fact["rule"],
            kind=detector.by_id[fact["rule"]].title,
            severity=severity_of(detector.rules, fact["rule"], fact["confidence"]),
            confidence=fact["confidence"],
            length=fact["length"],
            shown=fact["shown"],
            hash=fact["hash"],
            state=text.state,
            layer=text.layer,
            where=text.where,
            inside=fact.get("chain", ""),
        )


def _bounded(facts: list[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    """Yield the first facts of each confidence: decoys must not push out what is a secret."""
    counts: Counter[str] = Counter()
    for fact in facts:
        counts[fact["confidence"]] += 1
        if counts[fact["confidence"]] <= _PER_TEXT:
            yield fact
