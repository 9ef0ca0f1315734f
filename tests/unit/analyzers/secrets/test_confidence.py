"""How sure a finding is, by its surroundings: each doubt beside its twin without one."""

from __future__ import annotations

import base64
import hashlib

import pytest

from imgscan.analyzers.secrets import Secrets, privatekey
from imgscan.analyzers.secrets.examples import expand
from imgscan.testing import conclude

SECRETS = Secrets()
PASSWORD = expand("<<A-Za-z0-9|7>>!<<A-Za-z0-9|7>>", "password")
TOKEN = expand("<<A-Za-z0-9|36>>", "token")
JWT = "eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9.eyJpc3MiOiJjb3JwIiwic3ViIjoiMTIzNDU2In0." + expand(
    "<<A-Za-z0-9|43>>", "jwt"
)
KEY = "MIIEpAIBAAKCAQEA" + expand("<<A-Za-z0-9+/|48>>", "key")
PUTTY = """
var ppk = 'PuTTY-User-Key-File-2: ' + algorithm;
ppk += 'Encryption: ' + kind;
ppk += 'Private-Lines: '
ppk += lines.map(function(line) { return line.trim(); }).join(ending);
ppk += 'Private-MAC: ' + mac
"""
ELF = b"\x7fELF\x02\x01\x01" + bytes(9)


def confidence(path: str, content: str | bytes) -> list[str]:
    data = content if isinstance(content, bytes) else content.encode()
    return [item.evidence["confidence"] for item in conclude(SECRETS, {path: data}).findings]


@pytest.mark.parametrize(
    ("path", "surer"),
    [
        ("app/service.examples.json", "app/service.settings.json"),
        ("app/service-example.json", "app/service-exemplary.json"),
        ("app/sample.config.json", "app/sampler.json"),
        ("app/types.d.ts", "app/types.ts"),
        ("app/unit_tests.cfg", "app/unit_contests.cfg"),
    ],
)
def test_a_file_named_as_a_sample_weighs_less(path: str, surer: str) -> None:
    text = f'{{"idToken": "{JWT}"}}'

    assert confidence(path, text) == ["low"]
    assert confidence(surer, text) == ["medium" if surer.endswith(".ts") else "high"]


@pytest.mark.parametrize(
    "word",
    ["SuperSecretPassw0rd", "Exampl3Passphrase", "Administrator12345!", "S0me0therPassw0rd", "#S1ncerelyYours1"],
)
def test_words_in_disguise_weigh_less_in_sources_and_not_in_settings(word: str) -> None:
    assert confidence("app/setup.py", f'password="{word}"') == ["low"]
    assert confidence("app/setup.py", f'password="{PASSWORD}"') == ["medium"]
    assert confidence("app/setup.ini", f"password={PASSWORD}") == ["medium"]


def test_an_example_nearby_weighs_less_in_sources() -> None:
    text = 'user = aws.User("{}",\n    name="corp",\n    password="' + PASSWORD + '",\n)\n'

    assert confidence("app/user.py", text.format("example")) == ["low"]
    assert confidence("app/user.py", text.format("main")) == ["medium"]


def test_a_user_whose_password_is_the_users_name_weighs_less() -> None:
    assert confidence("app/app.cfg", "broker = amqp://guest:guest@rabbitmq:5672/") == ["low"]
    assert confidence("app/app.cfg", f"broker = amqp://guest:{PASSWORD[:7]}@rabbitmq:5672/") == ["medium"]


def test_an_assignment_in_a_binary_weighs_less() -> None:
    text = b"\0password=" + PASSWORD.encode() + b"\0"

    assert confidence("usr/bin/tool", ELF + bytes(200) + text.replace(b"\0", b"\n" * 70)) == ["low"]
    assert confidence("usr/share/tool.conf", text.replace(b"\0", b"\n")) == ["medium"]


