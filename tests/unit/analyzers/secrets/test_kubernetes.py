"""Values of Kubernetes Secrets, in the forms in which manifests come."""

from __future__ import annotations

import base64

import pytest

from imgscan.analyzers.secrets import Secrets
from imgscan.analyzers.secrets.examples import expand
from imgscan.testing import conclude

SECRETS = Secrets()
VALUE = expand("<<A-Za-z0-9|24>>", "kubernetes")


def b64(text: str) -> str:
    return base64.b64encode(text.encode()).decode()


CODED = b64(VALUE)


def found(text: str, path: str = "srv/k8s/one.yaml") -> list[tuple[str, str, int | None]]:
    findings = conclude(SECRETS, {path: text.encode()}).findings
    return [(item.rule, item.severity.name, item.line) for item in findings]


@pytest.mark.parametrize(
    ("text", "line"),
    [
        (f"apiVersion: v1\nkind: Secret\ndata:\n  foo: {CODED}\n", 4),
        (f"apiVersion: v1\ndata:\n  foo: {CODED}\nkind: Secret\n", 3),
        (f"kind: Secret\r\nmetadata:\r\n  name: a\r\ndata:\r\n  foo: {CODED}\r\n", 5),
        (f"kind: 'Secret'\nstringData:\n  foo: \"{VALUE}\"\n", 3),
        (f"kind: Secret\ndata:\n  foo: |\n    {CODED}\n", 4),
        (f"items:\n- apiVersion: v1\n  data:\n    foo: {CODED}\n  kind: Secret\nkind: List\n", 4),
        (f'{{"kind": "Secret", "metadata": {{"labels": {{"a": "b"}}}}, "data": {{"foo": "{CODED}"}}}}', 1),
        (f'{{"apiVersion": "v1", "data": {{"foo": "{CODED}"}}, "kind": "Secret"}}', 1),
        (f"{{apiVersion: v1, kind: Secret, data: {{foo: {CODED}}}}}", 1),
        (f"kind: Secret\ndata: {{foo: {CODED}}}\n", 2),
        (f"kind: Secret\nstringData: {{ user: app, 'foo': '{VALUE}' }}\n", 2),
    ],
)
def test_a_value_below_data_is_secret_whatever_its_key_is_called(text: str, line: int) -> None:
    assert found(text) == [("secrets.kubernetes.secret-value", "MEDIUM", line)]


@pytest.mark.parametrize(
    "text",
    [
        f"kind: ConfigMap\ndata:\n  foo: {CODED}\n",
        f"kind: SealedSecret\nspec:\n  encryptedData:\n    foo: {CODED}\n",
        "kind: Secret\ndata:\n  foo: {{ .Values.foo | b64enc }}\n",
        f"kind: Secret\ndata:\n  username: {b64('deployer-of-apps')}\n  ca.crt: {b64('-----BEGIN CERTIFICATE-----')}\n",
        f"kind: Secret\ndata:\n  foo: {b64('<your-password>')}\n",
        f"kind: ConfigMap\ndata:\n  foo: {CODED}\n---\nkind: Secret\nmetadata:\n  name: a\n",
        f"items:\n- data:\n    foo: {CODED}\n  kind: ConfigMap\n- data: {{}}\n  kind: Secret\n",
        "kind: Secret\ndata:\n  foo: no base64!\n",
    ],
)
def test_what_is_no_value_of_a_secret_is_none(text: str) -> None:
    assert found(text) == []


def test_a_value_that_anybody_guesses_ranks_low_and_says_why() -> None:
    (finding,) = conclude(SECRETS, {"srv/a.yaml": f"kind: Secret\ndata:\n  foo: {b64('changeme')}\n".encode()}).findings

    assert (finding.severity.name, "guess" in finding.evidence["ranked_low"]) == ("LOW", True)


def test_what_a_value_holds_is_looked_into() -> None:
    auths = f'{{"auths": {{"registry.corp.test": {{"auth": "{b64("deployer:" + VALUE)}"}}}}}}'
    settings = f"db:\n  password: {VALUE}\n"
    for text in (auths, settings):
        for key in (".dockerconfigjson", "foo"):
            rules = [rule for rule, *_ in found(f"kind: Secret\ndata:\n  {key}: {b64(text)}\n")]

            assert rules != []
            assert "secrets.kubernetes.secret-value" not in rules


@pytest.mark.parametrize(
    "text",
    [
        f"{{apiVersion: v1, kind: ConfigMap, data: {{foo: {CODED}}}}}",
        "kind: Secret\ndata: {}\n",
        f"kind: Secret\nmetadata: {{foo: {CODED}}}\n",
        "kind: Secret\ndata: {{ toYaml .Values.secrets | indent 2 }}\n",
    ],
)
def test_flow_style_elsewhere_holds_no_secret_of_kubernetes(text: str) -> None:
    assert not [row for row in found(text) if "kubernetes" in row[0]]
