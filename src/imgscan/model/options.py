"""What a caller may choose; the command line is one way to fill it in."""

from __future__ import annotations

import os

import msgspec

from imgscan.model.limits import Limits
from imgscan.model.policy import Policy
from imgscan.model.store import FactStore
from imgscan.model.vulnerability import Vulnerabilities

MAX_RULES_BYTES = 16 * 1024 * 1024
"""The largest file of secret rules that is read."""


class ScanOptions(msgspec.Struct, frozen=True, kw_only=True):
    """Choices for a scan.

    ``image`` selects by name, digest (whole or from 12 digits on) or ``@N`` (position in the archive);
    ``platform`` is ``os/arch[/variant]``. ``analyzers`` are the ids to run (None: all), ``skip`` ids to leave out.
    ``jobs`` is how many layers are read at a time (0: one a processor). ``rules`` are files of more secret rules,
    ``pattern_cache`` a directory for compiled patterns (None: nothing is written).
    ``store`` keeps facts on layers from scan to scan (None: all layers are surveyed every time).
    ``digests`` asks for the SHA-256 of every file. ``policy`` are decisions to apply; ``today`` is the ISO date that
    expiries of its exceptions are held against (None: nothing expires). ``edition`` is that of the CIS Docker
    Benchmark whose numbers the controls get. ``timeout`` is how many seconds the scan may take (None: as many as it
    needs): what was not read or concluded by then is a problem, the rest is reported. ``timing`` asks for the time of
    each stage: without it, the same image, options and version give the same report.
    ``vulnerabilities`` are what another program's report says, which the control on patches and ``Report.exit_code``
    count; one about another image is refused, but with ``any_image``. ``advisories`` is the database that packages are
    matched with where no such report is given (``imgscan db import`` makes it), ``vex`` are files of statements that
    take vulnerabilities out, and with ``ignore_unfixed`` those that no version mends are left out, too.
    """

    image: str | None = None
    platform: str | None = None
    analyzers: tuple[str, ...] | None = None
    skip: tuple[str, ...] = ()
    jobs: int = 0
    rules: tuple[str, ...] = ()
    pattern_cache: str | None = None
    store: FactStore | None = None
    digests: bool = False
    limits: Limits = Limits()
    policy: Policy = Policy()
    today: str | None = None
    edition: str = "1.6.0"
    timing: bool = False
    vulnerabilities: Vulnerabilities | None = None
    any_image: bool = False
    advisories: str | None = None
    vex: tuple[str, ...] = ()
    ignore_unfixed: bool = False
    timeout: float | None = None

    def __post_init__(self) -> None:
        """Refuse a text in place of a tuple of texts: it would be taken letter by letter.

        Raises:
            TypeError: for such a text.
        """
        for name in ("analyzers", "skip", "rules", "vex"):
            if isinstance(getattr(self, name), str | bytes):
                raise TypeError(f"ScanOptions.{name} is a tuple of texts, not one text")

    def workers(self) -> int:
        """Return how many layers to read at a time."""
        return self.jobs or os.cpu_count() or 1
