"""Programs that the container itself calls: to advise their removal would be to break it."""

from __future__ import annotations

from imgscan.analyzers.access import actor_of
from imgscan.analyzers.commands import follow
from imgscan.analyzers.config.starts import healthcheck, start_steps
from imgscan.analyzers.runtime_user import runtime_user
from imgscan.rootfs.tree import Ref
from imgscan.rootfs.view import ImageView


def used_programs(view: ImageView) -> dict[Ref, str]:
    """Return what calls a program, by its inode, as far as commands can be followed; made for ``view.derived``."""
    if not view.config.present or view.config.os == "windows":
        return {}
    _, words = healthcheck(view)
    checks = follow(view, words, actor_of(view.derived(runtime_user))) if words else ()
    found = {step.node.inode: "the health check" for step in checks if step.node is not None}
    starts = {step.node.inode: "the start of the container" for step in view.derived(start_steps) if step.node}
    return found | starts
