"""The analyzers that come with imgscan, in the report's order: a new one is a line here.

What analyzers there are, their rules and their pages in the documentation are all made of this tuple.
"""

from __future__ import annotations

from imgscan.analyzers.accounts.analyzer import Accounts
from imgscan.analyzers.api import BuiltinAnalyzer
from imgscan.analyzers.bills.analyzer import Bills
from imgscan.analyzers.binaries.analyzer import Binaries
from imgscan.analyzers.capabilities.analyzer import Capabilities
from imgscan.analyzers.config.analyzer import Config
from imgscan.analyzers.elf.analyzer import Elf
from imgscan.analyzers.golang.analyzer import Golang
from imgscan.analyzers.history.analyzer import History
from imgscan.analyzers.integrity.analyzer import Integrity
from imgscan.analyzers.leftovers.analyzer import Leftovers
from imgscan.analyzers.oddities.analyzer import Oddities
from imgscan.analyzers.packages.analyzer import Packages
from imgscan.analyzers.permissions.analyzer import Permissions
from imgscan.analyzers.programs.analyzer import Programs
from imgscan.analyzers.setuid.analyzer import Setuid
from imgscan.analyzers.verification.analyzer import Verification

BUILTIN: tuple[BuiltinAnalyzer, ...] = (
    Setuid(),
    Capabilities(),
    Permissions(),
    Programs(),
    Elf(),
    Accounts(),
    Packages(),
    Golang(),
    Binaries(),
    Bills(),
    Integrity(),
    Config(),
    History(),
    Verification(),
    Leftovers(),
    Oddities(),
)
