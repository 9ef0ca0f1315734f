"""Which shell or interpreter a program is, told by its content, whatever its name.

Each row holds strings that the program cannot do without: names of the variables it reads and of its own sources.
"""

from __future__ import annotations

_SIGNATURES: tuple[tuple[str, tuple[bytes, ...]], ...] = (
    ("busybox", (b"BusyBox v", b"\0[\0[[\0")),
    ("toybox", (b"toybox", b"\0[\0")),
    ("bash", (b"BASH_VERSION", b"GNU bash")),
    ("zsh", (b"ZSH_VERSION", b"ZDOTDIR")),
    ("ksh", (b"KSH_VERSION", b"FCEDIT")),
    ("fish", (b"fish_greeting", b"fish_")),
    ("tcsh", (b"tcsh", b"autologout")),
    ("dash", (b"OPTIND", b"PS4", b"PPID", b"MAILPATH")),
    ("python", (b"PYTHONHOME", b"PYTHONPATH", b"Py_")),
    ("perl", (b"PERL5LIB", b"PERL5OPT")),
    ("ruby", (b"RUBYOPT", b"RUBYLIB")),
    ("node", (b"NODE_OPTIONS", b"NODE_PATH")),
    ("php", (b"PHP_INI_SCAN_DIR", b"PHPRC")),
    ("lua", (b"LUA_INIT", b"LUA_PATH")),
    ("gawk", (b"AWKPATH", b"POSIXLY_CORRECT", b"gawk")),
    ("vim", (b"VIMRUNTIME", b"VIMINIT")),
    ("gdb", (b"GDBHISTSIZE", b"gdbinit")),
    # Those that are little more than a call into their library.
    ("python", (b"libpython", b"Py_BytesMain")),
    ("ruby", (b"libruby", b"ruby_run_node")),
    ("node", (b"libnode.so", b"node5Start")),
)
_ELF = b"\x7fELF"


def interpreter_of(content: bytes) -> str | None:
    """Return the name of the shell or interpreter that an ELF file is, None for anything else."""
    if not content.startswith(_ELF):
        return None
    for name, signs in _SIGNATURES:
        if signs[0] in content and all(sign in content for sign in signs[1:]):
            return name
    return None
