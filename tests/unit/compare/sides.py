"""Reports in the shape of imgscan.report/1, as small as they can be."""

from __future__ import annotations

from typing import Any

from imgscan.compare.side import Side, side_of


def finding(fingerprint: str, **more: Any) -> dict[str, Any]:
    return {
        "rule": "setuid.suid-file",
        "severity": "MEDIUM",
        "path": "/bin/su",
        "state": "visible",
        "message": "runs as uid 0",
        "fingerprint": fingerprint * 32,
        "suppressed": None,
        **more,
    }


def control(status: str, name: str = "4.8", **more: Any) -> dict[str, Any]:
    return {
        "id": name,
        "title": "no SUID files",
        "edition": "CIS Docker 1.6.0",
        "status": status,
        "severity": "HIGH",
        "reason": "there are some",
        "suppressed": None,
        **more,
    }


def plain(
    findings: tuple[dict[str, Any], ...] = (),
    controls: tuple[dict[str, Any], ...] = (),
    layers: tuple[tuple[str | None, int], ...] = (),
    inventory: dict[str, Any] | None = None,
    complete: bool = True,
    vulnerabilities: dict[str, Any] | None = None,
    **image: Any,
) -> dict[str, Any]:
    return {
        "schema": "imgscan.report/1",
        "image": {
            "source": "image.tar",
            "references": ["app:1"],
            "image_id": "sha256:1",
            "manifest_digest": None,
            "platform": "linux/amd64",
            "created": None,
            "user": "",
            "exposed_ports": [],
            "stored_bytes": 100,
            "uncompressed_bytes": 200,
            "merged_bytes": 150,
            "files": 3,
            **image,
        },
        "layers": [{"diff_id": diff_id, "stored_bytes": size, "uncompressed_bytes": size} for diff_id, size in layers],
        "controls": list(controls),
        "findings": list(findings),
        "inventory": inventory or {},
        "coverage": {"complete": complete},
        "vulnerabilities": vulnerabilities,
    }


def side(*findings: dict[str, Any], **more: Any) -> Side:
    return side_of(plain(findings, **more), "x")
