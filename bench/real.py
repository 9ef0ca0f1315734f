"""A real image: Debian from debootstrap and apt, then popular wheels from PyPI, one layer a step.

Every step changes one unpacked root. What it changed is found by comparing two snapshots of the root, and
GNU tar writes it as the step's layer, with whiteouts for what the step removed. Layers, snapshot and root
stay in the work directory, so that an interrupted build goes on at the step where it stopped.
"""

import json
import os
import platform
import shutil
import stat
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path, PurePosixPath

from archive import ArchiveFormat, Compression, open_archive
from recipe import STEPS, SUITE, Step, StepKind

NEEDED_PROGRAMS = ("debootstrap", "tar", "chroot", "unshare", "mount")
# The host's own files, which debootstrap copies in.
_NOT_IN_IMAGE = frozenset({"etc/resolv.conf", "etc/hostname"})
_ENVIRONMENT = {
    "PATH": "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
    "DEBIAN_FRONTEND": "noninteractive",
    "LC_ALL": "C.UTF-8",
    "HOME": "/root",
}
_ENTER = 'mount -t proc proc "$1/proc" && mount -t devpts devpts "$1/dev/pts" && exec chroot "$1" /bin/sh -ec "$2"'
_CREATED = "2023-11-14T22:13:20Z"

# Path relative to the root, and what a layer says of it; equal values mean "not changed".
Snapshot = dict[str, list[object]]


class BuildError(Exception):
    """The image cannot be built here; the message is one line."""


@dataclass(frozen=True, slots=True)
class BuiltLayer:
    """One layer in the work directory; ``command`` is the step's, ``entries`` counts tar members."""

    command: str
    entries: int


def check_requirements() -> None:
    """Raise BuildError where root or a program is missing."""
    if os.geteuid() != 0:
        raise BuildError("the real image needs root: debootstrap and chroot do not work without")
    if missing := [name for name in NEEDED_PROGRAMS if shutil.which(name) is None]:
        raise BuildError("the real image needs these programs, not found here: " + ", ".join(missing))


def build_layers(work: Path, steps: Sequence[Step] = STEPS) -> list[BuiltLayer]:
    """Return the layers of ``steps``, having built those that ``work`` does not hold yet."""
    check_requirements()
    work.mkdir(parents=True, exist_ok=True)
    done = _read_state(work, steps)
    for number in range(len(done), len(steps)):
        print(f"step {number + 1} of {len(steps)}: {steps[number].command[:90]}", file=sys.stderr)
        done.append(_build_layer(work, steps[number], number))
        _replace_text(work / "state.json", json.dumps([asdict(layer) for layer in done]))
    return done


def write_image(
    work: Path, output: Path, form: ArchiveFormat, compression: Compression, steps: Sequence[Step] = STEPS
) -> int:
    """Write the layers of ``work`` as one image and return its uncompressed bytes."""
    with open_archive(output, form, compression) as archive:
        for number in range(len(steps)):
            archive.add_layer(_chunks(_layer_path(work, number)))
        history = [{"created": _CREATED, "created_by": step.command} for step in steps]
        archive.finish(_config(), history, "imgscan-bench/real:latest")
    return sum(layer.uncompressed_bytes for layer in archive.layers)


def _config() -> dict[str, object]:
    settings = {
        "Env": [f"PATH={_ENVIRONMENT['PATH']}", "PYTHONPATH=/opt/web:/opt/science", "APP_ENV=production"],
        "Cmd": ["python3", "-m", "app"],
        "ExposedPorts": {"22/tcp": {}, "8000/tcp": {}},
        "WorkingDir": "/srv/app",
    }
    machine = platform.machine()
    architecture = {"x86_64": "amd64", "aarch64": "arm64"}.get(machine, machine)
    return {"created": _CREATED, "architecture": architecture, "os": "linux", "config": settings}


def _read_state(work: Path, steps: Sequence[Step]) -> list[BuiltLayer]:
    path = work / "state.json"
    done = [BuiltLayer(**item) for item in json.loads(path.read_text())] if path.exists() else []
    if [layer.command for layer in done] != [step.command for step in steps[: len(done)]]:
        raise BuildError("the work directory was built from another recipe: remove it, or name another")
    return done


def _build_layer(work: Path, step: Step, number: int) -> BuiltLayer:
    root, stored = work / "root", work / "snapshot.json"
    # From the file, not from the root: a step that was interrupted has changed the root already.
    before: Snapshot = json.loads(stored.read_text()) if number else {}
    _run_step(step, root)
    after = take_snapshot(root)
    changed = [path for path, value in after.items() if before.get(path) != value]
    whiteouts = list(find_whiteouts(before, after))
    _write_layer(work, changed, whiteouts, _layer_path(work, number))
    _replace_text(stored, json.dumps(after))
    return BuiltLayer(step.command, len(changed) + len(whiteouts))


