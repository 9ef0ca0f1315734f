"""Findings of the secret rules in popular packages: what a user of them would be shown for nothing.

Usage: python bench/secrets_noise.py DIR [--fetch] [--place app|dist|modules] [--show low|medium|high]

DIR holds wheels, sdists and npm tarballs; ``--fetch`` fills it with pip and npm (their configured indexes).
Printed: files, findings by confidence, and findings per 1000 files; CPU seconds and MB/s of the whole.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import tarfile
import time
import zipfile
from collections import Counter
from pathlib import Path

from secrets_score import facts_of

PYPI = (
    "requests django flask numpy==1.26.4 botocore boto3 cryptography paramiko sqlalchemy celery fastapi tornado "
    "twisted httpx redis pymongo psycopg2-binary scrapy ansible-core azure-identity google-auth openai anthropic "
    "huggingface-hub jinja2 pandas==2.1.4 scikit-learn==1.3.2 pyjwt authlib passlib kubernetes docker slack-sdk stripe "
    "sentry-sdk"
).split()
NPM = "lodash express axios react webpack @aws-sdk/client-s3 firebase stripe jsonwebtoken passport".split()
PLACES = {"app": "app", "dist": "usr/lib/python3/dist-packages", "modules": "srv/site/node_modules"}


def files_of(package: Path) -> list[tuple[str, bytes]]:
    """Return the files of a wheel, sdist or npm tarball."""
    if package.suffix in (".whl", ".zip"):
        with zipfile.ZipFile(package) as archive:
            return [(item.filename, archive.read(item)) for item in archive.infolist() if not item.is_dir()]
    found = []
    with tarfile.open(package) as archive:
        for member in archive:
            data = archive.extractfile(member) if member.isreg() else None
            if data is not None:
                found.append((member.name, data.read()))
    return found


def fetch(folder: Path) -> None:
    """Download the packages that are not there."""
    folder.mkdir(parents=True, exist_ok=True)
    subprocess.run([sys.executable, "-m", "pip", "download", "--no-deps", "-q", "-d", folder, *PYPI], check=True)
    subprocess.run(["npm", "pack", "--silent", *NPM], check=True, cwd=folder, stdout=subprocess.DEVNULL)


def main() -> None:
    """Print the figures."""
    parser = argparse.ArgumentParser()
    parser.add_argument("folder", type=Path)
    parser.add_argument("--fetch", action="store_true")
    parser.add_argument("--place", choices=PLACES, default="app")
    parser.add_argument("--show", default="")
    arguments = parser.parse_args()
    if arguments.fetch:
        fetch(arguments.folder)
    count: Counter[str] = Counter()
    rules: Counter[str] = Counter()
    total = 0
    spent = 0.0
    for package in sorted(arguments.folder.iterdir()):
        files = [(f"{PLACES[arguments.place]}/{name}", data) for name, data in files_of(package)]
        count["files"] += len(files)
        total += sum(len(data) for _, data in files)
        start = time.process_time()
        found = facts_of(files)
        spent += time.process_time() - start
        for index, facts in found.items():
            for fact in facts:
                count[fact.confidence] += 1
                rules[f"{fact.confidence} {fact.rule}"] += 1
                if fact.confidence == arguments.show:
                    place, chain = fact.offset, fact.chain
                    shown = b"" if chain else files[index][1][max(place - 60, 0) : place + fact.length + 20]
                    print(fact.rule, package.name, files[index][0], fact.line, chain, shown[:140])
    for name in ("low", "medium", "high"):
        print(f"{name:8} {count[name]:6}  {1000 * count[name] / max(count['files'], 1):8.2f} per 1000 files")
    print(
        f"{'files':8} {count['files']:6}  {total / 1e6:.0f} MB, "
        f"{total / 1e6 / max(spent, 1e-9):.0f} MB per CPU second with compiling"
    )
    for name, number in rules.most_common(25):
        print(f"  {number:5} {name}")


if __name__ == "__main__":
    main()
