"""All controls, in the order of the report."""

from __future__ import annotations

from imgscan.cis.subject import Subject
from imgscan.model.control import Control

EDITION = "CIS Docker 1.6.0"


def evaluate(subject: Subject) -> tuple[Control, ...]:
    """Return the result of each control, but for those that the policy turns off."""
    return ()
