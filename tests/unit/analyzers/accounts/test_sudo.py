from __future__ import annotations

import pytest

from imgscan.analyzers.accounts.analyzer import Accounts
from imgscan.model.finding import Finding, Severity
from imgscan.testing import conclude
from imgscan.testing.image import LayerSource

from ..support import concluded

SUDO = {"usr/bin/sudo": (0o4755, b"")}
MAIN = b"Defaults env_reset\nroot ALL=(ALL:ALL) ALL\n%sudo ALL=(ALL:ALL) ALL\n@includedir /etc/sudoers.d\n"


def sudo(*layers: LayerSource) -> list[Finding]:
    found = conclude(Accounts(), *layers).findings
    return [finding for finding in found if finding.rule.startswith("accounts.sudo")]


def policy(text: bytes, **more: bytes) -> dict[str, bytes | tuple[int, bytes]]:
    extra = {f"etc/sudoers.d/{name}": content for name, content in more.items()}
    return {**SUDO, "etc/sudoers": text, **extra}


def test_the_policy_of_a_distribution_is_no_finding() -> None:
    assert sudo(policy(MAIN, README=b"# nothing\n")) == []


def test_everything_without_a_password_is_high() -> None:
    (finding,) = sudo(policy(MAIN, app=b"# c\napp ALL=(ALL) NOPASSWD: ALL\n"))
    assert (finding.rule, finding.severity, finding.line) == ("accounts.sudo-nopasswd", Severity.HIGH, 2)
    assert finding.message == "app may run everything (ALL) as root without a password"
    assert finding.remediation == "RUN rm /etc/sudoers.d/app"


@pytest.mark.parametrize(
    ("commands", "severity"),
    [
        (b"/usr/bin/vim", Severity.HIGH),
        (b"/bin/bash -c x", Severity.HIGH),
        (b"/usr/sbin/service nginx reload", Severity.HIGH),
        (b"/usr/local/bin/backup", Severity.MEDIUM),
    ],
)
def test_a_command_that_runs_others_is_as_good_as_all(commands: bytes, severity: Severity) -> None:
    (finding,) = sudo(policy(b"app ALL=NOPASSWD: " + commands))
    assert finding.severity is severity


def test_rules_of_root_and_rules_with_a_password_are_no_finding() -> None:
    assert sudo(policy(b"root ALL=(ALL) NOPASSWD: ALL\napp ALL=(ALL) ALL\n")) == []


def test_a_file_that_sudo_skips_is_not_in_force() -> None:
    text = b"app ALL=(ALL) NOPASSWD: ALL\n"
    layer: LayerSource = {**SUDO, "etc/sudoers": MAIN, "etc/sudoers.d/app.conf": text, "etc/sudoers.d/app~": text}
    assert sudo(layer) == []


def test_a_directory_that_nothing_includes_is_not_in_force() -> None:
    assert sudo(policy(b"root ALL=(ALL) ALL\n", app=b"app ALL=(ALL) NOPASSWD: ALL\n")) == []


def test_a_file_deleted_later_is_not_in_force() -> None:
    layer = policy(MAIN, app=b"app ALL=(ALL) NOPASSWD: ALL\n")
    assert sudo(layer, {"etc/sudoers.d/.wh.app": b""}) == []


def test_includes_in_a_circle_end() -> None:
    assert sudo(policy(b"@include /etc/sudoers\n@includedir /etc/sudoers.d\n", a=b"@include /etc/sudoers.d/a\n")) == []


@pytest.mark.parametrize(
    ("text", "rule", "severity"),
    [
        (b"Defaults !authenticate\n", "sudo-nopasswd", Severity.HIGH),
        (b"Defaults:app !authenticate\n", "sudo-nopasswd", Severity.HIGH),
        (b"Defaults !env_reset\n", "sudo-environment", Severity.MEDIUM),
        (b'Defaults env_keep += "LANG LD_PRELOAD"\n', "sudo-environment", Severity.MEDIUM),
        (b"ALL ALL=(ALL) ALL\n", "sudo-everyone", Severity.HIGH),
        (b"what is this\n", "sudo-malformed", Severity.LOW),
    ],
)
def test_settings_and_rules_that_give_root_away(text: bytes, rule: str, severity: Severity) -> None:
    (finding,) = sudo(policy(text))
    assert (finding.rule, finding.severity) == (f"accounts.{rule}", severity)