def _run_step(step: Step, root: Path) -> None:
    match step.kind:
        case StepKind.DEBOOTSTRAP:
            _debootstrap(root)
        case StepKind.SHELL:
            proxies = {name: value for name, value in os.environ.items() if name.lower().endswith("_proxy")}
            private = ["unshare", "--mount", "--propagation", "private", "/bin/sh", "-ec", _ENTER, "sh"]
            _run([*private, str(root), step.command], {**proxies, **_ENVIRONMENT})
        case StepKind.PIP:
            pip = [sys.executable, "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
            chosen = ["--only-binary=:all:", "--python-version=3.11", "--implementation=cp"]
            target = f"--target={root}{step.target}"
            _run([*pip, "--root-user-action=ignore", *chosen, target, *step.packages])


def _debootstrap(root: Path) -> None:
    """Fill ``root``, from the default mirror or, where that fails, from the one apt is set to here."""
    command = ["debootstrap", "--variant=minbase", SUITE, str(root)]
    mirrors: list[list[str]] = [[], *([mirror] for mirror in _apt_mirrors())]
    for mirror in mirrors:
        shutil.rmtree(root, ignore_errors=True)
        if subprocess.run([*command, *mirror], stdout=subprocess.DEVNULL, check=False).returncode == 0:
            break
    else:
        raise BuildError(f"debootstrap of {SUITE} failed with its default mirror and with apt's")
    policy = root / "usr/sbin/policy-rc.d"  # packages are not to start their daemons here
    policy.write_text("#!/bin/sh\nexit 101\n")
    policy.chmod(0o755)


def _apt_mirrors() -> list[str]:
    """Return the archives that apt is set to on this machine and that could hold the suite."""
    if shutil.which("apt-get") is None:
        return []
    command = ["apt-get", "indextargets", "--format", "$(REPO_URI)", "Created-By: Packages"]
    listed = subprocess.run(command, capture_output=True, text=True, check=False).stdout.split()
    return [uri for uri in dict.fromkeys(listed) if "security" not in uri]


def take_snapshot(root: Path) -> Snapshot:
    """Return every path under ``root``, in order, with what would make it part of a layer."""
    snapshot: Snapshot = {}
    pending = [str(root)]
    prefix = len(str(root)) + 1
    while pending:
        with os.scandir(pending.pop()) as children:
            for child in children:
                path, status = child.path[prefix:], child.stat(follow_symlinks=False)
                if path in _NOT_IN_IMAGE:
                    continue
                snapshot[path] = _describe(child, status)
                if stat.S_ISDIR(status.st_mode):
                    pending.append(child.path)
    return dict(sorted(snapshot.items()))


def _describe(child: os.DirEntry[str], status: os.stat_result) -> list[object]:
    common: list[object] = [status.st_mode, status.st_uid, status.st_gid, status.st_mtime_ns]
    if stat.S_ISDIR(status.st_mode):
        return common
    target = os.readlink(child.path) if child.is_symlink() else ""
    # ctime shows what mtime does not: a file capability that was set, a name that was linked.
    return [*common, status.st_size, status.st_ino, status.st_rdev, status.st_ctime_ns, target]


def find_whiteouts(before: Mapping[str, object], after: Mapping[str, object]) -> Iterator[str]:
    """Yield the whiteout of every path that is gone, but not of what lay below a directory that is gone."""
    for path in before:
        parent = PurePosixPath(path).parent
        if path not in after and (parent == PurePosixPath() or str(parent) in after):
            yield str(parent / f".wh.{PurePosixPath(path).name}")


def _write_layer(work: Path, changed: Sequence[str], whiteouts: Sequence[str], layer: Path) -> None:
    """Write a layer tar: ``changed`` from the root, ``whiteouts`` from a directory of empty files."""
    scratch = work / "whiteouts"
    shutil.rmtree(scratch, ignore_errors=True)
    for path in whiteouts:
        (scratch / path).parent.mkdir(parents=True, exist_ok=True)
        (scratch / path).touch()
    # Without these records every header would be three blocks: image builders write whole seconds.
    times = "--pax-option=delete=atime,delete=ctime,delete=mtime"
    xattrs = ["--xattrs", "--xattrs-include=*"]
    partial = layer.with_suffix(".partial")
    tar = ["tar", "--format=pax", times, *xattrs, "--numeric-owner", "--no-recursion", f"--file={partial}"]
    names = ["--null", "--verbatim-files-from", "--files-from=-"]
    _run([*tar, "--create", f"--directory={work / 'root'}", *names], names=changed)
    if whiteouts:
        _run([*tar, "--append", f"--directory={scratch}", *names], names=whiteouts)
    os.replace(partial, layer)


def _run(command: list[str], env: Mapping[str, str] | None = None, names: Sequence[str] = ()) -> None:
    """Run a program that gets ``names``, each ended by a zero byte, on its standard input."""
    given = b"".join(os.fsencode(name) + b"\0" for name in names)
    result = subprocess.run(command, env=env, input=given, stdout=subprocess.DEVNULL, check=False)
    if result.returncode:
        raise BuildError(f"{command[0]} failed with exit code {result.returncode}")


def _layer_path(work: Path, number: int) -> Path:
    return work / f"layer-{number}.tar"


def _replace_text(path: Path, text: str) -> None:
    partial = path.with_suffix(".partial")
    partial.write_text(text)
    os.replace(partial, path)


def _chunks(path: Path) -> Iterator[bytes]:
    with path.open("rb") as file:
        while chunk := file.read(1 << 20):
            yield chunk
