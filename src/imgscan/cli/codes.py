"""Exit codes that say how a run went wrong; 0, 1 and 4 follow from a report (``scanning``)."""

from __future__ import annotations

USAGE = 2
UNREADABLE = 3
FAULT = 70
"""EX_SOFTWARE of sysexits(3)."""
INTERRUPTED = 130
"""What shells give for SIGINT."""
