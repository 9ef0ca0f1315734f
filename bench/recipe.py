"""What the real image is made of: seven steps, a layer each, from Debian's archive and from PyPI.

It holds on purpose what an auditor looks for: setuid programs, file capabilities, daemons, host keys, network
and debug tools, compilers, files that a later layer removes or replaces.
"""

from dataclasses import dataclass
from enum import Enum, auto

SUITE = "bookworm"


class StepKind(Enum):
    """How a step changes the root."""

    DEBOOTSTRAP = auto()
    SHELL = auto()
    PIP = auto()


@dataclass(frozen=True, slots=True)
class Step:
    """One layer; ``command`` is its history line, and for SHELL what /bin/sh runs in the root.

    ``target`` (a directory in the image) and ``packages`` are for PIP alone.
    """

    kind: StepKind
    command: str
    target: str = ""
    packages: tuple[str, ...] = ()


def _apt(packages: str, after: str = "") -> Step:
    install = "apt-get install -y --no-install-recommends"
    return Step(StepKind.SHELL, f"apt-get update && {install} {packages}{after}")


def _pip(target: str, packages: str) -> Step:
    return Step(StepKind.PIP, f"pip install --target={target} {packages}", target, tuple(packages.split()))


AUDITED_STEPS = (
    Step(StepKind.DEBOOTSTRAP, f"debootstrap --variant=minbase {SUITE} /"),
    _apt("sudo openssh-client cron tcpdump python3 gcc perl", after=" && apt-get clean && rm -rf /var/lib/apt/lists/*"),
)
"""A Debian as its packages make it, on which ``planted.py`` plants what an audit must find."""

STEPS = (
    Step(StepKind.DEBOOTSTRAP, f"debootstrap --variant=minbase {SUITE} /"),
    _apt(
        "perl python3 sudo cron at openssh-client openssh-server tcpdump netcat-openbsd iproute2 iputils-ping "
        "curl wget ca-certificates libcap2-bin busybox procps less rsync socat zsh dbus exim4-daemon-light man-db",
        after=" && apt-get clean",
    ),
    _apt("gcc g++ make cmake gdb strace git vim python3-dev manpages-dev subversion ruby nodejs"),
    _pip(
        "/opt/science",
        "numpy scipy pandas matplotlib scikit-learn pyarrow sympy pillow statsmodels networkx bokeh numba",
    ),
    _pip(
        "/opt/web",
        "django sqlalchemy boto3 botocore cryptography grpcio flask fastapi celery redis psycopg2-binary lxml "
        "aiohttp requests google-api-python-client kubernetes azure-mgmt-network",
    ),
    _pip("/opt/docs", "sphinx jupyterlab notebook ipython nbconvert babel docutils pygments plotly mypy ruff"),
    Step(
        StepKind.SHELL,
        "useradd --system --create-home app && install -d -o app -m 0777 /srv/app && chmod u-s /usr/bin/chfn && "
        "rm -rf /var/cache/apt/archives/*.deb /var/lib/apt/lists/* /opt/science/sympy /usr/share/man/man3 && "
        "cp /etc/ssh/ssh_host_ed25519_key /srv/app/id_ed25519 && chown app /srv/app/id_ed25519 && "
        "rm /etc/ssh/ssh_host_rsa_key && echo 'app ALL=(ALL) NOPASSWD: ALL' > /etc/sudoers.d/app",
    ),
)
