"""Fuzz one harness with atheris: ``python -m tests.fuzz NAME [options of libFuzzer] [corpus folder]``.

Without a name the harnesses are listed. ``-runs=N`` and ``-max_total_time=S`` bound it; a finding is written to a file
``crash-...``, which ``python -m tests.fuzz NAME crash-...`` runs again.
"""

from __future__ import annotations

import sys

INSTRUMENTED = [
    *("imgscan.formats", "imgscan.layer", "imgscan.archive", "imgscan.rootfs", "imgscan.advisories"),
    *("imgscan.policy", "imgscan.kept", "imgscan.fleet", "imgscan.shell", "imgscan.compare"),
    *("imgscan.system.packages", "elftools", "univers", "semver", "packaging"),
]
"""What is instrumented, as it is imported: where an input decides which way is taken. All of it takes a minute."""


def main() -> None:
    """Run the harness that the first word names."""
    import atheris

    with atheris.instrument_imports(include=INSTRUMENTED):
        from .harnesses import harnesses, run_one

        known = harnesses()
    if len(sys.argv) < 2 or sys.argv[1] not in known:
        print(*known, sep="\n")
        sys.exit(2)
    harness = known[sys.argv.pop(1)]
    atheris.Setup(sys.argv, lambda data: run_one(harness, data))
    atheris.Fuzz()


if __name__ == "__main__":
    main()
