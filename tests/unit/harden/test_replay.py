"""The settings of an image as instructions: they say what the config says, and do nothing else."""

from __future__ import annotations

from typing import Any

import pytest

from imgscan.harden.hardening import harden_subject
from imgscan.harden.plan import Form, Hardening
from imgscan.harden.subject import subject_of
from imgscan.model.finding import Finding

from .test_hardening import finding, report, written


def flat(*findings: Finding, **config: Any) -> Hardening:
    return harden_subject(subject_of(report(*findings, **config)), Form.FLAT)


def settings(*findings: Finding, **config: Any) -> list[str]:
    return [item.text for item in flat(*findings, **config).settings if item.active]


@pytest.mark.parametrize(
    ("config", "text"),
    [
        ({"env": ("PATH=/bin",)}, 'ENV PATH="/bin"'),
        ({"env": ('A=x "y" $HOME \\z',)}, 'ENV A="x \\"y\\" \\$HOME \\\\z"'),
        ({"env": ("A",)}, 'ENV A=""'),
        ({"labels": {"org.example/x": "a b"}}, 'LABEL org.example/x="a b"'),
        ({"working_dir": "/srv/a b$c"}, "WORKDIR /srv/a b\\$c"),
        ({"exposed_ports": ("80/tcp",)}, "EXPOSE 80/tcp"),
        ({"volumes": ("/data$x",)}, 'VOLUME ["/data\\\\$x"]'),
        ({"entrypoint": ("/a", "$x\n")}, 'ENTRYPOINT ["/a", "$x\\n"]'),
        ({"cmd": ("a", "é")}, 'CMD ["a", "\\u00e9"]'),
        ({"raw": {"StopSignal": "SIGQUIT"}}, "STOPSIGNAL SIGQUIT"),
        ({"raw": {"Shell": ["/bin/bash", "-c"]}}, 'SHELL ["/bin/bash", "-c"]'),
        ({"raw": {"Healthcheck": {"Test": ["NONE"]}}}, "HEALTHCHECK NONE"),
        (
            {"raw": {"Healthcheck": {"Test": ["CMD", "/check"], "Interval": 30_000_000_000, "Retries": 3}}},
            'HEALTHCHECK --interval=30000ms --retries=3 CMD ["/check"]',
        ),
        ({"raw": {"Healthcheck": {"Test": ["CMD-SHELL", "curl -f x"]}}}, "HEALTHCHECK CMD curl -f x"),
    ],
)
def test_a_setting_has_its_instruction(config: dict[str, Any], text: str) -> None:
    assert text in settings(**config)


@pytest.mark.parametrize(
    "config",
    [
        {"env": ("A B=x",)},
        {"env": ("A=x\nRUN reboot",)},
        {"env": ("A=é",)},
        {"labels": {"a b": "x"}},
        {"labels": {"io.buildah.version": "1"}},
        {"working_dir": "/"},
        {"working_dir": "/a\nRUN reboot"},
        {"exposed_ports": ("80\nRUN reboot",)},
        {"raw": {"Healthcheck": {"Test": ["CMD-SHELL"]}}},
        {"raw": {"Healthcheck": "odd", "StopSignal": 9}},
        {"raw": {"Healthcheck": {"Test": ["CMD", "a"], "Interval": -1}}},
    ],
)
def test_what_is_odd_or_says_nothing_has_none(config: dict[str, Any]) -> None:
    assert settings(**config)[1:-1] == []
    assert "\nRUN reboot" not in written(flat(**config), "dockerfile")


def test_a_backslash_at_the_end_of_a_line_takes_no_other_line_along() -> None:
    text = written(flat(raw={"Healthcheck": {"Test": ["CMD-SHELL", "x \\"]}}), "dockerfile")

    assert "# HEALTHCHECK CMD x \\" in text.splitlines()


def test_a_secret_is_left_out_and_still_to_be_changed() -> None:
    secret = finding("secrets.generic.password", evidence={"where": "env A_B"}, remediation="Change it.")

    found = flat(secret, env=("A_B=hunter2", "C=x"))

    assert "hunter2" not in written(found, "text")
    assert 'ENV C="x"' in [item.text for item in found.settings]
    assert [item.answers.rule for item in found.advice] == [secret.rule]


def test_a_port_that_is_no_services_is_left_out() -> None:
    port = finding("config.port-ssh", evidence={"ports": ["22/tcp"]})

    found = flat(port, exposed_ports=("22/tcp", "80/tcp"))

    assert [item.text for item in found.settings if item.active and item.text.startswith("EXPOSE")] == ["EXPOSE 80/tcp"]
    assert found.advice == ()
