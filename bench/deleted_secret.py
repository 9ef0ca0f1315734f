"""Writes testdata/deleted-secret.tar.gz: a token copied into one layer and removed in the next.

Usage: python bench/deleted_secret.py

The token has the form and the checksum of a real one and was never anybody's. The file is compressed so that scanners
of this repository do not take it for a leak.
"""

from __future__ import annotations

import gzip
from pathlib import Path

from imgscan.analyzers.secrets.examples import expand
from imgscan.testing import ImageBuilder, docker_archive

TARGET = Path(__file__).parents[1] / "testdata/deleted-secret.tar.gz"


def main() -> None:
    """Write the file."""
    token = expand("ghp_<<0-9A-Za-z|30>><<crc>>", "deleted-secret")
    script = (0o755, b"#!/srv/node\n")
    image = ImageBuilder(
        references=("example.test/shop:1.4",),
        settings={"User": "1000", "Cmd": ["/srv/shop"]},
    )
    image.layer({"etc/passwd": b"app:x:1000:1000::/srv:/sbin/nologin\n", "srv/shop": script}, created_by="ADD rootfs /")
    image.layer({"srv/.env": f"# for the build alone\nGITHUB_TOKEN={token}\n".encode()}, created_by="COPY . /srv")
    image.layer({"srv/.wh..env": b""}, created_by="RUN make install && rm /srv/.env")
    TARGET.write_bytes(gzip.compress(docker_archive(image), 9, mtime=0))


if __name__ == "__main__":
    main()
