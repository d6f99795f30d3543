"""`luodi …` from a shell: what is wrong is said in one line with what to do, and the status is 2."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = pytest.mark.slow  # each starts an interpreter
ROOT = Path(__file__).resolve().parent.parent


def luodi(data: Path, *words: str) -> tuple[int, str]:
    """Exit status and standard error of a command with its data in a folder of its own."""
    kept = {name: value for name, value in os.environ.items() if name not in {"DATABASE_URL", "DJANGO_SETTINGS_MODULE"}}
    environment = kept | {"LUODI_DATA": str(data), "PYTHONPATH": str(ROOT / "src")}
    done = subprocess.run(
        [sys.executable, "-m", "luodi.cli", *words], env=environment, capture_output=True, text=True, timeout=60
    )
    return done.returncode, done.stderr


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("bogus",), "没有“bogus”这个命令。全部命令：luodi help"),
        (("audit", "bogus"), "您要的也许是 luodi audit export、luodi audit heads、luodi audit verify"),
        (("audit", "verify", "--nope"), "luodi audit verify：不认识“--nope”。用法：luodi help audit verify"),
        (("audit", "export"), "还缺 FILE"),
        (("serve", "--port", "abc"), "端口要在 1 到 65535 之间"),
        (("demo", "--port", "99999", "--no-serve"), "--port：端口要在 1 到 65535 之间，不是“99999”"),
        (("demo", "--size", "galaxy"), "--size 只能是"),
        (("audit", "verify"), "步升级 → 先备份，再执行 luodi migrate"),
        (("audit", "heads"), "步升级 → 先备份，再执行 luodi migrate"),
    ],
)
def test_what_is_wrong_is_said_in_one_line(tmp_path: Path, words: tuple[str, ...], said: str) -> None:
    status, err = luodi(tmp_path, *words)
    assert (status, len(err.strip().splitlines())) == (2, 1), err
    assert said in err


def test_a_folder_that_cannot_be_written_is_said_in_one_line(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    status, err = luodi(tmp_path / "file" / "data", "audit", "verify")
    assert (status, len(err.strip().splitlines())) == (2, 1), err
    assert "LUODI_DATA" in err


def test_the_help_of_a_command_of_two_words_is_found(tmp_path: Path) -> None:
    assert luodi(tmp_path, "help", "audit", "verify") == (0, "")
