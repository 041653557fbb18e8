"""
The tests' own home, set before anything reads the settings: a plug-in of pytest, named in pyproject.toml.

A conftest would come too late, since pytest-django reads the settings before it.
"""

import os
import tempfile
from pathlib import Path

HOME = Path(os.environ.get("OMBUD_TEST_HOME") or Path(tempfile.gettempdir()) / f"ombud-tests-{os.getuid()}")
os.environ["OMBUD_HOME"] = str(HOME)
os.environ["OMBUD_SECRET_KEY"] = "only-for-tests-" + "x" * 40
# The servers that tests call run beside them.
os.environ["OMBUD_OUTGOING_NETWORKS"] = "127.0.0.0/8,::1/128"
for name in ("OMBUD_DEMO", "OMBUD_DEMO_FOLDER", "OMBUD_PUBLIC_URL"):
    os.environ.pop(name, None)