@pytest.mark.parametrize(
    "text",
    [
        b"Defaults targetpw\nALL ALL=(ALL) ALL\n",
        b'Defaults env_keep += "LANG TERM"\n',
        b'Defaults env_keep -= "LD_PRELOAD"\n',
        b"Defaults env_reset, mail_badpass\n",
    ],
)
def test_settings_that_do_not(text: bytes) -> None:
    assert sudo(policy(text)) == []


def test_without_sudo_a_rule_is_low_and_says_why() -> None:
    (finding,) = sudo({"etc/sudoers": b"app ALL=(ALL) NOPASSWD: ALL\n"})
    assert finding.severity is Severity.LOW
    assert finding.message.endswith("(sudo itself is not in the image)")


@pytest.mark.parametrize("who", ["app", "#999", "%app", "%#998", "ALL"])
def test_a_rule_on_the_containers_own_user_is_critical(who: str) -> None:
    text = f"{who} ALL=(ALL) NOPASSWD: ALL\n".encode()
    accounts = {"etc/passwd": b"app:x:999:998::/:/bin/sh\n", "etc/group": b"app:x:998:\n"}
    layer: LayerSource = {**SUDO, "etc/sudoers": text, **accounts}
    found = {user: concluded(Accounts(), layer, settings={"User": user}).findings for user in ("app", "root")}
    severities = {
        user: [item.severity for item in items if item.rule == "accounts.sudo-nopasswd"]
        for user, items in found.items()
    }
    assert severities == {"app": [Severity.CRITICAL], "root": [Severity.HIGH]}


def test_a_rule_is_laid_on_the_layer_that_brought_it() -> None:
    rule = b"app ALL=(ALL) NOPASSWD: ALL\n"
    (finding,) = sudo(policy(MAIN), {"etc/sudoers": MAIN + rule}, {"etc/sudoers": b"# c\n" + MAIN + rule})
    assert finding.layer is not None
    assert finding.layer.index == 1
    assert finding.line == 6


def test_a_hundred_rules_are_no_hundred_findings() -> None:
    text = b"".join(b"u%d ALL=(ALL) NOPASSWD: ALL\n" % number for number in range(100))
    assert len(sudo(policy(text))) == 20


ALIASES = b"User_Alias ADMINS = app, bob\nCmnd_Alias ROOTSH = /bin/bash\nRunas_Alias OP = root\nHost_Alias H = ALL\n"
APP = {"etc/passwd": b"app:x:999:998::/:/bin/sh\n", "etc/group": b"app:x:998:\n"}


def of_app(text: bytes, **more: bytes) -> list[Finding]:
    found = concluded(Accounts(), {**APP, **policy(text, **more)}, settings={"User": "app"}).findings
    return [finding for finding in found if finding.rule == "accounts.sudo-nopasswd"]


def test_a_rule_of_aliases_is_judged_as_the_same_rule_without_them() -> None:
    (plain,) = of_app(b"app, bob ALL=(root) NOPASSWD: /bin/bash\n")
    (aliased,) = of_app(ALIASES + b"ADMINS H=(OP) NOPASSWD: ROOTSH\n")
    assert (aliased.severity, aliased.message) == (Severity.CRITICAL, plain.message)
    assert aliased.evidence["users"] == ["app", "bob"]
    assert aliased.evidence["aliases"] == ["ADMINS", "OP", "ROOTSH"]
    assert "aliases" not in plain.evidence


