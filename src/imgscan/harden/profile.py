"""How to run the image: user, read-only root filesystem, what stays writable, capabilities."""

from __future__ import annotations

import shlex
from collections.abc import Iterator
from typing import Any

from imgscan.harden.plan import Flag, Mount, Profile, reference
from imgscan.harden.quoting import is_plain
from imgscan.model.finding import Finding, State
from imgscan.policy.ports import ports_of
from imgscan.report.document import Report

_TMPFS = "rw,noexec,nosuid,nodev,size=64m"
_MOST_MOUNTS = 30


def profile_of(report: Report, uid: int, gid: int) -> Profile:
    """Return the profile for a container of this user."""
    needed = list(_needed(report))
    capabilities: dict[str, str] = {}
    for finding, names in needed:
        for name in names:
            capabilities.setdefault(name, f"{_path(finding)} has it as a file capability [{reference(finding)}]")
    port = _low_port(report)
    if port is not None:
        capabilities.setdefault("NET_BIND_SERVICE", f"EXPOSE {port}: a port below 1024 [control 5.8]")
    privileges = f"{_path(needed[0][0])} needs its file capabilities, which no-new-privileges takes" if needed else ""
    profile = Profile(
        uid=uid,
        gid=gid,
        mounts=tuple(_mounts(report)),
        capabilities=tuple(sorted(capabilities.items())),
        new_privileges=privileges,
    )
    return Profile(
        uid=uid,
        gid=gid,
        mounts=profile.mounts,
        capabilities=profile.capabilities,
        new_privileges=privileges,
        flags=tuple(_flags(profile)),
    )


def kept_programs(report: Report) -> frozenset[str]:
    """Return the absolute paths of files whose capabilities the container needs."""
    return frozenset(_path(finding) for finding, _ in _needed(report))


def _needed(report: Report) -> Iterator[tuple[Finding, list[str]]]:
    """Yield files whose capabilities stay, with their names: what the container starts, and what an exception keeps."""
    starts = {path for item in _items(report, "config") for path in _texts(item.get("starts"))}
    for finding in report.findings:
        if finding.rule != "capabilities.file" or finding.state is not State.VISIBLE:
            continue
        if finding.suppressed or starts.intersection([_path(finding), *_texts(finding.evidence.get("names"))]):
            names = [name.upper().removeprefix("CAP_") for name in _texts(finding.evidence.get("permitted"))]
            plain = sorted(name for name in names if name.replace("_", "").isalnum() and name.isascii())
            if plain:
                yield finding, plain


def _path(finding: Finding) -> str:
    return "/" + (finding.path or "")


def _low_port(report: Report) -> str | None:
    for text in report.image.config.exposed_ports:
        ports, protocol = ports_of(text)
        if ports and ports[0] < 1024:
            return f"{ports[0]}/{protocol}"
    return None


def _mounts(report: Report) -> Iterator[Mount]:
    """Yield what must stay writable: declared volumes, what everyone may write to, what the user owns, the usual."""
    surface = next(iter(_items(report, "write_surface")), {})
    listed = [(path, "VOLUME of the image", True) for path in report.image.config.volumes]
    listed += [(path, "everyone may write to it (sticky bit)", False) for path in _texts(surface.get("sticky"))]
    if not surface.get("sticky"):
        listed.append(("/tmp", "where programs put what is temporary", False))  # noqa: S108 (a mount point)
    listed += [(path, "the container's user may write to it", True) for path in _texts(surface.get("directories"))]
    listed += [(path, "services mostly write to it", False) for path in _texts(surface.get("usual"))]
    seen: list[str] = []
    for path, why, volume in listed:
        whole = "/" + path.strip("/")
        inside = any(whole == known or whole.startswith(f"{known}/") for known in seen)
        if whole != "/" and not inside and _mountable(whole) and len(seen) < _MOST_MOUNTS:
            seen.append(whole)
            yield Mount(whole, why, volume)


def _mountable(path: str) -> bool:
    """Whether --tmpfs and --mount can name it: they take a colon and a comma for their own."""
    return is_plain(path) and not {":", ",", "\\"} & set(path) and ".." not in path.split("/")


def _flags(profile: Profile) -> Iterator[Flag]:
    yield Flag(f"--user {profile.uid}:{profile.gid}", "a uid that is not root's [control 4.1]")
    yield Flag("--read-only", "nothing is written to the image's own files [control 5.13]")
    for mount in profile.mounts:
        if mount.volume:
            yield Flag(f"--mount {shlex.quote(f'type=volume,dst={mount.path}')}", f"{mount.why} [control 5.13]")
        else:
            yield Flag(f"--tmpfs {shlex.quote(f'{mount.path}:{_TMPFS}')}", f"{mount.why} [control 5.13]")
    yield Flag("--cap-drop ALL", "no capability that nothing needs [control 5.4]")
    for name, why in profile.capabilities:
        yield Flag(f"--cap-add {name}", why)
    if not profile.new_privileges:
        yield Flag("--security-opt no-new-privileges", "SUID files and file capabilities give nothing [control 5.26]")
    yield Flag("--pids-limit 256", "a bound on processes; measure what the service needs [control 5.29]")
    yield Flag("--memory 512m", "a bound on memory; measure what the service needs [control 5.11]")


def _items(report: Report, section: str) -> tuple[dict[str, Any], ...]:
    return report.inventory.get(section, ())


def _texts(value: Any) -> list[str]:
    return [item for item in value if isinstance(item, str)] if isinstance(value, list | tuple) else []
