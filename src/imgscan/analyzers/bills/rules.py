"""The rules of the analyzer ``bills``."""

from __future__ import annotations

from imgscan.model.finding import Severity
from imgscan.model.rule import Rule, Rules, table

ANALYZER = "bills"

RULES: Rules = table(
    Rule(
        f"{ANALYZER}.listed-and-absent",
        "a bill of materials in the image lists packages that are not there",
        "A bill that BuildKit, apko, Bitnami or a build put into the image or beside it is held against what is "
        "installed, by type, name and version. Who relies on the bill looks for the wrong packages.",
        Severity.LOW,
        "make the bill of the finished image: imgscan <image> -f cyclonedx",
        ("4.12",),
    ),
    Rule(
        f"{ANALYZER}.present-and-not-listed",
        "packages are installed that no bill of materials in the image lists",
        "Of the types that the bills list any of. They came after the bill was made, or who made it does not see them.",
        Severity.LOW,
        "make the bill of the finished image: imgscan <image> -f cyclonedx",
        ("4.12",),
    ),
)
