"""ELF files in memory: every property that imgscan reports can be asked for, in both classes and byte orders.

Source: gABI 4.2. One loaded segment holds everything, at the addresses of its file offsets.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from struct import pack

_PHDR = {True: 56, False: 32}
_SHDR = {True: 64, False: 40}

ET_REL, ET_EXEC, ET_DYN, ET_CORE = 1, 2, 3, 4
_PT = {"load": 1, "dynamic": 2, "interp": 3, "note": 4, "stack": 0x6474E551, "relro": 0x6474E552}
_PT_GNU_PROPERTY = 0x6474E553


@dataclass(frozen=True, kw_only=True)
class ElfBuilder:
    """What the file is to be; ``build`` makes it.

    ``tags`` are further dynamic tags; ``imports`` and ``exports`` names of dynamic symbols; ``hash`` which hash table
    the symbols get (``gnu``, ``sysv`` or none); ``stack`` the flags of PT_GNU_STACK, None without it; ``load_flags``
    those of the one PT_LOAD. ``notes`` are (owner, type, description); ``features`` the bits of the FEATURE_1_AND
    property. ``contents`` are sections by name with their bytes, ``no_bits`` names of code sections without any;
    ``symbols`` makes a symbol table of these names. ``sections`` false leaves the section headers out.
    """

    type: int = ET_DYN
    machine: int = 62
    wide: bool = True
    little: bool = True
    interpreter: str | None = None
    needed: Sequence[str] = ()
    soname: str | None = None
    rpath: str | None = None
    runpath: str | None = None
    tags: Mapping[int, int] = field(default_factory=dict)
    dynamic: bool = True
    imports: Sequence[str] = ()
    exports: Sequence[str] = ()
    hash: str | None = "gnu"
    stack: int | None = 6
    relro: bool = True
    load_flags: int = 5
    notes: Sequence[tuple[bytes, int, bytes]] = ()
    build_id: bytes | None = None
    features: int | None = None
    contents: Mapping[str, bytes] = field(default_factory=dict)
    no_bits: Sequence[str] = ()
    symbols: Sequence[str] = ()
    sections: bool = True
    overlay: bytes = b""

    def build(self) -> bytes:
        """Return the file."""
        return _Writer(self).file()

    def pack(self, form: str, *values: int) -> bytes:
        """Return numbers in the file's byte order."""
        return pack(("<" if self.little else ">") + form, *values)

    def words(self, *values: int) -> bytes:
        """Return numbers of the file's class."""
        return self.pack(("Q" if self.wide else "I") * len(values), *values)


def elf(**what: object) -> bytes:
    """Return the ELF file of an ``ElfBuilder``; without arguments a shared library that needs nothing."""
    return ElfBuilder(**what).build()  # type: ignore[arg-type]  # the builder's own fields, checked by its signature


def program(**what: object) -> bytes:
    """Return a position-independent program of today: loader, libc, full RELRO, canary."""
    usual: dict[str, object] = {
        "interpreter": "/lib64/ld-linux-x86-64.so.2",
        "needed": ("libc.so.6",),
        "imports": ("__stack_chk_fail", "__libc_start_main"),
        "tags": {0x6FFFFFFB: 0x08000001, 30: 8},
        "build_id": b"\x01\x02",
    }
    return elf(**{**usual, **what})


def static_program() -> bytes:
    """Return a program that needs neither loader nor library, so that it starts in any image."""
    return program(interpreter=None, needed=())


