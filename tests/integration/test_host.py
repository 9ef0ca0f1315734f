"""Accounts, permissions, config, history, leftovers and oddities of whole images; numbers are those of FACTS 5.1."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from imgscan.testing import ImageBuilder, TarBuilder, oci_archive, static_program

from .made import save
from .support import CORPUS, codes, imgscan

PASSWD = b"root:x:0:0::/root:/bin/sh\ntoor:x:0:0::/:/bin/sh\napp:x:999:999::/srv:/usr/sbin/nologin\n"
KEY = b"-----BEGIN OPENSSH PRIVATE KEY-----\nx\n"
ROOTFS = "/bin/sh -c #(nop) ADD file:abc in / "
HOST = ("accounts", "permissions", "config", "history", "leftovers", "oddities")


def base() -> TarBuilder:
    tar = TarBuilder().file("etc/passwd", PASSWD).file("etc/group", b"root:x:0:\napp:x:999:\n")
    return tar.file("bin/sh", static_program(), mode=0o755).directory("tmp", mode=0o1777)


def image(*layers: TarBuilder, **settings: Any) -> ImageBuilder:
    careful = {"User": "app", "Cmd": ["/bin/sh"], "Healthcheck": {"Test": ["CMD", "/bin/sh", "-c", "true"]}}
    built = ImageBuilder(settings={**careful, **settings})
    for layer in layers or (base(),):
        built.layer(layer)
    return built


def report_of(built: ImageBuilder, folder: Path, oci: bool = False) -> dict[str, Any]:
    data = oci_archive(built) if oci else built.docker_archive()
    return imgscan(save(folder / "image.tar", data), "-f", "json", "-a", ",".join(HOST)).report


def findings(built: ImageBuilder, folder: Path) -> dict[str, dict[str, Any]]:
    """Return the findings by rule, the uid-0 alias of the test image's own left out."""
    found = report_of(built, folder)["findings"]
    return {item["rule"]: item for item in found if item["rule"] != "accounts.uid-0-alias"}


def test_a_careful_image_has_no_findings(tmp_path: Path) -> None:
    assert findings(image(), tmp_path) == {}


def test_2_a_cmd_in_the_middle_hides_nothing_before_it(tmp_path: Path) -> None:
    built = ImageBuilder(settings={"User": "app", "Cmd": ["/bin/sh"]})
    built.layer(base().file("etc/ssh/ssh_host_rsa_key", KEY, mode=0o600), created_by=ROOTFS)
    built.step('/bin/sh -c #(nop)  CMD ["sh"]')
    built.layer(TarBuilder().whiteout("etc/ssh/ssh_host_rsa_key"), created_by="RUN rm key")
    report = report_of(built, tmp_path)
    (finding,) = (item for item in report["findings"] if item["rule"] == "accounts.ssh-host-key")
    assert (finding["state"], finding["layer"]["created_by"]) == ("deleted", ROOTFS)
    assert finding["removed_in"]["created_by"] == "RUN rm key"
    (told,) = report["inventory"]["base"]
    assert (told["evidence"], told["lines"], told["layers"]) == ("command-in-the-middle", 2, 1)


@pytest.mark.parametrize("history", [None, []])
def test_4_without_history_nothing_is_said_of_instructions(history: object, tmp_path: Path) -> None:
    built = image()
    built.extra["history"] = history
    assert {rule: item["severity"] for rule, item in findings(built, tmp_path).items()} == {"history.absent": "INFO"}


def test_4_a_history_that_does_not_fit_the_layers_is_laid_on_none(tmp_path: Path) -> None:
    built = image().step("CMD x")
    built.history.append({"created_by": "RUN one too many"})
    found = findings(built, tmp_path)
    assert list(found) == ["history.layers-unknown"]
    assert found["history.layers-unknown"]["layer"] is None


def test_5_a_healthcheck_is_the_configs_word_and_not_the_historys(tmp_path: Path) -> None:
    real = image()
    real.extra["history"] = []
    told = image(Healthcheck=None).step('HEALTHCHECK &{["CMD" "/bin/sh"]}')
    none = image(Healthcheck={"Test": ["NONE"]})
    assert "config.healthcheck-missing" not in findings(real, tmp_path)
    assert "config.healthcheck-missing" in findings(told, tmp_path)
    assert "config.healthcheck-missing" in findings(none, tmp_path)


def test_5_buildah_leaves_it_out_of_an_oci_config(tmp_path: Path) -> None:
    built = image(Healthcheck=None, Labels={"io.buildah.version": "1.33.7"})
    rules = {item["rule"] for item in report_of(built, tmp_path, oci=True)["findings"]}
    assert "config.healthcheck-unknown" in rules
    assert "config.healthcheck-missing" not in rules


@pytest.mark.parametrize("user", ["toor", "0", "0:0", "root:root", "", "0:999"])
def test_6_root_by_any_name(user: str, tmp_path: Path) -> None:
    assert findings(image(User=user), tmp_path)["config.root-user"]["severity"] == "MEDIUM"


