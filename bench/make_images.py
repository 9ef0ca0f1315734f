"""Make large images to measure imgscan with.

    make_images.py generated -o million.tar --entries 1000000 --bytes 1.2GB
    make_images.py generated -o layers.tar --layers 200 --entries 100000 --format oci-archive --compression zstd
    make_images.py real -o real.tar --oci-gzip real-gzip.tar --oci-zstd real-zstd.tar --work DIR
    make_images.py audited -o audited.tar --work DIR

``generated`` is a function of its options: the same ones give the same bytes (of compressed layers: with the
same zlib or zstd). ``real`` is Debian with packages and wheels as published on the day, built as root in some
minutes; with ``--work`` what was built is kept, an interrupted build goes on, and other formats cost no new one.
``audited`` is a smaller Debian in the same way, for ``planted.py``.
"""

import argparse
import re
import sys
import tempfile
import time
from pathlib import Path

import generated
import real
from archive import ArchiveFormat, Compression
from recipe import AUDITED_STEPS, STEPS

_UNITS = {"": 1, "k": 10**3, "m": 10**6, "g": 10**9, "ki": 2**10, "mi": 2**20, "gi": 2**30}


def parse_size(text: str) -> int:
    """Return bytes for ``10GB``, ``1.5 GiB``, ``300MB`` or a plain number.

    Raises:
        argparse.ArgumentTypeError: for anything else.
    """
    match = re.fullmatch(r"(\d+(?:\.\d+)?)\s*([kmg]i?|)b?", text.strip().lower())
    if match is None:
        raise argparse.ArgumentTypeError(f"not a size: {text!r}")
    return int(float(match[1]) * _UNITS[match[2]])


def _parser() -> argparse.ArgumentParser:
    as_written = argparse.RawDescriptionHelpFormatter
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=as_written)
    ways = parser.add_subparsers(dest="way", required=True)

    made = ways.add_parser("generated", help="seeded files of made content")
    made.add_argument("-o", dest="output", type=Path, required=True, metavar="FILE")
    made.add_argument("--entries", type=int, default=50_000, help="tar entries in all layers (%(default)s)")
    made.add_argument("--layers", type=int, default=5, help="(%(default)s)")
    made.add_argument("--bytes", type=parse_size, help="of all uncompressed layers (some 1,200 an entry)")
    made.add_argument("--seed", type=int, default=1, help="(%(default)s)")
    formats, compressions = [item.value for item in ArchiveFormat], [item.value for item in Compression]
    made.add_argument("--format", choices=formats, default=formats[0], help="(%(default)s)")
    made.add_argument("--compression", choices=compressions, default=compressions[0], help="(%(default)s)")

    for way, what in (("real", "Debian, its packages, and wheels"), ("audited", "Debian and a few packages")):
        debian = ways.add_parser(way, help=f"{what} (needs root and debootstrap)")
        debian.add_argument("-o", dest="output", type=Path, metavar="FILE", help="docker-archive, not compressed")
        debian.add_argument("--oci-gzip", type=Path, metavar="FILE", help="OCI archive with gzip layers")
        debian.add_argument("--oci-zstd", type=Path, metavar="FILE", help="OCI archive with zstd layers")
        debian.add_argument("--work", type=Path, metavar="DIR", help="keep and reuse root and layers here")
    return parser


def _make_generated(options: argparse.Namespace) -> None:
    default = 1200 * options.entries + 4096 * options.layers
    size = default if options.bytes is None else options.bytes
    plan = generated.Plan(options.entries, options.layers, size, options.seed)
    form, compression = ArchiveFormat(options.format), Compression(options.compression)
    written = generated.write_image(plan, options.output, form, compression)
    _report(options.output, plan.layers, plan.entries, written)


def _make_real(options: argparse.Namespace) -> None:
    wanted = (
        (options.output, ArchiveFormat.DOCKER, Compression.NONE),
        (options.oci_gzip, ArchiveFormat.OCI, Compression.GZIP),
        (options.oci_zstd, ArchiveFormat.OCI, Compression.ZSTD),
    )
    outputs = [item for item in wanted if item[0] is not None]
    if not outputs:
        raise real.BuildError("nothing to write: give -o, --oci-gzip or --oci-zstd")
    with tempfile.TemporaryDirectory(dir=outputs[0][0].parent) as scratch:
        work = options.work or Path(scratch)
        steps = AUDITED_STEPS if options.way == "audited" else STEPS
        layers = real.build_layers(work.absolute(), steps)
        for output, form, compression in outputs:
            written = real.write_image(work, output, form, compression, steps)
            _report(output, len(layers), sum(layer.entries for layer in layers), written)


def _report(output: Path, layers: int, entries: int, written: int) -> None:
    stored = output.stat().st_size
    print(f"{output}: {layers} layers, {entries} entries, {written} bytes uncompressed, {stored} stored")


def main() -> int:
    """Return the exit code: 0, or 1 with one line on standard error."""
    options = _parser().parse_args()
    start = time.monotonic()
    try:
        if options.way == "generated":
            _make_generated(options)
        else:
            _make_real(options)
    except (real.BuildError, generated.PlanError, OSError) as error:
        print(f"make_images: {error}", file=sys.stderr)
        return 1
    print(f"{time.monotonic() - start:.1f} s", file=sys.stderr)
    return 0


if __name__ == "__main__":
    sys.exit(main())
