"""Whole Dockerfiles: a last stage from scratch, what comes into it, and what is answered because it does not."""

from __future__ import annotations

import json

import pytest
from jsonschema_rs import validator_for
from msgspec.structs import replace

from imgscan.compare.side import side_of
from imgscan.errors import UsageError
from imgscan.harden.hardening import harden_subject
from imgscan.harden.needed import Needed
from imgscan.harden.plain import hardening_schema
from imgscan.harden.plan import Form, Hardening
from imgscan.harden.subject import subject_of, subject_of_side
from imgscan.model.finding import Finding, State
from imgscan.report.json import json_bytes
from imgscan.report.show import shown_report

from .test_hardening import BASE, finding, report, rm, suid, texts, written

NEEDED = Needed(
    files={"/bin/app": "/usr/bin/app", "/etc/passwd": "/etc/passwd", "/srv/x": "/srv/x"},
    folders=("/srv",),
    links={"/bin": "usr/bin", "/lib/a b": "c;d"},
    packages=frozenset({"app"}),
    start="/bin/app",
)
DELETED = finding("leftovers.apt-cache", "var/cache", state=State.DELETED)
WASTED = finding("leftovers.wasted-bytes", state=State.ARCHIVE)
NO_SHELL: dict[str, object] = {"shells": ()}


def flat(*findings: Finding, **more: object) -> Hardening:
    return harden_subject(subject_of(report(*findings, inventory=more)), Form.FLAT)


def distroless(*findings: Finding, needed: Needed = NEEDED, **more: object) -> Hardening:
    return harden_subject(subject_of(report(*findings, inventory=more)), Form.DISTROLESS, needed)


def lines(hardening: Hardening) -> list[str]:
    return [
        line for line in written(hardening, "dockerfile").splitlines() if line and not line.lstrip().startswith("#")
    ]


def test_a_flat_image_is_the_hardened_one_in_a_stage_from_scratch() -> None:
    assert lines(flat(suid())) == [
        "ARG IMAGE=app:1",
        "FROM ${IMAGE} AS hardened",
        "USER 0",
        "RUN set -eu; \\",
        "    chmod u-s /bin/su",
        "FROM scratch",
        "COPY --from=hardened / /",
        "USER 10001:10001",
    ]


def test_what_lower_layers_hide_is_answered_by_one_layer() -> None:
    found = flat(DELETED, WASTED)

    copy = found.settings[0]
    assert copy.text == "COPY --from=hardened / /"
    assert copy.answers is not None
    assert {copy.answers.rule, *(item.rule for item in copy.also)} == {DELETED.rule, WASTED.rule}
    assert found.advice == ()


def test_a_fragment_leaves_it_to_a_person() -> None:
    found = harden_subject(subject_of(report(DELETED, WASTED)))

    assert {item.answers.rule for item in found.advice} == {DELETED.rule, WASTED.rule}


def test_a_flat_image_says_nothing_of_what_stays_hidden() -> None:
    removed = finding("leftovers.apt-cache", "var/cache", rm("/var/cache/x"))

    assert "hidden by this" not in written(flat(removed, base={**BASE, "layers": 9}), "dockerfile")


def test_without_a_shell_the_copy_of_another_stage_is_the_last() -> None:
    assert lines(flat(suid(), **NO_SHELL)) == [
        "ARG IMAGE=app:1",
        "FROM ${IMAGE} AS image",
        "FROM busybox:stable AS hardened",
        "COPY --from=image / /image/",
        "USER 0",
        "RUN set -eu; \\",
        "    chmod u-s /image/bin/su",
        "FROM scratch",
        "COPY --from=hardened /image/ /",
        "USER 10001:10001",
    ]
    assert "COPY --from=image / /" in lines(flat(**NO_SHELL))


@pytest.mark.parametrize("name", ["sha256:1", "a b:1", "x\nRUN reboot", "UPPER:1"])
def test_a_name_that_cannot_be_pulled_is_asked_for(name: str) -> None:
    found = harden_subject(replace(subject_of(report()), name=name), Form.FLAT)

    assert ("ARG IMAGE" in lines(found)) is not name.startswith("sha256")
    assert "RUN reboot" not in lines(found)


def test_a_distroless_stage_has_what_is_needed_and_nothing_else() -> None:
    assert lines(distroless()) == [
        "ARG IMAGE=app:1",
        "FROM ${IMAGE} AS hardened",
        "USER 0",
        "RUN set -eu; mkdir -p /imgscan-links /imgscan-links/lib; \\",
        "    ln -s usr/bin /imgscan-links/bin; \\",
        "    ln -s \"$(printf 'c\\073d')\" '/imgscan-links/lib/a b'",
        "FROM scratch",
        "COPY --from=hardened /srv/ /srv/",
        "COPY --from=hardened /imgscan-links/ /",
        "COPY --from=hardened /etc/passwd /etc/passwd",
        "COPY --from=hardened /usr/bin/app /usr/bin/app",
        "USER 10001:10001",
    ]


