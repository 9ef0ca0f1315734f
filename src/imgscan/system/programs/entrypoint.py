"""What the container starts, entrypoint and command together, and its health check, followed to their files."""

from __future__ import annotations

from imgscan.formats.image.history import Dialect, parse_history
from imgscan.rootfs.view import ImageView
from imgscan.system.accounts.access import actor_of
from imgscan.system.accounts.runtime_user import runtime_user
from imgscan.system.programs.command_files import Step
from imgscan.system.programs.config_commands import follow


def start_steps(view: ImageView) -> tuple[Step, ...]:
    """Return what entrypoint and command need, empty where there is neither; call it through ``view.derived``."""
    words = (*(view.config.entrypoint or ()), *(view.config.cmd or ()))
    return follow(view, words, actor_of(view.derived(runtime_user))) if words else ()


def healthcheck(view: ImageView) -> tuple[str, tuple[str, ...]]:
    """Return whether there is a health check (``set``, ``none``, ``absent``, ``unknown``) and its command.

    The config is the truth, not the history. ``unknown``: Buildah writes no HEALTHCHECK into an OCI config, so that
    its absence says nothing. Source: OCI image-spec has no such field; Docker image spec v1.2, "Healthcheck".
    """
    settings = view.config.raw.get("Healthcheck")
    test = settings.get("Test") if isinstance(settings, dict) else None
    words = tuple(word for word in test if isinstance(word, str)) if isinstance(test, list) else ()
    if words[:1] == ("NONE",):
        return "none", ()
    if words[:1] == ("CMD-SHELL",):
        # A shell that is given nothing to do has nothing to check.
        return "set", (*_shell(view.config.raw), words[1]) if "".join(words[1:2]).strip() else ()
    if words[:1] == ("CMD",):
        return "set", words[1:]
    return ("unknown" if _lost_by_buildah(view) else "absent"), ()


def _shell(raw: dict[str, object]) -> tuple[str, ...]:
    shell = raw.get("Shell")
    words = tuple(word for word in shell if isinstance(word, str)) if isinstance(shell, list) else ()
    return words or ("/bin/sh", "-c")


def _lost_by_buildah(view: ImageView) -> bool:
    oci = any(layer.descriptor.media_type.startswith("application/vnd.oci.") for layer in view.manifest.layers)
    config = view.config
    return oci and (
        "io.buildah.version" in config.labels
        or any(
            parse_history(item.created_by, item.comment, item.author).dialect is Dialect.BUILDAH
            for item in config.history[-1:]
        )
    )
