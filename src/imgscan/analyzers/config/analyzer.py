"""Run settings: who runs, what starts, whether it can, what is open; decided on the config and the merged files."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from imgscan.analyzers.api import Content, Data, Interest
from imgscan.analyzers.config.settings import setting_findings
from imgscan.analyzers.config.starts import health_findings, healthcheck, start_findings, start_steps
from imgscan.analyzers.config.user import user_findings
from imgscan.analyzers.places import absolute
from imgscan.analyzers.rules.config import RULES
from imgscan.analyzers.runtime_user import runtime_user
from imgscan.analyzers.scripts import ANALYZER, SCRIPT_BYTES, observed_other, observed_script
from imgscan.model.entry import Entry
from imgscan.model.finding import Finding, Item
from imgscan.rootfs.view import ImageView

_NEVER = ("0001-01-01", "1970-01-01", "1980-01-01")


class Config:
    """What the config asks for, held against the image: the user is looked up, commands are followed to their files."""

    id = ANALYZER
    version = 2
    interest = Interest(any_mode=0o111, magics=(b"#!",), max_content_bytes=SCRIPT_BYTES)
    rules = RULES

    def observe(self, entry: Entry, content: Content) -> Iterator[Data]:
        """Yield one fact a script: its interpreter, and with what it changes the user; or that a file is no program."""
        is_script = content.view[:2] == b"#!"
        found = observed_script(entry, content.data) if is_script else None
        if found is None and not content.cut:
            found = observed_other(entry, content.view)
        if found is not None:
            yield found

    def conclude(self, view: ImageView) -> Iterator[Finding | Item]:
        """Yield one item on the whole config, and the findings; nothing for a source without a config."""
        if not view.config.present:
            return
        yield Item("config", _item(view))
        if view.config.os != "windows":
            yield from user_findings(view, view.derived(start_steps))
            yield from start_findings(view)
            yield from health_findings(view)
        yield from setting_findings(view)


def _item(view: ImageView) -> dict[str, Any]:
    config = view.config
    user = view.derived(runtime_user)
    named = {**view.manifest.annotations, **config.labels}
    steps = view.derived(start_steps) if config.os != "windows" else ()
    return {
        "user": {
            "spec": user.spec,
            "lookup": str(user.lookup),
            "uid": user.uid,
            "gid": user.gid,
            "groups": list(user.groups),
            "name": user.name,
        },
        "starts": [absolute(step.node.path) for step in steps if step.node is not None],
        "working_dir": config.working_dir,
        "healthcheck": healthcheck(view)[0],
        "ports": list(config.exposed_ports),
        "volumes": list(config.volumes),
        "env": [item.partition("=")[0] for item in config.env if "=" in item],
        "labels": sorted(config.labels),
        "created": config.created,
        # Reproducible builds write a date that says nothing.
        "created_meaningful": bool(config.created) and not (config.created or "").startswith(_NEVER),
        "base_name": named.get("org.opencontainers.image.base.name"),
        "base_digest": named.get("org.opencontainers.image.base.digest"),
    }