@pytest.mark.parametrize(
    "text",
    [
        'json:"labels,omitempty" protobuf_key:"bytes,1,opt,name=key" protobuf_val:"bytes"',
        "From: 'jsonwebtoken.io'\n  - JJWT (https://corp.test) io.jsonwebtoken:jjwt-api:jar:0.13.0\n",
        "secret = r'([a-zA-Z0-9_\\-]{44}(?![a-zA-Z0-9_\\-]))'",
        'exports.DEFAULT_TOKEN = "eyJzZXNzaW9uX2lkIjogImRlZmF1bHQifQ";',
        PUTTY,
        f"such as `-----BEGIN RSA PRIVATE KEY----- {KEY}. -----END RSA PRIVATE KEY-----`",
        f'"domain_signing_private_key": "{KEY}..."',
        f"-----BEGIN RSA PRIVATE KEY-----\n  {KEY}\n  ...\n",
        '"no_token": "Ambiclimate\\u3067\\u8a8d\\u8a3c1234"',
        '$root_key = "HKLM:\\SYSTEM\\CurrentControlSet\\Services2\\EventLog"',
        '"oauth_token_secret_version": "projects/gcb-creds/secrets/github-pat7/versions/1"',
        '"Resource": "arn:aws:secretsmanager:*:*:secret:A4BNetworkProfile7*"',
        'PSK = "MDAwMDAwMDAwMDAwMDAwMDAwMDAwMDAwMDAwMDAwMDA="',
        "Authorization: Basic b3BlbnNoaWZ0LWNoYWxsZW5naW5nLWNsaWVudDo=",
        'KEYCLOAK_SECRET = "1234abcd-1234-abcd-1234-abcd1234adcd"',
        "path: postgresql://DB_USERNAME:DB_PASSWORD@DB_HOST:DB_PORT/DB_NAME",
        f"AGFzbQ/EAA{TOKEN * 4}/AGFzbQ",
    ],
)
def test_what_only_looks_like_a_secret_is_none(text: str) -> None:
    assert confidence("app/source.js", text) == []
    assert confidence("app/settings.conf", text) == []


@pytest.mark.parametrize(
    "text",
    [
        f'"secret": "{TOKEN}"',
        f'token = "eyJ{TOKEN}"',
        f'"private_key": "{KEY}"',
        f"private_key: |\n  {KEY}\n  {TOKEN}\n",
        f"Authorization: Basic {base64.b64encode(f'client:{PASSWORD}'.encode()).decode()}",
        f"path: postgresql://name:{PASSWORD[:7]}@host:5432/name",
        f"EAA{TOKEN * 4}",
    ],
)
def test_their_twins_are_found(text: str) -> None:
    assert confidence("app/settings.conf", text) != []


def test_a_key_that_a_library_brings_along_for_all_weighs_less(monkeypatch: pytest.MonkeyPatch) -> None:
    body = "MIIEvQIBADANBgkqhkiG9w0BAQEFAASCBKcw" + expand("<<A-Za-z0-9|200>>", "body")
    text = f"-----BEGIN PRIVATE KEY-----\n{body}\n-----END PRIVATE KEY-----\n"

    assert confidence("app/key.pem", text) == ["high"]

    monkeypatch.setattr(privatekey, "_PUBLISHED", frozenset({hashlib.sha256(body.encode()).hexdigest()}))
    assert confidence("app/key.pem", text) == ["low"]


def test_the_key_of_an_emulator_that_its_vendor_prints_weighs_less() -> None:
    key = "Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6IFsuFq2UVErCz4I6tq/K1SZFPTOtr/KBHBeksoGMGw=="

    assert confidence("app/settings.conf", f"STORAGE_KEY={key}") == ["low"]


@pytest.mark.parametrize(
    "value",
    [
        "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0NTY3ODkwIiwibmFtZSI6IkpvaG4ifQ." + "Xq7" * 14,
        "https://a.corp.test/b?sv=2021-06-08&sr=c&sig=aBBKDWQvyuVcTPH9EBp%2FXTI9E%2F%2Fmq171%2BZU178wcwqU%3D",
    ],
)
def test_what_a_vendors_page_shows_weighs_less(value: str) -> None:
    assert confidence("app/settings.conf", f'value = "{value}"\n') == ["low"]


def test_documentation_in_a_module_of_python_weighs_less() -> None:
    text = f'RETURN = r"""\n  auth:\n    client_token: s.{TOKEN[:24]}\n    password: {PASSWORD}\n"""\n'

    assert set(confidence("app/modules/vault.py", text)) == {"low"}
    assert "low" not in confidence("app/modules/vault.yml", text)


def test_a_block_of_samples_weighs_less() -> None:
    text = "type: string\n{}:\n  accessToken: " + TOKEN + "\n"

    assert confidence("app/api.yml", text.format("example")) == ["low"]
    assert confidence("app/api.yml", text.format("credentials")) == ["medium"]


def test_a_comment_in_a_literal_weighs_less_as_any_other() -> None:
    key = expand("0x<<0-9a-f|64>>", "account")
    text = '{{"source":"class A {{\\n{}privateKey: \\"' + key + '\\"\\n"}}'

    assert confidence("app/web3.js.map", text.format("     *     ")) == ["low"]
    assert confidence("app/web3.js.map", text.format("     ")) == ["medium"]


def test_a_password_that_a_service_comes_with_weighs_less() -> None:
    assert confidence("app/run.sh", "mysql -uroot -proot db") == ["low"]
    assert confidence("app/run.sh", f"mysql -uroot -p{PASSWORD} db") == ["high"]


def test_a_setting_in_a_source_weighs_less() -> None:
    text = "snmp-server community Kd83jfLq2 ro"

    assert confidence("app/devices.py", f"text = '{text}'\n") == ["low"]
    assert confidence("app/router.conf", f"{text}\n") == ["medium"]