class _Writer:
    """Lays the parts out one behind the other."""

    def __init__(self, want: ElfBuilder) -> None:
        self.want = want
        self.body = b""
        # Name, type, flags, offset, size, the section it refers to, size of its records.
        self.sections: list[tuple[str, int, int, int, int, int, int]] = [("", 0, 0, 0, 0, 0, 0)]
        self.segments: list[tuple[int, int, int, int, int]] = []

    def file(self) -> bytes:
        want = self.want
        count = sum(
            (
                want.type != ET_REL,
                want.interpreter is not None,
                want.dynamic and want.type in (ET_EXEC, ET_DYN),
                bool(want.notes or want.build_id),
                2 * (want.features is not None),
                want.stack is not None,
                want.relro,
            )
        )
        count = 0 if want.type == ET_REL else count
        start = (64 if want.wide else 52) + count * _PHDR[want.wide]
        self.start = start
        self._parts()
        end = start + len(self.body)
        if want.type == ET_REL:
            self.segments = []
        else:
            self.segments.insert(0, (_PT["load"], want.load_flags, 0, end, 4096))
            if want.relro:
                self.segments.append((_PT["relro"], 4, start, 16, 1))
            if want.stack is not None:
                self.segments.append((_PT["stack"], want.stack, 0, 0, 16))
        assert len(self.segments) == count
        headers = b"".join(self._segment(*item) for item in self.segments)
        table, shoff = self._section_table(end) if want.sections else (b"", 0)
        number = len(self.sections) if want.sections else 0
        phoff = start - len(headers) if count else 0
        ident = b"\x7fELF" + bytes((2 if want.wide else 1, 1 if want.little else 2, 1)) + bytes(9)
        sizes = (start - len(headers), _PHDR[want.wide], count, _SHDR[want.wide], number, max(number - 1, 0))
        header = ident + want.pack("HHI", want.type, want.machine, 1) + want.words(0, phoff, shoff)
        header += want.pack("I6H", 0, *sizes)
        return header + headers + self.body + table + want.overlay

    def _put(self, name: str, kind: int, flags: int, data: bytes, link: int = 0, record: int = 0) -> int:
        """Append a part; ``link`` counts sections from this one on. Return its offset in the file."""
        self.body += bytes(-(self.start + len(self.body)) % 8)
        offset = self.start + len(self.body)
        self.body += data
        self.sections.append((name, kind, flags, offset, len(data), len(self.sections) + link if link else 0, record))
        return offset

    def _parts(self) -> None:
        want = self.want
        if want.interpreter is not None:
            text = want.interpreter.encode("utf-8", "surrogateescape") + b"\0"
            self.segments.append((_PT["interp"], 4, self._put(".interp", 1, 2, text), len(text), 1))
        notes = [*want.notes, *([(b"GNU\0", 3, want.build_id)] if want.build_id else [])]
        if notes:
            data = b"".join(self._note(*note, align=4) for note in notes)
            self.segments.append((_PT["note"], 4, self._put(".note", 7, 2, data), len(data), 4))
        if want.features is not None:
            kind = 0xC0000000 if want.machine == 183 else 0xC0000002
            value = want.pack("III", kind, 4, want.features) + bytes(4 if want.wide else 0)
            data = self._note(b"GNU\0", 5, value, align=8 if want.wide else 4)
            offset = self._put(".note.gnu.property", 7, 2, data)
            self.segments += [(kind, 4, offset, len(data), 8 if want.wide else 4) for kind in (4, _PT_GNU_PROPERTY)]
        if want.dynamic and want.type in (ET_EXEC, ET_DYN):
            self._dynamic()
        for name, data in want.contents.items():
            self._put(name, 1, 2, data)
        for name in want.no_bits:
            self.sections.append((name, 8, 6, self.start + len(self.body), 4096, 0, 0))
        if want.symbols:
            strings = b"\0" + b"".join(name.encode() + b"\0" for name in want.symbols)
            record = 24 if want.wide else 16
            positions = [strings.index(b"\0" + name.encode() + b"\0") + 1 for name in want.symbols]
            table = self._symbol(0, 0) + b"".join(self._symbol(position, 1) for position in positions)
            self._put(".symtab", 2, 0, table, 1, record)
            self._put(".strtab", 3, 0, strings)

    def _note(self, owner: bytes, kind: int, value: bytes, align: int) -> bytes:
        data = self.want.pack("III", len(owner), len(value), kind) + owner
        data += bytes(-len(data) % align) + value
        return data + bytes(-len(data) % align)

    def _dynamic(self) -> None:
        want = self.want
        strings = b"\0"
        positions: dict[str, int] = {}
        texts = [*want.imports, *want.exports, *want.needed, want.soname, want.rpath, want.runpath]
        for text in texts:
            if text is not None and text not in positions:
                positions[text] = len(strings)
                strings += text.encode("utf-8", "surrogateescape") + b"\0"
        symbols = [
            (0, 0),
            *((positions[name], 0) for name in want.imports),
            *((positions[name], 1) for name in want.exports),
        ]
        table = b"".join(self._symbol(*item) for item in symbols)
        tags = [(1, positions[name]) for name in want.needed]
        tags += [(6, self._put(".dynsym", 11, 2, table, 1, 24 if want.wide else 16))]
        tags += [(5, self._put(".dynstr", 3, 2, strings)), (10, len(strings)), (11, 24 if want.wide else 16)]
        if want.hash == "gnu":
            first = 1 + len(want.imports)
            bucket = first if want.exports else 0
            bloom = bytes(8 if want.wide else 4)
            data = want.pack("IIII", 1, first if want.exports else 1, 1, 0) + bloom + want.pack("I", bucket)
            tags.append((0x6FFFFEF5, self._put(".gnu.hash", 0x6FFFFFF6, 2, data + bytes(4 * len(want.exports)), -2)))
        elif want.hash == "sysv":
            data = want.pack("III", 1, len(symbols), 0) + bytes(4 * len(symbols))
            tags.append((4, self._put(".hash", 5, 2, data, -2)))
        named = ((14, want.soname), (15, want.rpath), (29, want.runpath))
        tags += [(tag, positions[text]) for tag, text in named if text is not None]
        tags += [*want.tags.items(), (0, 0)]
        data = b"".join(want.words(*tag) for tag in tags)
        link = -1 if want.hash is None else -2
        offset = self._put(".dynamic", 6, 3, data, link, 16 if want.wide else 8)
        self.segments.append((_PT["dynamic"], 6, offset, len(data), 8))

    def _symbol(self, name: int, section: int) -> bytes:
        if self.want.wide:
            return self.want.pack("IBBHQQ", name, 0x12, 0, section, 0, 0)
        return self.want.pack("IIIBBH", name, 0, 0, 0x12, 0, section)

    def _segment(self, kind: int, flags: int, offset: int, size: int, align: int) -> bytes:
        want = self.want
        if want.wide:
            return want.pack("IIQQQQQQ", kind, flags, offset, offset, offset, size, size, align)
        return want.pack("8I", kind, offset, offset, offset, size, size, flags, align)

    def _section_table(self, end: int) -> tuple[bytes, int]:
        """Return the names of the sections and their headers, and the offset of the headers."""
        want = self.want
        names = b"\0"
        positions = []
        for name in [*(item[0] for item in self.sections), ".shstrtab"]:
            positions.append(len(names))
            names += name.encode() + b"\0"
        self.sections.append((".shstrtab", 3, 0, end, len(names), 0, 0))
        padding = bytes(-(end + len(names)) % 8)
        form = "IIQQQQIIQQ" if want.wide else "10I"
        headers = b"".join(
            want.pack(form, position, kind, flags, offset if flags & 2 else 0, offset, size, link, 0, 4, record)
            for position, (_, kind, flags, offset, size, link, record) in zip(positions, self.sections, strict=True)
        )
        return names + padding + headers, end + len(names) + len(padding)
