"""Files that gain capabilities when run: the extended attribute security.capability."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from imgscan.analyzers.capabilities.rating import DOCKER_DEFAULT, Rating, is_shipped, rating_of
from imgscan.analyzers.capabilities.rules import RULES
from imgscan.formats.capability import is_known, parse_capability
from imgscan.formats.content.filetype import PREFIX_BYTES as TYPE_BYTES
from imgscan.formats.content.filetype import file_type
from imgscan.formats.elf.ranges import PREFIX_BYTES, elf_ranges
from imgscan.formats.path import base_name
from imgscan.model.entry import Entry
from imgscan.model.finding import Finding, Item, Severity, State
from imgscan.model.interest import Interest
from imgscan.model.observed import Content
from imgscan.model.observer import Data
from imgscan.model.remedy import Action, Remedy
from imgscan.rootfs.view import ImageView, PlacedFact
from imgscan.system.elf.content import program_in
from imgscan.system.location import absolute, item_of
from imgscan.system.packages.files import PackageFiles
from imgscan.system.packages.owners import owners, package_of
from imgscan.system.programs.names import SHELLS, sections_of

_XATTR = "security.capability"
_SEVERITY = {Rating.ROOT: Severity.HIGH, Rating.NOTABLE: Severity.MEDIUM, Rating.BENIGN: Severity.LOW}
_HIDDEN = ("sha256",)


class Capabilities:
    """File capabilities, decoded and rated: root-equivalent, notable, benign (CIS Docker 5.4, 5.26).

    A shell or interpreter, by name or by content, with one that is root-equivalent is a root shell: critical. Lower
    rank capabilities that a process must have inherited already, a file that nobody can run, and programs that
    distributions ship so. Revision 3 binds them to a user namespace, which is told. Hidden files are told as gone.
    """

    id = "capabilities"
    version = 2
    interest = Interest(xattrs=frozenset({_XATTR}), sha256=True, max_content_bytes=PREFIX_BYTES, ranges=elf_ranges)
    rules = RULES
    needs = (PackageFiles,)

    def observe(self, entry: Entry, content: Content) -> Iterator[Data]:
        """Yield the attribute, decoded, or its bytes (hex) when it is malformed; what the file is by its content."""
        raw = (entry.xattrs or {})[_XATTR]
        found = parse_capability(raw)
        kind = {"type": file_type(bytes(content.view[:TYPE_BYTES])), "sha256": content.sha256}
        if found is None:
            yield {"malformed": raw.hex(), **kind}
            return
        applets, shell, runtime = content.derived(program_in)
        yield {
            "text": found.text(),
            "revision": found.revision,
            "effective": found.effective,
            "permitted": list(found.permitted),
            "inheritable": list(found.inheritable),
            "rootid": found.rootid,
            "interpreter": shell or runtime or ("busybox" if SHELLS.intersection(applets) else None),
            **kind,
        }

    def conclude(self, view: ImageView) -> Iterator[Finding | Item]:
        """Yield an item for each visible file and a finding for each file of any layer."""
        for fact in view.facts(self):
            data = {key: value for key, value in fact.data.items() if key not in _HIDDEN}
            data |= _told(fact, data)
            if fact.state is State.VISIBLE:
                data["package"] = package_of(view, fact.names[0])
                data["given_after"] = _given_after(view, fact)
                yield Item("capabilities", item_of(fact, **data))
            yield self._finding(fact, data)

    def _finding(self, fact: PlacedFact, data: Data) -> Finding:
        malformed = "malformed" in data
        visible = fact.state is State.VISIBLE
        path = fact.names[0] if fact.names else fact.path
        message = "malformed capabilities: the kernel refuses to run it" if malformed else _message(data)
        severity = Severity.LOW if malformed else _severity(fact, data)
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
            remedies=(Remedy(Action.DROP_CAPABILITIES, "setcap -r", (absolute(path),)),) if visible else (),
            identity=f"{data.get('text', '')} {fact.data['sha256'] or ''}",
        )


def _told(fact: PlacedFact, data: Data) -> dict[str, Any]:
    """Return what follows from the sets and the file's place.

    ``rating`` is that of the permitted set, ``rating_inheritable`` that of the other; ``interpreter`` which one the
    file is; ``shipped`` whether a distribution has it so; ``outside_default`` what a container does not have unless
    it is started with more: with the effective bit set the program then does not even start; ``unknown``, where
    there is any, what the kernel has no name for.
    """
    if "malformed" in data:
        return {}
    permitted, inheritable = _texts(data["permitted"]), _texts(data["inheritable"])
    # The kernel leaves out the bits that it does not know: nothing follows from them.
    unknown = {name for name in (*permitted, *inheritable) if not is_known(name)}
    known = [name for name in permitted if name not in unknown]
    names = fact.names or (fact.path,)
    by_name = next((name for path in names if (name := base_name(path)) and _is_interpreter(name)), None)
    return {
        "rating": str(rating_of(known)),
        "rating_inheritable": str(rating_of(name for name in inheritable if name not in unknown)),
        "interpreter": data["interpreter"] or by_name,
        "shipped": is_shipped(names, fact.entry, {*permitted, *inheritable}),
        "outside_default": sorted(set(permitted) - DOCKER_DEFAULT - unknown),
        **({"unknown": sorted(unknown)} if unknown else {}),
    }


def _given_after(view: ImageView, fact: PlacedFact) -> str | None:
    """Return the package whose file it is, where a later layer than the package's gave the capabilities."""
    for name in fact.names:
        package = view.derived(owners).system(name)
        if package is None:
            continue
        event = view.event_until(name, package.layer)
        if event is None or event.entry is None:
            return None
        had = (event.entry.xattrs or {}).get(_XATTR)
        return package.title if had != (fact.entry.xattrs or {}).get(_XATTR) else None
    return None


