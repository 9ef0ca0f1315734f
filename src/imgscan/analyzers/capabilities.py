"""Files that gain capabilities when run: the extended attribute security.capability."""

from __future__ import annotations

from collections.abc import Iterator

from imgscan.analyzers.api import Content, Data, Interest
from imgscan.analyzers.places import absolute, item_of, shell_word
from imgscan.formats.capability import parse_capability
from imgscan.formats.filetype import PREFIX_BYTES, file_type
from imgscan.model.entry import Entry
from imgscan.model.finding import Finding, Item, Severity, State
from imgscan.rootfs.view import ImageView, PlacedFact

_XATTR = "security.capability"
_ROOT_EQUIVALENT = frozenset(
    f"cap_{name}"
    for name in (
        "setuid setgid setfcap setpcap dac_override dac_read_search chown fowner sys_admin sys_ptrace sys_module "
        "sys_rawio mknod bpf net_admin mac_admin mac_override sys_chroot"
    ).split()
)


class Capabilities:
    """Lists every file with capabilities, decoded; those that amount to root rank higher."""

    id = "capabilities"
    version = 1
    interest = Interest(xattrs=frozenset({_XATTR}), sha256=True, max_content_bytes=PREFIX_BYTES)

    def observe(self, entry: Entry, content: Content) -> Iterator[Data]:
        """Yield the attribute, decoded, or its bytes (hex) when it is malformed."""
        raw = (entry.xattrs or {})[_XATTR]
        found = parse_capability(raw)
        if found is None:
            yield {"malformed": raw.hex(), "sha256": content.sha256, "type": file_type(content.data)}
            return
        yield {
            "text": found.text(),
            "revision": found.revision,
            "effective": found.effective,
            "permitted": list(found.permitted),
            "inheritable": list(found.inheritable),
            "rootid": found.rootid,
            "type": file_type(content.data),
            "sha256": content.sha256,
        }

    def conclude(self, view: ImageView) -> Iterator[Finding | Item]:
        """Yield an item for each visible file and a finding for each file of any layer."""
        for fact in view.facts(self.id):
            data = {key: value for key, value in fact.data.items() if key != "sha256"}
            if fact.state is State.VISIBLE:
                yield Item("capabilities", item_of(fact, **data))
            yield self._finding(fact, data)

    def _finding(self, fact: PlacedFact, data: Data) -> Finding:
        malformed = "malformed" in data
        gained = set(fact.data.get("permitted", ())) | set(fact.data.get("inheritable", ()))
        visible = fact.state is State.VISIBLE
        severity = Severity.LOW if malformed else Severity.HIGH if gained & _ROOT_EQUIVALENT else Severity.MEDIUM
        path = fact.names[0] if fact.names else fact.path
        message = "malformed capabilities: the kernel refuses to run it" if malformed else f"gains {data['text']}"
        return Finding(
            rule="capabilities.malformed" if malformed else "capabilities.file",
            analyzer=self.id,
            severity=severity if visible else Severity.INFO,
            message=message + ("" if visible else f"; {fact.state} by a later layer"),
            path=path,
            state=fact.state,
            layer=fact.layer,
            removed_in=fact.removed_in,
            evidence={**data, "names": [absolute(name) for name in fact.names]},
            remediation=f"RUN setcap -r {shell_word(path)}" if visible else "",
            identity=f"{data.get('text', '')} {fact.data['sha256'] or ''}",
        )
