"""The rules of the analyzer ``oddities``."""

from __future__ import annotations

from imgscan.model.finding import Severity
from imgscan.model.rule import Rule, Rules, table

_INFO, _MEDIUM, _HIGH = Severity.INFO, Severity.MEDIUM, Severity.HIGH
_REBUILD = "Build the image anew and export it with the tool that will run it; find out who wrote this archive."

RULES: Rules = table(
    Rule(
        "oddities.ambiguous-key",
        "a document of the image has two values where one is read",
        "Runtimes are written in Go, whose JSON takes keys of other case (and U+017F for s, U+212A for k) for the same "
        "field, and of two values the last; readers in other languages take another one. Such a document shows an "
        "auditor another image than the one that runs. The report shows what Go reads.",
        _HIGH,
        _REBUILD,
    ),
    Rule(
        "oddities.folded-key",
        "a document of the image spells a field in its own way",
        "Go's JSON takes a key of another case for the field, readers in other languages do not see it. The report "
        "shows what Go reads.",
        _MEDIUM,
        _REBUILD,
    ),
    Rule(
        "oddities.two-manifests",
        "two documents of the archive describe different images",
        "docker load follows manifest.json, containerd and podman follow index.json where there is one: who loads such "
        "an archive may get another image than the one that was audited. The report shows what manifest.json says.",
        _HIGH,
        _REBUILD,
    ),
    Rule(
        "oddities.descriptor",
        "a descriptor does not fit its blob",
        "It says another size or media type than the blob has: some runtimes refuse such an image, others go by the "
        "content.",
        _MEDIUM,
        _REBUILD,
    ),
    Rule(
        "oddities.device",
        "a device node that no container needs",
        "The usual nodes of /dev (null, zero, random, tty and so on) are not told. A disk or memory device opens the "
        "host to a container that may use devices.",
        _MEDIUM,
        "RUN rm -f <path>",
        ("5.18",),
    ),
    Rule(
        "oddities.pipe",
        "named pipes or sockets",
        "Only a running program makes them: the image was taken from a running container, or something waits there.",
        _INFO,
        "RUN rm -f <path>",
    ),
    Rule(
        "oddities.name",
        "names that cannot be shown as they are",
        "Control characters (which steer a terminal), invisible or direction-changing ones, and names that are no "
        "UTF-8.",
        _MEDIUM,
        "RUN rm -f <path>",
    ),
    Rule(
        "oddities.case-clash",
        "names that differ in case or composition alone",
        "On a filesystem that does not tell them apart one replaces the other.",
        _INFO,
    ),
    Rule(
        "oddities.future-time",
        "files newer than the image",
        "The time of change is later than the config's date, or than 2100.",
        _INFO,
    ),
    Rule(
        "oddities.wrapped-owner",
        "files with an owner that Linux cannot have",
        "A tar may state any number as owner, -1 or 2**32 too; runtimes keep the lower 32 bits of it, and -1 leaves a "
        "file with root. Who reads the tar takes for a stranger's what is root's. The report shows what runtimes make.",
        _MEDIUM,
        _REBUILD,
        ("4.8",),
    ),
    Rule("oddities.negative-time", "files older than 1970", "A made-up time of change.", _INFO),
    Rule(
        "oddities.sparse-file",
        "a file that is huge and all but holes",
        "Who copies it without care fills a disk.",
        _MEDIUM,
        "RUN rm -f <path>",
    ),
    Rule(
        "oddities.setuid-link",
        "a SUID or SGID file with another name elsewhere",
        "A hardlink in another directory: an update replaces one name, and leaves the old file under the other.",
        _MEDIUM,
        "RUN rm -f <path>",
        ("4.8",),
    ),
    Rule(
        "oddities.host-link",
        "a symlink to what is the host's",
        "It leads to /proc/1/root, to the engine's socket or the like: programs that follow it reach out of the "
        "container where the mount allows.",
        _MEDIUM,
        "RUN rm -f <path>",
        ("5.6", "5.32"),
    ),
)
