"""Secrets in the image's config and history: environment, labels, commands, build arguments."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any, NamedTuple

from imgscan.analyzers.secrets.conclusion import settle, severity_of
from imgscan.analyzers.secrets.detect import Detector
from imgscan.model.finding import Finding, LayerPoint, State
from imgscan.model.image import ImageConfig
from imgscan.rootfs.view import ImageView

_PER_TEXT = 50
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
    for name, words in (("entrypoint", config.entrypoint), ("cmd", config.cmd)):
        if words:
            yield Text(name, "command.sh", " ".join(words), State.CONFIG)
    health = config.raw.get("Healthcheck")
    test = health.get("Test") if isinstance(health, dict) else None
    if isinstance(test, list):
        yield Text("healthcheck", "command.sh", " ".join(map(str, test)), State.CONFIG)
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


def _found(detector: Detector, view: ImageView) -> Iterator[tuple[Text, bytes, dict[str, Any]]]:
    for text in config_texts(view):
        data = text.text.encode("utf-8", "surrogateescape")
        for fact in settle(detector.scan(text.path, data))[:_PER_TEXT]:
            yield text, data, fact


def config_values(detector: Detector, view: ImageView) -> tuple[str, ...]:
    """Return the values found, longest first; they must not be shown."""
    values = {data[fact["offset"] : fact["offset"] + fact["length"]] for _, data, fact in _found(detector, view)}
    return tuple(
        sorted((v.decode("utf-8", "surrogateescape") for v in values if len(v) >= 3), key=lambda v: (-len(v), v))
    )


def config_findings(analyzer: str, detector: Detector, view: ImageView) -> Iterator[Finding]:
    """Yield one finding for each secret and place in config or history."""
    by_rule = {rule.id: rule for rule in detector.rules.rules}
    found = list(_found(detector, view))
    places: dict[tuple[str, str], list[str]] = {}
    for text, _, fact in found:
        places.setdefault((fact["rule"], fact["hash"]), []).append(text.where)
    told: set[tuple[str, str, str]] = set()
    for text, _, fact in found:
        key = (fact["rule"], fact["hash"], text.where)
        if key in told:
            continue
        told.add(key)
        others = [where for where in dict.fromkeys(places[fact["rule"], fact["hash"]]) if where != text.where]
        rule = by_rule[fact["rule"]]
        shown = f" ({fact['shown']})" if fact["shown"].strip("*") else ""
        yield Finding(
            rule=f"secrets.{fact['rule']}",
            analyzer=analyzer,
            severity=severity_of(detector.rules, fact),
            message=f"{rule.title} in {text.where}{shown}",
            state=text.state,
            layer=text.layer,
            evidence={
                "confidence": fact["confidence"],
                "where": text.where,
                "length": fact["length"],
                "shown": fact["shown"],
                "hash": fact["hash"],
                **({"also_at": others[:20], "also_at_count": len(others)} if others else {}),
            },
            remediation=detector.rules.remediation(rule),
            identity=f"{text.where}\0{fact['hash']}",
        )
