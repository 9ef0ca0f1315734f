"""Regular files that run with their owner's or group's rights (CIS Docker 4.8)."""

from __future__ import annotations

from collections.abc import Iterator

from imgscan.analyzers.api import Content, Data, Interest
from imgscan.analyzers.places import absolute, item_of, shell_word
from imgscan.formats.filetype import PREFIX_BYTES, file_type
from imgscan.model.entry import Entry
from imgscan.model.finding import Finding, Item, Severity, State
from imgscan.rootfs.view import ImageView, PlacedFact

_SUID = 0o4000
_SGID = 0o2000


class Setuid:
    """Lists every SUID and SGID file of every layer; those still visible are findings, the others are told as gone."""

    id = "setuid"
    version = 1
    interest = Interest(any_mode=_SUID | _SGID, sha256=True, max_content_bytes=PREFIX_BYTES)

    def observe(self, entry: Entry, content: Content) -> Iterator[Data]:
        """Yield one fact a file, with the digest of its content and what it is."""
        yield {"mode": entry.mode, "sha256": content.sha256, "type": file_type(content.data)}

    def conclude(self, view: ImageView) -> Iterator[Finding | Item]:
        """Yield an item and a finding for each inode, by its visible names."""
        for fact in view.facts(self.id):
            mode = fact.entry.mode
            if fact.state is State.VISIBLE:
                for bit, section in ((_SUID, "setuid"), (_SGID, "setgid")):
                    if mode & bit:
                        yield Item(section, item_of(fact, sha256=fact.data["sha256"], type=fact.data["type"]))
            yield self._finding(fact, mode)

    def _finding(self, fact: PlacedFact, mode: int) -> Finding:
        suid = bool(mode & _SUID)
        path = fact.names[0] if fact.names else fact.path
        who = " and ".join(
            text for bit, text in ((_SUID, f"uid {fact.entry.uid}"), (_SGID, f"gid {fact.entry.gid}")) if mode & bit
        )
        visible = fact.state is State.VISIBLE
        bits = "".join(letter for bit, letter in ((_SUID, "u"), (_SGID, "g")) if mode & bit)
        return Finding(
            rule="setuid.suid-file" if suid else "setuid.sgid-file",
            analyzer=self.id,
            severity=(Severity.MEDIUM if suid else Severity.LOW) if visible else Severity.INFO,
            message=f"runs as {who}, mode {mode:04o}" + ("" if visible else f"; {fact.state} by a later layer"),
            path=path,
            state=fact.state,
            layer=fact.layer,
            removed_in=fact.removed_in,
            evidence={
                "mode": f"{mode:04o}",
                "uid": fact.entry.uid,
                "gid": fact.entry.gid,
                "names": [absolute(name) for name in fact.names],
                "sha256": fact.data["sha256"],
                "type": fact.data["type"],
            },
            remediation=f"RUN chmod {bits}-s {shell_word(path)}" if visible else "",
            identity=fact.data["sha256"] or "",
        )
