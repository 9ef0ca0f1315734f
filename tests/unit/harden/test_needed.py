"""What the start of a container needs: its programs, what these need, and nothing else."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from imgscan.harden.needed import OBSERVERS, Needed, needed_by_start
from imgscan.image import open_image
from imgscan.shell.called import MAX_BYTES
from imgscan.testing import ImageBuilder, TarBuilder, elf, program
from imgscan.testing.packages import debian

LOADER = "/lib64/ld-linux-x86-64.so.2"
CACHES = {"needed": ["libc.so.6"], "interpreter": LOADER}


def root() -> TarBuilder:
    """Return a root whose libraries are where those of a merged /usr are."""
    tar = TarBuilder().symlink("lib64", "usr/lib64").symlink("lib", "usr/lib").symlink("bin", "usr/bin")
    tar.file("usr/lib64/ld-linux-x86-64.so.2", elf(soname="ld-linux-x86-64.so.2"), mode=0o755)
    tar.file("usr/lib64/libc.so.6", elf(soname="libc.so.6"), mode=0o755)
    tar.file("usr/lib64/liba.so.1.2", elf(soname="liba.so.1", needed=["libb.so.2", "libc.so.6"]))
    tar.symlink("usr/lib64/liba.so.1", "liba.so.1.2").file("usr/lib64/libb.so.2", elf(soname="libb.so.2"))
    tar.file("usr/lib64/libnss_dns.so.2", elf(soname="libnss_dns.so.2", needed=["libc.so.6"]))
    tar.file("usr/lib64/libunused.so.1", elf(soname="libunused.so.1"))
    tar.file("usr/bin/dash", program(**CACHES), mode=0o755).symlink("usr/bin/sh", "dash")
    tar.file("usr/bin/cat", program(build_id=b"\x05", **CACHES), mode=0o755)
    tar.file("usr/bin/unused", program(build_id=b"\x06", **CACHES), mode=0o755)
    tar.file("etc/passwd", b"root:x:0:0::/:/bin/sh\n").file("etc/shadow", b"root:*:1::::::\n", mode=0o640)
    return tar


def needed(folder: Path, tar: TarBuilder, *also: str, **settings: Any) -> Needed | None:
    path = folder / "image.tar"
    path.write_bytes(ImageBuilder(settings=settings).layer(tar.build()).docker_archive())
    with open_image(path, observers=OBSERVERS) as image:
        files = image.filesystem()
        return needed_by_start(files.view, lambda name: files.open(f"/{name}").read(MAX_BYTES), also)


def paths(folder: Path, tar: TarBuilder, *also: str, **settings: Any) -> set[str]:
    result = needed(folder, tar, *also, **settings)
    assert result is not None
    return set(result.files.values())


LIBC = {"/usr/lib64/ld-linux-x86-64.so.2", "/usr/lib64/libc.so.6", "/usr/lib64/libnss_dns.so.2", "/etc/passwd"}


def test_a_program_needs_its_loader_and_libraries_all_the_way(tmp_path: Path) -> None:
    app = program(needed=["liba.so.1", "libc.so.6"], interpreter=LOADER)
    tar = root().file("srv/app", app, mode=0o755)

    result = needed(tmp_path, tar, Entrypoint=["/srv/app"])

    assert result is not None
    assert set(result.files.values()) == {*LIBC, "/srv/app", "/usr/lib64/liba.so.1.2", "/usr/lib64/libb.so.2"}
    assert result.links == {"/lib64": "usr/lib64", "/usr/lib64/liba.so.1": "liba.so.1.2"}
    assert result.start == "/srv/app"
    assert result.folders == ()


def test_a_script_needs_its_interpreter_and_what_it_calls(tmp_path: Path) -> None:
    text = b'#!/bin/sh\nset -e\nif [ -f /etc/x ]; then cat /etc/settings; fi\n. /srv/lib.sh\nexec "$@"\n'
    tar = root().file("entry.sh", text, mode=0o755).file("etc/settings", b"x").file("srv/lib.sh", b"x=1\n")

    found = paths(tmp_path, tar, Entrypoint=["/entry.sh"], Cmd=["echo"])

    assert found == {*LIBC, "/entry.sh", "/usr/bin/dash", "/usr/bin/cat", "/etc/settings", "/srv/lib.sh"}


def test_an_entrypoint_runs_the_command(tmp_path: Path) -> None:
    tar = root().file("entry", program(build_id=b"\x09", **CACHES), mode=0o755)

    assert "/usr/bin/cat" in paths(tmp_path, tar, Entrypoint=["/entry"], Cmd=["cat", "/etc/passwd"])
    assert "/usr/bin/cat" not in paths(tmp_path, tar, Entrypoint=["/entry"])


def test_a_shell_form_needs_a_shell(tmp_path: Path) -> None:
    found = paths(tmp_path, root(), Cmd=["/bin/sh", "-c", "FOO=1 cat /etc/passwd | unknown"])

    assert found == {*LIBC, "/usr/bin/dash", "/usr/bin/cat"}


def test_a_health_check_is_needed_too(tmp_path: Path) -> None:
    found = paths(tmp_path, root(), Cmd=["sh"], Healthcheck={"Test": ["CMD", "cat", "/etc/passwd"]})

    assert "/usr/bin/cat" in found


def test_what_is_asked_for_besides_is_needed_too(tmp_path: Path) -> None:
    assert "/usr/bin/cat" in paths(tmp_path, root(), "/bin/cat", "", Cmd=["sh"])


@pytest.mark.parametrize("settings", [{}, {"Entrypoint": ["/gone"]}, {"Cmd": ["gone"]}, {"Cmd": ["$APP"]}])
def test_a_container_that_starts_nothing_needs_nothing(tmp_path: Path, settings: dict[str, Any]) -> None:
    assert needed(tmp_path, root(), **settings) is None


def python(tar: TarBuilder) -> TarBuilder:
    tar.file("usr/bin/python3.11", program(build_id=b"\x07", **CACHES), mode=0o755)
    tar.symlink("usr/bin/python3", "python3.11").file("usr/lib/python3.11/os.py", b"x=1\n")
    tar.file("usr/lib/python3.11/lib-dynload/_b.so", elf(soname="_b.so", needed=["libb.so.2"]))
    tar.file("usr/lib/python3.9/os.py", b"x=1\n").file("usr/lib/python3/dist-packages/x.py", b"x=1\n")
    tar.symlink("usr/lib/python3.11/sitecustomize.py", "/etc/python3.11/sitecustomize.py")
    return tar.file("etc/python3.11/sitecustomize.py", b"x=1\n")


def test_an_interpreter_needs_its_library_and_a_script_its_folder(tmp_path: Path) -> None:
    tar = python(root()).file("srv/app/app.py", b"import os\n").file("srv/app/other.py", b"x=1\n")

    result = needed(tmp_path, tar, Cmd=["python3", "/srv/app/app.py"])

    assert result is not None
    assert result.folders == ("/srv/app", "/usr/lib/python3", "/usr/lib/python3.11")
    assert {"/usr/lib64/libb.so.2", "/etc/python3.11/sitecustomize.py"} <= set(result.files.values())
    assert result.links["/usr/bin/python3"] == "python3.11"
    assert result.has("/usr/lib/python3.11/os.py")
    assert not result.has("/usr/lib/python3.9/os.py")


def test_a_virtual_environment_comes_whole(tmp_path: Path) -> None:
    tar = python(root()).file("opt/venv/pyvenv.cfg", b"home = /usr/bin\n").file("opt/venv/lib/x.py", b"x=1\n")
    tar.symlink("opt/venv/bin/python", "/usr/bin/python3")

    result = needed(tmp_path, tar, Cmd=["/opt/venv/bin/python"])

    assert result is not None
    assert "/opt/venv" in result.folders


def test_a_runtime_comes_with_its_home(tmp_path: Path) -> None:
    tar = root().file("usr/lib/jvm/17/bin/java", program(build_id=b"\x08", **CACHES), mode=0o755)
    tar.file("usr/lib/jvm/17/lib/modules", b"x").symlink("usr/bin/java", "/usr/lib/jvm/17/bin/java")

    result = needed(tmp_path, tar.file("app.jar", b"PK"), Cmd=["java", "-jar", "/app.jar"])

    assert result is not None
    assert result.folders == ("/usr/lib/jvm/17",)
    assert {"/usr/bin/java", "/app.jar"} <= result.paths


def test_a_daemon_comes_with_its_settings(tmp_path: Path) -> None:
    tar = root().file("usr/sbin/nginx", program(build_id=b"\x0a", **CACHES), mode=0o755)
    tar.file("etc/nginx/nginx.conf", b"x").file("etc/other/x.conf", b"x").file("srv/a.conf", b"x")

    result = needed(tmp_path, tar, Cmd=["nginx", "--conf=/srv/a.conf"])

    assert result is not None
    assert "/etc/nginx" in result.folders
    assert not result.has("/etc/other/x.conf")
    assert result.has("/srv/a.conf")


def test_the_working_directory_comes_unless_it_is_the_systems(tmp_path: Path) -> None:
    tar = root().file("srv/app/data.txt", b"x").file("usr/share/x.txt", b"x")

    for folder, expected in (("/srv/app", ("/srv/app",)), ("/usr/share", ()), ("/", ()), ("/gone", ())):
        result = needed(tmp_path, tar, Cmd=["sh"], WorkingDir=folder)
        assert result is not None
        assert result.folders == expected


def test_certificates_come_along_and_private_keys_do_not(tmp_path: Path) -> None:
    tar = root().file("usr/share/ca-certificates/a.crt", b"x").symlink("etc/ssl/certs/a.pem", "/etc/ssl/x/a.crt")
    tar.file("etc/ssl/x/a.crt", b"x").file("etc/ssl/private/key.pem", b"x", mode=0o600)
    tar.symlink("usr/lib/ssl/certs", "/etc/ssl/certs").symlink("usr/lib/ssl/private", "/etc/ssl/private")

    result = needed(tmp_path, tar, Cmd=["sh"])

    assert result is not None
    assert result.folders == ("/etc/ssl/certs", "/usr/share/ca-certificates")
    assert result.links["/usr/lib/ssl/certs"] == "/etc/ssl/certs"
    assert result.has("/etc/ssl/x/a.crt")
    assert not result.has("/etc/ssl/private/key.pem")


def test_packages_of_what_is_needed_are_named(tmp_path: Path) -> None:
    files = {"dash": {"/bin/sh": b"", "/usr/bin/dash": b""}, "unused": {"/usr/bin/unused": b""}}
    tar = root()
    for name, data in debian(*((package, "1", content) for package, content in files.items())).items():
        tar.file(name, data)

    result = needed(tmp_path, tar, Cmd=["sh"])

    assert result is not None
    assert result.packages == {"dash"}


def test_links_in_a_loop_end(tmp_path: Path) -> None:
    tar = root().symlink("srv/a", "b").symlink("srv/b", "a").symlink("srv/up", "../../../../etc/passwd")

    result = needed(tmp_path, tar, "/srv/a", "/srv/up", Cmd=["sh"])

    assert result is not None
    assert result.files["/srv/up"] == "/etc/passwd"
    assert "/srv/a" not in result.files
