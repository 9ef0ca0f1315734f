"""Builds by buildah, without root privileges over devices and without any network: where it can run at all."""

from __future__ import annotations

import os
import shutil
import subprocess
from functools import cache
from pathlib import Path

WITHOUT_NETWORK = ("unshare", "-n")
# Layers as folders and RUN by chroot: neither asks for a kernel's overlay or for a runtime.
_OPTIONS = ("--storage-driver", "vfs")


@cache
def unusable() -> str:
    """Return why nothing can be built here, empty where it can."""
    missing = [name for name in ("buildah", "unshare", "chroot") if shutil.which(name) is None]
    if missing:
        return f"{', '.join(missing)} not installed"
    if os.geteuid():
        return "needs root: RUN by chroot, files of other owners"
    done = subprocess.run([*WITHOUT_NETWORK, "true"], capture_output=True, check=False)
    return "" if done.returncode == 0 else "no network namespace can be made here"


class Buildah:
    """One store of images below a folder."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._store = (*_OPTIONS, "--root", str(folder / "root"), "--runroot", str(folder / "run"))

    @property
    def command(self) -> tuple[str, ...]:
        """The command of buildah with its store, without network."""
        return (*WITHOUT_NETWORK, "buildah", *self._store)

    def run(self, *words: str) -> str:
        """Run a command of buildah without network and return what it says."""
        done = subprocess.run(
            [*self.command, *words],
            capture_output=True,
            text=True,
            check=False,
            timeout=600,
            cwd=self._folder,
        )
        assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-3000:]
        return done.stdout + done.stderr

    def build(self, dockerfile: str, name: str, context: Path | None = None, **arguments: str) -> str:
        """Build an image and return what the build says."""
        path = self._folder / "Dockerfile"
        path.write_text(dockerfile)
        given = [word for key, value in arguments.items() for word in ("--build-arg", f"{key}={value}")]
        # Of an image's own format, since OCI's has no HEALTHCHECK.
        options = ("--format", "docker", "--isolation", "chroot", "--pull-never", *given)
        return self.run("bud", *options, "-f", str(path), "-t", name, str(context or self._folder))

    def save(self, name: str, tag: str = "app:1") -> Path:
        """Return the image as an archive, under one name whatever it was built as."""
        path = self._folder / f"{name.rpartition('/')[2]}.tar"
        path.unlink(missing_ok=True)
        self.run("push", "-q", name, f"docker-archive:{path}:{tag}")
        return path

    def started(self, name: str, *words: str, user: int = 10001, data: bytes = b"") -> str:
        """Run a command in the root filesystem of an image and return what it prints."""
        container = self.run("from", "--pull-never", name).split()[-1]
        root = self.run("mount", container).split()[-1]
        command = ["chroot", f"--userspec={user}:{user}", root, *words]
        environment = {"PATH": "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"}
        try:
            done = subprocess.run(command, env=environment, input=data, capture_output=True, check=False, timeout=60)
        finally:
            self.run("rm", container)
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout.decode()
