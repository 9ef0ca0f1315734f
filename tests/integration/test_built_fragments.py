"""What ``imgscan harden`` writes is built: what it answers is gone, nothing new came, and the container still starts.

Alpine is the sample image. The image of rpm packages is made by rpmbuild of this machine's programs. Debian's root is
debootstrap's: IMGSCAN_ROOTS names a folder where it is kept, and made when it is not there.
"""

from __future__ import annotations

import gzip
import os
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from imgscan.engine import scan
from imgscan.harden.hardening import harden_subject
from imgscan.harden.needed import OBSERVERS, Needed, needed_by_start
from imgscan.harden.plan import DIGITS, Form, Hardening
from imgscan.harden.settings import health_of
from imgscan.harden.subject import subject_of
from imgscan.harden.writers import hardening_writer
from imgscan.image import open_image
from imgscan.model.finding import Finding, State, fingerprint
from imgscan.model.items import PackageItem, read_items
from imgscan.model.remedy import Action
from imgscan.report.document import Report
from imgscan.report.writers import Style
from imgscan.shell.called import MAX_BYTES

from ..buildah import Buildah, unusable
from ..roots import debian_root, missing_for_debian, missing_for_rpm, rpm_root
from .support import ALPINE

pytestmark = [pytest.mark.slow, pytest.mark.skipif(bool(unusable()), reason=unusable() or "-")]

PLANTED = """
RUN mkdir -p /srv/app /etc/cron.d && chmod 777 /etc/cron.d && echo 'deploy:x:0:0::/root:/bin/sh' >> /etc/passwd \
 && touch /usr/bin/open && chmod 777 /usr/bin/open
COPY entrypoint.sh /entrypoint.sh
ENV DB_PASSWORD=hunter2trustno1
EXPOSE 8080 22
"""
ENTRYPOINT = '#!/bin/sh\nset -e\ntest -r /etc/os-release\nexec "$@"\n'
FORMS = tuple(Form)


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Buildah]:
    folder = with_entrypoint(tmp_path_factory.mktemp("buildah"))
    yield Buildah(folder)
    shutil.rmtree(folder, ignore_errors=True)


def with_entrypoint(folder: Path) -> Path:
    (folder / "entrypoint.sh").write_text(ENTRYPOINT)
    (folder / "entrypoint.sh").chmod(0o755)
    return folder


def remedy_of(archive: Path, report: Report, form: Form) -> Hardening:
    subject = subject_of(report)
    needed: Needed | None = None
    if form is Form.DISTROLESS:
        with open_image(archive, observers=OBSERVERS) as image:
            files = image.filesystem()
            called = health_of(subject).called
            needed = needed_by_start(files.view, lambda path: files.open(f"/{path}").read(MAX_BYTES), [called])
        assert needed is not None
    return harden_subject(subject, form, needed)


def seen(report: Report) -> dict[str, Finding]:
    """Return what is to be seen of an image, by fingerprint; what lower layers hide is another matter."""
    states = (State.VISIBLE, State.CONFIG)
    return {fingerprint(item)[:DIGITS]: item for item in report.findings if item.state in states}


def key_of(item: Finding) -> tuple[str, str]:
    """Return what a finding is about: of what is found at several paths the first may have gone."""
    if item.rule.startswith("leftovers."):
        return item.rule, ""
    secret = item.evidence.get("hash")
    return item.rule, str(secret) if item.rule.startswith("secrets.") else fingerprint(item)


def answered(hardening: Hardening) -> set[str]:
    """Return the findings that the build itself answers."""
    lines = [item.answers for item in hardening.commands]
    for setting in hardening.settings:
        if setting.active or hardening.form is not Form.FRAGMENT:
            lines.append(tuple(item for item in (setting.answers, *setting.also) if item is not None))
    stays = {item.answers for item in hardening.advice if item.stays}
    return {item.digits for line in lines for item in line if item not in stays}


def hold(store: Buildah, name: str, form: Form) -> tuple[Report, Report, Hardening]:
    """Build the remedy of an image, hold that it helps, and return the reports before and after."""
    archive = store.save(name)
    before = scan(archive)
    hardening = remedy_of(archive, before, form)
    text = hardening_writer("dockerfile")(hardening, Style()).decode()
    if form is Form.FRAGMENT:
        text = f"FROM {name}\n{text}"
    log = store.build(text, f"{name}-{form}", IMAGE=name)
    after = scan(store.save(f"{name}-{form}"))

    left = {key: item for key, item in seen(after).items() if key in answered(hardening)}
    known = set(map(key_of, seen(before).values()))
    new = [item for item in seen(after).values() if key_of(item) not in known]
    assert not left
    # What the fragment hides in lower layers, of which the fragment speaks.
    assert not [item for item in new if item.rule != "leftovers.wasted-bytes"]
    assert "some packages stay" not in log.replace("|| echo 'some packages stay, see above'", "")
    gone = names_of(before) - names_of(after)
    for item in hardening.commands:
        if item.remedy.action is Action.REMOVE_PACKAGES:
            command = item.text().partition(" ||")[0].split()
            assert gone >= names_of(before).intersection(command[command.index("&&") if "&&" in command else 0 :])
    return before, after, hardening


