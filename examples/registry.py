"""An image straight out of a registry (OCI distribution-spec 1.1), which imgscan itself never talks to.

    report = imgscan.scan(Repository("https://registry.example", "app", "1.4"))

Signing in, retries and mirrors are those of the HTTP client that a program has anyway; here it is urllib.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from hashlib import sha256
from http.client import HTTPResponse
from typing import Any
from urllib.error import HTTPError
from urllib.request import Request, urlopen

_TYPES = ", ".join(
    f"application/vnd.{name}+json"
    for name in (
        "oci.image.index.v1",
        "oci.image.manifest.v1",
        "docker.distribution.manifest.list.v2",
        "docker.distribution.manifest.v2",
    )
)
_BLOB = re.compile(r"blobs/([a-z0-9]+)/([0-9a-f]+)")


def _answer(address: str, method: str = "GET", **headers: str) -> HTTPResponse:
    try:
        answer: HTTPResponse = urlopen(Request(address, method=method, headers=headers))
    except HTTPError as error:
        error.close()
        raise
    return answer


class Repository:
    """One tag as an ``imgscan.Source``: its manifests are fetched here, its layers while they are scanned."""

    def __init__(self, address: str, repository: str, tag: str) -> None:
        self.name = f"{address}/{repository}:{tag}"
        self._base = f"{address}/v2/{repository}"
        self._documents: dict[str, bytes] = {}
        top = self._manifest(tag)
        self._documents["index.json"] = json.dumps({"schemaVersion": 2, "manifests": [top]}).encode()

    def _manifest(self, reference: str) -> dict[str, Any]:
        """Fetch a manifest, and those of the platforms that it lists; return its descriptor."""
        with _answer(f"{self._base}/manifests/{reference}", Accept=_TYPES) as answer:
            data, media_type = answer.read(), answer.headers["Content-Type"]
        digest = sha256(data).hexdigest()
        self._documents[f"blobs/sha256/{digest}"] = data
        for item in json.loads(data).get("manifests", ()):
            self._manifest(item["digest"])
        return {"mediaType": media_type, "digest": f"sha256:{digest}", "size": len(data)}

    def find(self, name: str) -> str | None:
        """Return the name of a document that was fetched, or of a blob, as its key."""
        return name if name in self._documents or _BLOB.fullmatch(name) else None

    def size(self, key: str) -> int:
        """Return the size of a document, or what the registry says of a blob."""
        if key in self._documents:
            return len(self._documents[key])
        with _answer(self._address(key), "HEAD") as answer:
            return int(answer.headers["Content-Length"])

    def chunks(self, key: str) -> Iterator[bytes]:
        """Yield a document, or a blob as it comes."""
        if key in self._documents:
            yield self._documents[key]
            return
        with _answer(self._address(key)) as answer:
            while chunk := answer.read(1 << 20):
                yield chunk

    def _address(self, key: str) -> str:
        return self._base + _BLOB.sub(r"/blobs/\1:\2", key)
