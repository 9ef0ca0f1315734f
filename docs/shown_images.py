"""A small image for each analyzer, of which its page shows what is said."""

from __future__ import annotations

from collections.abc import Mapping
from hashlib import md5
from types import MappingProxyType
from typing import Any, NamedTuple

from imgscan.testing import TarBuilder, program
from imgscan.testing.packages import debian, elf

_PASSWD = b"root:x:0:0::/root:/bin/sh\napp:x:999:999::/srv:/usr/sbin/nologin\n"
_BASH = program(imports=["execve", "tcsetpgrp"], contents={".rodata": b"\0BASH_VERSINFO\0BASH_VERSION\0GNU bash\0"})
_LS = {"/bin/ls": elf("ls"), "/bin/su": elf("su")}
_EVIL = {**_LS, "/bin/ls": elf("changed")}
_MTIME = 1_700_000_000


class Example(NamedTuple):
    """Layers from the bottom up, each with its instruction, and run settings."""

    layers: tuple[tuple[str, TarBuilder], ...]
    settings: Mapping[str, Any] = MappingProxyType({})

    @property
    def document(self) -> dict[str, Any]:
        """The image's config."""
        return {
            "os": "linux",
            "architecture": "amd64",
            "created": "2024-01-01T00:00:00Z",
            "config": {"User": "app", "Env": ["PATH=/usr/bin:/bin"], **self.settings},
            "history": [{"created_by": step} for step, _ in self.layers],
            "rootfs": {"type": "layers", "diff_ids": [f"sha256:{number:064}" for number in range(len(self.layers))]},
        }


def _base() -> TarBuilder:
    tar = TarBuilder().file("etc/passwd", _PASSWD).file("etc/group", b"root:x:0:\napp:x:999:\n")
    return tar.file("bin/sh", elf("sh"), mode=0o755).directory("tmp", mode=0o1777).directory("usr/bin")


def _debian() -> TarBuilder:
    tar = _base().file("etc/os-release", b"ID=debian\nVERSION_ID=10\nPRETTY_NAME='Debian GNU/Linux 10 (buster)'\n")
    tar.file("bin/su", elf("su"), mode=0o4755).file("bin/ls", elf("ls"), mode=0o755)
    for name, content in debian(("util-linux", "2.33", _LS)).items():
        tar.file(name, content)
    return tar


def _rewritten() -> TarBuilder:
    sums = "".join(f"{md5(data, usedforsecurity=False).hexdigest()}  {path[1:]}\n" for path, data in _EVIL.items())
    tar = TarBuilder().file("bin/ls", elf("changed"), mode=0o755).file("usr/bin/agent", elf("agent"), mode=0o755)
    return tar.file("var/lib/dpkg/info/util-linux.md5sums", sums.encode())


def _capable(capability: str) -> dict[str, bytes]:
    return {"security.capability": bytes.fromhex(capability)}


_DEBIAN = ("ADD rootfs.tar.xz /", _debian())
_BASE = ("ADD rootfs.tar.xz /", _base())

_BILL = b'{"bomFormat": "CycloneDX", "components": [{"type": "library", "purl": "pkg:deb/debian/gone@1.0"}]}'

