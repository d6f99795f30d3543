"""Write the lock files from pyproject.toml: exact versions with hashes, and no host named.

uv.lock itself names hosts, so it is not kept: it is made, exported and ignored by git. To move
everything up, remove it first.
"""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
UV = str(ROOT / ".venv" / "bin" / "uv")
PLAIN = ("--format", "requirements.txt", "--no-header", "--no-annotate", "--no-emit-project", "--quiet")
LOCKS = {
    "requirements.lock": ["--no-dev"],
    "requirements-dev.lock": [],
    "requirements-node.lock": ["--only-group", "node"],
}


def main() -> int:
    environment = os.environ | {"VIRTUAL_ENV": str(ROOT / ".venv")}
    subprocess.run([UV, "lock"], cwd=ROOT, env=environment, check=True)
    for name, groups in LOCKS.items():
        subprocess.run([UV, "export", *PLAIN, *groups, "-o", name], cwd=ROOT, env=environment, check=True)
        if "://" in (ROOT / name).read_text():
            print(f"{name} names a host; a lock must hold wherever it is read", file=sys.stderr)
            return 1
        print(f"{name} written")
    return 0


if __name__ == "__main__":
    sys.exit(main())
