"""Passwords that anybody can guess: a service's default, the account's name, a word, a row of digits.

``MYSQL_ROOT_PASSWORD=changeme`` is a password, and worse than a random one; ``<your-password>`` is none.
"""

from __future__ import annotations

import re
from functools import lru_cache

from imgscan.analyzers.secrets.names import name_kind
from imgscan.analyzers.secrets.placeholder import is_instruction, is_reference

# What services, their images and their manuals come with, and what lists of common passwords begin with.
DEFAULTS = frozenset(
    """
    admin administrator root toor guest user test tests testing demo dev default changeme change_me change-me changeit changethis
    change_this changemenow password passwd pass passw0rd password1 password123 p@ssw0rd secret secrets supersecret mysecret
    my-secret mysecretpassword my-secret-pw secretkey secret-key secret_key topsecret insecure not-secret notsecret s3cret letmein welcome welcome1 qwerty
    1234 12345 123456 1234567 12345678 123456789 1234567890 111111 000000 abc123 abcd1234 example sample foobar foo bar
    postgres postgresql mysql mariadb mongo mongodb redis rabbitmq rabbit elastic elasticsearch changepassword kibana grafana
    minio minioadmin minio123 wordpress drupal joomla nextcloud keycloak airflow superset sonar jenkins nexus tomcat
    oracle sa system manager tiger cassandra couchdb neo4j influxdb influx zabbix nagios odoo ghost gitea gitlab sentry jira
    confluence vagrant docker ubuntu debian centos alpine pi raspberry ftp ftpuser anonymous www nobody app application db
    database service web api public private cisco hunter2 hello love dummy temp temporary none-set supervisor operator
    """.split()
)
_SWITCHES = frozenset(
    """
    true false yes no on off none null nil undefined enabled disabled enable disable prompt ask env file stdin optional required
    hidden masked redacted removed omitted unset unknown not_set not-set notset n/a auto generate generated random string str text
    value bool boolean int number empty
    """.split()
)
# The last word of a name that a password or key belongs to.
_PASSWORD = re.compile(r"(?i)(?:passw(?:or)?d|passphrase|passcode|pass|pwd|_pw|^pw|psk)[_.-]?\d{0,2}$")
_KEY = re.compile(
    r"(?i)(?:secret(?:[_.-]?key)?(?:[_.-]?base)?|token|api[_.-]?key|(?:auth|signing|encryption|private|master|jwt|session|app)[_.-]?key|salt)[_.-]?\d{0,2}$"
)
_PATH = re.compile(r"(?:~|\.{0,2})/|[A-Za-z]:\\|[a-z][a-z0-9+.-]{1,12}://")


@lru_cache(maxsize=4096)
def is_default(name: str, text: str) -> bool:
    """Whether the value of a name is one that everybody tries: of a password, or of a key that signs."""
    lower = text.strip().lower()
    if not _PASSWORD.search(name) and not _KEY.search(name):
        return False
    return bool(name_kind(name)) and (lower in DEFAULTS or _is_account(name, lower))


def is_set_password(name: str, text: str) -> bool:
    """Whether a variable of a container sets a password, however poor: no switch, reference, path or instruction."""
    bare = text.strip().strip("\"'")
    lower = bare.lower()
    if not bare or lower in _SWITCHES or is_reference(bare) or _PATH.match(bare):
        return False
    if is_default(name, bare):
        return True
    if _PASSWORD.search(name) is None or name_kind(name) != "password" or is_instruction(bare):
        return False
    return not (bare.isdigit() and len(bare) < 4) and len(set(lower)) > 1


def _is_account(name: str, lower: str) -> bool:
    """Whether a password is the account's or service's name, as its own name says: ``GRAFANA_PASSWORD=grafana``."""
    first = re.split(r"[_.-]", name.lower())[0]
    return len(lower) >= 2 and lower == first and _PASSWORD.search(name) is not None
