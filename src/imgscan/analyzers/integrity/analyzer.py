"""Files of packages that are not what their package installed, and programs that no package installed."""

from __future__ import annotations

from collections.abc import Iterator

from imgscan.analyzers.integrity.drift import drift_findings
from imgscan.analyzers.integrity.modified import modified_findings
from imgscan.analyzers.integrity.rules import ANALYZER, RULES
from imgscan.analyzers.integrity.unowned import unowned_programs
from imgscan.model.finding import Finding, Item
from imgscan.model.ledger import Cause, Gap
from imgscan.model.limits import Limits
from imgscan.rootfs.view import ImageView
from imgscan.system.accounts.files import AccountFiles
from imgscan.system.packages.files import PackageFiles
from imgscan.system.packages.owners import owners
from imgscan.system.packages.programs import ProgramDigests
from imgscan.system.packages.verify import Verification, verification
from imgscan.wording import human_bytes

_DEFAULTS = Limits()


class Integrity:
    """Compares programs, libraries and the system's scripts with what the package databases record of them.

    Hashed are ELF files and scripts everywhere, sources of the system's interpreters below the system's directories and
    configuration in ``/etc``, whole up to ``limits.hashed_bytes`` (1 GiB; half of it outside of the system): an upper
    layer's change of any byte shows. Which digest is computed follows from where a file lies, since the database comes
    later in the tar: MD5 where only Debian puts files, SHA-256 where only rpm does, all three where any may.
    """

    id = ANALYZER
    version = 2
    rules = RULES

    def __init__(self, largest: int = _DEFAULTS.hashed_bytes) -> None:
        """Compare programs of up to ``largest`` bytes by their content, outside of the system half of that."""
        self.needs = (ProgramDigests(largest), PackageFiles, AccountFiles)
        elsewhere = largest // 2
        self._skipped = {**_SKIPPED, "too_large": _TOO_LARGE.format(human_bytes(largest), human_bytes(elsewhere))}

    def conclude(self, view: ImageView) -> Iterator[Finding | Item | Gap]:
        """Yield what was modified, what no package owns, and how much was and was not compared."""
        result = view.derived(verification)
        yield from modified_findings(view, result)
        yield from drift_findings(view)
        yield from unowned_programs(view, view.derived(owners))
        yield from self._counts(result)

    def _counts(self, result: Verification) -> Iterator[Item | Gap]:
        for kind, counts in sorted(result.counts.items()):
            yield Item("integrity", {"type": kind, **{name: counts[name] for name in sorted(counts)}})
        for what, why in self._skipped.items():
            count = sum(counts.get(what, 0) for counts in result.counts.values())
            if count:
                rules = _OPEN if what == "too_large" else ()
                yield Gap(cause=Cause.LIMIT, what="file integrity", count=count, why=why, rules=rules)


_OPEN = ("integrity.modified", "integrity.modified-package")
"""What a program leaves open whose content was not compared: other bytes of the same size."""
_TOO_LARGE = "programs over {} (limits.hashed_bytes), or {} outside the system: compared by size and by layer"
_SKIPPED = {
    "too_large": "",
    "not_hashed": "neither programs nor the system's code: those of the system compared by size and by layer",
    "no_digest": "the package records no digest of a kind that was computed",
    "touched": "written again by a later layer with the same size; their content was not compared",
}
