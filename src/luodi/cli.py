"""The `luodi` command. `luodi audit verify` is the management command `audit_verify`, `luodi projects import` is `projects_import`."""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Callable
from typing import Any

import django
from django.core.exceptions import ImproperlyConfigured
from django.core.management import BaseCommand, CommandError, ManagementUtility, get_commands
from django.db import DatabaseError, OperationalError, connection
from django.db.migrations.executor import MigrationExecutor

from luodi.config.env import WrongSetting

HELP = "luodi help"
WRONG = 2
SAID: list[tuple[str, str]] = [
    (r"unrecognized arguments: (.+)", r"不认识“\1”"),
    (r"the following arguments are required: (.+)", r"还缺 \1"),
    (r"argument (\S+): expected (?:one|at least one) argument", r"\1 后面还缺一个值"),
    (r"argument (\S+): invalid int value: '(.*)'", r"\1 要写一个整数，不是“\2”"),
    (r"argument (\S+): invalid choice: '(.*?)' \(choose from (.+)\)", r"\1 只能是 \3，不是“\2”"),
    (r"argument (\S+): (.+)", r"\1：\2"),
]
"""What argparse says of wrong words, and what we say."""


def main(arguments: list[str] | None = None) -> None:
    """Run one command and exit with its status: 0 done, 1 the answer is no, 2 the input or the installation is wrong."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "luodi.config.settings")
    words = sys.argv[1:] if arguments is None else arguments
    try:
        django.setup()  # before get_commands, which else remembers Django's own commands alone
        commands = _Commands(["luodi", *_joined(words)])
        commands.execute()
    except (WrongSetting, ImproperlyConfigured) as error:
        _end(str(error))
    except CommandError as error:  # of its arguments; what a command itself refuses, Django prints
        _end(str(error))
    except DatabaseError as error:
        if not (why := _why_no_database(error)):
            raise
        _end(why)


def _end(words: str) -> None:
    print(words, file=sys.stderr)
    sys.exit(WRONG)


class _Commands(ManagementUtility):
    """Django's commands, whose refusals of wrong words are one line in Chinese, with what to do."""

    def fetch_command(self, subcommand: str) -> BaseCommand:
        if subcommand not in get_commands():
            raise CommandError(f"没有“{_spoken(subcommand)}”这个命令{_near(subcommand)}。全部命令：{HELP}")
        command = super().fetch_command(subcommand)
        command.create_parser = _refusing(command.create_parser, subcommand)  # type: ignore[method-assign]
        return command


def _refusing(create: Callable[..., Any], name: str) -> Callable[..., Any]:
    """Make parsers that raise what is wrong, in place of printing their whole usage."""

    def created(*arguments: Any, **options: Any) -> Any:
        def refuse(message: str) -> None:
            raise CommandError(f"luodi {_spoken(name)}：{_translated(message)}。用法：{HELP} {_spoken(name)}")

        parser = create(*arguments, **options)
        parser.error = refuse
        return parser

    return created


def _translated(message: str) -> str:
    for pattern, words in SAID:
        if (found := re.fullmatch(pattern, message)) is not None:
            return found.expand(words)
    return message


def _near(name: str) -> str:
    """The commands that begin with the same word, or nothing."""
    same = sorted(_spoken(known) for known in get_commands() if known.startswith(f"{name.split('_')[0]}_"))
    return f"，您要的也许是 {'、'.join(f'luodi {one}' for one in same)}" if same else ""


def _spoken(name: str) -> str:
    """A command as it is typed: `audit_verify` → `audit verify`."""
    return name.replace("_", " ")


def _joined(words: list[str]) -> list[str]:
    """Join two words that name one command: `audit verify` → `audit_verify`, also behind `help`."""
    if words[:1] == ["help"]:
        return ["help", *_joined(words[1:])]
    if len(words) > 1 and f"{words[0]}_{words[1]}".replace("-", "_") in get_commands():
        return [f"{words[0]}_{words[1]}".replace("-", "_"), *words[2:]]
    return words


def _why_no_database(error: DatabaseError) -> str:
    """In one line, why the database cannot be used ("" = it can: the error is a fault of ours, and is shown whole)."""
    try:
        executor = MigrationExecutor(connection)
        left = executor.migration_plan(executor.loader.graph.leaf_nodes())
    except DatabaseError:
        return f"数据库打不开（{error}）→ 查看原因：luodi doctor"
    if left:
        return f"数据库还差 {len(left)} 步升级 → 先备份，再执行 luodi migrate"
    readonly = isinstance(error, OperationalError) and "readonly" in str(error)
    return f"数据库不能写（{error}）→ 请检查 LUODI_DATA 文件夹的权限" if readonly else ""


if __name__ == "__main__":
    main()
