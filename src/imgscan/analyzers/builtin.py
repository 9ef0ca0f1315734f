"""The analyzers that come with imgscan, in the report's order."""

from __future__ import annotations

from imgscan.analyzers.api import Analyzer
from imgscan.analyzers.capabilities import Capabilities
from imgscan.analyzers.elf import Elf
from imgscan.analyzers.programs import Programs
from imgscan.analyzers.setuid import Setuid

BUILTIN: tuple[Analyzer, ...] = (Setuid(), Capabilities(), Programs(), Elf())
