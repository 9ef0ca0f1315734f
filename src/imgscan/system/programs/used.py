"""Programs that the container itself calls: to advise their removal would be to break it."""

from __future__ import annotations

from imgscan.formats.path import base_name
from imgscan.rootfs.tree import Ref
from imgscan.rootfs.view import ImageView
from imgscan.system.accounts.access import actor_of
from imgscan.system.accounts.runtime_user import runtime_user
from imgscan.system.programs.config_commands import follow
from imgscan.system.programs.entrypoint import healthcheck, start_steps


def used_programs(view: ImageView) -> dict[Ref, dict[str, str]]:
    """Return under which names a program is called and by what, by its inode; made for ``view.derived``.

    Commands are followed as far as ``follow`` can: through shells, scripts and their interpreters.
    """
    if not view.config.present or view.config.is_windows:
        return {}
    _, words = healthcheck(view)
    checks = follow(view, words, actor_of(view.derived(runtime_user))) if words else ()
    result: dict[Ref, dict[str, str]] = {}
    for steps, what in ((checks, "the health check"), (view.derived(start_steps), "the start of the container")):
        for step in steps:
            if step.node is not None:
                result.setdefault(step.node.inode, {})[base_name(step.name)] = what
    return result
