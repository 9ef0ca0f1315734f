"""The marks of known programs, all searched for at once in what a program holds."""

from __future__ import annotations

from functools import cache

from imgscan.matching.multipattern import SLOW, MultiPattern, compile_patterns, literal
from imgscan.shell.known import KnownProgram, marks_of_programs, program_by_content, program_by_marks

_ONE_BY_ONE = 256 << 10
"""Bytes of a content in which looking for each mark by itself costs less than compiling them: 3 ms for all."""


def program_by_search(content: bytes, no_shell: bool = False) -> KnownProgram | None:
    """Return the same as ``program_by_content``, of a large content at a twentieth of the cost."""
    patterns = _compiled(no_shell) if len(content) > _ONE_BY_ONE else None
    if patterns is None or patterns.engine == SLOW:
        return program_by_content(content, no_shell)
    marks = marks_of_programs(no_shell)
    present = {marks[number] for _, number in patterns.new_scan()(content)}
    return program_by_marks(present.__contains__, no_shell)


@cache
def _compiled(no_shell: bool) -> MultiPattern:
    return compile_patterns(tuple(literal(mark, once=True) for mark in marks_of_programs(no_shell)))
