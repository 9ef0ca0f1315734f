"""Files that gain capabilities when run: the extended attribute security.capability."""

from __future__ import annotations

from collections.abc import Iterator

import msgspec

from imgscan.analyzers.capabilities.rating import DOCKER_DEFAULT, Rating, is_shipped, rating_of
from imgscan.analyzers.capabilities.rules import RULES
from imgscan.formats.capability import is_known, parse_capability
from imgscan.formats.content.filetype import PREFIX_BYTES as TYPE_BYTES
from imgscan.formats.content.filetype import file_type
from imgscan.formats.path import base_name
from imgscan.model.entry import Entry
from imgscan.model.finding import Enough, Finding, Item, Severity, State
from imgscan.model.interest import Interest
from imgscan.model.observed import Content
from imgscan.model.remedy import Action, Remedy
from imgscan.rootfs.view import ImageView, LocatedFact
from imgscan.system.file_items import absolute, item_of
from imgscan.system.packages.files import PackageFiles
from imgscan.system.packages.owners import owners, package_of
from imgscan.system.programs.names import sections_of
from imgscan.system.programs.privileged import PrivilegedProgram, PrivilegedPrograms, privileged_programs

_XATTR = "security.capability"
_SEVERITY = {Rating.ROOT: Severity.HIGH, Rating.NOTABLE: Severity.MEDIUM, Rating.BENIGN: Severity.LOW}
_MALFORMED = "malformed capabilities: the kernel refuses to run it"


class Granted(msgspec.Struct, frozen=True, kw_only=True):
    """The attribute, decoded."""

    text: str
    revision: int
    effective: bool
    permitted: tuple[str, ...]
    inheritable: tuple[str, ...]
    rootid: int | None


class CapabilityFact(msgspec.Struct, frozen=True, kw_only=True):
    """One file with the attribute, as one layer has it."""

    type: str
    """What file(1) would call it."""
    sha256: str | None
    """None where the layer ended inside the file."""
    granted: Granted | None = None
    malformed: str = ""
    """The attribute's bytes (hex) where they are no capabilities."""


class Rated(msgspec.Struct, frozen=True, kw_only=True):
    """What the capabilities of one file amount to where it stands."""

    granted: Granted
    rating: Rating
    """That of the permitted set."""
    rating_inheritable: Rating
    interpreter: str | None
    """Which shell or interpreter the file is, by content or by name."""
    shipped: bool
    """Whether a distribution has it so."""
    outside_default: tuple[str, ...]
    """What a container lacks unless it is started with more: with the effective bit the program does not start."""
    unknown: frozenset[str]
    """What the kernel has no name for."""


class Capabilities:
    """File capabilities, decoded and rated: root-equivalent, notable, benign (CIS Docker 5.4, 5.26).

    A shell or interpreter, by name or by content, with one that is root-equivalent is a root shell: critical. Lower
    rank capabilities that a process must have inherited already, a file that nobody can run, and programs that
    distributions ship so. Revision 3 binds them to a user namespace, which is told. Hidden files are told as gone.
    """

    id = "capabilities"
    version = 3
    fact = CapabilityFact
    interest = Interest(xattrs=frozenset({_XATTR}), sha256=True, max_content_bytes=TYPE_BYTES)
    rules = RULES
    needs = (PackageFiles, PrivilegedPrograms)

    def observe(self, entry: Entry, content: Content) -> Iterator[CapabilityFact]:
        """Yield the attribute, decoded, or its bytes (hex) when it is malformed; and what file(1) says of it."""
        raw = (entry.xattrs or {})[_XATTR]
        capability = parse_capability(raw)
        kind = file_type(bytes(content.view[:TYPE_BYTES]))
        if capability is None:
            yield CapabilityFact(type=kind, sha256=content.sha256, malformed=raw.hex())
            return
        granted = Granted(
            text=capability.text(),
            revision=capability.revision,
            effective=capability.effective,
            permitted=tuple(capability.permitted),
            inheritable=tuple(capability.inheritable),
            rootid=capability.rootid,
        )
        yield CapabilityFact(type=kind, sha256=content.sha256, granted=granted)

    def conclude(self, view: ImageView) -> Iterator[Finding | Item]:
        """Yield an item for each visible file and a finding for each file of any layer."""
        enough = Enough(view.limits)
        inside = view.derived(privileged_programs)
        for fact in view.facts(self):
            visible = fact.state is State.VISIBLE
            rated = _rated(fact, fact.data.granted, inside.get(fact.ref)) if fact.data.granted is not None else None
            after = _given_after(view, fact) if visible else None
            evidence = _evidence(fact.data, rated)
            if visible:
                evidence |= {"package": package_of(view, fact.names[0]), "given_after": after}
                yield Item("capabilities", item_of(fact, **evidence))
            rule = "capabilities.file" if rated is not None else "capabilities.malformed"
            severity = _severity(rated, fact, after) if visible else Severity.INFO
            if enough.of(rule, severity):
                yield Finding(rule=rule, analyzer=self.id, severity=severity, message="")
            else:
                yield self._finding(fact, rated, after, evidence, severity)

    def _finding(
        self,
        fact: LocatedFact[CapabilityFact],
        rated: Rated | None,
        after: str | None,
        evidence: dict[str, object],
        severity: Severity,
    ) -> Finding:
        visible = fact.state is State.VISIBLE
        path = fact.names[0] if fact.names else fact.path
        text = rated.granted.text if rated is not None else ""
        message = _message(rated, fact.data.type, after) if rated is not None else _MALFORMED
        return Finding(
            rule="capabilities.file" if rated is not None else "capabilities.malformed",
            analyzer=self.id,
            severity=severity,
            message=message + ("" if visible else f"; {fact.state} by a later layer"),
            path=path,
            state=fact.state,
            layer=fact.layer,
            removed_in=fact.removed_in,
            evidence={**evidence, "names": [absolute(name) for name in fact.names]},
            remedies=(Remedy(Action.DROP_CAPABILITIES, "setcap -r", (absolute(path),)),) if visible else (),
            identity=f"{text} {fact.data.sha256 or ''}",
        )


