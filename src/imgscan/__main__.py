"""python -m imgscan."""

import sys

from imgscan.cli.main import main

sys.exit(main())