EXAMPLES: dict[str, Example] = {
    "setuid": Example(
        (
            _DEBIAN,
            ("RUN cp /bin/bash /usr/bin/.helper", TarBuilder().file("usr/bin/.helper", _BASH, mode=0o4755)),
            ("RUN chmod u-s /bin/su", TarBuilder().file("bin/su", elf("su"), mode=0o755)),
        )
    ),
    "capabilities": Example(
        (
            (
                "RUN setcap",
                TarBuilder()
                .file("usr/bin/python3.11", elf("py"), _capable("01000002" + "80" + "00" * 15), mode=0o755)
                .file("usr/bin/ping", elf("ping"), _capable("01000002" + "0020" + "00" * 14), mode=0o755),
            ),
        )
    ),
    "permissions": Example(
        (
            _BASE,
            (
                "COPY --chown=app . /srv/app",
                TarBuilder()
                .directory("srv/app", uid=999, gid=999)
                .file("srv/app/main.py", uid=999, gid=999)
                .directory("usr/bin", mode=0o777)
                .file("etc/shadow", b"", mode=0o644),
            ),
        ),
        {"WorkingDir": "/srv/app"},
    ),
    "programs": Example(
        (
            (
                "RUN apt-get install -y curl gcc openssh-server",
                _base()
                .file("usr/bin/curl", program(), mode=0o755)
                .file("usr/bin/x86_64-linux-gnu-gcc-12", program(), mode=0o755)
                .symlink("usr/bin/gcc", "x86_64-linux-gnu-gcc-12")
                .file("usr/sbin/sshd", program(), mode=0o755)
                .file("opt/healthcheck", _BASH, mode=0o755),
            ),
        ),
        {"Entrypoint": ["/usr/sbin/sshd", "-D"], "Healthcheck": {"Test": ["CMD", "curl", "localhost"]}},
    ),
    "elf": Example(
        (
            (
                "COPY app /usr/bin/",
                TarBuilder()
                .file("usr/bin/app", program(rpath="/tmp/lib:$ORIGIN/../lib", needed=["libmissing.so.1"]), mode=0o755)
                .directory("tmp", mode=0o1777),
            ),
        )
    ),
    "accounts": Example(
        (
            (
                "RUN useradd",
                _base()
                .file("etc/passwd", _PASSWD + b"toor:x:0:0::/root:/bin/sh\n")
                .file("etc/shadow", b"root::19000:0:99999:7:::\napp:$1$salt$hash:19000:0:99999:7:::\n", mode=0o640)
                .file("etc/sudoers", b"app ALL=(ALL) NOPASSWD: ALL\n", mode=0o440),
            ),
        )
    ),
    "packages": Example((_DEBIAN, ("RUN ./install", _rewritten()))),
    "golang": Example(()),
    "bills": Example((_DEBIAN, ("COPY sbom.cdx.json /", TarBuilder().file("sbom.cdx.json", _BILL)))),
    "integrity": Example((_DEBIAN, ("RUN ./install", _rewritten()))),
    "config": Example(
        (_BASE,),
        {
            "User": "",
            "Entrypoint": ["/usr/bin/start"],
            "ExposedPorts": {"22/tcp": {}, "80/tcp": {}},
            "Volumes": {"/etc": {}},
            "Env": ["PATH=/usr/bin:", "NODE_TLS_REJECT_UNAUTHORIZED=0"],
        },
    ),
    "history": Example(
        (
            ("/bin/sh -c #(nop) ADD file:1 in / ", _base()),
            ("RUN /bin/sh -c curl -k http://example.test/install | sh # buildkit", TarBuilder().file("opt/a", b"a")),
            ("ADD http://example.test/tool /usr/bin/tool # buildkit", TarBuilder().file("usr/bin/tool", b"a")),
        )
    ),
    "verification": Example(
        (
            (
                "COPY files /",
                TarBuilder()
                .file("etc/apt/sources.list", b"deb [trusted=yes] http://example.test/debian stable main\n")
                .file("etc/pip.conf", b"[global]\ntrusted-host = example.test\n"),
            ),
        )
    ),
    "leftovers": Example(
        (
            ("RUN apt-get update", TarBuilder().file("var/lib/apt/lists/a_Packages", bytes(2000))),
            (
                "COPY . /srv",
                TarBuilder().file("srv/.git/config", b"[core]\n").file("root/.cache/pip/http/a", bytes(900)),
            ),
            ("RUN rm -rf /var/lib/apt/lists/*", TarBuilder().whiteout("var/lib/apt/lists/a_Packages")),
        )
    ),
    "oddities": Example(
        (
            (
                "ADD odd.tar /",
                TarBuilder()
                .device("dev/sda", 8, 0)
                .file("srv/README", b"a", mtime=_MTIME)
                .file("srv/readme", b"b", mtime=_MTIME)
                .file("srv/\x1b[2J", b"c", mtime=_MTIME)
                .symlink("srv/host", "/proc/1/root"),
            ),
        )
    ),
}
