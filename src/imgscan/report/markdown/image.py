"""One image as Markdown: identity, verdict, controls, findings folded by severity, inventory, problems."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from itertools import groupby

from imgscan.printable import printable
from imgscan.report.document import Report
from imgscan.report.markdown.bounded import Bounded
from imgscan.report.markup import code, markdown
from imgscan.report.show import shown_report
from imgscan.report.shown import ShownControl, ShownFinding, ShownImage, ShownProblem, ShownReport
from imgscan.report.text.checks import severity_counts, verdict_parts
from imgscan.report.text.identity import details, verification
from imgscan.wording import counted, human_bytes, shortened

_MAX_LENGTH = 300
"""Characters of one text of an image."""
_NAMED = 5
_UNFOLDED = ("CRITICAL", "HIGH")
_SIGNS = {
    "PASS": "pass",
    "FAIL": "**FAIL**",
    "WARN": "**warn**",
    "INFO": "info",
    "NOT_EVALUABLE": "n/a",
    "UNKNOWN": "?",
}


def add_image(report: Report, page: Bounded) -> None:
    """Add the report of one image to ``page``."""
    plain = shown_report(report)
    page.add(f"## imgscan: {_code(printable(report.image.title()))}", "")
    page.add(f"**{_verdict(report)}**", "")
    page.table("row of the identity", ("", ""), _identity(report, plain.image))
    if plain.controls:
        page.add("### Controls", "")
        _controls(plain.controls, page)
    if plain.findings:
        page.add(f"### Findings: {severity_counts(report) or 'none that count'}", "")
        _findings(plain.findings, page)
    _folded(page, "Inventory", "row of the inventory", ("What", "How many", "Which"), list(_inventory(plain)))
    if plain.problems:
        page.add("### Problems", "")
        page.table("problem", ("Level", "Problem"), map(_problem, plain.problems))


def _verdict(report: Report) -> str:
    return markdown("; ".join(verdict_parts(report)))


def _identity(report: Report, image: ShownImage) -> Iterator[tuple[str, str]]:
    yield "source", f"{_code(image.source)} ({image.format})"
    for name, label in ((image.image_id, "id"), (image.manifest_digest, "manifest"), (image.platform, "platform")):
        if name:
            yield label, _code(name)
    if image.created:
        yield "created", _code(image.created)
    for label, text in details(report):
        yield _text(label), _text(text)
    if image.user is not None:
        yield "user", _code(image.user) or "root (no USER)"
    stored, merged = human_bytes(image.stored_bytes), human_bytes(image.merged_bytes)
    files = counted(image.files, "file")
    yield "size", f"{counted(len(report.layers), 'layer')}, {stored} stored; {files} of {merged} visible"
    yield "read", f"{'whole' if report.complete else '**IN PART**'}; {verification(report.layers)}"


def _controls(controls: Sequence[ShownControl], page: Bounded) -> None:
    """Add what needs a person as a table, the rest folded: what passed, and what no image can decide."""
    head = ("", "Control", "Reason")
    parts: dict[str, list[Sequence[str]]] = {
        "": [],
        "passed, or listed for information": [],
        "not decided by an image": [],
    }
    first, passed, undecided = parts.values()
    for item in controls:
        quiet = item.status in ("PASS", "INFO") or item.suppressed is not None
        (undecided if item.status == "NOT_EVALUABLE" else passed if quiet else first).append(_control(item))
    page.table("control", head, first, 0.5)
    for title, rows in list(parts.items())[1:]:
        if rows:
            _folded(page, f"{counted(len(rows), 'control')} {title}", "control", head, rows, 0.3)


def _control(item: ShownControl) -> tuple[str, str, str]:
    accepted = item.suppressed
    reason = _text(item.reason)
    if accepted is not None:
        reason += f" (accepted by {_text(accepted.owner)}: {_text(accepted.reason)})"
    remedy = f"<br>{_lines(item.remediation)}" if item.remediation and item.status in ("FAIL", "WARN") else ""
    number = item.id if item.id[:1].isdigit() else ""
    return _SIGNS[item.status], f"{_text(number)} {_text(item.title)}".strip(), reason + remedy


def _findings(findings: Sequence[ShownFinding], page: Bounded) -> None:
    """Add one folded part a severity; a quarter of the room is left to what follows."""
    kept = page.room // 4
    for severity, group in groupby(findings, key=lambda item: str(item.severity)):
        items = list(group)
        share = 1 - kept / page.room if page.room > kept else 0.0
        title = f"{severity.lower()}: {counted(len(items), 'finding')}"
        head = ("Where", "What", "Rule")
        _folded(page, title, f"{severity.lower()} finding", head, [_finding(item) for item in items], share)


def _folded(
    page: Bounded, title: str, noun: str, head: Sequence[str], rows: list[Sequence[str]], share: float = 1.0
) -> None:
    attribute = " open" if title.upper().startswith(_UNFOLDED) else ""
    longest = sum(map(len, (*head, *(rows[0] if rows else ())))) + 200
    if not rows or page.room * share < longest:
        page.leave_out(noun, len(rows))
        return
    page.add(f"<details{attribute}><summary>{title}</summary>", "")
    page.table(noun, head, rows, share)
    page.close("</details>", "")


def _finding(item: ShownFinding) -> tuple[str, str, str]:
    where = item.state if item.path is None else _code(item.path)
    line = f":{item.line}" if item.line else ""
    layer = f" (layer {item.layer.index})" if item.layer else ""
    gone = f", {item.state} in layer {item.removed_in.index}" if item.removed_in else ""
    marks = []
    if item.known:
        marks.append("known")
    if item.suppressed is not None:
        until = f" until {_text(item.suppressed.expires)}" if item.suppressed.expires else ""
        marks.append(f"accepted by {_text(item.suppressed.owner)}{until}: {_text(item.suppressed.reason)}")
    mark = f" *({'; '.join(marks)})*" if marks else ""
    remedy = f"<br>{_code(item.remediation)}" if item.remediation else ""
    return f"{where}{line}{layer}{gone}", f"{_text(item.message)}{mark}{remedy}", _code(item.rule)


def _inventory(plain: ShownReport) -> Iterator[tuple[str, str, str]]:
    for section, items in plain.inventory.items():
        if not isinstance(items, list) or not items:
            continue
        if section == "packages":
            kinds = Counter(str(item.get("type")) for item in items).most_common()
            yield section, str(len(items)), ", ".join(f"{_text(kind)} {count}" for kind, count in kinds)
        elif isinstance(items[0], dict) and "path" in items[0]:
            yield _text(section.replace("_", " ")), str(len(items)), _paths(item.get("path") for item in items)


def _paths(paths: Iterable[object]) -> str:
    names = [str(path) for path in paths]
    rest = f" and {len(names) - _NAMED} more" if len(names) > _NAMED else ""
    return ", ".join(map(_code, names[:_NAMED])) + rest


def _problem(item: ShownProblem) -> tuple[str, str]:
    where = [_code(name) for name in (item.source, item.path) if name is not None]
    return item.level, f"{', '.join(where)}{': ' if where else ''}{_text(item.message)}"


def _text(text: str) -> str:
    return markdown(shortened(text, _MAX_LENGTH))


def _lines(text: str) -> str:
    return "<br>".join(_code(line) for line in text.split("\n")[:_NAMED])


def _code(text: str) -> str:
    return code(shortened(text, _MAX_LENGTH))
