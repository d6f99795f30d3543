"""`luodi projects import FILE.xlsx [--apply --as USER] [--region CODE]`: the wizard's own path, for scripts."""

from __future__ import annotations

import json
import sys
import time
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import DatabaseError, connection
from django.utils.translation import gettext as _

from luodi.engines.ledger import Context, RowResult, Tables, columns_json, read_rows, summed_up
from luodi.kernel import acts, clock, jobs
from luodi.kernel.errors import DomainError
from luodi.kernel.models import Job
from luodi.orgs.models import Region, User
from luodi.projects.models import ImportBatch
from luodi.projects.services.imports.applying import apply_job
from luodi.projects.services.imports.codec import Decided
from luodi.projects.services.imports.county import County, demo_context, demo_county
from luodi.projects.services.imports.reading import check_size, county_of, read_upload, rows_of, sheets_of, tables_of
from luodi.projects.services.imports.wizard import import_accept, import_upload

WAIT_SECONDS = 0.2


class Command(BaseCommand):
    help = "预览或导入一份项目台账（xlsx、xls、csv），结果为 JSON。退出码：0 全部可用，1 有错行，2 文件或参数不对。"
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file", metavar="FILE", type=Path, help="台账文件")
        parser.add_argument("--apply", action="store_true", help="把对的行写进库，错的行留下")
        parser.add_argument("--as", dest="username", metavar="USER", default="", help="以谁的账号写（--apply 时必填）")
        parser.add_argument("--region", metavar="CODE", default="", help="县的区划代码；只有一个县时不必写")

    def handle(self, *_arguments: Any, **options: Any) -> None:
        name, data = _read(options["file"])
        try:
            if options["apply"]:
                tables, rows, extra = apply(name, data, options["username"], options["region"])
            else:
                tables, rows = preview(name, data, options["region"])
                extra = {}
        except DomainError as error:
            raise CommandError(f"{name}：{error.message}", returncode=1 if error.code == "forbidden" else 2) from error
        self.stdout.write(json.dumps(_said(tables, rows, extra), ensure_ascii=False))
        _tell(tables, rows, extra)


def _read(path: Path) -> tuple[str, bytes]:
    try:
        check_size(path.stat().st_size)
        return path.name, path.read_bytes()
    except DomainError as error:
        raise _wrong(f"{path.name}：{error.message}") from error
    except OSError as error:
        raise _wrong(_("读不到 %(path)s（%(why)s）。") % {"path": path, "why": error.strerror}) from error


def _wrong(text: str) -> CommandError:
    return CommandError(text, returncode=2)


# Without writing -------------------------------------------------------------------------------------------------------


def preview(name: str, data: bytes, code: str) -> tuple[Tables, list[RowResult]]:
    """Against the county in the database, else against the packaged demo county."""
    region = _region(code)
    if region is None:
        return _preview_against(name, data, _demo(code))
    sheets = sheets_of(name, data)
    county = County(region)
    decided = Decided(tables_of(sheets, county.context(clock.today(), {})))
    return decided.tables, rows_of(sheets, decided, county)


def _preview_against(name: str, data: bytes, context: Context) -> tuple[Tables, list[RowResult]]:
    sheets = sheets_of(name, data)
    tables = tables_of(sheets, context)
    return tables, read_rows(sheets, tables, context)


def _demo(code: str) -> Context:
    known = demo_county()["county"]["code"]
    if code and code != known:
        raise _wrong(_("没有建库，只能按演示县 %(code)s 预览，没有 %(asked)s。") % {"code": known, "asked": code})
    print(_("没有建库，按自带的演示县预览。"), file=sys.stderr)
    return demo_context(clock.today())


