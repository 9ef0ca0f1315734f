"""Settings of sshd as sshd itself has them: what ``sshd -T`` says of a configuration, imgscan finds, and nothing else.

IMGSCAN_SSHD_EXAMPLES=2000 tries that many others each time.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
from pathlib import Path

import pytest
from hypothesis import assume, example, given, settings
from hypothesis import strategies as st

from imgscan.analyzers.accounts.analyzer import Accounts
from imgscan.testing import conclude
from imgscan.testing.image import LayerSource

SSHD = shutil.which("sshd", path=os.environ.get("PATH", "") + ":/usr/sbin")
BAD = {
    "permitrootlogin": {"yes"},
    "permitemptypasswords": {"yes"},
    "strictmodes": {"no"},
    "permituserenvironment": {"yes"},
    "hostbasedauthentication": {"yes"},
    "ignorerhosts": {"no"},
    "passwordauthentication": {"yes"},
    "gatewayports": {"yes", "clientspecified"},
}
"""What of the settings that sshd knows today imgscan finds fault with."""


def effective(text: str, **connection: str) -> dict[str, str] | None:
    """Return what sshd makes of a configuration, None where it refuses it."""
    assert SSHD is not None
    words = [word for key, value in connection.items() for word in ("-C", f"{key}={value}")]
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "config"
        path.write_bytes(text.encode("utf-8", "surrogateescape"))
        run = subprocess.run([SSHD, "-T", "-f", str(path), *words], check=False, capture_output=True, timeout=30)
    if run.returncode:
        return None
    lines = (line.partition(" ") for line in run.stdout.decode(errors="replace").splitlines())
    return {keyword: value for keyword, _, value in lines}


def found(text: str) -> set[str]:
    """Return the keywords that imgscan finds fault with for everybody."""
    layer: LayerSource = {"usr/sbin/sshd": (0o755, b""), "etc/ssh/sshd_config": text.encode("utf-8", "surrogateescape")}
    findings = conclude(Accounts(), layer).findings
    return {
        str(item.evidence["keyword"])
        for item in findings
        if item.rule == "accounts.sshd-setting" and not item.evidence["match"]
    } & BAD.keys()


@pytest.fixture(scope="module", autouse=True)
def _works() -> None:
    # It wants host keys of the machine, and root's rights to read them.
    if SSHD is None or effective("") is None:
        pytest.skip("sshd is not installed, or does not run here")


def cased(draw: st.DrawFn, word: str) -> str:
    return "".join(letter.upper() if draw(st.booleans()) else letter for letter in word)


@st.composite
def lines(draw: st.DrawFn) -> str:
    """Draw a line in whatever way sshd lets it be written, and in some that it does not."""
    keyword = cased(draw, draw(st.sampled_from(sorted(BAD))))
    value = draw(st.sampled_from(("yes", "no", "yes", "no", "clientspecified", "prohibit-password")))
    keyword = draw(st.sampled_from(("{}", "{}", "{}", ' "{}"', "\t{}", "= {}", "#{}", "\f{}"))).format(keyword)
    between = draw(st.sampled_from((" ", " ", "\t", "=", " = ", "  =\t", " == ", "  ", "")))
    form = draw(
        st.sampled_from(("{}", "{}", '"{}"', "'{}'", '{}""', "\\{}", '"{} "', "{}#x", "{} # x", "{}\r", "{}\f"))
    )
    inner = value if draw(st.integers(0, 3)) else f'{value[:1]}"{value[1:]}"'
    return keyword + between + form.format(inner)


@settings(max_examples=int(os.environ.get("IMGSCAN_SSHD_EXAMPLES", "40")), deadline=None)
@given(st.lists(lines(), min_size=1, max_size=4))
@example(["PermitRootLogin 'yes'"])
@example(['"PermitRootLogin" yes'])
@example(['PermitRootLogin "y"es'])
@example(["PermitRootLogin" + " " * 500 + "yes"])
@example(["PermitRootLogin no", "PermitRootLogin yes"])
def test_what_sshd_takes_a_setting_for_is_found(config: list[str]) -> None:
    text = "\n".join(config) + "\n"
    said = effective(text)
    assume(said is not None)
    assert said is not None
    default = effective("")
    assert default is not None

    wrong = {keyword for keyword, bad in BAD.items() if said[keyword] in bad}

    # What nobody set stays unsaid: an image's sshd may have other defaults than this machine's.
    unset = {keyword for keyword in wrong if said[keyword] == default[keyword]}
    assert wrong - unset <= found(text) <= wrong


def test_what_sshd_applies_to_some_is_found_for_them() -> None:
    text = "PermitRootLogin no\nMatch User \"git\"\n PermitRootLogin 'yes'\nMatch all\n PermitEmptyPasswords yes\n"
    some, others = effective(text, user="git"), effective(text, user="x")
    assert some is not None
    assert others is not None

    layer: LayerSource = {"usr/sbin/sshd": (0o755, b""), "etc/ssh/sshd_config": text.encode()}
    findings = conclude(Accounts(), layer).findings

    assert (some["permitrootlogin"], others["permitrootlogin"]) == ("yes", "no")
    assert {(item.evidence["keyword"], item.evidence["match"]) for item in findings} == {
        ("permitrootlogin", "User git"),
        ("permitemptypasswords", "all"),
    }
