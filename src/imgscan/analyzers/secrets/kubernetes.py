"""Secrets of Kubernetes: what stands below ``data`` and ``stringData`` is secret, whatever its key is called.

Source: Kubernetes API reference, Secret v1: values of ``data`` are base64, those of ``stringData`` are text.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple

from imgscan.analyzers.secrets import shapes
from imgscan.analyzers.secrets.encoded import unpacked
from imgscan.analyzers.secrets.guessable import DEFAULTS
from imgscan.analyzers.secrets.placeholder import is_placeholder
from imgscan.analyzers.secrets.rating import Confidence, Doubt, Rating
from imgscan.analyzers.secrets.strength import WORDY, is_made_up, surprise
from imgscan.analyzers.secrets.structure import decode_base64
from imgscan.model.interest import Pattern

RULE = "kubernetes.secret-value"
PATTERN = Pattern(
    id="kubernetes:secret",
    expression=r"""\bkind["']?:[ \t]{0,8}["']?Secret(?:["'\s,}]|$)""",
    before=16 << 10,
    after=16 << 10,
)

_KIND = re.compile(rb"(?P<lead>[ \t]*(?:-[ \t]+)?)kind:[ \t]*[\"']?Secret\b")
_ENTRY = re.compile(
    rb"(?P<lead>[ \t]*(?:-[ \t]+)?)[\"']?(?P<key>[\w.-]{1,253})[\"']?:(?:[ \t]+(?P<value>.*?))?[ \t\r]*$"
)
_BLOCK = re.compile(rb"[|>][-+0-9]*(?:[ \t]+#.*)?")
# Of JSON, and of YAML's flow style, which needs no quotes.
_OBJECT = re.compile(
    rb"(?<![\w.-])[\"']?(data|stringData)[\"']?\s*:\s*\{((?:[^{}\"]|\"(?:[^\"\\]|\\.)*\"){1,16384})\}?"
)
_PAIR = re.compile(
    rb"(?<![\w.-])[\"']?(?P<key>[\w.-]{1,253})[\"']?\s*:\s*"
    rb"(?:\"(?P<double>(?:[^\"\\]|\\.)*)\"|'(?P<single>[^']*)'|(?P<plain>[^\s\"',{}\[\]][^\s,{}]*))"
)
_STRINGS = re.compile(rb"\"(?:[^\"\\]|\\.)*\"")
MAX_VALUES = 200  # of one Secret
# What a Secret holds beside what is secret: who, where, and what everybody may know.
_OPEN = re.compile(
    r"(?i)(?:user(?:name)?|host(?:name)?|port|namespace|e-?mail|region|bucket|database|db(?:_?name)?|type|endpoint|url|server|"
    r"name|id|enabled|service|protocol|engine|provider|project|org(?:anization)?|domain|ca|issuer|audience|environment|env)$|"
    r"(?:^|[._-])(?:ca|public|cert|certificate)[._-]|\.(?:crt|cer|pub)$"
)
_PUBLIC = (b"-----BEGIN CERTIFICATE", b"-----BEGIN PUBLIC KEY", b"ssh-rsa ", b"ssh-ed25519 ", b"ecdsa-sha2-")


class Value(NamedTuple):
    """A value of a Secret: its key, where it starts in the excerpt, its length there, and what it says decoded."""

    key: str
    start: int
    length: int
    data: bytes
    encoded: bool


def secret_values(excerpt: bytes, end: int) -> Iterator[Value]:
    """Yield the values of the Secret whose ``kind`` ends at ``end``: of YAML, where the object's lines stand around, or of JSON."""
    line_start = excerpt.rfind(b"\n", 0, max(end - 1, 0)) + 1
    kind = _KIND.match(excerpt, line_start)
    result = _of_yaml(excerpt, line_start, len(kind["lead"])) if kind is not None else _of_json(excerpt, end)
    for number, value in enumerate(result):
        if number == MAX_VALUES:
            return
        yield value


def rating_of(value: Value) -> Rating | None:
    """Return how sure it is that a value is secret; None for what is open, empty, a reference or sealed."""
    text = value.data.decode("latin-1").strip()
    if value.data.startswith(_PUBLIC) or not text or _OPEN.search(value.key):
        return None
    if is_placeholder(text) and text.lower() not in DEFAULTS:
        return None
    if not text.isprintable() or not text.isascii():
        # Of bytes that are no text a key is one of 16, 24, 32 or 64; anything else may be what is not secret.
        return (
            Rating(Confidence.MEDIUM) if len(value.data) in (16, 24, 32, 48, 64) else Rating(Confidence.LOW, Doubt.FORM)
        )
    if text.lower() in DEFAULTS:
        return Rating(Confidence.LOW, Doubt.DEFAULT)
    if len(text) < 8 or len(text) > 400 or is_made_up(text):
        return Rating(Confidence.LOW, Doubt.GUESSABLE)
    wordy = shapes.IDENTIFIER.match(text) is not None and surprise(text) < WORDY
    doubtful = wordy or text.isdigit() or shapes.URLISH.match(text) is not None
    return Rating(Confidence.LOW, Doubt.GUESSABLE) if doubtful else Rating(Confidence.MEDIUM)