def _region(code: str) -> Region | None:
    """The county to preview against; None where there is no database, or nothing in it."""
    if not _is_set_up():
        return None
    counties = list(Region.objects.filter(level="county", valid_to=None))
    found = [region for region in counties if not code or region.code == code]
    if not counties:
        return None
    if not found:
        raise _wrong(_("没有区划代码为 %(code)s 的县。") % {"code": code})
    if len(found) > 1:
        raise _wrong(_("库里有几个县，请用 --region 指定区划代码。"))
    return found[0]


def _is_set_up() -> bool:
    """Whether there is a database with our tables. Looking must not make one: SQLite would, by being opened."""
    name = str(connection.settings_dict["NAME"])
    if connection.vendor == "sqlite" and not Path(name).is_file():
        return False
    try:
        return Region._meta.db_table in connection.introspection.table_names()
    except DatabaseError as error:
        print(_("连不上数据库（%(why)s）。") % {"why": str(error).strip().splitlines()[0]}, file=sys.stderr)
        return False


# Writing -----------------------------------------------------------------------------------------------------------------


def apply(name: str, data: bytes, username: str, code: str) -> tuple[Tables, list[RowResult], dict[str, Any]]:
    """Import as this user, to the end. Gives what came of each row beside what was understood."""
    if not username:
        raise _wrong(_("--apply 要用 --as 写明以谁的账号导入。"))
    if not _is_set_up():
        raise _wrong(_("还没有建库，不能写入。请先执行 luodi migrate。"))
    by = User.objects.filter(username=username).first()
    if by is None:
        raise _wrong(_("没有账号“%(name)s”。") % {"name": username})
    reading = read_upload(by, name, data, region=county_of(by, code))
    batch = acts.run(import_upload, by=by, reading=reading)
    if batch.counts["new"] + batch.counts["changed"]:
        batch = acts.run(import_accept, by=by, batch_id=batch.pk, seen=batch.version)
        _work(batch)
    return reading.decided.tables, reading.rows, _outcomes(batch)


def _work(batch: ImportBatch) -> None:
    """Do the import's job here and now; where a running worker was quicker, wait for it."""
    assert batch.job_id is not None
    while True:
        job = Job.objects.get(pk=batch.job_id)
        if job.done_at is not None:
            return
        if jobs.take(job):
            apply_job(job)
        else:
            time.sleep(WAIT_SECONDS)


def _outcomes(batch: ImportBatch) -> dict[str, Any]:
    rows = batch.rows.select_related("project")
    return {
        "applied": [
            {"sheet": r.sheet, "row": r.row, "outcome": r.outcome, "code": r.project.code if r.project else "",
             "message": r.message}
            for r in rows
        ]
    }  # fmt: skip


# Telling -----------------------------------------------------------------------------------------------------------------


def _said(tables: Tables, rows: list[RowResult], extra: dict[str, Any]) -> dict[str, Any]:
    return {"columns": columns_json(tables), "rows": [row.as_json() for row in rows], **extra}


def _tell(tables: Tables, rows: list[RowResult], extra: dict[str, Any]) -> None:
    """Say on standard error what stands in the way, and leave with the status of the contract."""
    unread = [table.problem.message for table in tables if table.problem]
    for text in unread:
        print(text, file=sys.stderr)
    if unread and all(table.problem or table.skip for table in tables):
        sys.exit(2)
    for note in summed_up(tables, rows).notes:
        print(note.message, file=sys.stderr)
    outcomes = [row["outcome"] for row in extra.get("applied", ())]
    left = sum(row.status == "wrong" for row in rows) + outcomes.count("failed")
    if left:
        print(_closing("applied" in extra, len(outcomes) - outcomes.count("failed"), left), file=sys.stderr)
        sys.exit(1)


def _closing(applied: bool, written: int, left: int) -> str:
    """The last sentence, where rows are wrong: what was written of the others."""
    if not applied:
        return _("有 %(count)d 行有错，没有导入。") % {"count": left}
    return _("对的行已写入（%(written)d 行）；有错的 %(count)d 行没有导入。") % {"written": written, "count": left}
