"""USER and HEALTHCHECK that fit the image."""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import NamedTuple

from imgscan.harden.plan import Instruction
from imgscan.harden.subject import Subject
from imgscan.model.items import AccountItem, ConfigItem, FileItem
from imgscan.policy.ports import ports_of

_FIRST_UID = 10001
_TIMING = "--interval=30s --timeout=3s"
_PYTHON = "import socket; socket.create_connection(('127.0.0.1', {port}), 3)"


class Health(NamedTuple):
    """The HEALTHCHECK instruction, and the paths of the tool that it calls, which must stay."""

    setting: Instruction | None
    keeps: frozenset[str]
    called: str = ""
    """The path that it calls the tool by."""


def user_of(subject: Subject) -> tuple[Instruction | None, int, int]:
    """Return the USER instruction (None where the image has a good one), and the uid and gid to run with."""
    result = subject.of("config.root-user", "config.user-")
    result.sort(key=lambda item: item.finding.rule != "config.root-user")
    is_root = bool(result) and result[0].finding.rule == "config.root-user"
    user = (subject.item(ConfigItem) or ConfigItem()).user
    uid = user.uid or 0
    if not result and uid > 0:
        return None, uid, user.gid if user.gid is not None and user.gid > 0 else uid
    named = uid if uid > 0 and not is_root else _free_uid(subject)
    why = result[0].finding.message if result else "who the container runs as is not known"
    answers = result[0].reference if result else None
    also = tuple(item.reference for item in result[1:])
    return Instruction(f"USER {named}:{named}", why, answers, also=also), named, named


def _free_uid(subject: Subject) -> int:
    """Return the first uid from 10001 on that is nobody's: no account, no owner of files by chance."""
    taken = {number for item in subject.items(AccountItem) for number in (item.uid, item.gid)}
    return next(uid for uid in range(_FIRST_UID, _FIRST_UID + len(taken) + 1) if uid not in taken)


def health_of(subject: Subject) -> Health:
    """Return a HEALTHCHECK by the first port of the service and the first tool that can ask it, else one to fill in."""
    result = subject.of("config.healthcheck-")
    if not result:
        return Health(None, frozenset())
    missing, reference = result[0].finding.message, result[0].reference
    also = tuple(item.reference for item in result[1:])
    port = _first_port(subject)
    for names, section, words in _TOOLS:
        tool = _tool(subject, section, names)
        if port is not None and tool is not None:
            called, paths = tool
            command = json.dumps([called, *(word.format(port=port) for word in words)])
            why = f"{missing}; {called} asks port {port}, and so is not removed"
            setting = Instruction(f"HEALTHCHECK {_TIMING} CMD {command}", why, reference, also=also)
            return Health(setting, paths, called)
    reason = "no port of a service is exposed" if port is None else "the image has no tool that could ask"
    stub = f'HEALTHCHECK {_TIMING} CMD ["/path/to/check"]'
    return Health(Instruction(stub, f"{missing}; {reason}", reference, active=False, also=also), frozenset())


def disputed_ports(subject: Subject) -> frozenset[str]:
    """Return the items of EXPOSE that are a finding themselves, and so are not counted on."""
    result = subject.of("config.port-ssh", "config.port-malformed")
    return frozenset(text for item in result for text in item.evidence.ports)


_WGET = ("-q", "-T", "3", "-O", "/dev/null", "http://127.0.0.1:{port}/")
_CURL = ("-fsS", "-m", "3", "-o", "/dev/null", "http://127.0.0.1:{port}/")
_TOOLS: tuple[tuple[tuple[str, ...], str, tuple[str, ...]], ...] = (
    (("python3", "python"), "interpreters", ("-c", _PYTHON)),
    (("wget",), "network_tools", _WGET),
    (("curl",), "network_tools", _CURL),
    (("nc", "ncat"), "network_tools", ("-z", "127.0.0.1", "{port}")),
)


def _tool(subject: Subject, section: str, names: Iterable[str]) -> tuple[str, frozenset[str]] | None:
    """Return the path to call a tool by, and all paths of its file."""
    for wanted in names:
        for item in subject.items(FileItem, section):
            paths = [*item.names, item.path]
            called = next((path for path in paths if path.rpartition("/")[2] == wanted), None)
            if called is not None and called.isascii() and called.isprintable():
                return called, frozenset({called} if item.applets else paths)
    return None


def _first_port(subject: Subject) -> int | None:
    disputed = disputed_ports(subject)
    for text in subject.exposed_ports:
        ports, protocol = ports_of(text)
        if ports and protocol == "tcp" and text not in disputed:
            return ports[0]
    return None
