"""Commands of the config followed to the files that they run: through PATH, shells, wrappers, shebangs.

Whatever a command needs is a step; a step that leads nowhere has a fault. ``certain`` steps are those that a runtime or
the kernel takes; the others are read out of a shell's or wrapper's arguments.
Source: execve(2); Go's exec.LookPath, which runc searches PATH with.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import msgspec

from imgscan.formats.path import base_name
from imgscan.rootfs.view import ImageView
from imgscan.shell.needs import parse_call, parse_needs
from imgscan.shell.wrappers import changes, is_wrapper, runs_as, wrapped
from imgscan.system.accounts.access import READ, Actor
from imgscan.system.programs.command_files import Course, Step, interpreters, started, working_dir

# What these start is found elsewhere than in the image's own root, or is an applet of theirs.
_ELSEWHERE = frozenset("nsenter unshare busybox".split())
_INTERPRETERS = frozenset("python python2 python3 node nodejs perl ruby php bash sh ash dash deno bun".split())
_EXPANDED = frozenset("$*?`~")
_MAX_STEPS = 8


def follow(view: ImageView, words: Sequence[str], actor: Actor | None) -> tuple[Step, ...]:
    """Return what a command in exec form needs, in the order in which it is needed; ``actor`` None: not known."""
    return tuple(_follow(view, words, actor, Course(), _MAX_STEPS))


def _follow(view: ImageView, words: Sequence[str], actor: Actor | None, course: Course, left: int) -> Iterator[Step]:
    if not left:
        return
    if not words or not words[0]:
        yield Step(name="", node=None, fault="is an empty command", certain=course.certain)
        return
    if course.expanded and not _EXPANDED.isdisjoint(words[0]):
        return
    step = started(view, words[0], actor, course, by_kernel=course.certain)
    yield msgspec.structs.replace(step, runs_as=runs_as(words)) if is_wrapper(base_name(words[0])) else step
    if step.node is not None and not step.fault:
        yield from interpreters(view, step.node, actor, course)
    inner = _inner(words, course)
    for command, there in inner[:_MAX_STEPS]:
        yield from _follow(view, command, actor, there, left - 1)
    if not inner:
        yield from _script(view, words, actor, course)


def _inner(words: Sequence[str], course: Course) -> list[tuple[Sequence[str], Course]]:
    """Return the commands that a shell, an init or another wrapper was given; none where they cannot be told."""
    call = parse_call(words)
    if call is not None:
        return [
            (
                item.words,
                Course(
                    certain=False,
                    moved=course.moved or item.moved,
                    searched=course.searched or item.searched,
                    login=course.login or call.login,
                    expanded=True,
                ),
            )
            for item in parse_needs(call.text)
        ]
    name = base_name(words[0])
    if not is_wrapper(name) or name in _ELSEWHERE or (name == "chroot" and "/" not in words):
        return []
    inner = wrapped(words)
    there = changes(words)
    course = msgspec.structs.replace(
        course,
        certain=False,
        moved=course.moved or there.moved,
        searched=course.searched or there.searched,
        login=course.login or there.login,
    )
    # Which shell su takes is the user's: only what it is told to run is looked for.
    if inner[:2] == ["sh", "-c"] and name != "env":
        return _inner(inner, course)
    return [(inner, course)] if inner else []


def _script(view: ImageView, words: Sequence[str], actor: Actor | None, course: Course) -> Iterator[Step]:
    """Yield the script that an interpreter is given as its first argument, or the archive that java is."""
    name = base_name(words[0]).rstrip("0123456789.")
    given = ""
    if name in _INTERPRETERS and len(words) > 1 and not words[1].startswith("-"):
        given = words[1]
    elif name == "java" and "-jar" in words[:-1]:
        given = words[words.index("-jar") + 1]
    if not given or not _EXPANDED.isdisjoint(given) or (course.moved and not given.startswith("/")):
        return
    node = view.stat(given if given.startswith("/") else f"{working_dir(view)}/{given}")
    fault = ""
    if node is None:
        fault = f"is not in the image, and {base_name(words[0])} is to run it"
    elif actor is not None and not actor.may(node.entry, READ):
        fault = f"may not be read by uid {actor.uid} (mode {node.entry.mode:04o})"
    yield Step(name=given, node=node, fault=fault, certain=False)
