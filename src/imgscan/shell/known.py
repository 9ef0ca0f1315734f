"""The table of shells and interpreters: the names that each goes by, and what is in it whatever its name.

A row is found by its marks: strings that a program cannot do without, of its own sources alone: variables it reads,
messages, what it says of itself. Each was looked up in the program of a distribution (Debian 12), and in none of the
others there.
"""

from __future__ import annotations

from collections.abc import Callable
from enum import StrEnum

import msgspec


class Role(StrEnum):
    """What a program of the table is to its caller: each of them runs what it is given."""

    MULTI_CALL = "multi-call"
    """Many programs in one, a shell mostly among them."""
    SHELL = "shell"
    LANGUAGE = "language"
    ESCAPE = "escape"
    """No interpreter, but runs commands on request: an editor, a debugger."""


class KnownProgram(msgspec.Struct, frozen=True):
    """One program: ``names`` it goes by, and ``marks``, of which each set is enough to know it; none by its content.

    ``entries`` are the functions by which a program starts a language's library, or by which it offers its own.
    """

    name: str
    role: Role
    names: tuple[str, ...]
    marks: tuple[tuple[bytes, ...], ...] = ()
    entries: tuple[str, ...] = ()


def _row(role: Role, names: str, *marks: tuple[bytes, ...], entries: str = "") -> KnownProgram:
    words = tuple(names.split())
    return KnownProgram(words[0], role, words, marks, tuple(entries.split()))


_BOX, _SHELL, _LANGUAGE, _ESCAPE = Role.MULTI_CALL, Role.SHELL, Role.LANGUAGE, Role.ESCAPE

TABLE: tuple[KnownProgram, ...] = (
    _row(_BOX, "busybox busybox.static busybox-extras bbsuid", (b"BusyBox v", b"\0[\0[[\0")),
    _row(_BOX, "toybox", (b"toybox", b"\0[\0"), (b"Toybox %s multicall binary",)),
    _row(_BOX, "coreutils uutils"),
    _row(_BOX, "sbase-box ubase-box"),
    _row(_BOX, "u-root"),
    _row(_SHELL, "bash rbash", (b"\0BASH_VERSINFO\0",), (b"BASH_VERSION", b"GNU bash")),
    # dash and BusyBox's ash are children of one parent and share theirs.
    _row(_SHELL, "dash sh ash static-sh cttyhack", (b"PS4=+ ", b"OPTIND=1")),
    _row(_SHELL, "zsh rzsh", (b"\0ZSH_PATCHLEVEL\0",)),
    _row(_SHELL, "mksh lksh", (b" KSH R", b"KSH_VERSION=@(#)")),
    _row(_SHELL, "ksh93 ksh rksh rksh93", (b"@(#)$Id: Version AJM 93",)),
    _row(_SHELL, "pdksh oksh loksh", (b"@(#)PD KSH v",)),
    _row(_SHELL, "posh", (b"POSH_VERSION",)),
    _row(_SHELL, "yash", (b"YASH_LOADPATH",)),
    _row(_SHELL, "tcsh", (b"Tcsh thinks your terminal",)),
    _row(_SHELL, "csh bsd-csh", (b"/etc/csh.cshrc", b'Use "exit" to leave csh.')),
    _row(_SHELL, "fish", (b"__fish_print_help fish",)),
    _row(_SHELL, "sash", (b"Stand-alone shell (version",)),
    _row(_SHELL, "rc", (b"@(#)rc 1.",)),
    # Go's linker writes the path of the main package into each program.
    _row(_SHELL, "elvish", (b"path\tsrc.elv.sh/cmd/elvish\n",)),
    _row(_SHELL, "xonsh"),
    _row(_SHELL, "es"),
    _row(_SHELL, "nu"),
    _row(_SHELL, "pwsh"),
    _row(_SHELL, "osh oil"),
    _row(_SHELL, "hush mrsh scsh ion brush toysh"),
    _row(
        _LANGUAGE,
        "python",
        (b"PYTHONHOME", b"PYTHONPATH", b"Py_"),
        (b"libpython", b"Py_BytesMain"),  # little more than a call into its library
        entries="Py_BytesMain Py_Main",
    ),
    _row(_LANGUAGE, "pypy"),
    _row(_LANGUAGE, "perl", (b"PERL5LIB", b"PERL5OPT"), entries="perl_parse"),
    _row(_LANGUAGE, "ruby", (b"RUBYOPT", b"RUBYLIB"), (b"libruby", b"ruby_run_node"), entries="ruby_run_node"),
    _row(
        _LANGUAGE,
        "node nodejs",
        (b"NODE_OPTIONS", b"NODE_PATH"),
        (b"libnode.so", b"node5Start"),
        entries="_ZN4node5StartEiPPc",
    ),
    _row(_LANGUAGE, "php php-cgi php-fpm", (b"PHP_INI_SCAN_DIR", b"PHPRC"), entries="php_execute_script"),
    _row(_LANGUAGE, "lua luajit", (b"LUA_INIT", b"LUA_PATH")),
    _row(_LANGUAGE, "gawk", (b"AWKPATH", b"POSIXLY_CORRECT", b"gawk")),
    _row(_LANGUAGE, "mawk", (b"MAWK_LONG_OPTIONS", b"Usage: mawk")),
    _row(_LANGUAGE, "original-awk nawk awk", (b"not permitted in awk formats", b"out of memory in awkprintf")),
    _row(_LANGUAGE, "tclsh wish expect"),
    _row(_LANGUAGE, "jruby truffleruby irb micropython qjs deno bun"),
    _row(_LANGUAGE, "java jshell jrunscript groovy scala kotlin clojure"),
    _row(_LANGUAGE, "R Rscript julia octave"),
    _row(_LANGUAGE, "erl iex elixir escript"),
    _row(_LANGUAGE, "guile racket ocaml ghci runghc sbcl clisp"),
    _row(_LANGUAGE, "mono m4 dc"),
    _row(_ESCAPE, "vim vi view ex nvim", (b"VIMRUNTIME", b"VIMINIT")),
    _row(_ESCAPE, "gdb", (b"GDBHISTSIZE", b"gdbinit")),
    _row(_ESCAPE, "sqlite3 psql mysql mariadb"),
    _row(_ESCAPE, "ed red emacs nano pico joe less more most man screen tmux script mc ranger lftp ftp"),
)
_NO_SHELL = b"?shcomp - "
"""ksh93's compiler of scripts is made of the shell's parts and runs nothing."""