@pytest.mark.parametrize(
    "rule",
    [
        b"OTHERS ALL=(OP) NOPASSWD: ROOTSH\nUser_Alias OTHERS = ann : MORE = app\n",
        b"ALL, !ADMINS ALL=(OP) NOPASSWD: ROOTSH\n",
        b"SOME ALL=(OP) NOPASSWD: ROOTSH\nUser_Alias SOME = ADMINS, !app\n",
        b"ADMINS ALL=(WWW) NOPASSWD: ROOTSH\nRunas_Alias WWW = www-data\n",
        b"ADMINS ALL=(OP) NOPASSWD: TOOLS\nCmnd_Alias TOOLS = /opt/tool\n",
        b"ADMINS ALL=(OP) NOPASSWD: ROOTSH, !ROOTSH, /opt/tool\n",
    ],
)
def test_aliases_that_are_about_others_are_not_critical(rule: bytes) -> None:
    assert [finding.severity for finding in of_app(ALIASES + rule) if finding.severity is Severity.CRITICAL] == []


@pytest.mark.parametrize(
    "rule",
    [
        b"NESTED ALL=(OP) NOPASSWD: ROOTSH\nUser_Alias NESTED = ann, ADMINS\n",
        b"A ALL=(OP) NOPASSWD: ROOTSH\nUser_Alias B = app : A = !B : C = x\nB ALL=NOPASSWD: ROOTSH\n",
        b"NOT ALL=(OP) NOPASSWD: ROOTSH\nUser_Alias NOT = !IN : IN = ALL, !ADMINS\n",
        b"ADMINS ALL=(OP) NOPASSWD: ALL, !ROOTSH\n",
        b"ADMINS ALL=(www-data, OP) NOPASSWD: ROOTSH\n",
        b"ADMINS H=(OP) NOPASSWD: DIGESTS\nCmnd_Alias X = /opt/x : DIGESTS = X, sha256:aGk= /bin/sh\n",
    ],
)
def test_nested_and_negated_aliases_are_expanded(rule: bytes) -> None:
    assert [finding.severity for finding in of_app(ALIASES + rule)] == [Severity.CRITICAL]


def test_an_alias_may_stand_in_another_file_of_the_policy_and_nowhere_else() -> None:
    rule = MAIN + b"ADMINS ALL=NOPASSWD: ROOTSH\n"
    (inside,) = of_app(rule, aliases=ALIASES)
    (outside,) = of_app(rule, **{"skipped.conf": ALIASES})
    assert inside.severity is Severity.CRITICAL
    assert outside.message == "ADMINS may run ROOTSH as root without a password"


def test_a_rule_that_is_for_no_host_is_no_finding() -> None:
    assert sudo(policy(b"Host_Alias NONE = !ALL\napp NONE=NOPASSWD: ALL\n")) == []


def test_aliases_in_a_circle_and_those_that_double_end() -> None:
    circle = b"User_Alias A = B, x : B = A, y\nA ALL=NOPASSWD: ALL\n"
    doubling = b"".join(b"User_Alias A%d = A%d, A%d, !A%d\n" % (n, n + 1, n + 1, n + 1) for n in range(40))
    (first,) = sudo(policy(circle))
    found = conclude(Accounts(), policy(doubling + b"User_Alias A40 = u\nA0 ALL=NOPASSWD: ALL\n")).findings
    assert first.evidence["users"] == ["y", "x"]
    assert "accounts.not-read-whole" in [finding.rule for finding in found]


def test_an_alias_nested_a_thousand_deep_is_expanded() -> None:
    chain = b"".join(b"User_Alias A%d = A%d\n" % (n, n + 1) for n in range(1000))
    found = of_app(chain + b"User_Alias A1000 = app\nA0 ALL=NOPASSWD: ALL\n")
    assert [finding.severity for finding in found] == [Severity.CRITICAL]


# Includes


def unread(*layers: LayerSource) -> list[Finding]:
    found = conclude(Accounts(), *layers).findings
    return [finding for finding in found if finding.rule == "accounts.not-read-whole"]


RULE = b"app ALL=(ALL) NOPASSWD: ALL\n"


