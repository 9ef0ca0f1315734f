"""The files that a command's names run, and what these need: through PATH, shebangs, loaders.

Source: execve(2); Go's exec.LookPath, which runc searches PATH with.
"""

from __future__ import annotations

from collections.abc import Iterator

import msgspec

from imgscan.formats.path import clean_path
from imgscan.model.entry import EntryKind
from imgscan.rootfs.view import ImageView, Node
from imgscan.system.accounts.access import EXECUTE, READ, Actor, blocked_at
from imgscan.system.file_items import absolute
from imgscan.system.programs.lookup import STANDARD_PATH, search_path
from imgscan.system.programs.script_facts import script_of
from imgscan.system.programs.startable import lacking, loader_of, refused

_MAX_INTERPRETERS = 4
"""How many scripts may interpret each other. Source: Linux, fs/exec.c, exec_binprm."""


class Step(msgspec.Struct, frozen=True, kw_only=True):
    """One file that a command needs: its name as written, the file, or what is wrong with it.

    ``runs_as`` is the user that it gives what it starts to, as written, where it changes from root.
    """

    name: str
    node: Node | None
    fault: str = ""
    certain: bool = True
    runs_as: str | None = None


class Course(msgspec.Struct, frozen=True):
    """What is known where a command is reached.

    ``moved``: the directory is not the config's any more; ``searched``: nor is PATH; ``login``: profiles may have set
    PATH, to the standard directories most likely; ``expanded``: a shell has put values in for variables.
    """

    certain: bool = True
    moved: bool = False
    searched: bool = False
    login: bool = False
    expanded: bool = False


def _lookup(view: ImageView, name: str, actor: Actor | None, course: Course) -> Step:
    """Return the file that a name runs; neither file nor fault where the course leaves it open."""
    if course.moved and "/" in name and not name.startswith("/"):
        return Step(name=name, node=None, certain=course.certain)
    fault = "is not in the image" if "/" in name else "is in no directory of PATH"
    for path in _candidates(view, name, course):
        node = view.stat(path)
        if node is None:
            continue
        wrong = _wrong(view, node, actor)
        if not wrong:
            return Step(name=name, node=node, certain=course.certain)
        fault = wrong
    if "/" not in name and (course.searched or (course.login and _anywhere(view, name))):
        fault = ""
    return Step(name=name, node=None, fault=fault, certain=course.certain)


def started(view: ImageView, name: str, actor: Actor | None, course: Course, by_kernel: bool) -> Step:
    """Return the file that a name runs, with what keeps it from being started, where it may be run."""
    step = _lookup(view, name, actor, course)
    if step.node is None or step.fault:
        return step
    return msgspec.structs.replace(step, fault=refused(view, step.node, by_kernel))


def _candidates(view: ImageView, name: str, course: Course) -> list[str]:
    folder = working_dir(view)
    if "/" in name:
        return [name if name.startswith("/") else f"{folder}/{name}"]
    parts = (*search_path(view), *(STANDARD_PATH if course.login else ()))
    return [f"{part if part.startswith('/') else folder + '/' + part}/{name}" for part in parts]


def _anywhere(view: ImageView, name: str) -> bool:
    """Whether the image has a file of this name at all, in a directory that a profile may add to PATH."""
    suffix = "/" + name
    return any(path.endswith(suffix) for path in view.paths)


def working_dir(view: ImageView) -> str:
    """Return the directory that commands start in, with a leading slash and none behind."""
    return absolute(clean_path(view.config.working_dir)).rstrip("/")


def _wrong(view: ImageView, node: Node, actor: Actor | None) -> str:
    if node.kind is not EntryKind.FILE:
        return f"is a {'directory' if node.kind is EntryKind.DIRECTORY else node.kind}"
    if not node.entry.mode & 0o111:
        return f"is not executable (mode {node.entry.mode:04o})"
    if actor is None:
        return ""
    if not actor.may(node.entry, EXECUTE):
        owner = f"{node.entry.uid}:{node.entry.gid}"
        return f"may not be run by uid {actor.uid} (mode {node.entry.mode:04o}, owner {owner})"
    blocked = blocked_at(view, node.path, actor)
    return "" if blocked is None else f"cannot be reached by uid {actor.uid}, who may not search {absolute(blocked)}"


def interpreters(
    view: ImageView, node: Node, actor: Actor | None, course: Course, left: int = _MAX_INTERPRETERS
) -> Iterator[Step]:
    """Yield the interpreter of a script or ELF file, and a script again where its interpreter cannot read it."""
    script = script_of(view, node)
    if script is None:
        # What an interpreter needs is no news unless it is missing.
        yield from (step for step in _completed(view, node, course.certain) if step.fault or left == _MAX_INTERPRETERS)
        return
    if actor is not None and not actor.may(node.entry, READ):
        fault = f"is a script that uid {actor.uid} may not read (mode {node.entry.mode:04o})"
        yield Step(name=absolute(node.path), node=node, fault=fault, certain=course.certain)
    shebang = script.shebang
    step = started(view, shebang.interpreter, actor, course, by_kernel=course.certain)
    if step.fault:
        ends = ", whose lines end in CR LF" if shebang.interpreter.endswith("\r") else ""
        step = msgspec.structs.replace(step, fault=f"{step.fault}, and {absolute(node.path)}{ends} needs it")
    yield step
    program = shebang.program()
    if program != shebang.interpreter and not step.fault:
        step = started(view, program, actor, course, by_kernel=False)
        yield msgspec.structs.replace(
            step, fault=f"{step.fault}, and {absolute(node.path)} needs it" if step.fault else ""
        )
    if step.node is not None and not step.fault and left:
        yield from interpreters(view, step.node, actor, course, left - 1)


def _completed(view: ImageView, node: Node, certain: bool) -> Iterator[Step]:
    """Yield the loader that an ELF file names, and the libraries that it does not get."""
    loader = loader_of(view, node)
    if loader is None:
        return
    result = view.stat(loader)
    fault = "" if result is not None else f"is not in the image, and {absolute(node.path)} needs it"
    yield Step(name=loader, node=result, fault=fault, certain=certain)
    if result is not None:
        for name, fault in lacking(view, node, as_configured=certain):
            yield Step(name=name, node=None, fault=fault, certain=certain)