def _rated(fact: LocatedFact[CapabilityFact], granted: Granted, known: PrivilegedProgram | None) -> Rated:
    """Return what follows from the sets and the file's place."""
    # The kernel leaves out the bits that it does not know: nothing follows from them.
    unknown = {name for name in (*granted.permitted, *granted.inheritable) if not is_known(name)}
    names = fact.names or (fact.path,)
    by_name = next((name for path in names if (name := base_name(path)) and _is_interpreter(name)), None)
    return Rated(
        granted=granted,
        rating=rating_of(name for name in granted.permitted if name not in unknown),
        rating_inheritable=rating_of(name for name in granted.inheritable if name not in unknown),
        interpreter=known.runs if known is not None else by_name,
        shipped=is_shipped(names, fact.entry, {*granted.permitted, *granted.inheritable}),
        outside_default=tuple(sorted(set(granted.permitted) - DOCKER_DEFAULT - unknown)),
        unknown=frozenset(unknown),
    )


def _evidence(fact: CapabilityFact, rated: Rated | None) -> dict[str, object]:
    """Return it as the report has it."""
    if rated is None:
        return {"malformed": fact.malformed, "type": fact.type}
    granted = rated.granted
    return {
        "text": granted.text,
        "revision": granted.revision,
        "effective": granted.effective,
        "permitted": list(granted.permitted),
        "inheritable": list(granted.inheritable),
        "rootid": granted.rootid,
        "interpreter": rated.interpreter,
        "type": fact.type,
        "rating": str(rated.rating),
        "rating_inheritable": str(rated.rating_inheritable),
        "shipped": rated.shipped,
        "outside_default": list(rated.outside_default),
        **({"unknown": sorted(rated.unknown)} if rated.unknown else {}),
    }


def _given_after(view: ImageView, fact: LocatedFact[CapabilityFact]) -> str | None:
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


def _is_interpreter(name: str) -> bool:
    return not {"shells", "interpreters"}.isdisjoint(sections_of(name))


def _severity(rated: Rated | None, fact: LocatedFact[CapabilityFact], after: str | None) -> Severity:
    """Return how bad it is that a visible file has these capabilities; None: malformed ones."""
    if rated is None:
        return Severity.LOW
    grants = not set(rated.granted.permitted) <= rated.unknown
    severity = _SEVERITY[rated.rating] if grants else Severity.LOW
    if not grants and rated.rating_inheritable is Rating.ROOT:
        severity = Severity.MEDIUM
    if _no_effect(rated, fact):
        return Severity.INFO
    if rated.interpreter and rated.rating is Rating.ROOT:
        severity = Severity.CRITICAL
    if rated.shipped and not after:
        severity = Severity(max(severity - 1, Severity.LOW))
    return severity


def _no_effect(rated: Rated, fact: LocatedFact[CapabilityFact]) -> bool:
    """Whether the kernel grants nothing: to a script, to a file that cannot be run, of two empty sets."""
    empty = {*rated.granted.permitted, *rated.granted.inheritable} <= rated.unknown
    return empty or not fact.entry.mode & 0o111 or fact.data.type.startswith("script")


def _message(rated: Rated, kind: str, after: str | None) -> str:
    granted = rated.granted
    parts = [f"gains {granted.text}"]
    if rated.rating is Rating.ROOT:
        parts.append(f"{rated.interpreter} with this is a root shell" if rated.interpreter else "root-equivalent")
    if not granted.permitted and granted.inheritable:
        parts[0] = f"keeps {granted.text} of a process that has them inherited"
    if granted.rootid:
        parts.append(f"only in the user namespace whose root is uid {granted.rootid}")
    if rated.outside_default and granted.effective:
        parts.append(f"does not start in a container without {', '.join(rated.outside_default)}")
    if rated.unknown:
        parts.append(f"the kernel knows no {', '.join(sorted(rated.unknown))} and leaves it out")
    if kind.startswith("script"):
        parts.append("without effect on a script")
    if after:
        parts.append(f"given by a later layer than {after}'s")
    elif rated.shipped:
        parts.append("as distributions ship it")
    return "; ".join(parts)
