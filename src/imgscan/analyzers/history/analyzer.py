"""History: dialects and instructions, layers, the base's end, and what only the history admits."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from imgscan.analyzers.history.added import assess_add
from imgscan.analyzers.history.base import Base, base_image, first_layer, is_rootfs
from imgscan.analyzers.history.lines import ANALYZER, MAX_LINES, Line, history_lines, layers_match
from imgscan.analyzers.history.rules import RULES
from imgscan.analyzers.history.run_instructions import Admission, admissions
from imgscan.model.entry import Entry
from imgscan.model.finding import Finding, Item, Severity, State
from imgscan.model.interest import Interest
from imgscan.model.ledger import Cause, Gap
from imgscan.model.observed import Content
from imgscan.model.observer import Data
from imgscan.rootfs.view import ImageView
from imgscan.system.packages.indexes import index_only_layers, installing_layers
from imgscan.wording import counted

_MAX_OF_A_RULE = 20
_REMEDIES = {
    "add-url": "ADD --checksum=sha256:<digest> <url> <destination>",
    "add-local": "COPY <source> <destination>",
    "pipe-to-shell": "RUN curl -fsSLo /tmp/x <url> && echo '<sha256>  /tmp/x' | sha256sum -c && sh /tmp/x",
    "update-alone": "RUN apt-get update && apt-get install -y <packages> && rm -rf /var/lib/apt/lists/*",
}


class History:
    """Reads the history as its builder wrote it. What it says is weak evidence: it can be reworded or left out."""

    id = ANALYZER
    version = 2
    interest = Interest()
    rules = RULES

    def observe(self, entry: Entry, content: Content) -> Iterator[Data]:
        """Yield nothing: the history stands in the config."""
        return iter(())

    def conclude(self, view: ImageView) -> Iterator[Finding | Item | Gap]:
        """Yield an item on the base, one on each line, and the findings; nothing for a source without a config."""
        if not view.config.present:
            return
        base = view.derived(base_image)
        lines = view.derived(history_lines)
        yield Item(
            "base",
            {
                "evidence": str(base.evidence),
                "lines": base.lines,
                "layers": base.layers,
                "name": base.name,
                "digest": base.digest,
                "source": base.source,
            },
        )
        yield from (_item(line, base) for line in lines)
        yield from _beyond(len(view.config.history))
        yield from _on_the_whole(view)
        yield from _admitted(view, lines, base)


def _beyond(count: int) -> Iterator[Gap]:
    if count > MAX_LINES:
        yield Gap(
            cause=Cause.LIMIT,
            what="lines of the history",
            count=count - MAX_LINES,
            why=f"the first {MAX_LINES} are read",
            rules=(f"{ANALYZER}.*",),
        )


def _item(line: Line, base: Base) -> Item:
    return Item(
        "history",
        {
            "line": line.number,
            "dialect": str(line.said.dialect),
            "instruction": line.said.instruction or None,
            "build_args": [name for name, _ in line.said.build_args],
            "created": line.item.created or None,
            "layer": line.layer,
            "base": line.number < base.lines,
        },
    )


def _on_the_whole(view: ImageView) -> Iterator[Finding]:
    history = view.config.history
    if not history:
        text = "no history: which instruction made a layer is unknown, and rules on instructions say nothing"
        yield _finding("absent", Severity.INFO, text)
    elif not layers_match(view):
        made = counted(sum(not item.empty_layer for item in history), "layer")
        text = f"the history makes {made}, the image has {len(view.points)}: which line made which is unknown"
        yield _finding("layers-unknown", Severity.INFO, text)


def _admitted(view: ImageView, lines: tuple[Line, ...], base: Base) -> Iterator[Finding | Gap]:
    description: Counter[str] = Counter()
    indexes, installing = view.derived(index_only_layers), view.derived(installing_layers)
    first = first_layer(lines)
    for line in lines:
        for result in dict.fromkeys(_of(view, line, line is first)):
            description[result.rule] += 1
            # What the layer has says more than what its instruction says.
            proved = result.rule == "update-alone" and (line.layer in indexes or line.layer in installing)
            if description[result.rule] <= _MAX_OF_A_RULE and not proved:
                yield _line_finding(view, line, result, line.number < base.lines)
    for rule, count in description.items():
        if count > _MAX_OF_A_RULE:
            why = f"{_MAX_OF_A_RULE} of a rule are listed"
            yield Gap(
                cause=Cause.LIMIT,
                what="findings on the history",
                count=count - _MAX_OF_A_RULE,
                why=why,
                rules=(f"{ANALYZER}.{rule}",),
            )


def _of(view: ImageView, line: Line, first: bool) -> Iterator[Admission]:
    if line.said.instruction == "ADD":
        result = None if first and is_rootfs(view, line) else assess_add(view, line)
        if result is not None:
            yield result
    else:
        yield from admissions(line.commands(), line.said.arguments if line.said.instruction in ("RUN", "") else "")


def _line_finding(view: ImageView, line: Line, admission: Admission, base: bool) -> Finding:
    return Finding(
        rule=f"{ANALYZER}.{admission.rule}",
        analyzer=ANALYZER,
        severity=Severity.INFO if base else admission.severity,
        message=f"{admission.text} (from history{', of the base image' if base else ''})",
        state=State.HISTORY,
        layer=view.points[line.layer] if line.layer is not None else None,
        evidence={
            "line": line.number,
            "dialect": str(line.said.dialect),
            "base": base,
            "weak": True,
            **({"checksum": admission.checksum} if admission.rule == "add-url" else {}),
        },
        remediation="" if base else _REMEDIES.get(admission.rule, ""),
        identity=f"{admission.text}",
    )


def _finding(rule: str, severity: Severity, message: str) -> Finding:
    return Finding(
        rule=f"{ANALYZER}.{rule}", analyzer=ANALYZER, severity=severity, message=message, state=State.HISTORY
    )
