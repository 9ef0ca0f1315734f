"""Make pages from what the code says of itself: docstrings, interests, rules, and a run on an example.

python docs/generate.py            write docs/api.md, docs/analyzers.md and docs/analyzers/*.md
"""

from __future__ import annotations

import sys
import textwrap
from collections.abc import Iterator, Sequence
from inspect import getdoc
from pathlib import Path

import imgscan
from imgscan.analyzers.api import Analyzer
from imgscan.analyzers.builtin import BUILTIN
from imgscan.analyzers.catalog import BY_ANALYZER, Rule
from imgscan.analyzers.registry import observers_of
from imgscan.formats.image.manifest import parse_config
from imgscan.model.entry import EntryKind
from imgscan.model.finding import Finding
from imgscan.model.interest import Interest
from imgscan.model.limits import Limits
from imgscan.printable import printable
from imgscan.rootfs.view import ImageView
from imgscan.testing import merged
from shown_images import EXAMPLES

DOCS = Path(__file__).parent
_MADE = "<!-- made by docs/generate.py from docstrings and rules: change those -->\n"
_REFERENCE = {
    "Scanning": (
        *("scan", "scan_all", "scan_async", "iter_scan", "iter_scan_all", "list_images", "ScanOptions", "Limits"),
        *("Engine", "Cancel", "Progress", "ProgressCallback", "Stage", "ScanEvent", "LayerDone"),
    ),
    "Reports": (
        *("Report", "write", "read_report", "SavedReport", "report_schema", "diff", "Comparison"),
        *("hardening", "Hardening", "load_policy", "Policy"),
    ),
    "Reading images": ("open_image", "Image", "Filesystem", "Source", "RangedSource", "BinaryFile", "SourceLike"),
    "Keeping facts": ("FactStore", "DirectoryStore", "RedisStore"),
    "Analyzers": ("Analyzer", "Interest", "Pattern", "Content", "Match", "ImageView", "Entry", "EntryKind"),
    "Errors": (
        *("ImgscanError", "InputError", "UsageError", "SelectionError", "CollectionError", "Candidate"),
        *("Cancelled", "DeadlineExceeded"),
    ),
}
_SHOWN = 12
_WIDTH = 118


def pages() -> dict[str, str]:
    """Return every page by its path below ``docs``."""
    found = {f"analyzers/{analyzer.id}.md": "\n\n".join(_page(analyzer)) + "\n" for analyzer in BUILTIN}
    return {"api.md": _reference(), "analyzers.md": _index(), **found}


def _reference() -> str:
    """Return the page of the library's names; mkdocstrings puts their docstrings there when the site is built."""
    named = {name for names in _REFERENCE.values() for name in names}
    others = [name for name in imgscan.__all__ if name not in named and not name.startswith("_")]
    intro = "Everything public is a name of `imgscan`; [how is it used](library.md) begins with examples."
    parts = [f"{_MADE}# The library's reference", intro]
    for title, names in {**_REFERENCE, "What they are made of": others}.items():
        parts += [f"## {title}", *(f"::: imgscan.{name}" for name in names)]
    return "\n\n".join(parts) + "\n"


def _index() -> str:
    rows = [
        f"| [{analyzer.id}](analyzers/{analyzer.id}.md) | {_module_line(analyzer)} | "
        f"{len(BY_ANALYZER.get(analyzer.id, ()))} |"
        for analyzer in BUILTIN
    ]
    text = (
        "Each analyzer has a page: what it looks at, every rule with its usual severity and remedy, and what it says "
        "of an example.\nThe same on the command line: `imgscan explain RULE`. The rules on secrets are listed by "
        "`imgscan rules list`."
    )
    table = "\n".join(["| analyzer | about | rules |", "| --- | --- | ---: |", *rows])
    return f"{_MADE}# What is looked for?\n\n{text}\n\n{table}\n"


def _module_line(analyzer: Analyzer) -> str:
    return _module_doc(analyzer).split("\n\n")[0].replace("\n", " ")


def _module_doc(analyzer: Analyzer) -> str:
    return (sys.modules[type(analyzer).__module__].__doc__ or "").strip()