@pytest.mark.parametrize(
    ("include", "path"),
    [
        (b"@include /opt/sudo/extra", "opt/sudo/extra"),
        (b"@include ../opt/sudo/extra", "opt/sudo/extra"),
        (b"#includedir /opt/policy", "opt/policy/extra"),
        (b"@include /etc/sudoers.%h", "etc/sudoers.web"),
    ],
)
def test_an_included_file_that_was_not_read_is_told(include: bytes, path: str) -> None:
    (finding,) = unread({**SUDO, "etc/sudoers": b"\n" + include + b"\n", path: RULE})
    assert (finding.path, finding.line, finding.severity) == ("etc/sudoers", 2, Severity.MEDIUM)
    assert len(finding.evidence["included"]) == 1


@pytest.mark.parametrize(
    ("include", "path"),
    [
        (b"@include /etc/sudoers.local", "etc/sudoers.local"),
        (b"@include sudoers.local", "etc/sudoers.local"),
        (b"@includedir sudoers.x", "etc/sudoers.x/a"),
        (b"#includedir sudoers.x", "etc/sudoers.x/a"),
        (b"@include sudoers.d/a", "etc/sudoers.d/a"),
    ],
)
def test_an_included_file_that_was_read_is_followed(include: bytes, path: str) -> None:
    layer: LayerSource = {**SUDO, "etc/sudoers": include + b"\n", path: RULE}
    assert unread(layer) == []
    assert [finding.path for finding in sudo(layer)] == [path]


def test_a_relative_include_is_relative_to_the_file_that_includes() -> None:
    layer = policy(b"@include sudoers.x/a\n") | {"etc/sudoers.x/a": b"@include b\n"}
    assert [finding.path for finding in sudo({**layer, "etc/sudoers.x/b": RULE})] == ["etc/sudoers.x/b"]
    assert sudo({**layer, "etc/sudoers.b": RULE}) == []


@pytest.mark.parametrize("path", ["opt/sudo/other", "opt/policy/a.conf", "opt/policy/a~"])
def test_what_is_not_included_or_skipped_or_missing_is_not_told(path: str) -> None:
    text = b"@include /opt/sudo/extra\n@includedir /opt/policy\n@include /etc/sudoers.%h\n"
    assert unread({**SUDO, "etc/sudoers": text, path: RULE, "opt/policy/empty": b""}) == []


def test_without_sudo_an_unread_include_is_low() -> None:
    (finding,) = unread({"etc/sudoers": b"@include /opt/extra\n", "opt/extra": RULE})
    assert finding.severity is Severity.LOW


def test_a_policy_of_too_many_statements_is_told_and_one_of_less_is_not() -> None:
    assert len(unread(policy(b"root ALL=ALL\n" * 5000))) == 1
    assert unread(policy(b"root ALL=ALL\n" * 4999)) == []


# Commands


@pytest.mark.parametrize(
    "command",
    [
        b"/usr/bin/python3.11",
        b"/usr/bin/",
        b"/usr/bin/*",
        b"/bin/ba*",
        b"/usr/*/bash",
        b"/opt/tools/",
        b"/opt/t*/*",
        b"^/usr/bin/.*$",
        b"sha256:" + b"ab" * 32 + b" /bin/bash",
        b"/usr/bin/socat",
        b"/usr/bin/socat *",
    ],
)
def test_a_directory_a_pattern_or_a_version_of_what_runs_commands_is_high(command: bytes) -> None:
    layer = {**policy(b"app ALL=NOPASSWD: " + command), "opt/tools/bash": b"", "usr/games/bash": b""}
    (finding,) = sudo(layer)
    assert finding.severity is Severity.HIGH


