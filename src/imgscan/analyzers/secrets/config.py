"""Secrets in the image's config and history (environment, labels, commands, build arguments) and beside the image."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

from imgscan.analyzers.secrets.detect import Detector
from imgscan.analyzers.secrets.facts import SecretFact
from imgscan.analyzers.secrets.guessable import is_default, is_set_password
from imgscan.analyzers.secrets.hashing import keyed_hash, redacted
from imgscan.analyzers.secrets.names import name_kind
from imgscan.analyzers.secrets.occurrence import Occurrence, rank_of
from imgscan.analyzers.secrets.overlaps import is_generic, without_overlaps
from imgscan.analyzers.secrets.rating import Confidence, Doubt
from imgscan.formats.image.document_texts import document_texts
from imgscan.formats.json import member
from imgscan.formats.secret_values import hidden_at
from imgscan.model.finding import LayerPoint, State
from imgscan.model.hidden import Hidden
from imgscan.model.image import ImageConfig
from imgscan.model.ledger import Cause, Gap
from imgscan.rootfs.view import ImageView

_PER_TEXT = 50
_OPEN = ("secrets.*",)
_SURE = 12
# A variable or label on a line of its own, as the texts here have them.
_VARIABLE = re.compile(
    rb"(?m)^(?:[A-Z]{3,5}[ \t]+)?([\w.-]{1,80})=([^\s]{1,200}|\"[^\"\n]{1,200}\"|'[^'\n]{1,200}')[ \t]*(?:#[ \t]*buildkit[ \t]*)?$"
)
_BUILD_ARGS = re.compile(r"\|(\d{1,4}) ")


class Text(NamedTuple):
    """A text of the config: where it stands, what kind of file it reads like, and itself."""

    where: str
    path: str
    text: str
    state: State
    layer: LayerPoint | None = None


def config_texts(view: ImageView) -> Iterator[Text]:
    """Yield every text of config and history, and every document beside the image, that may hold a secret."""
    seen: set[str] = set()
    for text in _texts_of_config(view):
        seen.add(text.text)
        yield text
    yield from _texts_of_documents(view, _words_of(view.config) | seen)
    # Provenance in mode "max" has the build's arguments and its Dockerfile (moby/buildkit, slsa-provenance.md).
    for document in view.attached:
        if document.data:
            data = document.data.decode("utf-8", "surrogateescape")
            yield Text(f"document {document.digest[:19]} beside the image", "attestation.json", data, State.ARCHIVE)


def _texts_of_config(view: ImageView) -> Iterator[Text]:
    """Yield the texts that a runtime or a builder reads."""
    config: ImageConfig = view.config
    for item in config.env:
        yield Text(f"env {item.partition('=')[0]}", "config.env", item, State.CONFIG)
    for key, value in config.labels.items():
        yield Text(f"label {key}", "config.env", f"{key}={value}", State.CONFIG)
    shell, test, build = _raw_lists(config)
    commands = (("entrypoint", config.entrypoint), ("cmd", config.cmd), ("shell", shell), ("healthcheck", test))
    for name, words in commands:
        if words:
            yield Text(name, "command.sh", " ".join(words), State.CONFIG)
    for name in ("User", "WorkingDir", "StopSignal", "Domainname", "Hostname"):
        if config.raw.get(name):
            yield Text(name.lower(), "command.sh", str(config.raw[name]), State.CONFIG)
    for volume in config.volumes:
        yield Text("volume", "command.sh", volume, State.CONFIG)
    for number, line in enumerate(build):
        yield Text(f"onbuild {number}", "command.sh", _instruction(line), State.CONFIG)
    layers = iter(view.points)
    paired = config.created_by() is not None
    for number, step in enumerate(config.history):
        layer = next(layers, None) if paired and not step.empty_layer else None
        for text in (step.created_by, step.comment):
            if text:
                yield Text(f"history {number}", "command.sh", _instruction(text), State.HISTORY, layer)


def _words_of(config: ImageConfig) -> set[str]:
    """Return the texts of the config that are looked at in another form than the document has them in."""
    lists = (config.entrypoint or (), config.cmd or (), *_raw_lists(config))
    steps = [text for step in config.history for text in (step.created_by, step.comment)]
    return {text for texts in (*lists, steps, config.labels.values()) for text in texts}


def _raw_lists(config: ImageConfig) -> Sequence[tuple[str, ...]]:
    """Return the shell, the test of the health check and the instructions for images built upon this one."""
    health = config.raw.get("Healthcheck")
    values = (config.raw.get("Shell"), member(health, "Test"), config.raw.get("OnBuild"))
    return [tuple(map(str, value)) if isinstance(value, list) else () for value in values]


def _texts_of_documents(view: ImageView, known: set[str]) -> Iterator[Text]:
    """Yield what else the image's documents hold: they are sent to everybody, with fields that nobody reads."""
    for document in view.documents:
        is_config = document.name == view.manifest.documents[0]
        name, state = ("config", State.CONFIG) if is_config else ("manifest", State.ARCHIVE)
        for field, text in document_texts(document.data, known).items():
            yield Text(f"{name} {field}".rstrip(), "config.env", text, state)
    for line in view.manifest.index_annotations:
        if line not in known:
            yield Text(f"index annotation {line.partition('=')[0]}", "config.env", line, State.ARCHIVE)


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


