"""The fault suite's modules stand beside each other and are imported by name, by pytest as by ``python torture.py``."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))
