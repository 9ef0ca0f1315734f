"""imgscan init: a configuration and a file of exceptions to begin with, every key in them explained."""

from __future__ import annotations

import argparse
import os

from imgscan.cli.writing import encoded, write_all, write_out
from imgscan.errors import UsageError
from imgscan.policy.load import NAME
from imgscan.printable import printable

EXCEPTIONS = "imgscan-exceptions.toml"

SETTINGS_TEXT = f"""\
# What counts for this project (docs/policy.md of imgscan). Each line with one # is a setting with an example value:
# remove the # to use it. A key that does not exist is an error. Paths are relative to this file.
#
# Where this file lies in the current folder and nobody names it, settings that make imgscan look at less (analyzers,
# skip, controls.off, higher limits) are not followed: imgscan --config {NAME} follows all of it.

# Exit with 1 from this severity on: info, low, medium, high, critical.
#fail_on = "high"

# Reports to write, as -f has them.
#formats = ["text", "json=imgscan.json", "sarif=imgscan.sarif"]

# Analyzers to run, and to leave out (imgscan explain ANALYZER).
#analyzers = ["all"]
#skip = ["elf"]

# Files with rules for secrets of your own (imgscan rules check FILE).
#rules = ["secret-rules.toml"]

# Which platform of an image with several, and how many layers are read at a time.
#platform = "linux/amd64"
#jobs = 2

# Findings that are known and excused: each with reason, owner and, better, a last day.
exceptions = ["{EXCEPTIONS}"]

# A former JSON report: what it has does not fail.
#baseline = "last-release.json"

# Severities of rules and controls that differ here; * and ? are wildcards (imgscan explain, imgscan checks).
[severities]
#"programs.*" = "info"
#"4.6" = "low"

# Controls that are not reported at all.
[controls]
#off = ["5.*"]

# What is meant to be there.
[allow]
#ports = ["8080", "9000-9010/udp"]
#setuid = ["/usr/bin/su"]
#packages = ["curl"]
#users = ["app"]

# Bounds on the work (docs/limits.md).
[limits]
#layers = 200

# Base images that you vouch for (control 4.2): imgscan trust BASE.tar --to {NAME} adds them below.
"""

EXCEPTIONS_TEXT = """\
# Findings that are tolerated. They stay in every report, marked, and do not count for --fail-on. One that fits nothing
# any more, or whose day has passed, is a finding of its own. Remove one # from each line of the example to use it.

#[[exception]]
#rule = "setuid.suid-file"     # a finding's rule or a control's id; * and ? are wildcards
#path = "/usr/bin/su"          # optional: as the report shows it
#image = "*/app:*"             # optional: one of the image's names, its id or its manifest's digest
#reason = "operators change users in the debug image"
#owner = "platform team"
#expires = 2027-03-31          # optional: the last day it holds (UTC)
"""


def run_init(arguments: argparse.Namespace) -> int:
    """Write both files; those that are there are kept.

    Raises:
        UsageError: one of them is there already and nobody said --force, or the folder cannot be written to.
    """
    folder = arguments.folder
    if not os.path.isdir(folder):
        raise UsageError(f"{printable(folder)}: no such folder")
    files = {os.path.join(folder, NAME): SETTINGS_TEXT, os.path.join(folder, EXCEPTIONS): EXCEPTIONS_TEXT}
    there = [path for path in files if os.path.lexists(path)]
    if there and not arguments.force:
        names = " and ".join(map(printable, there))
        raise UsageError(f"{names}: already there, nothing was written (--force replaces)")
    write_all([(text.encode(), path) for path, text in files.items()])
    names = "".join(f"{printable(path)}\n" for path in files)
    write_out(encoded(f"{names}edit them; imgscan reads {NAME} of the current folder\n", None))
    return 0