def _names(role: Role) -> frozenset[str]:
    return frozenset(name for row in TABLE if row.role is role for name in row.names)


MULTI_CALL = _names(Role.MULTI_CALL)
SHELLS = _names(Role.SHELL)
LANGUAGES = _names(Role.LANGUAGE)
SHELL_ESCAPES = _names(Role.ESCAPE)

BOURNE_SHELLS = frozenset(
    name for row in TABLE if row.name in "bash dash zsh mksh ksh93 pdksh posh yash".split() for name in row.names
)
"""Those whose ``-c`` takes a text in the language of sh (POSIX, "Shell Command Language")."""


def program_by_content(content: bytes, no_shell: bool = False) -> KnownProgram | None:
    """Return which program of the table the content of an ELF file is, as ``program_by_marks``."""
    return program_by_marks(content.__contains__, no_shell)


def program_by_marks(has: Callable[[bytes], bool], no_shell: bool = False) -> KnownProgram | None:
    """Return which program of the table it is whose content ``has`` some of the ``marks_of_programs``.

    None for none that is known. With ``no_shell`` it is known to be no shell and no multi-call program, and to have
    none of the ``entries``.
    """
    for row, marks in _OTHERS if no_shell else _MARKS:
        if all(has(mark) for mark in marks):
            return None if has(_NO_SHELL) else row
    return None


def marks_of_programs(no_shell: bool = False) -> tuple[bytes, ...]:
    """Return all that ``program_by_marks`` may ask for."""
    rows = _OTHERS if no_shell else _MARKS
    return tuple(dict.fromkeys((_NO_SHELL, *(mark for _, marks in rows for mark in marks))))


def program_by_entry(symbol: str) -> KnownProgram:
    """Return the program that has this function among its ``entries``.

    Raises:
        KeyError: none has.
    """
    return _ENTRIES[symbol]


def go_program_by_content(content: bytes) -> KnownProgram | None:
    """Return which program written in Go the content of one is, by the path of its main package."""
    return next((row for row, marks in _GO_MARKS if all(mark in content for mark in marks)), None)


_MARKS = tuple((row, marks) for row in TABLE for marks in row.marks)
_OTHERS = tuple((row, marks) for row, marks in _MARKS if row.role in (Role.LANGUAGE, Role.ESCAPE) and not row.entries)
_GO_MARKS = tuple((row, marks) for row, marks in _MARKS if any(mark.startswith(b"path\t") for mark in marks))
_ENTRIES = {symbol: row for row in TABLE for symbol in row.entries}