def _page(analyzer: Analyzer) -> Iterator[str]:
    yield f"{_MADE}# {analyzer.id}"
    yield _module_doc(analyzer)
    yield getdoc(type(analyzer)) or ""
    yield "## What it looks at"
    yield "\n".join(f"- {line}" for line in _interests(analyzer))
    rules = tuple(BY_ANALYZER.get(analyzer.id, {}).values())
    if not rules:
        yield "It has no rules of its own: what it finds is in the inventory."
        return
    yield "## Rules"
    yield _table(rules)
    yield from (part for rule in rules for part in _rule(rule))
    yield "## An example"
    yield "\n".join(_example(analyzer))


def _interests(analyzer: Analyzer) -> Iterator[str]:
    """Yield what the observers that an analyzer needs look at, each line once."""
    observers = observers_of((analyzer,), Limits())
    yield from dict.fromkeys(line for observer in observers for line in _interest(observer.interest))


def _interest(interest: Interest) -> Iterator[str]:
    kinds = "every kind of entry" if len(interest.kinds) == len(EntryKind) else _words(sorted(interest.kinds))
    asked = [
        (f"mode bits {interest.any_mode:04o}", interest.any_mode),
        (f"names: {_words(sorted(interest.names))}", interest.names),
        (f"paths: {_words(sorted(interest.paths))}", interest.paths),
        (f"files in: {_words(sorted(interest.folders))}", interest.folders),
        (f"endings: {_words(sorted(interest.suffixes))}", interest.suffixes),
        (f"patterns of paths: {_words(interest.globs)}", interest.globs),
        (f"first bytes: {_words([repr(magic)[2:-1] for magic in interest.magics])}", interest.magics),
        (f"attributes: {_words(sorted(interest.xattrs))}", interest.xattrs),
    ]
    lines = [line for line, wanted in asked if wanted]
    if not lines:
        yield "no single entry: the merged filesystem, the layers' entries, the config"
        return
    yield from lines
    yield f"of these: {kinds}" + (f", up to {interest.max_size:,} bytes" if interest.max_size is not None else "")
    what = f"their first {interest.max_content_bytes:,} bytes" if interest.max_content_bytes else "no content"
    yield what + (", and ranges behind them that the first bytes name" if interest.ranges else "")


def _words(words: Sequence[str]) -> str:
    shown = ", ".join(f"`{word}`" for word in words[:_SHOWN])
    return shown + (f" and {len(words) - _SHOWN} more" if len(words) > _SHOWN else "")


def _table(rules: Sequence[Rule]) -> str:
    rows = [
        f"| [`{rule.id}`](#{rule.id.replace('.', '')}) | {rule.severity.name} | {rule.title} | "
        f"{', '.join(rule.controls)} |"
        for rule in rules
    ]
    return "\n".join(["| rule | usual severity | says that | CIS Docker |", "| --- | --- | --- | --- |", *rows])


def _rule(rule: Rule) -> Iterator[str]:
    yield f"### {rule.id}"
    yield textwrap.fill(rule.description, _WIDTH)
    if rule.remediation:
        yield f"Remedy: `{rule.remediation}`"


def _example(analyzer: Analyzer) -> Iterator[str]:
    example = EXAMPLES[analyzer.id]
    config = parse_config(example.document, "config")
    view, _ = merged(*(tar for _, tar in example.layers), analyzers=BUILTIN, config=config)
    yield "```text"
    for number, (step, _) in enumerate(example.layers):
        yield f"layer {number}: {step}"
    for item in sorted(_findings(analyzer, view), key=lambda item: -item.severity):
        place = f"/{printable(item.path)}" if item.path is not None else "config" if item.state == "config" else "image"
        where = f" (layer {item.layer.index})" if item.layer is not None else ""
        yield ""
        yield f"{item.severity.name} {item.rule}{where}"
        yield f"  {place}: {printable(item.message)}"
        if item.remediation:
            yield f"  remedy: {item.remediation}"
    yield "```"


def _findings(analyzer: Analyzer, view: ImageView) -> list[Finding]:
    return [item for item in analyzer.conclude(view) if isinstance(item, Finding)]


def main() -> None:
    """Write the pages."""
    (DOCS / "analyzers").mkdir(exist_ok=True)
    for path, text in pages().items():
        (DOCS / path).write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
