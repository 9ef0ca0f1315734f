"""USER and HEALTHCHECK that fit the image."""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Any, NamedTuple

from imgscan.harden.plan import Setting, reference
from imgscan.policy.ports import ports_of
from imgscan.report.document import Report

_FIRST_UID = 10001
_TIMING = "--interval=30s --timeout=3s"
_PYTHON = "import socket; socket.create_connection(('127.0.0.1', {port}), 3)"


class Health(NamedTuple):
    """The HEALTHCHECK instruction, and the paths of the tool that it calls, which must stay."""

    setting: Setting | None
    keeps: frozenset[str]


def user_of(report: Report) -> tuple[Setting | None, int, int]:
    """Return the USER instruction (None where the image has a good one), and the uid and gid to run with."""
    found = next((item for item in report.findings if item.rule.startswith("config.user-")), None)
    root = next((item for item in report.findings if item.rule == "config.root-user"), None)
    runtime = next(iter(_items(report, "config")), {}).get("user")
    uid = runtime.get("uid") if isinstance(runtime, dict) else None
    gid = runtime.get("gid") if isinstance(runtime, dict) else None
    if root is None and found is None and isinstance(uid, int) and uid > 0:
        return None, uid, gid if isinstance(gid, int) and gid > 0 else uid
    free = _free_uid(report)
    named = uid if isinstance(uid, int) and uid > 0 and root is None else free
    reason = root or found
    why = reason.message if reason is not None else "who the container runs as is not known"
    answers = reference(reason) if reason is not None else None
    return Setting(f"USER {named}:{named}", why, answers), named, named


def _free_uid(report: Report) -> int:
    """Return the first uid from 10001 on that is nobody's: no account, no owner of files by chance."""
    taken = {item.get("uid") for item in _items(report, "accounts")} | {
        item.get("gid") for item in _items(report, "accounts")
    }
    return next(uid for uid in range(_FIRST_UID, _FIRST_UID + len(taken) + 1) if uid not in taken)


def health_of(report: Report) -> Health:
    """Return a HEALTHCHECK by the first exposed port and the first tool that can ask it; else one to be filled in."""
    missing = next((item for item in report.findings if item.rule.startswith("config.healthcheck-")), None)
    if missing is None or missing.suppressed:
        return Health(None, frozenset())
    port = _first_port(report.image.config.exposed_ports)
    for names, section, words in _ASKERS:
        tool = _tool(report, section, names)
        if port is not None and tool is not None:
            called, paths = tool
            command = json.dumps([called, *(word.format(port=port) for word in words)])
            why = f"{missing.message}; {called} asks port {port}, and so is not removed"
            return Health(Setting(f"HEALTHCHECK {_TIMING} CMD {command}", why, reference(missing)), paths)
    why = f"{missing.message}; " + ("no port is exposed" if port is None else "the image has no tool that could ask")
    stub = f'HEALTHCHECK {_TIMING} CMD ["/path/to/check"]'
    return Health(Setting(stub, why, reference(missing), active=False), frozenset())


_WGET = ("-q", "-T", "3", "-O", "/dev/null", "http://127.0.0.1:{port}/")
_CURL = ("-fsS", "-m", "3", "-o", "/dev/null", "http://127.0.0.1:{port}/")
_ASKERS: tuple[tuple[tuple[str, ...], str, tuple[str, ...]], ...] = (
    (("python3", "python"), "interpreters", ("-c", _PYTHON)),
    (("wget",), "network_tools", _WGET),
    (("curl",), "network_tools", _CURL),
    (("nc", "ncat"), "network_tools", ("-z", "127.0.0.1", "{port}")),
)


def _tool(report: Report, section: str, names: Iterable[str]) -> tuple[str, frozenset[str]] | None:
    """Return the path to call a tool by, and all paths of its file."""
    for wanted in names:
        for item in _items(report, section):
            paths = [path for path in (*_texts(item.get("names")), item.get("path")) if isinstance(path, str)]
            called = next((path for path in paths if path.rpartition("/")[2] == wanted), None)
            if called is not None and called.isascii() and called.isprintable():
                return called, frozenset({called} if item.get("applets") else paths)
    return None


def _first_port(exposed: Iterable[str]) -> int | None:
    for text in exposed:
        ports, protocol = ports_of(text)
        if ports and protocol == "tcp":
            return ports[0]
    return None


def _items(report: Report, section: str) -> tuple[dict[str, Any], ...]:
    return report.inventory.get(section, ())


def _texts(value: Any) -> list[str]:
    return [item for item in value if isinstance(item, str)] if isinstance(value, list) else []
