"""How to run the hardened image: user, read-only root filesystem, what stays writable, capabilities."""

from __future__ import annotations

import shlex
from collections.abc import Collection, Iterator, Sequence

from msgspec.structs import replace

from imgscan.harden.plan import TMPFS, Command, Flag, Mount, Profile
from imgscan.harden.quoting import is_plain
from imgscan.harden.settings import disputed_ports
from imgscan.harden.subject import Subject, Target
from imgscan.model.finding import State
from imgscan.model.items import ConfigItem, WriteSurfaceItem
from imgscan.model.remedy import Action
from imgscan.policy.ports import ports_of

_MAX_MOUNTS = 30
_CLOSING = frozenset({Action.CHANGE_MODE, Action.CHANGE_OWNER, Action.REMOVE})


def profile_of(subject: Subject, uid: int, gid: int, commands: Sequence[Command]) -> Profile:
    """Return the profile for a container of this user, of the image as the commands leave it."""
    needed = needed_capabilities(subject)
    capabilities: dict[str, str] = {}
    for item, names in needed:
        for name in names:
            capabilities.setdefault(name, f"{item.path} has it as a file capability [{item.reference}]")
    privileges = f"{needed[0][0].path} needs its file capabilities, which no-new-privileges takes" if needed else ""
    profile = Profile(
        uid=uid,
        gid=gid,
        mounts=tuple(_mounts(subject, _closed(commands))),
        capabilities=tuple(sorted(capabilities.items())),
        new_privileges=privileges,
        lowest_port=_low_port(subject),
    )
    return replace(profile, flags=tuple(_flags(profile)))


def needed_capabilities(subject: Subject) -> list[tuple[Target, list[str]]]:
    """Return files whose capabilities stay, with their names: what the container starts, what an exception keeps."""
    return list(_needed(subject))


def _needed(subject: Subject) -> Iterator[tuple[Target, list[str]]]:
    starts = {path for item in subject.items(ConfigItem) for path in item.starts}
    for target in subject.targets:
        finding = target.finding
        if finding.rule != "capabilities.file" or finding.state is not State.VISIBLE:
            continue
        if finding.suppressed or starts.intersection([target.path, *target.evidence.names]):
            names = [name.upper().removeprefix("CAP_") for name in target.evidence.permitted]
            plain = sorted(name for name in names if name.replace("_", "").isalnum() and name.isascii())
            if plain:
                yield target, plain


def _low_port(subject: Subject) -> int | None:
    """Return the lowest port below 1024 that a service is to listen on."""
    disputed = disputed_ports(subject)
    result = [ports_of(text)[0] for text in subject.exposed_ports if text not in disputed]
    return min((ports[0] for ports in result if ports and ports[0] < 1024), default=None)


def _closed(commands: Sequence[Command]) -> frozenset[str]:
    """Return the paths that the fragment gives to root, closes or removes: nothing is to be written there."""
    return frozenset(path for item in commands if item.remedy.action in _CLOSING for path in item.paths)


def _mounts(subject: Subject, closed: Collection[str]) -> Iterator[Mount]:
    """Yield what must stay writable: declared volumes, what everyone may write to, what the user owns, the usual."""
    surface = subject.item(WriteSurfaceItem) or WriteSurfaceItem(uid=None, everything=False)
    listed = [(path, "VOLUME of the image", True) for path in subject.volumes]
    listed += [(path, "everyone may write to it (sticky bit)", False) for path in surface.sticky]
    if not surface.sticky:
        listed.append(("/tmp", "where programs put what is temporary", False))  # noqa: S108 (a mount point)
    sure = len(listed)
    listed += [(path, "the container's user may write to it", True) for path in surface.directories]
    listed += [(path, "services mostly write to it", False) for path in surface.usual]
    seen: list[str] = []
    for number, (path, why, volume) in enumerate(listed):
        whole = "/" + path.strip("/")
        if number >= sure and _is_below(whole, closed):
            continue
        if whole != "/" and not _is_below(whole, seen) and _mountable(whole) and len(seen) < _MAX_MOUNTS:
            seen.append(whole)
            yield Mount(whole, why, volume)


def _is_below(path: str, others: Collection[str]) -> bool:
    return any(path == other or path.startswith(f"{other}/") for other in others)


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
            yield Flag(f"--tmpfs {shlex.quote(f'{mount.path}:{TMPFS}')}", f"{mount.why} [control 5.13]")
    yield Flag("--cap-drop ALL", "no capability that nothing needs [control 5.4]")
    for name, why in profile.capabilities:
        yield Flag(f"--cap-add {name}", why)
    if profile.lowest_port is not None:
        text = f"port {profile.lowest_port} without root and without a capability"
        yield Flag(f"--sysctl net.ipv4.ip_unprivileged_port_start={profile.lowest_port}", text)
    if not profile.new_privileges:
        yield Flag("--security-opt no-new-privileges", "SUID files and file capabilities give nothing [control 5.26]")
    yield Flag("--pids-limit 256", "a bound on processes; measure what the service needs [control 5.29]")
    yield Flag("--memory 512m", "a bound on memory; measure what the service needs [control 5.11]")
