"""The remedy as plain values, contract ``imgscan.hardening/1`` (``schema.json``)."""

from __future__ import annotations

from functools import cache
from importlib.resources import files
from typing import Any

from imgscan.formats.json import parse_json
from imgscan.harden.compose import compose
from imgscan.harden.dockerfile import dockerfile
from imgscan.harden.kubernetes import kubernetes
from imgscan.harden.plan import Command, Hardening, Instruction, Reference
from imgscan.harden.quadlet import quadlet
from imgscan.report.show import shown_values
from imgscan.report.shown import Json

SCHEMA = "imgscan.hardening/1"


def plain_hardening(hardening: Hardening) -> dict[str, Json]:
    """Return the remedy in the shape of ``imgscan.hardening/1``; fragments keep their lines."""
    profile = hardening.profile
    result = shown_values(
        {
            "schema": SCHEMA,
            "name": hardening.name,
            "source": hardening.source,
            "has_shell": hardening.has_shell,
            "commands": [_command(item) for item in hardening.commands],
            "form": str(hardening.form),
            "preparations": [_instruction(item) for item in hardening.preparations],
            "settings": [_instruction(item) for item in hardening.settings],
            "advice": [
                {"text": item.text, "answers": _reference(item.answers), "stays": item.stays}
                for item in hardening.advice
            ],
            "controls": [
                {"id": item.id, "title": item.title, "answers": [_reference(answer) for answer in item.answers]}
                for item in hardening.controls
            ],
            "notes": list(hardening.notes),
            "profile": {
                "uid": profile.uid,
                "gid": profile.gid,
                "mounts": [{"path": item.path, "why": item.why, "volume": item.volume} for item in profile.mounts],
                "capabilities": [{"name": name, "why": why} for name, why in profile.capabilities],
                "lowest_port": profile.lowest_port,
                "new_privileges": profile.new_privileges or None,
                "docker_run": [{"flag": item.text, "why": item.why} for item in profile.flags],
            },
        }
    )
    return {
        **result,
        "dockerfile": dockerfile(hardening),
        "kubernetes": kubernetes(hardening),
        "compose": compose(hardening),
        "quadlet": quadlet(hardening),
    }


def _command(item: Command) -> dict[str, object]:
    return {
        "step": item.step.name.lower(),
        "action": str(item.remedy.action),
        "command": item.text(),
        "paths": list(item.paths),
        "why": item.why,
        "answers": [_reference(answer) for answer in item.answers],
        "layer": item.layer.index if item.layer is not None else None,
        "base": item.base,
    }


def _instruction(item: Instruction) -> dict[str, object]:
    return {
        "text": item.text,
        "why": item.why,
        "answers": _answers(item.answers),
        "also": [_reference(other) for other in item.also],
        "active": item.active,
    }


def _reference(item: Reference) -> dict[str, str]:
    return {"rule": item.rule, "fingerprint": item.digits}


def _answers(item: Reference | None) -> dict[str, str] | None:
    return None if item is None else _reference(item)


@cache
def hardening_schema() -> dict[str, Any]:
    """Return the JSON Schema of a remedy."""
    schema: dict[str, Any] = parse_json(files("imgscan.harden").joinpath("schema.json").read_bytes(), "schema.json")
    return schema
