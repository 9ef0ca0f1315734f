"""Programs that the container calls are told as such, and nobody advises to remove them."""

from __future__ import annotations

from imgscan.analyzers.config.analyzer import Config
from imgscan.analyzers.programs.analyzer import Programs
from imgscan.formats.image.manifest import parse_config
from imgscan.model.finding import Finding
from imgscan.testing import TarBuilder, merged, program
from tests.unit.analyzers.programs.test_programs import BUSYBOX


def findings(config: dict[str, object], *names: str) -> dict[str, Finding]:
    layer = TarBuilder()
    for name in names:
        layer.file(f"usr/bin/{name}", program(), mode=0o755)
    document = {"os": "linux", "config": {"Env": ["PATH=/usr/bin"], **config}}
    view, _ = merged(layer, analyzers=(Programs(), Config()), config=parse_config(document, "config"))
    return {item.path or "": item for item in Programs().conclude(view) if isinstance(item, Finding)}


def test_a_tool_of_the_health_check_is_not_to_be_removed() -> None:
    found = findings({"Healthcheck": {"Test": ["CMD", "curl", "-f", "http://localhost"]}}, "curl", "wget")

    curl, wget = found["usr/bin/curl"], found["usr/bin/wget"]
    assert curl.message == "a network tool; the health check calls it"
    assert (curl.remediation, curl.evidence["used_by"]) == ("", "the health check")
    assert (wget.remediation, wget.evidence["used_by"]) == ("RUN rm -f /usr/bin/wget", None)


def test_the_interpreter_that_the_container_starts_is_not_to_be_removed() -> None:
    found = findings({"Cmd": ["python3", "-m", "app"]}, "python3")

    assert found["usr/bin/python3"].message == "an interpreter; the start of the container calls it"
    assert found["usr/bin/python3"].remediation == ""


def test_a_remote_daemon_that_the_container_starts_is_to_be_removed_all_the_same() -> None:
    assert findings({"Cmd": ["sshd", "-D"]}, "sshd")["usr/bin/sshd"].remediation == "RUN rm -f /usr/bin/sshd"


def test_of_a_multi_call_binary_the_names_are_removed_and_what_is_left_is_told() -> None:
    layer = TarBuilder().file("bin/busybox", BUSYBOX, mode=0o755)
    for name in ("sh", "nc", "wget"):
        layer.symlink(f"bin/{name}", "busybox")
    view, _ = merged(layer, analyzers=(Programs(),))

    found = {item.rule: item for item in Programs().conclude(view) if isinstance(item, Finding)}

    assert found["programs.network-tool"].remediation == (
        "RUN rm -f /bin/nc /bin/wget  # /bin/busybox has them all the same: only an image without it is rid of them"
    )


def test_a_multi_call_binary_without_names_is_removed_itself() -> None:
    view, _ = merged(TarBuilder().file("bin/busybox", BUSYBOX, mode=0o755), analyzers=(Programs(),))

    found = [item.remediation for item in Programs().conclude(view) if isinstance(item, Finding)]

    assert set(found) == {"RUN rm -f /bin/busybox"}
