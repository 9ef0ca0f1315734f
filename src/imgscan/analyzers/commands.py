"""Commands of the config followed to the files that they run: through PATH, shells, wrappers, shebangs.

Whatever a command needs is a step; a step that leads nowhere has a fault. ``certain`` steps are those that a runtime or
the kernel takes; the others are read out of a shell's or wrapper's arguments.
Source: execve(2); Go's exec.LookPath, which runc searches PATH with.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import msgspec

from imgscan.analyzers.access import EXECUTE, READ, Actor, blocked_at
from imgscan.analyzers.places import absolute
from imgscan.analyzers.program_files import search_path
from imgscan.analyzers.program_names import SHELLS
from imgscan.analyzers.scripts import script_of
from imgscan.formats.path import base_name, clean_path
from imgscan.formats.shebang import Shebang
from imgscan.formats.shell import parse_script
from imgscan.formats.wrappers import is_wrapper, runs_as, wrapped
from imgscan.model.entry import EntryKind
from imgscan.rootfs.view import ImageView, Node

# What these start is found elsewhere than in the image's own root, or is an applet of theirs.
_ELSEWHERE = frozenset("nsenter unshare busybox".split())
_INTERPRETERS = frozenset("python python2 python3 node nodejs perl ruby php bash sh ash dash deno bun".split())
_BUILTINS = frozenset(
    ". : [ alias bg break cd command continue echo eval exec exit export false getopts hash kill printf pwd read "
    "readonly return set shift source test times trap true type ulimit umask unalias unset wait [[ declare local let "
    "shopt".split()
)
_MOST_STEPS = 8


class Step(msgspec.Struct, frozen=True, kw_only=True):
    """One file that a command needs: its name as written, the file, or what is wrong with it.

    ``runs_as`` is the user that it gives what it starts to, as written, where it changes from root.
    """

    name: str
    node: Node | None
    fault: str = ""
    certain: bool = True
    runs_as: str | None = None


def follow(view: ImageView, words: Sequence[str], actor: Actor | None) -> tuple[Step, ...]:
    """Return what a command in exec form needs, in the order in which it is needed; ``actor`` None: not known."""
    return tuple(_follow(view, words, actor, certain=True, left=_MOST_STEPS))


def _follow(view: ImageView, words: Sequence[str], actor: Actor | None, certain: bool, left: int) -> Iterator[Step]:
    if not left:
        return
    if not words or not words[0]:
        yield Step(name="", node=None, fault="is an empty command", certain=certain)
        return
    step = _found(view, words[0], actor, certain)
    yield msgspec.structs.replace(step, runs_as=runs_as(words)) if is_wrapper(base_name(words[0])) else step
    if step.node is not None and not step.fault:
        yield from _interpreter(view, step.node, actor, certain)
    inner = _inner(words)
    if inner:
        yield from _follow(view, inner, actor, certain=False, left=left - 1)
    else:
        yield from _script(view, words, actor)


def _found(view: ImageView, name: str, actor: Actor | None, certain: bool) -> Step:
    """Return the file that a name runs."""
    fault = "is not in the image" if "/" in name else "is in no directory of PATH"
    for path in _candidates(view, name):
        node = view.stat(path)
        if node is None:
            continue
        wrong = _wrong(view, node, actor)
        if not wrong:
            return Step(name=name, node=node, certain=certain)
        fault = wrong
    return Step(name=name, node=None, fault=fault, certain=certain)


def _candidates(view: ImageView, name: str) -> list[str]:
    folder = working_dir(view)
    if "/" in name:
        return [name if name.startswith("/") else f"{folder}/{name}"]
    return [f"{part if part.startswith('/') else folder + '/' + part}/{name}" for part in search_path(view)]


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


def _interpreter(view: ImageView, node: Node, actor: Actor | None, certain: bool) -> Iterator[Step]:
    """Yield the interpreter of a script or ELF file, and a script again where its interpreter cannot read it."""
    data = script_of(view, node)
    if data is None:
        yield from _loader(view, node, certain)
        return
    if actor is not None and not actor.may(node.entry, READ):
        fault = f"is a script that uid {actor.uid} may not read (mode {node.entry.mode:04o})"
        yield Step(name=absolute(node.path), node=node, fault=fault, certain=certain)
    shebang = Shebang(data["interpreter"], data["argument"])
    step = _found(view, shebang.interpreter, actor, certain)
    if step.fault:
        ends = ", whose lines end in CR LF" if shebang.interpreter.endswith("\r") else ""
        step = msgspec.structs.replace(step, fault=f"{step.fault}, and {absolute(node.path)}{ends} needs it")
    yield step
    program = shebang.program()
    if program != shebang.interpreter and not step.fault:
        step = _found(view, program, actor, certain)
        yield msgspec.structs.replace(
            step, fault=f"{step.fault}, and {absolute(node.path)} needs it" if step.fault else ""
        )


def _loader(view: ImageView, node: Node, certain: bool) -> Iterator[Step]:
    """Yield the loader that an ELF file names, as far as the analyzer of ELF files has told of it."""
    for data in view.facts_on("elf", node.inode):
        elf = data.get("elf")
        loader = elf.get("interpreter") if isinstance(elf, dict) else None
        if isinstance(loader, str) and loader.startswith("/"):
            found = view.stat(loader)
            fault = "" if found is not None else f"is not in the image, and {absolute(node.path)} needs it"
            yield Step(name=loader, node=found, fault=fault, certain=certain)


def _inner(words: Sequence[str]) -> Sequence[str]:
    """Return the command that a shell, an init or another wrapper was given; empty for none that can be told."""
    name = base_name(words[0])
    if name in SHELLS:
        if len(words) > 2 and words[1].startswith("-") and words[1].endswith("c"):
            commands = parse_script(words[2])
            plain = [item.words for item in commands if item.program not in _BUILTINS and "$" not in item.words[0]]
            # One program, or settings and then one: any more and it is a script, whose course is not ours to guess.
            return plain[0] if len(plain) == 1 and not any(set(word) & set("`*?") for word in plain[0][:1]) else ()
        return ()
    if not is_wrapper(name) or name in _ELSEWHERE or (name == "chroot" and "/" not in words):
        return ()
    inner = wrapped(words)
    # Which shell su takes is the user's: only what it is told to run is looked for.
    return _inner(inner) if inner[:2] == ["sh", "-c"] and name != "env" else inner


def _script(view: ImageView, words: Sequence[str], actor: Actor | None) -> Iterator[Step]:
    """Yield the script that an interpreter is given as its first argument, or the archive that java is."""
    name = base_name(words[0]).rstrip("0123456789.")
    given = ""
    if name in _INTERPRETERS and len(words) > 1 and not words[1].startswith("-"):
        given = words[1]
    elif name == "java" and "-jar" in words[:-1]:
        given = words[words.index("-jar") + 1]
    if not given or set(given) & set("$*?"):
        return
    node = view.stat(given if given.startswith("/") else f"{working_dir(view)}/{given}")
    fault = ""
    if node is None:
        fault = f"is not in the image, and {base_name(words[0])} is to run it"
    elif actor is not None and not actor.may(node.entry, READ):
        fault = f"may not be read by uid {actor.uid} (mode {node.entry.mode:04o})"
    yield Step(name=given, node=node, fault=fault, certain=False)
