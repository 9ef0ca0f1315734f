"""The remedy as a Dockerfile fragment, to be put behind the instructions that make the image.

Comment lines stand inside a continued RUN too: the parser takes them out before the shell sees anything (Dockerfile
reference, "Format"). The first line is a comment without "=": a parser directive of an image's making cannot follow it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from itertools import groupby

from imgscan.harden.final import COPY_OF_IMAGE, HARDENED, IMAGE
from imgscan.harden.plan import TITLES, Command, Form, Hardening, Instruction
from imgscan.harden.quoting import comment, is_plain
from imgscan.wording import listed

_REFERENCE = re.compile(r"[a-z0-9][A-Za-z0-9._:/@-]{0,250}", re.ASCII)
_WIDTH = 100
_MAX_REMOVALS = 5


def dockerfile(hardening: Hardening) -> str:
    """Return the fragment; in an image without a shell it is a build stage of its own."""
    return "\n".join(_lines(hardening)) + "\n"


def _lines(hardening: Hardening) -> Iterator[str]:
    yield "# imgscan harden: the remedy for the findings on"
    yield f"# {comment(hardening.name)} ({comment(hardening.source)})"
    commands, whole = hardening.commands, hardening.form is not Form.FRAGMENT
    if whole:
        yield from _from(hardening)
    if not hardening.has_shell and commands:
        yield from _stage(hardening)
        commands = tuple(item for item in commands if item.movable)
    root = "" if hardening.has_shell else COPY_OF_IMAGE
    if commands or hardening.preparations:
        yield ""
        yield "USER 0"
    for step, group in groupby(commands, key=lambda item: item.step):
        yield ""
        yield f"# {TITLES[step]}"
        yield from _run(list(group), root)
    for preparation in hardening.preparations:
        yield ""
        # A quoted name has no semicolon: those are written by printf.
        yield from (line.replace("; ln -s ", "; \\\n    ln -s ") for line in _setting(preparation))
    if whole or (root and commands):
        yield ""
        yield "FROM scratch"
    if root and commands and not whole:
        yield f"COPY --from={HARDENED} {COPY_OF_IMAGE}/ /"
    yield ""
    if commands and not whole and not any(item.text.startswith("USER ") for item in hardening.settings):
        yield "# As it was"
        yield f"USER {hardening.profile.uid}:{hardening.profile.gid}"
    for setting in hardening.settings:
        yield from _setting(setting)
    if not whole:
        yield from _at_the_source(hardening)
    yield from _advice(hardening)
    for note in hardening.notes:
        yield ""
        yield from _wrapped(note)


def _from(hardening: Hardening) -> Iterator[str]:
    """Yield the first stage of a whole Dockerfile: the image as it is, given when it is built."""
    yield "# Build it with: --build-arg IMAGE=NAME, the image that was scanned"
    name = hardening.name if _REFERENCE.fullmatch(hardening.name) and ":" in hardening.name else ""
    yield f"ARG IMAGE={name}" if name else "ARG IMAGE"
    yield f"FROM ${{IMAGE}} AS {HARDENED if hardening.has_shell else IMAGE}"


def _stage(hardening: Hardening) -> Iterator[str]:
    image = IMAGE
    yield ""
    yield "# The image has no shell, so no RUN works in it: this is done on a copy, in a stage that has one."
    if hardening.form is Form.FRAGMENT:
        image = "<image>"
        yield "# Name the image's last stage where it says <image>, and repeat ENV, WORKDIR, ENTRYPOINT and CMD below."
    yield f"FROM busybox:stable AS {HARDENED}"
    yield f"COPY --from={image} / {COPY_OF_IMAGE}/"
    left = [item.text() for item in hardening.commands if not item.movable]
    if left:
        yield f"# By hand, on that copy: {comment('; '.join(left))}"


def _run(commands: Sequence[Command], root: str) -> Iterator[str]:
    """Yield one RUN of all commands, above each why; each ends the build where it fails."""
    yield "RUN set -eu; \\"
    for number, command in enumerate(commands, 1):
        yield f"    # {_reason(command)}"
        text = command.text(root)
        # Of a && b the shell forgives a failing a, whatever set -e says; of a subshell it does not.
        text = f"({text})" if " && " in text else text
        yield f"    {text}" + ("; \\" if number < len(commands) else "")


def _reason(command: Command) -> str:
    names = f"[{listed([str(answer) for answer in command.answers], 3)}] " if command.answers else ""
    layer = ""
    if command.layer is not None:
        layer = f" (layer {command.layer.index}{', of the base image' if command.base else ''})"
    return f"{comment(names)}{comment(command.why)}{layer}"


def _setting(setting: Instruction) -> Iterator[str]:
    if setting.why:
        answers = [item for item in (setting.answers, *setting.also) if item is not None]
        named = f"[{listed([str(item) for item in answers], 2)}] " if answers else ""
        yield f"# {comment(named)}{comment(setting.why)}"
    # A backslash at the end would take the next line along.
    written = setting.active and is_plain(setting.text) and not setting.text.rstrip().endswith("\\")
    yield setting.text if written else f"# {comment(setting.text)}"


def _advice(hardening: Hardening) -> Iterator[str]:
    """Yield what a person must decide, and what stays and why; findings that have the same remedy in one line."""
    result: dict[tuple[bool, str], list[str]] = {}
    for item in hardening.advice:
        result.setdefault((item.stays, item.text), []).append(str(item.answers))
    for stays, title in ((False, "For a person to decide:"), (True, "Left as it is:")):
        lines = [(text, answers) for (kept, text), answers in result.items() if kept is stays]
        if lines:
            yield ""
            yield f"# {title}"
        for text, answers in lines:
            yield f"# - [{comment(listed(answers, 2))}] {comment(text)}"


def _at_the_source(hardening: Hardening) -> Iterator[str]:
    """Yield, for each own layer, what belongs into its very instruction: there alone it makes the image smaller."""
    layers: dict[int, list[Command]] = {}
    for item in hardening.commands:
        if item.layer is not None and not item.base and item.removes:
            layers.setdefault(item.layer.index, []).append(item)
    if not layers:
        return
    yield ""
    yield "# Better in the very instructions, where it makes the image smaller:"
    for index, commands in sorted(layers.items()):
        made = commands[0].layer.created_by if commands[0].layer is not None else None
        yield f"# layer {index}, {comment(made or 'instruction unknown')}"
        for item in commands[:_MAX_REMOVALS]:
            text = item.remedy.text() or ""
            yield f"#     && {text if len(text) <= _WIDTH else comment(text)}"
        if len(commands) > _MAX_REMOVALS:
            yield f"#     and {len(commands) - _MAX_REMOVALS} more of the removals above, with (layer {index})"


def _wrapped(text: str) -> Iterator[str]:
    """Yield a note of ours as comment lines; nothing of an image is in it."""
    line = "#"
    for word in text.split():
        if len(line) + 1 + len(word) > _WIDTH:
            yield line
            line = "#"
        line += f" {word}"
    yield line
