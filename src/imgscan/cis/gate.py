"""The gate of the ledger: no control says PASS that something unknown touches, so no judge needs to remember."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from imgscan.cis.definition import Definition
from imgscan.cis.evidence import cut
from imgscan.cis.subject import Subject
from imgscan.cis.verdict import ControlVerdict
from imgscan.model.control import Status
from imgscan.model.ledger import Cause, Gap
from imgscan.wording import counted

MAX_REASON = 300
_PROVED = (Status.FAIL, Status.WARN)


def gated(item: Definition, verdict: ControlVerdict, subject: Subject) -> ControlVerdict:
    """Return the verdict as far as the ledger lets it stand.

    A FAIL is proved by what was seen, and stands. Where an analyzer that the control rests on did not run nothing else
    does: it may have been a FAIL. Else only what rests on silence (``item.silence``) becomes UNKNOWN.
    """
    gaps = touching(item, subject.ledger)
    absent = [gap for gap in gaps if gap.cause is Cause.NOT_RUN]
    if absent and verdict.status is not Status.FAIL:
        return _unknown(verdict, f"not run: {', '.join(gap.what for gap in absent)}")
    if not gaps:
        return verdict
    reason = _reason(gaps)
    if verdict.status in item.silence:
        return _unknown(verdict, f"{reason}; of what was seen: {verdict.reason}")
    if verdict.status is Status.UNKNOWN:
        return _unknown(verdict, f"{verdict.reason}; {reason}")
    if verdict.status in _PROVED:
        return msgspec.structs.replace(verdict, reason=f"{verdict.reason}; {reason}, so this may not be all")
    return verdict


def touching(item: Definition, ledger: Sequence[Gap]) -> list[Gap]:
    """Return the gaps that touch what the control rests on."""
    return [gap for gap in ledger if item.id in gap.controls or gap.opens(item.rests)]


def leaves_open(gap: Gap, item: Definition) -> bool:
    """Whether the control may be UNKNOWN for this gap: some rest on nothing that silence could prove."""
    return bool(touching(item, [gap])) and (gap.cause is Cause.NOT_RUN or not item.silence.isdisjoint(item.gives))


def _unknown(verdict: ControlVerdict, reason: str) -> ControlVerdict:
    return msgspec.structs.replace(verdict, status=Status.UNKNOWN, reason=reason, severity=None)


def _reason(gaps: Sequence[Gap]) -> str:
    """Return the widest gap as a clause, and how many there are beside it."""
    first = gaps[0]
    why = cut(first.why, MAX_REASON)
    whole = "*" in first.rules
    text = f"the image was not read whole, or does not verify ({why})" if whole else cut(first.sentence(), MAX_REASON)
    return f"{text} (and {counted(len(gaps) - 1, 'other gap')})" if len(gaps) > 1 else text