def test_a_collection_of_modules_is_a_library() -> None:
    text = f"password: {PASSWORD}\n"

    assert confidence("app/ansible_collections/a/b/playbooks/p.yml", text) == ["low"]
    assert confidence("app/roles/a/molecule/default/converge.yml", text) == ["low"]
    assert confidence("app/playbooks/p.yml", text) == ["medium"]


@pytest.mark.parametrize(
    ("path", "text", "sure"),
    [
        ("app/settings.py", "db_password: str = '{}'", "medium"),
        ("app/service.py", "    db_password: Optional[str] = '{}'", "medium"),
        ("app/service.py", "    db_password: str | None = '{}'", "medium"),
        ("app/service.py", "    db_password: SecretStr = '{}'", "medium"),
        ("app/.env", "REQUIREPASS={}", "medium"),
        ("app/redis.yml", "requirepass: {}", "medium"),
        ("app/a.json", '{{"arn": "arn:aws:sns:eu:1:t", "db_password": "{}"}}', "medium"),
        ("app/a.json", '{{"db_password": "{}", "title": "\\u4e2d\\u6587"}}', "medium"),
        ("app/mail.py", "HOST = 'smtp.example.com'\nSMTP_PASSWORD = '{}'", "medium"),
        ("app/a.yml", "examples:\n  name: x\ndb_password: {}", "medium"),
        ("app/a.yml", "examples:\n  name: x\n  db_password: {}", "low"),
    ],
)
def test_what_only_resembles_a_doubt_is_none(path: str, text: str, sure: str) -> None:
    assert confidence(path, text.format(PASSWORD) + "\n") == [sure]


def test_a_made_up_user_whose_password_is_its_name_is_no_default() -> None:
    name = expand("<<A-Za-z0-9|16>>", "user")

    assert confidence("app/.env", f"A=postgres://{name}:{name}@db/app\n") == ["high"]
    assert confidence("app/.env", "A=postgres://admin1:admin1@db.corp.test/app\n") == ["medium"]


def test_a_base64_of_a_password_is_found() -> None:
    assert confidence("app/secret.yml", "DB_PASSWORD: cHJvZC1wYXNzd29yZC05OTE3Mw==\n") == ["medium"]


@pytest.mark.parametrize("behind", [". Keep it", "...", "[...]", "<and so on>", "\n  ...\n", "…"])
def test_how_documentation_shows_the_beginning_of_a_key_is_no_key(behind: str) -> None:
    for end in ("-----END RSA PRIVATE KEY-----\n", ""):
        assert confidence("app/settings.conf", f"-----BEGIN RSA PRIVATE KEY-----\n{KEY}{behind}\n{end}") == []


def test_a_key_that_is_cut_short_is_one_whatever_follows() -> None:
    lines = "\n".join((KEY, TOKEN + TOKEN[:28], TOKEN + TOKEN[:28]))

    assert confidence("app/settings.conf", f"-----BEGIN RSA PRIVATE KEY-----\n{lines}\nport = 80\n") == ["high"]
    assert confidence("app/settings.conf", f"-----BEGIN RSA PRIVATE KEY-----\n{lines}") == ["high"]
    assert confidence("app/settings.conf", "-----BEGIN RSA PRIVATE KEY-----\nport = 80\nhost = db\n") == []


def test_a_key_in_the_form_of_rfc_4716_is_an_encrypted_one() -> None:
    body = base64.b64encode(b"\x3f\x6f\xf9\xeb" + hashlib.sha512(b"ssh2").digest()).decode()
    begin, end = (f"---- {word} SSH2 ENCRYPTED PRIVATE KEY ----\n" for word in ("BEGIN", "END"))
    text = begin + 'Comment: "a key, \\\nof corp"\n{}\n' + end

    (finding,) = conclude(SECRETS, {"app/key": text.format(body).encode()}).findings

    assert finding.rule == "secrets.key.encrypted"
    assert confidence("app/key", text.format("none")) == []


@pytest.mark.parametrize(
    ("path", "text"),
    [
        ("root/.pgpass", "db.corp.test:5432:app:app:{}\n"),
        ("srv/app/sftp-config.json", '{{"host": "h", "user": "a",\n "password": "{}"}}\n'),
        ("root/.netrc", "machine git.corp.test login deploy password {}\n"),
        ("root/.bash_history", "ls\nexport DB_PASSWORD={}\n"),
        ("root/.my.cnf", "[client]\npassword={}\n"),
        ("root/.zsh_history", ": 1700000000:0;export DB_PASS={}\n"),
        ("root/.psql_history", "ALTER USER app WITH PASSWORD '{}';\n"),
    ],
)
def test_a_file_that_is_there_to_hold_a_password_is_high(path: str, text: str) -> None:
    def severities(value: str) -> list[str]:
        return [item.severity.name for item in conclude(SECRETS, {path: text.format(value).encode()}).findings]

    assert severities(PASSWORD) == ["HIGH"]
    assert severities("${{SECRET}}") == []
    assert severities("<password>") == []