@pytest.mark.parametrize(
    "command",
    [
        b"/opt/tool3.11",
        b"/opt/tools/",
        b"/opt/tools/*",
        b"/usr/bin/backup-*",
        b"^/usr/bin/backup-[0-9]$",
        b"sha256:" + b"ab" * 32 + b" /opt/backup",
        b"/usr/sbin/nginx -s reload",
        b"/opt/backup, !/bin/bash",
    ],
)
def test_a_directory_or_a_pattern_of_what_does_not_is_medium(command: bytes) -> None:
    (finding,) = sudo({**policy(b"app ALL=NOPASSWD: " + command), "opt/tools/backup": b""})
    assert finding.severity is Severity.MEDIUM
    assert "sha256" not in finding.message


# Remedies


@pytest.mark.parametrize(
    ("text", "lines"),
    [
        (b"app ALL=(ALL) \\\n NOPASSWD: \\\n  ALL\nroot ALL=ALL\n", "1,3d"),
        (b"app ALL=(ALL) NOPASSWD: ALL\nroot ALL=ALL\n", "1d"),
        (b"Defaults !authen\\\nticate\n", "1,2d"),
    ],
)
def test_a_remedy_deletes_all_lines_of_a_statement_and_no_others(text: bytes, lines: str) -> None:
    (finding,) = sudo(policy(text))
    assert finding.remediation == f"RUN sed -i {lines} /etc/sudoers"


# Inventory


def rights(text: bytes) -> dict[str, str]:
    users = b"app:x:999:998::/:/bin/sh\nzed:x:1000:100::/:/bin/sh\nann:x:1001:100::/:/bin/sh\n"
    layer: LayerSource = {
        **policy(text),
        "etc/passwd": users,
        "etc/group": b"app:x:998:\nusers:x:100:\nops:x:101:ann\n",
    }
    return {item.data["name"]: item.data["sudo"] for item in conclude(Accounts(), layer).items}


@pytest.mark.parametrize(
    ("text", "app", "zed", "ann"),
    [
        (b"app ALL=(ALL) ALL\napp ALL=NOPASSWD: /bin/x\n", "all", "no", "no"),
        (b"app ALL=(ALL) ALL, NOPASSWD: /bin/x\n", "all", "no", "no"),
        (b"app ALL=(ALL) NOPASSWD: ALL\nzed ALL=/bin/y\n", "all, no password", "some", "no"),
        (b"%app ALL=(ALL) NOPASSWD: ALL\n", "all, no password", "no", "no"),
        (b"%#100 ALL=ALL\n%ops ALL=NOPASSWD: ALL\n", "no", "all", "all, no password"),
        (b"Defaults:zed !authenticate\napp, zed ALL=ALL\n", "all", "all, no password", "no"),
        (b"Defaults !authenticate\napp ALL=ALL\nzed ALL=PASSWD: ALL\n", "all, no password", "all", "no"),
        (b"Defaults !authenticate\nDefaults:%users authenticate\nALL ALL=ALL\n", "all, no password", "all", "all"),
        (b"User_Alias Z = zed\nDefaults:Z !authenticate\nZ, app ALL=ALL\n", "all", "all, no password", "no"),
        (b"Defaults!/bin/x !authenticate\napp ALL=/bin/x\nzed ALL=/bin/y\n", "some, no password", "some", "no"),
        (b"Defaults>root !authenticate\napp ALL=/bin/x\nzed ALL=(www) /bin/y\n", "some, no password", "some", "no"),
        (b"ALL, !zed ALL=ALL\n", "all", "no", "all"),
        (b"User_Alias N = !zed, ALL\nN ALL=ALL\n", "all", "all", "all"),
        (b"Cmnd_Alias EVERY = ALL\nzed ALL=NOPASSWD: EVERY\n", "no", "all, no password", "no"),
    ],
)
def test_the_inventory_says_what_each_user_may_run(text: bytes, app: str, zed: str, ann: str) -> None:
    assert rights(text) == {"app": app, "zed": zed, "ann": ann}


def test_a_command_of_exclamation_marks_alone_allows_nothing() -> None:
    assert rights(b"app ALL=!!\nzed ALL=!! /bin/x\n") == {"app": "no", "zed": "some", "ann": "no"}