class Looked(NamedTuple):
    """A text that was looked at: its bytes, what it holds, and why not all of it was looked at."""

    text: Text
    data: bytes
    facts: list[SecretFact]
    skipped: Counter[str]


def looked_at(detector: Detector, view: ImageView) -> Iterator[Looked]:
    """Yield every text of config and history with the facts on it, in their order."""
    for text in config_texts(view):
        data = text.text.encode("utf-8", "surrogateescape")
        skipped: Counter[str] = Counter()
        facts = without_overlaps(detector.scan(text.path, data, skipped=skipped))
        if detector.judges_assignments:
            facts += _set_passwords(text, data, facts)
        yield Looked(text, data, facts, skipped)


def _set_passwords(text: Text, data: bytes, facts: list[SecretFact]) -> list[SecretFact]:
    """Return facts on the passwords that variables and labels set, where nothing else was found: poor ones count too."""
    result = []
    taken = [(fact.offset, fact.offset + fact.length) for fact in facts]
    for line in _VARIABLE.finditer(data):
        name, value = (part.decode("utf-8", "replace") for part in line.group(1, 2))
        start, stop = line.span(2)
        if not is_set_password(name, value) or any(first < stop and start < last for first, last in taken):
            continue
        bare = line[2].strip(b"\"'")
        result.append(
            SecretFact(
                rule=f"generic.{name_kind(name)}",
                confidence=Confidence.LOW,
                offset=start,
                length=len(line[2]),
                line=1,
                shown=redacted(bare, True),
                hash=keyed_hash(bare, True),
                why=Doubt.DEFAULT if is_default(name, bare.decode("utf-8", "replace")) else Doubt.GUESSABLE,
            )
        )
    return result


def config_values(looked: Iterable[Looked]) -> tuple[str | Hidden, ...]:
    """Return the values found, which must not be shown; a word that stands elsewhere too only behind its name."""
    values = dict[str | Hidden, None]()
    for text, data, facts, _ in looked:
        for fact in facts:
            start, stop = _characters(data, fact.offset, fact.length)
            values |= _hiding(text.text, start, stop, fact)
    return tuple(values)


def _characters(data: bytes, offset: int, length: int) -> tuple[int, int]:
    """Return where a range of bytes starts and stops in characters."""
    start = len(data[:offset].decode("utf-8", "surrogateescape"))
    return start, start + len(data[offset : offset + length].decode("utf-8", "surrogateescape"))


def sure_values(detector: Detector, text: str) -> tuple[str | Hidden, ...]:
    """Return the values in a text that rules name, but for those of low confidence, as ``config_values`` does."""
    data = text.encode("utf-8", "surrogateescape")
    facts = without_overlaps(fact for fact in detector.scan("report.txt", data) if fact.confidence != Confidence.LOW)
    values = dict[str | Hidden, None]()
    for fact in facts:
        start, stop = _characters(data, fact.offset, fact.length)
        if stop - start >= _SURE:
            values |= _hiding(text, start, stop, fact)
    return tuple(values)


def _hiding(text: str, start: int, stop: int, fact: SecretFact) -> dict[str | Hidden, None]:
    """Return how to hide what a fact is about: a token that has a form of its own is that token wherever it stands."""
    result: dict[str | Hidden, None] = dict.fromkeys(hidden_at(text, start, stop))
    if fact.confidence == Confidence.HIGH and stop - start >= _SURE and not is_generic(fact.rule):
        result[text[start:stop]] = None
    return result


def config_occurrences(detector: Detector, looked: Iterable[Looked]) -> Iterator[Occurrence | Gap]:
    """Yield one occurrence for each value of a rule and place in config or history; then what was left out."""
    seen: set[tuple[str, str, str]] = set()
    beyond = 0
    skipped: Counter[str] = Counter()
    for text, _, facts, left_out in looked:
        skipped += left_out
        kept = _bounded(facts)
        beyond += len(facts) - len(kept)
        for fact in kept:
            key = (fact.rule, fact.hash, text.where)
            if key not in seen:
                seen.add(key)
                yield _occurrence(detector, text, fact)
    if beyond:
        why = f"more than {_PER_TEXT} of one confidence in one text"
        yield Gap(cause=Cause.LIMIT, what="secrets in config and history", count=beyond, why=why, rules=_OPEN)
    for why in sorted(skipped):
        what = "texts of config and history"
        yield Gap(cause=Cause.LIMIT, what=what, count=skipped[why], why=why, rules=_OPEN)


def _occurrence(detector: Detector, text: Text, fact: SecretFact) -> Occurrence:
    rank = rank_of(detector.rules, fact.rule, fact.confidence, fact.why)
    return Occurrence(
        rule=fact.rule,
        kind=fact.title or detector.by_id[fact.rule].title,
        severity=rank.severity,
        why=rank.why,
        confidence=fact.confidence,
        length=fact.length,
        shown=fact.shown,
        hash=fact.hash,
        state=text.state,
        layer=text.layer,
        where=text.where,
        inside=fact.chain,
    )


def _bounded(facts: list[SecretFact]) -> list[SecretFact]:
    """Return the first facts of each confidence: decoys must not push out what is a secret."""
    counts: Counter[str] = Counter()
    kept = []
    for fact in facts:
        counts[fact.confidence] += 1
        if counts[fact.confidence] <= _PER_TEXT:
            kept.append(fact)
    return kept