def names_of(report: Report) -> set[str]:
    return {item.name for item in read_items(report.inventory, PackageItem)}


def merged(report: Report) -> int:
    return report.merged_bytes


@pytest.fixture(scope="module")
def alpine(store: Buildah, tmp_path_factory: pytest.TempPathFactory) -> str:
    archive = tmp_path_factory.mktemp("alpine") / "alpine.tar"
    archive.write_bytes(gzip.decompress(ALPINE.read_bytes()))
    start = 'ENTRYPOINT ["/entrypoint.sh"]\nCMD ["cat", "/etc/os-release"]\n'
    plant = "RUN cp /bin/busybox /usr/bin/helper && chmod 4755 /usr/bin/helper\n"
    store.build(f"FROM docker-archive:{archive}\n{PLANTED}{plant}{start}", "localhost/alpine")
    return "localhost/alpine"


@pytest.mark.parametrize("form", FORMS)
def test_alpine_is_built_and_starts(store: Buildah, alpine: str, form: Form) -> None:
    before, after, _ = hold(store, alpine, form)

    assert "Alpine" in store.started(f"{alpine}-{form}", "/entrypoint.sh", "cat", "/etc/os-release")
    assert merged(after) < merged(before) / 3
    assert "apk-tools" not in names_of(after)
    assert "musl" in names_of(after)


@pytest.fixture(scope="module")
def rpm(store: Buildah, tmp_path_factory: pytest.TempPathFactory) -> str:
    root = rpm_root(with_entrypoint(tmp_path_factory.mktemp("rpm")))
    start = 'ENTRYPOINT ["/entrypoint.sh"]\nCMD ["/srv/app/count", "3"]\n'
    store.build(f"FROM scratch\nADD root.tar /\n{PLANTED}{start}", "localhost/rpm", root.parent)
    return "localhost/rpm"


@pytest.mark.skipif(bool(missing_for_rpm()), reason=missing_for_rpm() or "-")
@pytest.mark.parametrize("form", FORMS)
def test_an_image_of_rpm_packages_is_built_and_starts(store: Buildah, rpm: str, form: Form) -> None:
    before, after, _ = hold(store, rpm, form)

    assert store.started(f"{rpm}-{form}", "/entrypoint.sh", "/srv/app/count", "3") == "1\n2\n3\n"
    assert {"curl", "curl-libs", "rpm", "rpm-libs"} <= names_of(before)
    assert {"curl", "curl-libs", "rpm", "rpm-libs"}.isdisjoint(names_of(after))
    assert "glibc" in names_of(after)


APP = """
import http.server, pwd, sqlite3, ssl, zoneinfo
trusted = ssl.create_default_context().cert_store_stats()["x509_ca"]
print(pwd.getpwuid(0).pw_name, trusted > 0, zoneinfo.ZoneInfo("Europe/Vienna"))
"""


@pytest.fixture(scope="module")
def debian(store: Buildah, tmp_path_factory: pytest.TempPathFactory) -> str:
    folder = with_entrypoint(tmp_path_factory.mktemp("debian"))
    shutil.copy(debian_root(Path(os.environ["IMGSCAN_ROOTS"])), folder / "root.tar")
    (folder / "app.py").write_text(APP)
    plant = "COPY app.py /srv/app/app.py\nRUN cp /bin/bash /usr/local/bin/helper && chmod 4755 /usr/local/bin/helper\n"
    start = 'ENTRYPOINT ["/entrypoint.sh"]\nCMD ["python3", "/srv/app/app.py"]\n'
    store.build(f"FROM scratch\nADD root.tar /\n{PLANTED}{plant}{start}", "localhost/debian", folder)
    return "localhost/debian"


@pytest.mark.skipif(bool(missing_for_debian()), reason=missing_for_debian() or "-")
@pytest.mark.parametrize("form", FORMS)
def test_debian_is_built_and_starts(store: Buildah, debian: str, form: Form) -> None:
    before, after, _ = hold(store, debian, form)

    printed = store.started(f"{debian}-{form}", "/entrypoint.sh", "python3", "/srv/app/app.py")
    assert printed == "root True Europe/Vienna\n"
    assert {"apt", "dpkg", "gcc", "gdb", "curl"} <= names_of(before)
    assert {"apt", "dpkg", "gcc", "gdb", "curl"}.isdisjoint(names_of(after))
    assert merged(after) < merged(before) / 2


def test_commands_that_need_the_network_are_shell_at_least(store: Buildah, alpine: str) -> None:
    """What is updated over the network is not tried here: its words are, by a shell that runs nothing of them."""
    report = scan(store.save(alpine))
    for item in harden_subject(subject_of(report)).commands:
        done = subprocess.run(["sh", "-n", "-c", item.text()], capture_output=True, check=False)
        assert done.returncode == 0, item.text()
