"""The remedy for people: the fragment, then how to run, line by line and as one command."""

from __future__ import annotations

from collections.abc import Iterator

from imgscan.agents import inert
from imgscan.harden.dockerfile import dockerfile
from imgscan.harden.kubernetes import kubernetes
from imgscan.harden.plan import Hardening
from imgscan.harden.quoting import comment
from imgscan.report.text.page import Page
from imgscan.report.writers import Style


def write(hardening: Hardening, style: Style) -> bytes:
    """Return the format ``text``."""
    page = Page(style.color, style.width, style.unicode, style.verbose)
    text = inert("\n".join(_lines(hardening, page)) + "\n")
    return text.encode("utf-8" if style.unicode else "ascii", "backslashreplace")


def _lines(hardening: Hardening, page: Page) -> Iterator[str]:
    yield page.paint("DOCKERFILE (-f dockerfile for this alone)", "bold")
    yield ""
    yield from dockerfile(hardening).splitlines()
    yield ""
    yield page.paint("DOCKER RUN", "bold")
    yield ""
    flags = hardening.profile.flags
    for flag in flags:
        yield f"  {flag.text}"
        yield f"      {page.paint(comment(flag.why), 'dim')}"
    yield ""
    yield "docker run " + " \\\n  ".join([*(flag.text for flag in flags), "<image>"])
    yield ""
    yield page.paint("KUBERNETES (-f kubernetes for this alone)", "bold")
    yield ""
    yield from kubernetes(hardening).splitlines()
    yield ""
    yield page.paint("The same for Compose and for Podman's systemd units: -f compose, -f quadlet", "dim")