def test_each_password_of_a_file_is_a_finding() -> None:
    lines = "".join(f"db{number}:5432:app:app:{PASSWORD}{number}\n" for number in range(3)) + "# h:5432:app:app:none\n"

    assert [item.line for item in conclude(SECRETS, {"root/.pgpass": lines.encode()}).findings] == [1, 2, 3]


@pytest.mark.parametrize("value", ["aB3<dE9>fG2kLm", "aB3{dE9}fG2kLm", "Qx<7zvK2", "x9]Kq2!vW8"])
def test_brackets_inside_a_value_are_characters_of_a_password(value: str) -> None:
    assert confidence("srv/app.properties", f"spring.datasource.password={value}\n") != []
    assert confidence("srv/app.properties", "spring.datasource.password=<your-password>\n") == []


def test_a_package_and_its_architecture_are_no_password() -> None:
    for text in (
        "install base-passwd:amd64 <none> 3.6.1\n",
        "status installed passwd:all 1:4.13\n",
        "passwd:i386 (1)\n",
    ):
        assert confidence("var/log/dpkg.log", text) == []
    assert confidence("var/log/app.log", f"passwd:{PASSWORD}\n") != []


def test_whatever_ranks_low_says_why() -> None:
    files = {
        "srv/a.conf": f"password = sommer\npassword2 = changeme\n# token = {TOKEN}\n",
        "srv/a.py": f"secret = '{TOKEN}'\nPASSWORD = 'Passw0rd1!'\n",
        "srv/a.md": f"password: '{PASSWORD}'\n",
        "srv/b.pem": f"-----BEGIN ENCRYPTED PRIVATE KEY-----\n{KEY}\n-----END ENCRYPTED PRIVATE KEY-----\n",
        "srv/c.conf": "hash = $apr1$" + expand("<<A-Za-z0-9|8>>$<<A-Za-z0-9|22>>", "hash") + "\n",
    }
    findings = conclude(SECRETS, {path: text.encode() for path, text in files.items()}).findings

    assert len(findings) >= 5
    assert [item.rule for item in findings if item.severity <= 1 and not item.evidence.get("ranked_low")] == []


GLSA = expand("glsa_<<A-Za-z0-9|32>>_<<a-f0-9|8>>", "glsa")
PUBLISHED_COSMOS = "C2y6yDjf5/R+ob0N8A7Cgv30VRDJIWEHLM+4QDU5DE2nQ9nDuVTqobD4b8mGGyPMbIZnqyMsEcaGQy67XIw/Jw=="


def test_a_token_with_a_form_of_its_own_is_one_in_a_line_that_is_switched_off() -> None:
    assert confidence("app/a.js", f"// x = '{GLSA}'\n") == ["medium"]
    assert confidence("app/a.py", f"# password = '{PASSWORD}'\n") == ["low"]


def test_what_the_documentation_of_a_vendor_prints_is_for_information() -> None:
    text = "AccountEndpoint=https://localhost:8081/;AccountKey={};"

    (printed,) = conclude(SECRETS, {"app/a.conf": text.format(PUBLISHED_COSMOS).encode()}).findings
    (other,) = conclude(
        SECRETS, {"app/a.conf": text.format(expand("<<A-Za-z0-9+/|86>>==", "cosmos")).encode()}
    ).findings

    assert (printed.severity.name, "documentation" in printed.evidence["ranked_low"]) == ("INFO", True)
    assert other.severity.name in ("HIGH", "CRITICAL")


@pytest.mark.parametrize("scheme", ["webdavs", "trino", "tcp", "zookeeper", "git+ssh", "elasticsearch+https"])
def test_a_password_in_an_address_of_any_scheme_is_found(scheme: str) -> None:
    assert confidence("app/a.conf", f"url = {scheme}://bob:{PASSWORD.replace('!', 'x')}@h.corp.test:80/x\n") != []
    assert confidence("app/a.conf", f"url = {scheme}://bob:${{PASSWORD}}@h.corp.test:80/x\n") == []
    assert confidence("app/a.conf", f"url = {scheme}://h.corp.test:80/x@y\n") == []


def test_a_variable_of_the_environment_is_a_setting_in_any_file() -> None:
    assert confidence("app/notes.txt", "-e MYSQL_PASSWORD=pdyodcrtxqormin x\n") == ["medium"]
    assert confidence("app/notes.txt", "the password=pdyodcrtxqormin x\n") == ["low"]
