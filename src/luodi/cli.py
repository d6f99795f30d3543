"""The `luodi` command. `luodi projects import` runs the management command `projects_import`, and so on."""

from __future__ import annotations

import os
import sys

import django
from django.core.exceptions import ImproperlyConfigured
from django.core.management import execute_from_command_line, get_commands

from luodi.config.env import WrongSetting


def main(arguments: list[str] | None = None) -> None:
    """Run one command and exit with its status: 0 done, 1 the answer is no, 2 the input is wrong."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "luodi.config.settings")
    words = sys.argv[1:] if arguments is None else arguments
    try:
        django.setup()  # before get_commands, which else remembers Django's own commands alone
        execute_from_command_line(["luodi", *_joined(words)])
    except (WrongSetting, ImproperlyConfigured) as error:
        print(error, file=sys.stderr)
        sys.exit(2)


def _joined(words: list[str]) -> list[str]:
    """Join two words that name one command: `audit verify` → `audit_verify`."""
    if len(words) > 1 and f"{words[0]}_{words[1]}".replace("-", "_") in get_commands():
        return [f"{words[0]}_{words[1]}", *words[2:]]
    return words


if __name__ == "__main__":
    main()
