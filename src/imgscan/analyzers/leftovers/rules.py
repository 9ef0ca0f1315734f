"""The rules of the analyzer ``leftovers``."""

from __future__ import annotations

from imgscan.analyzers.leftovers.causes import CAUSES
from imgscan.model.finding import Severity
from imgscan.model.rule import Rule, Rules, table

_CACHE = "Nothing that runs reads it; it makes the image larger, and keeps an old state for good."
_WHY = {
    "documentation": "Nothing that runs reads it.",
    "headers": "Needed to compile, not to run.",
    "sdk": "Compilers and build tools: a program that is published needs the runtime alone.",
    "temporary": "Left by an instruction that did not tidy up; there may be anything in it.",
    "logs": "They tell of the build: names, addresses, mistakes.",
    "typed": "What somebody typed in a shell or a client, passwords too.",
    "build-files": "They tell how the image was made, and came with a COPY of more than what runs.",
    "editor": "Settings and swap files of an editor: copies of what was edited.",
}

RULES: Rules = table(
    *(
        Rule(
            f"leftovers.{cause}",
            told.what,
            f"{_WHY.get(cause, _CACHE)} Where the files are decides; one finding however many there are.",
            told.severity,
            told.remediation,
            ("4.3",),
        )
        for cause, told in CAUSES.items()
    ),
    Rule(
        "leftovers.repository",
        "a version control repository",
        ".git, .svn, .hg and the like, with every former version of the files, those with secrets too.",
        Severity.MEDIUM,
        "name .git in .dockerignore",
        ("4.10",),
    ),
    Rule(
        "leftovers.wasted-bytes",
        "files that later layers deleted or overwrote",
        "They are in the image all the same: they are carried about, and can be read by whoever has it.",
        Severity.LOW,
        "delete files in the instruction that makes them",
    ),
    Rule(
        "leftovers.update-alone",
        "a layer fetches a package index and installs nothing",
        "Proved by the layer's files, whatever the history says. A cached layer keeps an old index, from which later "
        "builds install old packages.",
        Severity.LOW,
        "RUN apt-get update && apt-get install -y --no-install-recommends <packages> && rm -rf /var/lib/apt/lists/*",
        ("4.7",),
    ),
)
