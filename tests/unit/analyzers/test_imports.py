from __future__ import annotations

import subprocess
import sys

# Rooms that ask each other who is who: whichever comes first, all must load.
MODULES = """
accounts.analyzer accounts.database permissions.analyzer config.analyzer history.analyzer leftovers.analyzer
oddities.analyzer runtime_user access commands verification
""".split()
CODE = """
import sys
for name in sys.argv[1:]:
    for loaded in [module for module in sys.modules if module.startswith("imgscan")]:
        del sys.modules[loaded]
    __import__("imgscan.analyzers." + name)
"""


def test_each_room_can_be_imported_first() -> None:
    done = subprocess.run([sys.executable, "-c", CODE, *MODULES], capture_output=True, text=True, check=False)
    assert done.stderr == ""
