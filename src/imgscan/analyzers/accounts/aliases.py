"""Lists of sudoers with the members of their aliases in the aliases' place.

Source: sudoers(5), "Aliases" and "User_List": ``!`` turns what follows around, and the last member that fits decides.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence

from imgscan.formats.accounts.sudoers import Statement, SudoAlias

_MAX_STEPS = 200_000


class Aliases:
    """The aliases of a policy. ``cut`` turns true when lists stay as written, as a hostile policy's grow too long."""

    def __init__(self, lines: Iterable[Statement]) -> None:
        self.cut = False
        self._left = _MAX_STEPS
        self._members: dict[tuple[str, str], Sequence[str]] = {}
        for line in lines:
            if isinstance(line, SudoAlias):
                self._members.setdefault((line.kind.replace("Cmd_", "Cmnd_"), line.name), line.members)

    def named(self, kind: str, words: Iterable[str]) -> list[str]:
        """Return the aliases of a kind (``User_Alias``) that a list names itself."""
        return [name for name in dict.fromkeys(signed(word)[1] for word in words) if (kind, name) in self._members]

    def expand(self, kind: str, words: Iterable[str]) -> tuple[str, ...]:
        """Return a list without aliases of this kind, each member once, where it stands last; ``!`` for negated ones.

        An alias inside itself is left out. Each list and all together take bounded time.
        """
        result: dict[str, None] = {}
        stack: list[tuple[Iterator[str], bool, str]] = [(iter(words), False, "")]
        opened: set[str] = set()
        while stack:
            rest, turned, of = stack[-1]
            word = next(rest, None)
            if word is None:
                stack.pop()
                opened.discard(of)
                continue
            negated, name = signed(word)
            members = self._members.get((kind, name))
            if members is not None and self._left > 0:
                self._left -= 1 + len(members)
                if name not in opened:
                    opened.add(name)
                    stack.append((iter(members), turned ^ negated, name))
                continue
            self.cut = self.cut or members is not None
            if name:
                text = f"!{name}" if turned ^ negated else name
                result.pop(text, None)
                result[text] = None
        return tuple(result)


def signed(word: str) -> tuple[bool, str]:
    """Return whether a member of a list is negated, and the member without its ``!``."""
    name = word.lstrip("! \t")
    return bool(word[: len(word) - len(name)].count("!") % 2), name


def granted(words: Iterable[str]) -> tuple[str, ...]:
    """Return what an expanded list allows: members that none behind them takes back."""
    result: dict[str, None] = {}
    for word in words:
        negated, name = signed(word)
        if not negated:
            result[name] = None
        elif name == "ALL":
            result.clear()
        else:
            result.pop(name, None)
    return tuple(result)


def positions(words: Iterable[str]) -> dict[str, int]:
    """Return where each member of an expanded list stands last, from 1; below zero for a negated one."""
    result: dict[str, int] = {}
    for position, word in enumerate(words, 1):
        negated, name = signed(word)
        result[name] = -position if negated else position
    return result


def covers(members: Mapping[str, int], names: Iterable[str]) -> bool:
    """Whether a list, as ``positions`` has it, is about who goes by all these names: the last of them in it decides."""
    return max((members.get(name, 0) for name in names), key=abs, default=0) > 0