def _of_yaml(excerpt: bytes, at: int, indent: int) -> Iterator[Value]:
    """Yield the values of the object whose keys stand ``indent`` bytes from the left, one of them at ``at``."""
    begin = _edge_before(excerpt, at, indent)
    names, inside, base = {b"data": True, b"stringData": False}, "", -1
    position = begin
    while position < len(excerpt):
        stop = excerpt.find(b"\n", position)
        stop = len(excerpt) if stop < 0 else stop
        line = excerpt[position:stop]
        entry = _ENTRY.match(line)
        if line.strip() and not line.lstrip().startswith(b"#"):
            depth = len(entry["lead"]) if entry else len(line) - len(line.lstrip())
            if position > at and (
                depth < indent or (depth == indent and b"-" in line[:indent]) or line.startswith(b"---")
            ):
                return
            if entry and depth == indent:
                if entry["key"] in names and (entry["value"] or b"")[:1] == b"{":
                    yield from _of_flow(entry["value"][1:], position + entry.start("value") + 1, names[entry["key"]])
                inside = entry["key"].decode("latin-1") if entry["key"] in names and not entry["value"] else ""
                base = -1
            elif inside and entry and (base < 0 or depth == base):
                base = depth
                value, start, stop = _scalar(excerpt, position, stop, entry, depth)
                made = _value(entry["key"], start, value, names[inside.encode()])
                if made is not None:
                    yield made
        position = stop + 1


def _edge_before(excerpt: bytes, at: int, indent: int) -> int:
    """Return where the object begins whose keys stand ``indent`` bytes from the left."""
    begin = at
    if excerpt[at : at + indent].strip():  # it is an item's first line itself
        return at
    while begin > 0:
        previous = excerpt.rfind(b"\n", 0, begin - 1) + 1
        line = excerpt[previous : begin - 1]
        lead = len(line) - len(line.lstrip(b" \t"))
        if line.startswith(b"---") or (line.strip() and lead < indent and not _starts_item(line, indent)):
            return begin
        begin = previous
        if _starts_item(line, indent):
            return begin
    return begin


def _starts_item(line: bytes, indent: int) -> bool:
    return indent > 0 and line[:indent].strip() == b"-" and line[indent : indent + 1].strip() != b""


def _scalar(excerpt: bytes, position: int, stop: int, entry: re.Match[bytes], depth: int) -> tuple[bytes, int, int]:
    """Return an entry's value, where it starts, and where the lines that it takes stop."""
    value: bytes = entry["value"] or b""
    if not value or _BLOCK.fullmatch(value):
        lines, at = [], stop + 1
        while at < len(excerpt):
            end = excerpt.find(b"\n", at)
            end = len(excerpt) if end < 0 else end
            line = excerpt[at:end]
            if line.strip() and len(line) - len(line.lstrip()) <= depth:
                break
            lines.append(line.strip())
            at = end + 1
        return b"\n".join(lines), min(stop + 1, len(excerpt)), max(at - 1, stop)
    text = value.strip()
    quoted = len(text) > 1 and text[:1] in (b'"', b"'") and text[-1:] == text[:1]
    if not quoted and b" #" in text:
        text = text[: text.find(b" #")].rstrip()
    return (text[1:-1] if quoted else text), position + entry.start("value") + quoted, stop


def _of_json(excerpt: bytes, end: int) -> Iterator[Value]:
    for result in _OBJECT.finditer(excerpt):
        between = excerpt[min(result.end(), end) : max(result.start(), end)]
        braces = _STRINGS.sub(b"", between)
        if result.start() < end < result.end() or _leaves(braces):
            continue
        yield from _of_flow(result[2], result.start(2), result[1] == b"data")


def _of_flow(text: bytes, at: int, is_base64: bool) -> Iterator[Value]:
    """Yield the values of what stands between the braces of ``data``, ``at`` in the excerpt."""
    for pair in _PAIR.finditer(text):
        group = pair.lastgroup or "plain"
        made = _value(pair["key"], at + pair.start(group), pair[group], is_base64)
        if made is not None:
            yield made


def _leaves(braces: bytes) -> bool:
    """Whether the brackets between two places close an object that was open, or leave one open."""
    depth = 0
    for byte in braces:
        depth += (byte == 0x7B) - (byte == 0x7D)
        if depth < 0:
            return True
    return depth != 0


def _value(key: bytes, start: int, text: bytes, is_base64: bool) -> Value | None:
    if not is_base64:
        return Value(key.decode("latin-1"), start, len(text), text, False)
    data = unpacked(decode_base64(b"".join(text.split())))
    return Value(key.decode("latin-1"), start, len(text), data, True) if data else None
