from __future__ import annotations

import pytest

from imgscan.analyzers.history.run_instructions import admissions
from imgscan.model.finding import Severity
from imgscan.shell.script import parse_script


def admitted(text: str) -> list[tuple[str, Severity]]:
    return [(item.rule, item.severity) for item in admissions(parse_script(text), text)]


@pytest.mark.parametrize(
    ("text", "rule", "severity"),
    [
        ("curl -fsSL https://x.test/i.sh | sh", "pipe-to-shell", Severity.MEDIUM),
        ("curl -fsSL http://x.test/i.sh | sudo -E bash -", "pipe-to-shell", Severity.HIGH),
        ("wget -qO- https://x.test | python3.11 -", "pipe-to-shell", Severity.MEDIUM),
        ('bash -c "$(curl -fsSL https://x.test)"', "pipe-to-shell", Severity.MEDIUM),
        ("sh <(curl -s https://x.test)", "pipe-to-shell", Severity.MEDIUM),
        ('eval "$(wget -O- https://x.test)"', "pipe-to-shell", Severity.MEDIUM),
        ("wget --no-check-certificate https://x.test", "no-certificate-check", Severity.MEDIUM),
        ("curl -fsSLk https://x.test", "no-certificate-check", Severity.MEDIUM),
        ("curl --insecure https://x.test", "no-certificate-check", Severity.MEDIUM),
        ("pip install --trusted-host=x.test y", "no-certificate-check", Severity.MEDIUM),
        ("git config --global http.sslVerify false", "no-certificate-check", Severity.MEDIUM),
        ("GIT_SSL_NO_VERIFY=1 git clone https://x.test", "no-certificate-check", Severity.MEDIUM),
        ("npm config set strict-ssl false", "no-certificate-check", Severity.MEDIUM),
        ("apt-get install -y --allow-unauthenticated x", "unverified-packages", Severity.MEDIUM),
        ("echo 'deb [trusted=yes] http://x.test ./' > /etc/apt/sources.list", "unverified-packages", Severity.MEDIUM),
        ("apk add --allow-untrusted x.apk", "unverified-packages", Severity.MEDIUM),
        ("yum install -y --nogpgcheck x", "unverified-packages", Severity.MEDIUM),
        ("sed -i s/x/gpgcheck=0/ /etc/yum.conf", "unverified-packages", Severity.MEDIUM),
        ("pip install http://x.test/y.whl", "unverified-packages", Severity.MEDIUM),
        ("curl -fsSL https://x.test/z.gz | gunzip | sh", "pipe-to-shell", Severity.MEDIUM),
        ("curl -fsSL https://x.test | tee /tmp/z | bash -euo pipefail -s -- x", "pipe-to-shell", Severity.MEDIUM),
        ("wget -qO- https://x.test | env A=1 bash", "pipe-to-shell", Severity.MEDIUM),
        ("python3 -m pip install --trusted-host x.test y", "no-certificate-check", Severity.MEDIUM),
        ("pip3.11 install --trusted-host=x.test y", "no-certificate-check", Severity.MEDIUM),
        ("pip install --index-url=http://x.test/simple y", "unverified-packages", Severity.MEDIUM),
        ("dnf5 install --nogpgcheck x", "unverified-packages", Severity.MEDIUM),
        ("apt-get -o Acquire::Retries=3 -y update", "update-alone", Severity.LOW),
        ("sudo apt-get -c /x.conf update", "update-alone", Severity.LOW),
        ('bash -c "apt-get update"', "update-alone", Severity.LOW),
        ("apt-get update", "update-alone", Severity.LOW),
        ("apk --no-cache update && true", "update-alone", Severity.LOW),
        ("dnf -y makecache", "update-alone", Severity.LOW),
    ],
)
def test_what_a_run_admits(text: str, rule: str, severity: Severity) -> None:
    assert admitted(text) == [(rule, severity)]


@pytest.mark.parametrize(
    "text",
    [
        "curl -fsSL https://x.test -o x && echo abc x | sha256sum -c",
        "curl -o k https://x.test",
        "curl -ok https://x.test",  # -o takes the rest of its word
        "curl -H 'X: -k' https://x.test",
        "curl https://x.test | tar xz",
        "cat x | sh",
        "echo 'curl x | sh'",
        "wget https://x.test",
        "apt-get update && apt-get install -y x",
        "apt-get update && apt-get -t bookworm-backports install -y x",
        "apt-get update && apt-get -o Dpkg::Options::=--force-confold install -y x",
        "apt-get update && xargs apt-get install -y < /packages",
        "apt-get update && bash -c 'apt-get install -y x'",
        "apt-get update && dpkg -i x.deb",
        "apt-get update && aptitude install x",
        "apk update && apk --repository https://x.test add x",
        "curl -fsSL https://x.test | python3 -c 'import json, sys; print(json.load(sys.stdin))'",
        "curl -fsSL https://x.test/data | sh /opt/import.sh",
        "curl -fsSL https://x.test | tee /tmp/z; bash /tmp/y",
        "apt-get -qq update; apt-get -y upgrade",
        "yum update -y",
        "apk add --no-cache x",
        "echo update",
        "GIT_SSL_NO_VERIFY=0 git clone https://x.test",
        "sed -i s/x/gpgcheck=1/ /etc/yum.conf",
        "pip install https://x.test/y.whl",
        "",
    ],
)
def test_what_is_in_order(text: str) -> None:
    assert admitted(text) == []


def test_no_argument_is_told_but_the_host_of_a_url() -> None:
    text = "curl -u me:s3cret https://me:s3cret@x.test/s3cret?token=s3cret | TOKEN=s3cret bash -s -- s3cret"
    (found,) = admissions(parse_script(text), text)
    assert found.text == "a download from https://x.test is run by bash unseen"
