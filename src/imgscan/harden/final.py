"""The last stage of a whole Dockerfile: what comes into it, and what is answered because it does not come along."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Sequence

import msgspec

from imgscan.harden.needed import Needed
from imgscan.harden.plan import Form, Instruction, Reference
from imgscan.harden.quoting import is_plain
from imgscan.harden.subject import Subject, Target
from imgscan.model.finding import State
from imgscan.model.items import read_evidence
from imgscan.quoting import shell_word

COPY_OF_IMAGE = "/image"
"""Where the copy of an image without a shell is, in the stage that has one."""
HARDENED = "hardened"
IMAGE = "image"
"""The names of the stages."""
_LINKS = "/imgscan-links"
_PLAIN = re.compile(r"[A-Za-z0-9_@%+=:,./~{}-]+", re.ASCII)
_SPECIAL = frozenset("$\\*?[")
"""What a Dockerfile expands or takes for a pattern."""
_UNSEEN = frozenset({State.DELETED, State.OVERWRITTEN})
_OF_LAYERS = ("leftovers.wasted-",)


class _Package(msgspec.Struct, frozen=True):
    package: str = ""
    packages: tuple[str, ...] = ()


def left_behind(subject: Subject, form: Form, needed: Needed | None) -> list[Target]:
    """Return the findings on what does not come into the last stage."""
    result = []
    for target in subject.targets:
        finding = target.finding
        if finding.suppressed or form is Form.FRAGMENT:
            continue
        unseen = finding.state in _UNSEEN or finding.rule.startswith(_OF_LAYERS)
        if unseen or (needed is not None and finding.state is State.VISIBLE and _is_left(target, needed)):
            result.append(target)
    return result


def _is_left(target: Target, needed: Needed) -> bool:
    if target.finding.rule.startswith(("packages.end-of-life", "packages.unreadable")):
        return False
    package = read_evidence(target.finding, _Package)
    names = [*package.packages, *filter(None, [package.package])]
    if target.finding.rule.startswith(("vulnerabilities.", "packages.")) and names:
        return needed.packages.isdisjoint(names)
    paths = [path for path in (target.path, *target.evidence.names) if path != "/"]
    if target.finding.path is None or not paths:
        return False
    return not any(map(needed.has, paths))


def links_of(needed: Needed) -> Instruction | None:
    """Return what makes the symlinks that are needed, below a folder of their own; None for none.

    COPY takes the file that a symlink leads to; of what is in a folder it takes the symlinks.
    """
    pairs = [(shell_word(text), shell_word(f"{_LINKS}{path}")) for path, text in needed.links.items()]
    made = [f"ln -s {text} {path}" for text, path in pairs if text is not None and path is not None]
    words = (shell_word(f"{_LINKS}{path.rpartition('/')[0]}") for path in needed.links)
    folders = " ".join(dict.fromkeys(word for word in words if word is not None))
    return Instruction(f"RUN set -eu; mkdir -p {folders}; {'; '.join(made)}", "names of files") if made else None


def copies(
    needed: Needed | None,
    records: Iterable[tuple[str, str]],
    stage: str,
    by_copy: bool,
    answered: Iterable[Reference],
) -> Iterator[Instruction]:
    """Yield the instructions that fill the last stage from ``stage``.

    ``records`` are copied too, each from where to where. ``by_copy``: the stage holds a copy of an image without a
    shell; where nothing can make symlinks, of a file that one leads to the content is copied to its name.
    """
    root, answers = COPY_OF_IMAGE if by_copy else "", tuple(answered)
    if needed is None:
        yield _instruction(stage, f"{root}/", "/", "one layer: what lower layers hide does not come along", answers)
        return
    pairs = [(f"{folder}/", f"{folder}/") for folder in needed.folders]
    if stage == HARDENED and not by_copy:
        pairs += [(f"{_LINKS}/", "/")] if needed.links else []
        pairs += [(real, real) for real in sorted({*needed.files.values()}) if not needed.in_folders(real)]
    else:
        pairs += [(real, name) for name, real in needed.files.items() if name != real or not needed.in_folders(real)]
    for number, (source, target) in enumerate([*pairs, *records]):
        why, known = (f"what {needed.start} needs, and nothing else", answers) if not number else ("", ())
        yield _instruction(stage, f"{root}{source}", target, why, known)


def _instruction(stage: str, source: str, target: str, why: str, answers: Sequence[Reference]) -> Instruction:
    first, also = next(iter(answers), None), tuple(answers[1:])
    if _PLAIN.fullmatch(source) and _PLAIN.fullmatch(target):
        return Instruction(f"COPY --from={stage} {source} {target}", why, first, also=also)
    words = f"COPY --from={stage} {json.dumps([source, target])}"
    if _SPECIAL.isdisjoint(source + target) and is_plain(source + target):
        return Instruction(words, why, first, also=also)
    return Instruction(words, f"by hand, a Dockerfile cannot name it so; {why}", first, active=False, also=also)
