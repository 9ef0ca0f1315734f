"""The rules of the analyzer ``history``."""

from __future__ import annotations

from imgscan.model.finding import Severity
from imgscan.model.rule import Rule, Rules, table

_WEAK = "A history line is what a builder chose to write: a weak evidence. INFO for lines of the base image."

RULES: Rules = table(
    Rule(
        "history.absent",
        "there is no history",
        "Some builders write none: which instruction made a layer is unknown, and rules on instructions say nothing.",
        Severity.INFO,
    ),
    Rule(
        "history.layers-unknown",
        "history and layers do not match in number",
        "Which line made which layer is unknown; no instruction is named rather than a wrong one.",
        Severity.INFO,
    ),
    Rule(
        "history.add-url",
        "ADD of a URL",
        f"What it fetches may be another thing tomorrow. INFO with --checksum, HIGH over http or ftp. {_WEAK}",
        Severity.MEDIUM,
        "ADD --checksum=sha256:<digest> <url> <destination>",
        ("4.9",),
    ),
    Rule(
        "history.add-local",
        "ADD of local files where COPY would do",
        f"ADD also extracts archives. One that extracted an archive is not told: COPY cannot. {_WEAK}",
        Severity.LOW,
        "COPY <source> <destination>",
        ("4.9",),
    ),
    Rule(
        "history.pipe-to-shell",
        "a download was run unseen",
        f"curl or wget into a shell or an interpreter. HIGH over http. {_WEAK}",
        Severity.MEDIUM,
        "RUN curl -fsSLo /tmp/i <url> && echo '<sha256>  /tmp/i' | sha256sum -c && sh /tmp/i && rm /tmp/i",
        ("4.11",),
    ),
    Rule(
        "history.no-certificate-check",
        "a download without a check of the certificate",
        f"curl -k, wget --no-check-certificate, pip --trusted-host and the like. {_WEAK}",
        Severity.MEDIUM,
        "install ca-certificates and leave out the option",
        ("4.11",),
    ),
    Rule(
        "history.unverified-packages",
        "packages were installed without a check of their signatures",
        f"--allow-unauthenticated, [trusted=yes], --nogpgcheck, --allow-untrusted and the like. {_WEAK}",
        Severity.MEDIUM,
        "import the repository's key and leave out the option",
        ("4.11",),
    ),
    Rule(
        "history.update-alone",
        "a package index was fetched by an instruction that installs nothing",
        f"A cached layer keeps an old index. Told only where the layer's files do not prove it. {_WEAK}",
        Severity.LOW,
        "RUN apt-get update && apt-get install -y --no-install-recommends <packages> && rm -rf /var/lib/apt/lists/*",
        ("4.7",),
    ),
)
