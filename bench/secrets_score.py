"""Recall, precision and noise of the secret rules over labelled texts, through the whole pipeline.

Usage: python bench/secrets_score.py VISIBLE.jsonl.gz [--show DATASET] [--least low|medium|high]

Every text becomes a file of one layer, in memory; the survey and the merge are the real ones.
- noseyparker: a secret counts as found when a finding's line lies in its lines (or anywhere, where it has none);
- clean texts (noseyparker, gitleaks-fps) count as reported with any finding;
- creddata-dev: true and false lines, by line;
- leaky-repo: files with a risk, by file, and risk lines found at most as often as there are.
"""

from __future__ import annotations

import argparse
import gzip
import io
import json
import tarfile
from collections import Counter, defaultdict
from pathlib import Path

from imgscan.analyzers.secrets import Secrets
from imgscan.analyzers.secrets.facts import SecretFact
from imgscan.analyzers.secrets.overlaps import without_overlaps
from imgscan.model.limits import Limits
from imgscan.survey.survey import Surveyor

_LEVELS = ("low", "medium", "high")


def layer_of(files: list[tuple[str, bytes]]) -> bytes:
    """Return a tar of ``files``."""
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w", format=tarfile.PAX_FORMAT) as archive:
        for name, data in files:
            info = tarfile.TarInfo(name)
            info.size = len(data)
            archive.addfile(info, io.BytesIO(data))
    return out.getvalue()


def facts_of(files: list[tuple[str, bytes]], least: str = "low") -> dict[int, list[SecretFact]]:
    """Return the settled facts of each file, by its index."""
    surveyor = Surveyor((Secrets(),), Limits())
    facts = surveyor.survey([layer_of(files)])
    assert facts.complete, facts.problems
    assert not facts.failed, facts.problems
    found: dict[int, list[object]] = defaultdict(list)
    for fact in facts.facts.get("secrets", ()):
        found[fact.entry].append(fact.data)
    wanted = _LEVELS[_LEVELS.index(least) :]
    return {
        index: [item for item in without_overlaps(items) if item.confidence in wanted] for index, items in found.items()
    }


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser()
    parser.add_argument("data", type=Path)
    parser.add_argument("--show", default="")
    parser.add_argument("--least", choices=_LEVELS, default="low")
    arguments = parser.parse_args()
    with gzip.open(arguments.data, "rt", encoding="utf-8", errors="surrogateescape") as texts:
        rows = [json.loads(line) for line in texts]
    files = [
        (f"srv/{number}/{row['path']}", row["text"].encode("utf-8", "surrogateescape"))
        for number, row in enumerate(rows)
    ]
    found = facts_of(files, arguments.least)
    count: Counter[str] = Counter()
    for index, row in enumerate(rows):
        facts = found.get(index, [])
        lines = {fact.line or 1 for fact in facts}
        dataset, label = row["dataset"], row["label"]
        shown: list[str] = []
        if dataset == "noseyparker" and label == "secret":
            wanted = row.get("lines") or []
            hit = any(a <= line <= b for a, b in wanted for line in lines) if wanted else bool(lines)
            count["noseyparker secrets"] += 1
            count["noseyparker found"] += hit
            count["noseyparker strong"] += not row["weak"]
            count["noseyparker strong found"] += hit and not row["weak"]
            if not hit:
                shown.append("MISSED " + row["provider"])
        elif label == "clean":
            count[f"{dataset} clean"] += 1
            count[f"{dataset} clean reported"] += bool(facts)
            if facts:
                shown.append("REPORTED " + ",".join(fact.rule for fact in facts))
        elif dataset == "leaky-repo":
            risky = bool(row["risk"])
            count["leaky-repo files"] += risky
            count["leaky-repo files found"] += risky and bool(facts)
            count["leaky-repo risk lines"] += row["risk"]
            count["leaky-repo lines found"] += min(row["risk"], len(lines))
            if len(lines) < row["risk"]:
                shown.append(f"FOUND {sorted(lines)} of {row['risk']}")
        elif dataset == "creddata-dev":
            labelled: set[int] = set()
            for kind in ("true", "false", "unknown", "info"):
                for first, last, categories in row[kind]:
                    labelled |= set(range(first, last + 1))
                    hit = any(first <= line <= last for line in lines)
                    count[f"creddata {kind}"] += 1
                    count[f"creddata {kind} reported"] += hit
                    if hit != (kind == "true") and kind in ("true", "false"):
                        which = [fact.rule for fact in facts if first <= (fact.line or 1) <= last]
                        text = row["text"].split("\n")[first - 1].strip()
                        shown.append(f"{kind.upper()} {','.join(categories)} {which}: {text[:160]}")
            count["creddata unlabelled reported"] += len(lines - labelled)
        if arguments.show and dataset.startswith(arguments.show):
            for item in shown:
                print(row["path"], item, "|", repr(row["text"][:160]) if dataset != "creddata-dev" else "")
    for name, number in sorted(count.items()):
        print(f"{name:36} {number}")
    true, false = count["creddata true reported"], count["creddata false reported"]
    print(f"{'noseyparker recall':36} {count['noseyparker found'] / max(count['noseyparker secrets'], 1):.3f}")
    print(f"{'creddata recall':36} {true / max(count['creddata true'], 1):.3f}")
    print(f"{'creddata precision':36} {true / max(true + false, 1):.3f}")


if __name__ == "__main__":
    main()