def test_where_nothing_can_make_symlinks_content_is_copied_to_each_name() -> None:
    copied = [line for line in lines(distroless(shells=())) if line.startswith("COPY")]

    assert copied == [
        "COPY --from=image /srv/ /srv/",
        "COPY --from=image /usr/bin/app /bin/app",
        "COPY --from=image /etc/passwd /etc/passwd",
    ]


def test_what_does_not_come_along_is_answered_and_what_does_is_mended() -> None:
    tool = finding("programs.network-tool", "usr/bin/nc", rm("/usr/bin/nc"), evidence={"names": ["/usr/bin/nc"]})

    found = distroless(suid("usr/bin/app"), suid("usr/bin/other"), tool)

    assert texts(found) == ["chmod u-s /usr/bin/app"]
    copy = next(item for item in found.settings if item.text.startswith("COPY"))
    assert copy.answers is not None
    assert sorted([copy.answers.rule, *(item.rule for item in copy.also)]) == [tool.rule, "setuid.suid-file"]


def test_a_program_that_the_start_needs_stays() -> None:
    tool = finding("programs.network-tool", "usr/bin/app", rm("/usr/bin/app"), evidence={"names": ["/usr/bin/app"]})

    found = distroless(tool)

    assert texts(found) == []
    assert [item.stays for item in found.advice] == [True]


def test_names_that_do_not_come_along_need_no_removal() -> None:
    applets = finding("programs.debug-tool", "usr/bin/app", rm("/bin/vi"), evidence={"names": ["/bin/app", "/bin/vi"]})

    found = distroless(applets)

    assert texts(found) == []
    assert {(item.answers.rule, item.stays) for item in found.advice} == {(applets.rule, True)}


@pytest.mark.parametrize(("package", "left"), [("other", True), ("app", False)])
def test_a_vulnerability_goes_with_its_package_alone(package: str, left: bool) -> None:
    known = finding("vulnerabilities.unfixed", "var/lib/dpkg/status", evidence={"package": package}, remediation="x")

    assert (distroless(known).advice == ()) is left


def test_the_release_comes_along() -> None:
    ended = finding("packages.end-of-life", "etc/os-release", remediation="another base")

    assert [item.answers.rule for item in distroless(ended).advice] == [ended.rule]


@pytest.mark.parametrize(
    ("kind", "start", "target"),
    [
        ("deb", "mkdir -p /var/lib/dpkg/status.d; for name in app;", "/var/lib/dpkg/status.d/"),
        ("apk", "awk 'BEGIN", "/lib/apk/db/installed"),
        ("rpm", "mkdir -p /var/lib/rpmmanifest; rpm -q --qf '%{NAME}\\t", "/var/lib/rpmmanifest/"),
    ],
)
def test_records_of_the_needed_packages_come_along(kind: str, start: str, target: str) -> None:
    packages = tuple({"type": kind, "name": name, "database": "visible"} for name in ("app", "other"))

    found = distroless(packages=packages)

    assert found.preparations[-1].text.startswith(f"RUN set -eu; {start}")
    assert "other" not in found.preparations[-1].text
    assert [item.text for item in found.settings if item.text.endswith(f" {target}")]


@pytest.mark.parametrize("path", ["/srv2/$(reboot)", "/srv2/a*", "/srv2/é", "/srv2/a\nRUN reboot"])
def test_a_path_that_no_copy_can_name_is_left_to_a_person(path: str) -> None:
    found = distroless(needed=replace(NEEDED, files={path: path}))

    assert not [line for line in lines(found) if line.startswith("COPY") and "srv2" in line]
    assert "RUN reboot" not in lines(found)
    assert "by hand" in written(found, "dockerfile")


def test_a_path_with_a_space_is_copied() -> None:
    found = distroless(needed=replace(NEEDED, files={"/a b": "/a b"}))

    assert 'COPY --from=hardened ["/a b", "/a b"]' in lines(found)


def test_a_saved_report_has_not_all_settings() -> None:
    saved = json.loads(json_bytes(shown_report(report())))

    with pytest.raises(UsageError, match="give the image"):
        harden_subject(subject_of_side(side_of(saved, "x")), Form.FLAT)


@pytest.mark.parametrize("form", Form)
def test_json_is_what_its_schema_says(form: Form) -> None:
    needed = NEEDED if form is Form.DISTROLESS else None
    found = harden_subject(subject_of(report(DELETED, suid())), form, needed)

    document = json.loads(written(found, "json"))

    validator_for(hardening_schema()).validate(document)
    assert document["form"] == form
