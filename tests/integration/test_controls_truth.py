"""The truth table of the controls: for each built image what each control must come to, written down by hand.

Each rule of the controls and each false positive or negative that other tools are known for has an image here. A case
names what it is about; controls that it does not name are not looked at, but no case may have a status that
docs/controls.md does not list.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from hashlib import sha256
from typing import Any, TypeAlias

import pytest

from imgscan import ScanOptions, scan
from imgscan.analyzers.secrets.examples import expand
from imgscan.cis.checklist import CHECKS
from imgscan.cis.evaluate import BENCHMARK
from imgscan.model.control import Control, Status
from imgscan.model.policy import Policy, TrustedBase
from imgscan.testing import ImageBuilder, TarBuilder, elf
from imgscan.testing.compress import compress
from imgscan.testing.image import LayerSource, tar_bytes
from imgscan.testing.packages import debian

from .made import NET_RAW, save

PASS, FAIL, WARN, INFO = Status.PASS, Status.FAIL, Status.WARN, Status.INFO
UNKNOWN, NONE = Status.UNKNOWN, Status.NOT_EVALUABLE
Truth: TypeAlias = dict[str, Status]
GIVES = {item.id: item.gives for item in (*BENCHMARK, *CHECKS)}

PASSWD = b"root:x:0:0::/root:/sbin/nologin\ntoor:x:0:0::/:/bin/sh\napp:x:999:999::/srv:/sbin/nologin\n"
APP: dict[str, bytes | tuple[int, bytes]] = {
    "etc/passwd": PASSWD,
    "etc/group": b"root:x:0:\napp:x:999:\n",
    "app": (0o755, elf()),
}
SETTINGS: dict[str, Any] = {"User": "app", "Cmd": ["/app"], "Healthcheck": {"Test": ["CMD", "/app", "--check"]}}
COPY = "COPY /out / # buildkit"
ROOTFS = "/bin/sh -c #(nop) ADD file:d48cac34fac385cbc1de6adfdd88300f76f9bbe346cd17e64fd834d042a98326 in / "
SHELL = (0o755, elf())
DECOYS = b"ghp_EXAMPLE" + b"x" * 29 + b"\n"
DECOYS *= 10_001
KEY = expand("ghp_<<0-9A-Za-z|30>><<crc>>", "token")


def built(*layers: LayerSource, by: str = COPY, **settings: Any) -> ImageBuilder:
    """Return an image of a small program with these layers above it, all made by the line ``by``."""
    image = ImageBuilder(settings={**SETTINGS, **settings}).layer(APP, created_by=COPY)
    for layer in layers:
        image.layer(layer, created_by=by)
    return image


def lines(*created_by: str) -> ImageBuilder:
    """Return an image whose history has these lines above a root filesystem, each with a layer of one file."""
    image = ImageBuilder(settings=SETTINGS).layer(APP, created_by=ROOTFS).step('CMD ["sh"]')
    for number, line in enumerate(created_by):
        image.layer({f"srv/{number}": line.encode()}, created_by=line)
    return image


def bare(image: ImageBuilder, **changes: Any) -> ImageBuilder:
    """Return the image without its history."""
    image.history.clear()
    image.extra.update(changes)
    return image


@dataclass(frozen=True)
class Case:
    """An image, how it is scanned, and what must come out."""

    name: str
    image: ImageBuilder | bytes
    truth: Truth
    policy: Policy = field(default_factory=Policy)
    secrets: bool = False
    skip: tuple[str, ...] = ()


def user(name: str | None, status: Status, **settings: Any) -> Case:
    image = built({"entry.sh": (0o755, b'#!/bin/sh\nexec gosu app "$0"\n'), "bin/sh": SHELL}, User=name, **settings)
    return Case(f"user {name} {sorted(settings)}", image, {"4.1": status, "non-root-user": status})


def health(name: str, test: list[str] | None, status: Status) -> Case:
    check = None if test is None else {"Test": test}
    later = {PASS: INFO, UNKNOWN: UNKNOWN}.get(status, WARN)
    return Case(name, built(Healthcheck=check), {"4.6": status, "healthcheck": status, "5.27": later})


def suid(name: str, tar: LayerSource, status: Status, *more: LayerSource, **options: Any) -> Case:
    return Case(name, built(tar, *more), {"4.8": status, "no-setuid": status}, **options)


def added(name: str, status: Status, *created_by: str) -> Case:
    return Case(name, lines(*created_by), {"4.9": status})


def updated(name: str, status: Status, *created_by: str) -> Case:
    return Case(name, lines(*created_by), {"4.7": status})


def ports(status: Status, *declared: str, allowed: set[str] | None = None, needed: Status = INFO) -> Case:
    policy = Policy(ports=None if allowed is None else frozenset(allowed))
    image = built(ExposedPorts={port: {} for port in declared})
    return Case(f"EXPOSE {declared} {allowed}", image, {"5.8": status, "5.9": needed}, policy=policy)


def diff_id(layer: LayerSource) -> str:
    return "sha256:" + sha256(tar_bytes(layer)).hexdigest()


BASE = TrustedBase("example.test/base:1", (diff_id(APP),))
OTHER = TrustedBase("example.test/other:1", ("sha256:" + 64 * "0",))
SU = TarBuilder().file("bin/su", elf(), mode=0o4755)
DEBIAN = {**debian(("util", "1", {"/usr/bin/mount": elf(), "/usr/bin/tool": elf()}))}
RELEASE = b'ID=debian\nVERSION_ID="13"\nPRETTY_NAME="Debian 13"\n'
OWNED = {**DEBIAN, "etc/os-release": RELEASE, "usr/bin/mount": elf()}
INDEX = {"var/lib/apt/lists/deb.example.test_Packages": b"Package: x\n"}
SSHD = {"usr/sbin/sshd": (0o755, elf())}

CASES = [
    # 4.1
    user("app", PASS),
    user("10001:10001", PASS),
    user("0", FAIL),
    user("0:0", FAIL),
    user("root:root", FAIL),
    user("", FAIL),
    user(None, FAIL),
    user("toor", FAIL),
    user("nobody-has-it", FAIL),
    user("app:0", WARN),
    user("10001", WARN),
    user("", WARN, Entrypoint=["/entry.sh"]),
    Case("root is allowed", built(User="root"), {"4.1": INFO}, policy=Policy(users=frozenset({"root"}))),
    Case(
        "an allowed name that the image gives to uid 0 allows no root",
        built({"etc/passwd": b"app:x:0:0::/:/bin/sh\n"}),
        {"4.1": FAIL, "non-root-user": FAIL},
        policy=Policy(users=frozenset({"app"})),
    ),
    Case(
        "a group file that is not read whole may have root's group in it",
        built({"etc/group": b"a:x:7:\n" * 20_001 + b"root:x:0:app\n"}),
        {"4.1": UNKNOWN, "no-writable-directories": UNKNOWN},
    ),
    Case(
        "a package database that cannot be read may have any package in it",
        built({"var/lib/rpm/Packages": b"damaged"}),
        {"4.3": UNKNOWN},
    ),
    Case(
        "a package database behind a link may have any package in it",
        built(TarBuilder().file("x/status", b"").symlink("var/lib/dpkg/status", "/x/status")),
        {"4.3": UNKNOWN},
    ),
    Case(
        "a package database of another name of its file",
        built(TarBuilder().file("x/status", b"").hardlink("var/lib/dpkg/status", "x/status")),
        {"4.3": UNKNOWN},
    ),
    health("a shell without a command", ["CMD-SHELL"], WARN),
    Case(
        "a secret behind more decoys than are looked at is not known not to be there",
        built({"srv/a.txt": DECOYS + KEY.encode()}),
        {"4.10": UNKNOWN, "no-secrets": UNKNOWN},
        secrets=True,
    ),
    Case(
        "the same in a compressed file, where decoys of one text count once",
        built({"srv/a.gz": compress(DECOYS + KEY.encode(), "gzip")}),
        {"4.10": FAIL, "no-secrets": FAIL},
        secrets=True,
    ),
    Case("app is not allowed", built(), {"4.1": FAIL}, policy=Policy(users=frozenset({"web"}))),
    # 4.2 and what it is pinned by
    Case("no trusted base is given", built(), {"4.2": INFO, "base-pinned": UNKNOWN}),
    Case(
        "a trusted base fits",
        built(SSHD),
        {"4.2": PASS, "base-pinned": PASS},
        policy=Policy(trusted_bases=(OTHER, BASE)),
    ),
    Case("no trusted base fits", built(), {"4.2": FAIL}, policy=Policy(trusted_bases=(OTHER,))),
    Case(
        "a layer claims to be a trusted base's and is not",
        ImageBuilder(settings=SETTINGS).layer({"evil": b""}, diff_id=diff_id(APP), created_by=COPY),
        {"4.2": FAIL, "archive-integrity": FAIL, "base-pinned": UNKNOWN, "4.12": NONE},
        policy=Policy(trusted_bases=(BASE,)),
    ),
    Case(
        "a label records the digest of a base, which may be that of its base's base",
        built(Labels={"org.opencontainers.image.base.digest": "sha256:" + 64 * "a"}),
        {"base-pinned": UNKNOWN},
    ),
    Case(
        "the base is declared by name",
        built(Labels={"org.opencontainers.image.base.name": "example.test/base:1"}),
        {"base-pinned": WARN},
    ),
    # 4.3, shells, managers, leftovers
    Case(
        "a distroless image",
        built(),
        {
            **dict.fromkeys(("4.1", "4.3", "4.6", "4.7", "4.8", "4.9", "5.7"), PASS),
            **dict.fromkeys(("no-shell", "no-package-manager", "no-setuid", "healthcheck", "non-root-user"), PASS),
            **dict.fromkeys(("no-build-leftovers", "no-writable-directories", "archive-integrity"), PASS),
            "file-integrity": NONE,
            "4.11": NONE,
            "4.5": NONE,
        },
    ),
    Case("a shell", built({"bin/sh": SHELL}), {"4.3": WARN, "no-shell": FAIL, "no-package-manager": PASS}),
    Case("apt", built({"usr/bin/apt-get": SHELL}), {"4.3": WARN, "no-shell": PASS, "no-package-manager": FAIL}),
    Case("pip alone", built({"usr/bin/pip3": (0o755, b"#!/app\n")}), {"no-package-manager": WARN}),
    Case("a compiler", built({"usr/bin/gcc-12": SHELL}), {"4.3": WARN, "no-build-leftovers": FAIL}),
    Case("documentation", built({"usr/share/doc/x/copyright": b"x"}), {"no-build-leftovers": INFO, "4.3": PASS}),
    Case("a package that is not allowed", built(OWNED), {"4.3": FAIL}, policy=Policy(packages=frozenset({"lib*"}))),
    Case("packages that are allowed", built(OWNED), {"4.3": PASS}, policy=Policy(packages=frozenset({"ut*"}))),
    # 4.4
    Case("a date that builders make up", bare(built(), created="1970-01-01T00:00:00Z"), {"4.4": NONE}),
    Case("a date", built(), {"4.4": INFO}),
    Case("a release without updates", built({"etc/os-release": b'ID=debian\nVERSION_ID="8"\n'}), {"4.4": WARN}),
    # 4.6
    health("a health check", ["CMD", "/app"], PASS),
    health("HEALTHCHECK NONE", ["NONE"], FAIL),
    health("no health check", None, FAIL),
    health("an empty health check", [], FAIL),
    health("a health check whose program is missing", ["CMD", "/usr/bin/curl"], WARN),
    health("a health check that needs a shell", ["CMD-SHELL", "/app"], WARN),
    Case("a health check that the history does not tell of", bare(built()), {"4.6": PASS, "4.9": UNKNOWN}),
    Case(
        "a history that tells of a health check, and a config that does not",
        built(Healthcheck=None).step('HEALTHCHECK &{["CMD" "/app"]}'),
        {"4.6": FAIL},
    ),
    # 4.7
    updated("an update alone", WARN, "RUN /bin/sh -c apt-get update # buildkit"),
    updated("an update and an installation", PASS, "RUN /bin/sh -c apt-get update && apt-get install -y x # buildkit"),
    updated("yum update, which installs", PASS, "RUN /bin/sh -c yum -y update # buildkit"),
    updated("the word update in a text", PASS, 'RUN /bin/sh -c echo "apt-get update" > /hint # buildkit'),
    Case(
        "a layer with an index alone", built(INDEX, by="RUN /bin/sh -c true"), {"4.7": FAIL, "no-build-leftovers": FAIL}
    ),
    Case(
        "a layer with an index and what it installed",
        built({**INDEX, **DEBIAN}, by="RUN /bin/sh -c apt-get update && apt-get install -y util # buildkit"),
        {"4.7": PASS, "no-build-leftovers": FAIL},
    ),
    Case("no history", bare(built()), {"4.7": UNKNOWN, "4.9": UNKNOWN, "4.11": UNKNOWN, "4.8": PASS}),
    Case("no history, an index alone", bare(built(INDEX)), {"4.7": FAIL}),
    Case(
        "a history of another builder",
        ImageBuilder(settings=SETTINGS).layer(APP, created_by="bazel build //app:image"),
        {"4.7": UNKNOWN, "4.9": UNKNOWN, "4.8": PASS},
    ),
    # 4.8
    suid("SUID of no package", SU, FAIL),
    suid("SUID of no package, where a database is", {**OWNED, "bin/x": (0o4755, elf())}, FAIL),
    suid(
        "SUID as the distribution has it",
        {
            **debian(("mount", "1", {"/usr/bin/mount": elf()})),
            "etc/os-release": RELEASE,
            "usr/bin/mount": (0o4755, elf()),
        },
        WARN,
    ),
    suid("SUID on a package's file that has none", {**OWNED, "usr/bin/tool": (0o4755, elf())}, FAIL),
    suid("SUID on a shell", {"bin/bash": (0o4755, elf())}, FAIL),
    suid("SUID that a later layer deletes", SU, PASS, TarBuilder().whiteout("bin/su")),
    suid("SUID that a later layer takes away", SU, PASS, {"bin/su": (0o755, elf())}),
    suid("a SGID directory alone", TarBuilder().directory("var/mail", mode=0o2775), PASS),
    suid("SUID that is allowed", SU, PASS, policy=Policy(setuid=frozenset({"/bin/su"}))),
    suid(
        "a SUID shell that is allowed",
        {"bin/bash": (0o4755, elf())},
        FAIL,
        policy=Policy(setuid=frozenset({"/bin/bash"})),
    ),
    suid("the analyzer did not run", SU, UNKNOWN, skip=("setuid",)),
    # 4.9
    added("ADD of a root filesystem alone", PASS),
    added("ADD of a file", FAIL, "ADD conf /etc/app/ # buildkit"),
    added("COPY", PASS, "COPY conf /etc/app/ # buildkit"),
    added("ADD of an archive", INFO, "ADD app.tar.gz /srv/ # buildkit"),
    added("ADD of a URL", WARN, "ADD https://example.test/x /srv/x # buildkit"),
    added(
        "ADD of a URL with a checksum", INFO, f"ADD --checksum=sha256:{64 * 'a'} https://example.test/x /x # buildkit"
    ),
    added("ADD as a part of a word", PASS, "RUN |1 MAC_ADDRESS=0 /bin/sh -c echo ADD x y # buildkit"),
    Case(
        "ADD of a label's text before the root filesystem's",
        ImageBuilder(settings=SETTINGS).step("LABEL a=ADD").layer(APP, created_by=ROOTFS).step('CMD ["sh"]'),
        {"4.9": PASS},
    ),
    Case(
        "ADD in the trusted base",
        ImageBuilder(settings=SETTINGS).layer(APP, created_by="ADD x /srv/ # buildkit").layer(SSHD, created_by=COPY),
        {"4.9": PASS},
        policy=Policy(trusted_bases=(BASE,)),
    ),
    # 4.10
    Case("secrets were not looked for", built(), {"4.10": UNKNOWN, "no-secrets": UNKNOWN}, skip=("secrets",)),
    Case("no secret", built(Env=["PASSWORD_FILE=/run/secrets/x", "TOKEN_PATH=/x"]), {"4.10": PASS}, secrets=True),
    Case(
        "a secret in a variable", built(Env=[f"GITHUB_TOKEN={KEY}"]), {"4.10": FAIL, "no-secrets": FAIL}, secrets=True
    ),
    Case("a secret in the history", built().step(f"ENV GITHUB_TOKEN={KEY}"), {"4.10": FAIL}, secrets=True),
    Case(
        "a secret in a deleted file",
        built({"srv/token": f"token={KEY}\n".encode()}, TarBuilder().whiteout("srv/token")),
        {"4.10": FAIL},
        secrets=True,
    ),
    Case("a password by its name", built(Env=["DB_PASSWORD=correct-horse-7"]), {"4.10": WARN}, secrets=True),
    Case("no secret, no history", bare(built()), {"4.10": UNKNOWN}, secrets=True),
    # 4.11 and files
    Case(
        "a package manager that takes anything",
        built({"etc/apt/sources.list": b"deb [trusted=yes] http://example.test/ stable main\n"}),
        {"4.11": FAIL},
    ),
    Case("curl into sh", lines("RUN /bin/sh -c curl -s https://example.test/x | sh # buildkit"), {"4.11": WARN}),
    Case(
        "a file that is not its package's",
        built(OWNED, {"usr/bin/mount": elf() + b"!"}),
        {"4.11": FAIL, "file-integrity": FAIL},
    ),
    Case("files that are their package's", built(OWNED), {"4.11": NONE, "file-integrity": PASS}),
    # 5.4, 5.6, 5.7
    Case(
        "a capability outside the default set",
        built(TarBuilder().file("bin/tool", elf(), xattrs={"security.capability": NET_RAW}, mode=0o755)),
        {"5.4": NONE, "5.26": NONE},
    ),
    Case("VOLUME /proc", built(Volumes={"/proc": {}}), {"5.6": WARN}),
    Case("VOLUME of data", built(Volumes={"/data": {}}), {"5.6": NONE}),
    Case(
        "the socket of the engine as a volume", built(Volumes={"/var/run/docker.sock": {}}), {"5.6": WARN, "5.32": NONE}
    ),
    Case("sshd is there", built(SSHD), {"5.7": WARN}),
    Case("sshd is started", built(SSHD, Cmd=["/usr/sbin/sshd", "-D"]), {"5.7": FAIL}),
    Case(
        "a script starts sshd",
        built(
            {**SSHD, "bin/sh": SHELL, "start.sh": (0o755, b"#!/bin/sh\n/usr/sbin/sshd\nexec /app\n")}, Cmd=["/start.sh"]
        ),
        {"5.7": FAIL},
    ),
    Case("port 22 and no sshd", built(ExposedPorts={"22/tcp": {}}), {"5.7": WARN, "5.8": WARN}),
    # 5.8, 5.9
    ports(NONE),
    ports(WARN, "1023/tcp"),
    ports(NONE, "1024/tcp"),
    ports(WARN, "1000-2000/udp"),
    ports(NONE, "8000-8010"),
    ports(NONE, "8080/tcp", allowed={"8080"}, needed=PASS),
    ports(NONE, "8080/tcp", allowed={"8000-8100/tcp"}, needed=PASS),
    ports(NONE, "8080/udp", allowed={"8080/tcp"}, needed=FAIL),
    ports(NONE, "9000-9002", allowed={"9000-9001"}, needed=FAIL),
    ports(NONE, "http", allowed={"80"}, needed=FAIL),
    ports(NONE, allowed=set(), needed=PASS),
    # What is writable
    Case(
        "a directory that everyone may write to",
        built(TarBuilder().directory("srv/all", mode=0o777)),
        {"no-writable-directories": FAIL},
    ),
    Case(
        "a directory with the sticky bit",
        built(TarBuilder().directory("tmp", mode=0o1777)),
        {"no-writable-directories": PASS},
    ),
    Case(
        "the user may write to programs",
        built(TarBuilder().file("usr/bin/x", elf(), mode=0o755, uid=999)),
        {"no-writable-directories": FAIL},
    ),
    Case("root may write everywhere", built(User="root"), {"no-writable-directories": WARN}),
]


def controls_of(case: Case, path: Any) -> dict[str, Control]:
    """Scan a case; a control by its number or word."""
    data = case.image if isinstance(case.image, bytes) else case.image.docker_archive()
    skip = case.skip if case.secrets or "secrets" in case.skip else (*case.skip, "secrets")
    chosen = ("all", "secrets") if case.secrets else None
    options = ScanOptions(policy=case.policy, skip=skip, analyzers=chosen)
    report = scan(save(path / "image.tar", data), options)
    return {control.id: control for control in report.controls}


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_the_controls_come_to_what_is_true(case: Case, tmp_path: Any) -> None:
    found = controls_of(case, tmp_path)

    assert {name: found[name].status for name in case.truth} == case.truth, [found[name].reason for name in case.truth]
    assert {name: control.status for name, control in found.items() if control.status not in GIVES[name]} == {}


def test_names_of_cases_differ() -> None:
    assert len({case.name for case in CASES}) == len(CASES) > 90