def _texts(value: object) -> list[str]:
    return [str(item) for item in value] if isinstance(value, list | tuple) else []


def _is_interpreter(name: str) -> bool:
    return not {"shells", "interpreters"}.isdisjoint(sections_of(name))


def _severity(fact: PlacedFact, data: Data) -> Severity:
    """Return how bad it is that a visible file has these capabilities."""
    rating = Rating(str(data["rating"]))
    granted = not set(_texts(data["permitted"])) <= set(_texts(data.get("unknown")))
    severity = _SEVERITY[rating] if granted else Severity.LOW
    if not granted and data["rating_inheritable"] == Rating.ROOT:
        severity = Severity.MEDIUM
    if _no_effect(fact, data):
        return Severity.INFO
    if data["interpreter"] and rating is Rating.ROOT:
        severity = Severity.CRITICAL
    if data["shipped"] and not data.get("given_after"):
        severity = Severity(max(severity - 1, Severity.LOW))
    return severity


def _no_effect(fact: PlacedFact, data: Data) -> bool:
    """Whether the kernel grants nothing: to a script, to a file that cannot be run, of two empty sets."""
    empty = {*_texts(data["permitted"]), *_texts(data["inheritable"])} <= set(_texts(data.get("unknown")))
    return empty or not fact.entry.mode & 0o111 or str(data["type"]).startswith("script")


def _message(data: Data) -> str:
    parts = [f"gains {data['text']}"]
    if data["rating"] == Rating.ROOT:
        parts.append(f"{data['interpreter']} with this is a root shell" if data["interpreter"] else "root-equivalent")
    if not data["permitted"] and data["inheritable"]:
        parts[0] = f"keeps {data['text']} of a process that has them inherited"
    if data["rootid"]:
        parts.append(f"only in the user namespace whose root is uid {data['rootid']}")
    if data["outside_default"] and data["effective"]:
        parts.append(f"does not start in a container without {', '.join(_texts(data['outside_default']))}")
    if data.get("unknown"):
        parts.append(f"the kernel knows no {', '.join(_texts(data['unknown']))} and leaves it out")
    if str(data["type"]).startswith("script"):
        parts.append("without effect on a script")
    if data.get("given_after"):
        parts.append(f"given by a later layer than {data['given_after']}'s")
    elif data["shipped"]:
        parts.append("as distributions ship it")
    return "; ".join(parts)
