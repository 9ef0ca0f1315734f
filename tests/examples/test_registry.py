from __future__ import annotations

import json
import re
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread

from examples.registry import Repository

import imgscan
from imgscan.testing import ImageBuilder, TarBuilder, oci_files

OPTIONS = imgscan.ScanOptions(analyzers=("setuid",))
FILES = oci_files(ImageBuilder().layer(TarBuilder().file("bin/su", b"s" * 4000, mode=0o4755).build()))


@contextmanager
def serving(blobs: dict[str, bytes]) -> Iterator[str]:
    """Serve one repository as the distribution-spec says, on a port of this machine."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            found = re.fullmatch(r"/v2/app/(?:manifests|blobs)/(.+)", self.path)
            data = blobs.get(found[1]) if found else None
            self.send_response(404 if data is None else 200)
            self.send_header("Content-Length", str(len(data or b"")))
            media_type = json.loads(data).get("mediaType") if data and data[:1] == b"{" else None
            self.send_header("Content-Type", media_type or "application/octet-stream")
            self.end_headers()
            if self.command == "GET":
                self.wfile.write(data or b"")

        do_HEAD = do_GET  # noqa: N815 (the server's name)

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002 (the server's name)
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}"
        finally:
            server.shutdown()
            thread.join()


def repository() -> dict[str, bytes]:
    blobs = {f"sha256:{name.rpartition('/')[2]}": data for name, data in FILES.items() if name.startswith("blobs/")}
    (top,) = json.loads(FILES["index.json"])["manifests"]
    return {**blobs, "1.4": blobs[top["digest"]]}


def test_a_tag_of_a_registry_is_scanned() -> None:
    with serving(repository()) as address:
        report = imgscan.scan(Repository(address, "app", "1.4"), OPTIONS)

    assert report.complete
    assert report.problems == ()
    assert [finding.path for finding in report.findings] == ["bin/su"]


def test_a_blob_that_the_registry_does_not_have_is_a_problem_of_its_layer() -> None:
    blobs = repository()
    largest = max(blobs, key=lambda name: len(blobs[name]))
    with serving({name: data for name, data in blobs.items() if name != largest}) as address:
        source = Repository(address, "app", "1.4")
        report = imgscan.scan(source, OPTIONS)

    assert not report.complete
    assert ["404" in problem.message for problem in report.problems] == [True]
