"""Run settings: who runs, what starts, whether it can, what is open; decided on the config and the merged files."""

from __future__ import annotations

from collections.abc import Iterator

from imgscan.analyzers.config.rules import ANALYZER, RULES
from imgscan.analyzers.config.settings import setting_findings
from imgscan.analyzers.config.starts import health_findings, start_findings
from imgscan.analyzers.config.user import user_findings
from imgscan.model.finding import Finding, Item
from imgscan.rootfs.view import ImageView
from imgscan.system.accounts.files import AccountFiles
from imgscan.system.accounts.runtime_user import runtime_user
from imgscan.system.elf.observer import ElfContents
from imgscan.system.file_items import absolute
from imgscan.system.programs.entrypoint import healthcheck, start_steps
from imgscan.system.programs.script_facts import ExecutableFiles

_NEVER = ("0001-01-01", "1970-01-01", "1980-01-01")


class Config:
    """What the config asks for, held against the image: the user is looked up, commands are followed to their files."""

    id = ANALYZER
    version = 2
    needs = (ExecutableFiles, ElfContents, AccountFiles)
    rules = RULES

    def conclude(self, view: ImageView) -> Iterator[Finding | Item]:
        """Yield one item on the whole config, and the findings; nothing for a source without a config."""
        if not view.config.present:
            return
        yield Item("config", _item(view))
        if not view.config.is_windows:
            yield from user_findings(view, view.derived(start_steps))
            yield from start_findings(view)
            yield from health_findings(view)
        yield from setting_findings(view)


def _item(view: ImageView) -> dict[str, object]:
    config = view.config
    user = view.derived(runtime_user)
    named = {**view.manifest.annotations, **config.labels}
    steps = view.derived(start_steps) if not config.is_windows else ()
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
