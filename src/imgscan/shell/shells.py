"""Shells known by what is in them, under whatever name they stand."""

from __future__ import annotations

# What a shell says of itself, or the variables it sets at start; each mark is in that shell's own sources alone.
# dash and BusyBox's ash are children of one parent and share theirs.
_MARKS = (
    ("bash", (b"\0BASH_VERSINFO\0",)),
    ("dash", (b"PS4=+ ", b"OPTIND=1")),
    ("zsh", (b"\0ZSH_PATCHLEVEL\0",)),
    ("mksh", (b" KSH R", b"KSH_VERSION=@(#)")),
    ("ksh93", (b"@(#)$Id: Version AJM 93",)),
    ("pdksh", (b"@(#)PD KSH v",)),
    ("posh", (b"POSH_VERSION",)),
    ("yash", (b"YASH_LOADPATH",)),
    ("tcsh", (b"Tcsh thinks your terminal",)),
    ("fish", (b"__fish_print_help fish",)),
    ("sash", (b"Stand-alone shell (version",)),
    ("rc", (b"@(#)rc 1.",)),
)
# ksh93's compiler of scripts is made of the shell's parts and runs nothing.
_NO_SHELL = b"?shcomp - "


def shell_in(content: bytes) -> str | None:
    """Return which shell a program is, by its content; None for none that is known."""
    for name, marks in _MARKS:
        if all(mark in content for mark in marks):
            return None if _NO_SHELL in content else name
    return None
