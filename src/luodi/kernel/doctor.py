"""What is wrong with this installation, in plain words: for `luodi doctor`, the page 运行状况, and those who start it."""

from __future__ import annotations

import shutil
import stat
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Literal

from django.conf import settings
from django.contrib.staticfiles import finders
from django.db import DatabaseError, connection
from django.db.migrations.executor import MigrationExecutor
from django.utils.translation import gettext as _

from luodi.kernel import audit, clock, guards, jobs, queue, registry
from luodi.kernel.models import CalendarYear, Job

Level = Literal["bad", "warn", "note", "ok"]
LOW_DISK = 2 * 1024**3
NO_DISK = 200 * 1024**2
LATE = timedelta(minutes=2)
ANNOUNCED_FROM_MONTH = 11  # the State Council publishes the next year's holidays in late October or November
LOCAL_HOSTS = {"localhost", "127.0.0.1", "[::1]"}
SECRETS = {"LUODI_SECRET_KEY": "SECRET_KEY", "LUODI_PERSONAL_SECRET": "LUODI_PERSONAL_SECRET"}
"""Setting of the environment → name in Django's settings."""


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that was looked at. `bad` must be mended; `warn` will bite later; `cure` says what to do."""

    level: Level
    text: str
    cure: str = ""


def refusals() -> list[Finding]:
    """Why nothing may be served from this database yet (empty: it may)."""
    for look in (_database, _migrations, _guards):
        if refused := [finding for finding in look() if finding.level == "bad"]:
            return refused
    return []


def readiness() -> dict[str, bool]:
    """What must hold before requests are sent here: never raises, and says no more than yes or no."""
    found = dict.fromkeys(("database", "migrations", "guards", "worker"), False)
    looks = {"database": _database, "migrations": _migrations, "guards": _guards}
    try:
        for name, look in looks.items():
            found[name] = all(finding.level != "bad" for finding in look())
            if not found[name]:
                return found
        found["worker"] = queue.alive() > 0
    except DatabaseError:
        return dict.fromkeys(found, False)
    return found


def examine(*, deep: bool = False) -> list[Finding]:
    """Look at everything; where the database cannot be used, at what does not need it."""
    found = list(_database())
    reachable = found[-1].level == "ok"
    if reachable:
        found += _migrations()
    if reachable and found[-1].level == "ok":
        found += [*_guards(), *_calendar(), *_jobs(), *_of_apps()]
        found += _deep() if deep else []
    return [*found, *_disk(), *_secrets(), *_clock(), *_exposure(), *_front()]


def _database() -> Iterator[Finding]:
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
    except DatabaseError as error:
        yield Finding("bad", _("连不上数据库：%s") % error, _("检查 DATABASE_URL 和数据库服务。"))
        return
    yield Finding("ok", _("数据库可用（%s）") % connection.vendor)


def _migrations() -> Iterator[Finding]:
    executor = MigrationExecutor(connection)
    missing = executor.migration_plan(executor.loader.graph.leaf_nodes())
    if missing:
        names = "、".join(f"{m.app_label}.{m.name}" for m, _backwards in missing[:3])
        text = _("数据库还差 %(count)d 步升级：%(names)s") % {"count": len(missing), "names": names}
        yield Finding("bad", text, _("先备份，再执行 luodi migrate。"))
        return
    yield Finding("ok", _("数据库结构是最新的"))


def _guards() -> Iterator[Finding]:
    lines = guards.differences()
    for line in lines:
        yield Finding("bad", _("数据库护栏与声明不符：%s") % line, _("执行 luodi migrate 重建，并查明是谁改的。"))
    if not lines:
        yield Finding("ok", _("数据库护栏 %d 条，与声明一致") % len(guards.declared()))


def _calendar() -> Iterator[Finding]:
    today = clock.today()
    known = set(CalendarYear.objects.filter(year__gte=today.year).values_list("year", flat=True))
    cure = _("升级 chinesecalendar 软件包后执行 luodi migrate，或录入国务院办公厅公布的放假安排。")
    for year, due in [(today.year, True), (today.year + 1, today.month >= ANNOUNCED_FROM_MONTH)]:
        if year not in known:
            text = _("没有 %d 年的放假调休安排，该年按周一至周五估算工作日") % year
            yield Finding("warn" if due else "note", text, cure if due else _("公布后再补。"))
    if today.year in known:
        yield Finding("ok", _("%d 年的放假调休安排已录入") % today.year)


def _jobs() -> Iterator[Finding]:
    late = sum(job.due_at < clock.now() - LATE for job in jobs.due_jobs())
    failed = Job.objects.filter(jobs.OPEN, attempts__gte=jobs.MOST_ATTEMPTS).count()
    if late:
        text = _("有 %d 项后台任务到点超过两分钟还没有办") % late
        yield Finding("bad", text, _("后台没有在运行：用 luodi serve 启动，或另开 luodi worker。"))
    if failed:
        text = _("有 %d 项后台任务多次失败，已停止重试") % failed
        yield Finding("bad", text, _("在「后台任务」页看失败原因，再试或放弃。"))
    if not late and not failed:
        yield Finding("ok", _("后台任务没有积压"))


def _of_apps() -> Iterator[Finding]:
    for look in registry.FINDINGS:
        yield from look()


def _deep() -> Iterator[Finding]:
    verdict = audit.verify()
    if verdict.intact:
        yield Finding("ok", _("审计链 %d 条，完整") % verdict.entries)
    else:
        yield Finding("bad", _("审计链被改动：%s") % verdict.broken, _("保护现场，与异地保存的链头比对。"))
    faults = [fault for check in registry.CHECKS for fault in check()]
    yield from (Finding("bad", fault) for fault in faults)
    if not faults:
        yield Finding("ok", _("深度检查 %d 项，没有发现问题") % len(registry.CHECKS))


def _disk() -> Iterator[Finding]:
    free = shutil.disk_usage(settings.DATA).free
    text = _("数据所在磁盘剩余 %.1f GB") % (free / 1024**3)
    level: Level = "bad" if free < NO_DISK else "warn" if free < LOW_DISK else "ok"
    yield Finding(level, text, "" if level == "ok" else _("清理磁盘或扩容。"))


def _secrets() -> Iterator[Finding]:
    for name, setting in SECRETS.items():
        made = Path(settings.DATA) / name.lower()
        if not made.exists() or made.read_text(encoding="utf-8").strip() != getattr(settings, setting):
            yield Finding("ok", _("密钥 %s 由环境给出") % name)
            continue
        yield Finding(
            "note",
            _("密钥 %(name)s 是自动生成的，存在 %(path)s") % {"name": name, "path": made},
            _("请与备份分开保管一份。"),
        )
        if made.stat().st_mode & (stat.S_IRWXG | stat.S_IRWXO):
            yield Finding("bad", _("密钥文件 %s 别人也能读") % made, f"chmod 600 {made}")


def _clock() -> Iterator[Finding]:
    if settings.TIME_ZONE != "Asia/Shanghai" or not settings.USE_TZ:
        yield Finding("bad", _("时区是 %s，应为 Asia/Shanghai") % settings.TIME_ZONE, _("改回设置 TIME_ZONE。"))
        return
    yield Finding(
        "ok", _("时区 Asia/Shanghai，现在 %s") % clock.now().astimezone(clock.SHANGHAI).strftime("%Y-%m-%d %H:%M")
    )


def _exposure() -> Iterator[Finding]:
    public = sorted(set(settings.ALLOWED_HOSTS) - LOCAL_HOSTS)
    if settings.DEBUG and public:
        text = _("调试模式开着，而站点可从 %s 访问") % "、".join(public)
        yield Finding("bad", text, _("设 LUODI_DEBUG=0。"))
    elif settings.DEBUG:
        yield Finding("warn", _("调试模式开着"), _("正式使用前设 LUODI_DEBUG=0。"))
    if public and not settings.SESSION_COOKIE_SECURE:
        text = _("站点可从 %s 访问，但没有要求 https") % "、".join(public)
        yield Finding("warn", text, _("配好 https 后设 LUODI_HTTPS=1。"))


def _front() -> Iterator[Finding]:
    if finders.find("dist/app.css") is None:
        yield Finding("bad", _("前端文件没有构建，页面没有样式"), "npm ci && npm run build")
