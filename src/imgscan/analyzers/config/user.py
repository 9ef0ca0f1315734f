"""Findings on the user that the container runs as (CIS Docker 4.1)."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from imgscan.analyzers.config.finding import config_finding
from imgscan.formats.path import base_name
from imgscan.model.finding import Finding, Severity
from imgscan.rootfs.view import ImageView
from imgscan.system.accounts.runtime_user import Lookup, RuntimeUser, runtime_user
from imgscan.system.programs.command_files import Step
from imgscan.system.programs.script_facts import script_of
from imgscan.wording import listed, quoted

_USER = "USER 10001:10001"


def user_findings(view: ImageView, steps: Sequence[Step]) -> Iterator[Finding]:
    """Yield a finding where the user is root, is in root's group or does not exist."""
    user = view.derived(runtime_user)
    if user.lookup is Lookup.REFUSED:
        yield config_finding(
            "user-missing",
            Severity.HIGH,
            f"USER {quoted(user.spec)}: {user.reason}; the container does not start",
            {"user": user.spec},
            _USER,
            user.spec,
        )
    elif user.is_root:
        yield _root(view, user, steps)
    elif user.lookup is Lookup.FOUND and 0 in (user.gid, *user.groups):
        why = " since no line of /etc/passwd gives it another" if user.name is None and ":" not in user.spec else ""
        yield config_finding(
            "user-root-group",
            Severity.LOW,
            f"{user.description()} runs with gid 0{why}: what root's group may write is open to it",
            {"user": user.spec, "uid": user.uid, "gid": user.gid, "groups": list(user.groups)},
            f"USER {user.uid}:{user.uid}",
        )


def _root(view: ImageView, user: RuntimeUser, steps: Sequence[Step]) -> Finding:
    drops = sorted({name for step in steps for name in _drops(view, step)})
    how = "no USER" if not user.spec else f"USER {quoted(user.spec)}"
    also = f", the uid of {user.name}" if user.name not in (None, "root") else ""
    text = f"the container starts as root ({how}{also}): it may read and write every file"
    if drops:
        text += f"; its entrypoint calls {listed(drops)}, so that the service may run as another user"
    return config_finding(
        "root-user",
        Severity.LOW if drops else Severity.MEDIUM,
        text,
        {"user": user.spec, "uid": user.uid, "name": user.name, "drops": drops},
        _USER,
    )


def _drops(view: ImageView, step: Step) -> list[str]:
    """Return what a step gives root's rights away with."""
    if step.node is None:
        return []
    if step.runs_as is not None:
        return [base_name(step.name)]
    script = script_of(view, step.node)
    return list(script.drops) if script else []
