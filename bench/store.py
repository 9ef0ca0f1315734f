"""What a store of facts saves: scans of one image without a store, with an empty one, and with what that left.

python bench/store.py IMAGE.tar [--rounds 3]
python bench/store.py --cut ROOT.tar IMAGE.tar     first cuts a root filesystem's tar into an image of seven layers

Of an image that was cut, the store knows six layers, and the last one is new: ``new layer``.
``new rule`` is a scan with one secret rule more than the store has seen. CPU seconds of whole processes, medians; the
reports of all are compared.
"""

from __future__ import annotations

import argparse
import hashlib
import io
import json
import os
import resource
import subprocess
import sys
import tarfile
import time
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory

LAYERS = 7
RULE = """\
[[rules]]
id = "bench-token"
description = "x"
regex = '''benchtok-[0-9a-f]{32}'''
keywords = ["benchtok-"]
"""


def cut(root: Path, image: Path) -> None:
    """Write a docker-archive whose layers are consecutive parts of a tar; hard links go where their files are."""
    with TemporaryDirectory(dir=image.parent) as folder:
        parts = [Path(folder) / f"{number}.tar" for number in range(LAYERS)]
        tars = [tarfile.open(part, "w", format=tarfile.PAX_FORMAT) for part in parts]  # noqa: SIM115 (closed below)
        size = root.stat().st_size
        layer_of: dict[str, int] = {}
        with tarfile.open(root) as source:
            for member in source:
                # The last layer is a twentieth.
                number = min(int(member.offset / size * (LAYERS - 1) / 0.95), LAYERS - 1)
                number = layer_of.get(member.linkname, number) if member.islnk() else number
                layer_of[member.name] = number
                tars[number].addfile(member, source.extractfile(member) if member.isreg() else None)
        for tar in tars:
            tar.close()
        write_image(parts, image)
        write_image(parts[:-1], below(image))


def below(image: Path) -> Path:
    return image.with_name(f"below-{image.name}")


def write_image(layers: list[Path], image: Path) -> None:
    digests = []
    for layer in layers:
        with layer.open("rb") as file:
            digests.append(hashlib.file_digest(file, "sha256").hexdigest())
    config = json.dumps(
        {"os": "linux", "rootfs": {"type": "layers", "diff_ids": [f"sha256:{item}" for item in digests]}}
    ).encode()
    names = [f"{digest}/layer.tar" for digest in digests]
    manifest = json.dumps([{"Config": "config.json", "RepoTags": ["cut:1"], "Layers": names}]).encode()
    with tarfile.open(image, "w") as tar:
        for name, data in (("config.json", config), ("manifest.json", manifest)):
            info = tarfile.TarInfo(name)
            info.size = len(data)
            tar.addfile(info, io.BytesIO(data))
        for name, layer in zip(names, layers, strict=True):
            with layer.open("rb") as file:
                info = tarfile.TarInfo(name)
                info.size = layer.stat().st_size
                tar.addfile(info, file)


def scan(image: Path, *words: str) -> tuple[float, float, dict[str, object]]:
    """Return wall and CPU seconds of a scan, and its report without what it says of a store."""
    command = [
        str(Path(sys.executable).with_name("imgscan")),
        str(image),
        "-q",
        "-f",
        "json=report.json",
        "--no-config",
    ]
    before, begun = resource.getrusage(resource.RUSAGE_CHILDREN), time.perf_counter()
    subprocess.run([*command, *words], check=True)
    wall, after = time.perf_counter() - begun, resource.getrusage(resource.RUSAGE_CHILDREN)
    report = json.loads(Path("report.json").read_bytes())
    report["coverage"].pop("from_store", None)
    return wall, after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime, report


def hashing(image: Path) -> tuple[float, float]:
    """Return wall and CPU seconds of reading and hashing an image, nothing else."""
    begun, before = time.perf_counter(), time.process_time()
    with image.open("rb") as file:
        hashlib.file_digest(file, "sha256")
    return time.perf_counter() - begun, time.process_time() - before


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("image", type=Path)
    parser.add_argument("--cut", type=Path, metavar="ROOT.tar")
    parser.add_argument("--rounds", type=int, default=3)
    arguments = parser.parse_args()
    image = arguments.image.absolute()
    if arguments.cut:
        cut(arguments.cut, image)
    times: dict[str, list[tuple[float, float]]] = {}
    with TemporaryDirectory() as folder:
        os.chdir(folder)
        Path("rules.toml").write_text(RULE, encoding="utf-8")
        scan(image, "--store", "off")  # patterns are compiled, the image is in memory
        scan(image, "--store", "off", "--rules", "rules.toml")
        for number in range(arguments.rounds):
            times.setdefault("hashing alone", []).append(hashing(image))
            steps = {
                "without": ["--store", "off"],
                "empty store": ["--store", f"{number}"],
                "second scan": ["--store", f"{number}"],
                "new rule": ["--store", f"{number}", "--rules", "rules.toml"],
            }
            if below(image).exists():
                scan(below(image), "--store", f"new-{number}")
                steps["new layer"] = ["--store", f"new-{number}"]
            report: dict[str, object] | None = None
            for name, words in steps.items():
                wall, cpu, said = scan(image, *words)
                times.setdefault(name, []).append((wall, cpu))
                if name != "new rule":
                    assert report in (None, said), f"{name}: another report"
                    report = said
        kept = sum(path.stat().st_size for path in Path("0").iterdir())
    print(f"kept: {kept / 1e6:.1f} MB")
    for name, pairs in times.items():
        wall, cpu = (median(pair[at] for pair in pairs) for at in (0, 1))
        print(f"{name:14} {wall:6.2f} s wall {cpu:6.2f} s CPU")


if __name__ == "__main__":
    main()