def test_6_a_user_that_is_not_there(tmp_path: Path) -> None:
    found = findings(image(User="nobody"), tmp_path)
    assert found["config.user-missing"]["severity"] == "HIGH"
    assert "config.root-user" not in found


def test_7_port_22_in_the_config_alone(tmp_path: Path) -> None:
    built = image(ExposedPorts={"22/tcp": {}})
    built.extra["history"] = []
    assert findings(built, tmp_path)["config.port-ssh"]["state"] == "config"


def test_12_devices_that_everyone_may_write_to_are_no_findings(tmp_path: Path) -> None:
    tar = base()
    for name, major, minor in (("null", 1, 3), ("zero", 1, 5), ("tty", 5, 0), ("random", 1, 8)):
        tar.member(f"dev/{name}", typeflag=b"3", major=major, minor=minor, mode=0o666)
    assert findings(image(tar.symlink("dev/fd", "/proc/self/fd")), tmp_path) == {}


def test_14_strange_names_are_told_with_escapes_and_once(tmp_path: Path) -> None:
    tar = (
        base().file("esc\x1b[31m", b"x").file("new\nline", b"x").file("../../etc/escape.conf", b"x").file("/abs", b"x")
    )
    data = image(tar).docker_archive()
    run = imgscan(save(tmp_path / "image.tar", data), "-f", "json", "-a", "oddities")
    (finding,) = run.report["findings"]
    assert finding["rule"] == "oddities.name"
    assert [item["path"] for item in finding["evidence"]["examples"]] == ["/esc\\x1b[31m", "/new\\x0aline"]
    assert codes(run.report) == ["path-escapes"]
    assert b"\x1b" not in run.out
    assert b"\x1b" not in imgscan(tmp_path / "image.tar", "-v").out


def test_15_a_passwd_line_of_one_field_and_a_comment_in_group(tmp_path: Path) -> None:
    tar = base().file("etc/passwd", PASSWD + b"broken\n").file("etc/group", b"# comment\nroot:x:0:\napp:x:999:\n")
    built = image(tar)
    report = report_of(built, tmp_path)
    assert [item["rule"] for item in report["findings"]] == ["accounts.uid-0-alias", "accounts.malformed-line"]
    assert codes(report) == ["duplicate-member"]


def test_20_a_line_of_five_megabytes_stays_small_in_the_report(tmp_path: Path) -> None:
    tar = base().file("etc/sudoers", b"app ALL=(ALL) NOPASSWD: ALL, " * 180_000)
    run = imgscan(save(tmp_path / "image.tar", image(tar).docker_archive()), "-f", "json", "-a", ",".join(HOST))
    assert run.code == 0
    assert len(run.out) < 60_000


def test_a_hostile_history_and_config_stay_small_in_the_report(tmp_path: Path) -> None:
    built = image(
        Env=[f"LD_PRELOAD={number}" for number in range(2000)],
        ExposedPorts={f"{number}/tcp": {} for number in range(1, 1024)},
        Volumes={f"/etc/{number}": {} for number in range(2000)},
        OnBuild=["RUN x"] * 2000,
    )
    built.history[0]["created_by"] = "RUN /bin/sh -c " + "curl -k https://x.test; " * 2000
    report = report_of(built, tmp_path)
    assert len(report["findings"]) < 150


def test_what_the_containers_user_may_write_is_told_with_the_layer(tmp_path: Path) -> None:
    own = TarBuilder().directory("srv/app", uid=999).file("srv/app/main.py", uid=999)
    built = image(base(), own, WorkingDir="/srv/app")
    built.history[1]["created_by"] = "COPY --chown=app . /srv/app"
    finding = findings(built, tmp_path)["permissions.user-writes-code"]
    assert finding["layer"]["created_by"] == "COPY --chown=app . /srv/app"
    assert finding["path"] == "/srv/app"
    assert finding["remediation"] == "RUN chown -R root:root /srv/app && chmod -R go-w /srv/app"


def test_a_finding_is_the_same_one_after_a_rebuild(tmp_path: Path) -> None:
    once = image(base().file("srv/a", mode=0o666), User="")
    again = image(TarBuilder().file("new", b"x"), base().file("srv/a", mode=0o666, mtime=5), User="")
    marks = [{item["fingerprint"] for item in report_of(built, tmp_path)["findings"]} for built in (once, again)]
    assert marks[0] == marks[1]


@pytest.mark.skipif(not CORPUS.exists(), reason="the corpus does not lie beside the checkout")
@pytest.mark.parametrize(
    "name", ["trivy.alpine-310.tar.gz", "dive.test-docker-image.tar", "dive.test-kaniko-image.tar"]
)
def test_real_images_have_few_findings_and_every_one_a_known_rule(name: str) -> None:
    from imgscan.analyzers.builtin import BUILTIN

    report = imgscan(CORPUS / "images" / name, "-f", "json", "-a", ",".join(HOST)).report
    known = {rule for analyzer in BUILTIN for rule in getattr(analyzer, "rules", ())}
    assert {item["rule"] for item in report["findings"]} <= known
    assert len(report["findings"]) < 12
