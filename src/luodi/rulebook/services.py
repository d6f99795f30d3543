"""Changing a table of rules: proposed by one, put in force or refused by another, followed from its first day on."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta

from django.utils.translation import gettext as _

from luodi.engines.ruletables import Row, arranged, changes, plain
from luodi.kernel import acts, clock, jobs
from luodi.kernel.acts import Actor, System
from luodi.kernel.errors import DomainError, Forbidden
from luodi.kernel.models import CalendarDay, CalendarYear, Job
from luodi.kernel.rule_tables import RuleTable
from luodi.orgs.models import Region, User
from luodi.rulebook import permissions, selectors
from luodi.rulebook.models import TableRow, TableVersion
from luodi.rulebook.rules import MOST_ROWS, State, may_begin_on

RULEBOOK = System("rulebook")
JOB = "rulebook.come_into_force"


def version_propose(
    *, by: User, table: str, rows: Sequence[Row], valid_from: date, note: str, base: int | None
) -> TableVersion:
    """Propose a whole new version of a table, valid from a civil day on. `base` is the version that the preview compared it
    with (None: the code's defaults).

    Errors: DomainError "table_unknown" | "forbidden" | "reason_missing" | "valid_from_past" | "day_taken" |
    "proposed_already" | "rows_many" | "rows_wrong" | "base_moved" | "nothing_changed".
    """
    known = _table(table)
    home = selectors.home_of(known, by.member.region)
    if why := permissions.why_not_propose(by, home):
        raise Forbidden(why)
    if not note.strip():
        raise DomainError("reason_missing", _("请写明为什么改、依据哪份文件。"), field="note")
    check_day(home.pk, table, valid_from)
    if TableVersion.objects.filter(region=home, code=table, state=State.PROPOSED).exists():
        raise DomainError("proposed_already", _("这张规则表已有一份修改在等决定，请等它有了结果，或先撤回。"))
    kept = _checked(known, rows)
    _check_base(known, home, kept, valid_from, base)
    version = acts.insert(
        TableVersion(
            region=home, code=table, valid_from=valid_from, note=note.strip(), proposed_by=by.member,
            proposed_at=acts.current().at, based_on_id=base,
        )
    )  # fmt: skip
    acts.insert_many(
        [TableRow(version=version, position=n, cells=plain(known.columns, row)) for n, row in enumerate(kept)]
    )
    return version


def _table(code: str) -> RuleTable:
    try:
        return selectors.table_of(code)
    except KeyError as error:
        raise DomainError("table_unknown", _("没有这张规则表。")) from error


def check_day(region_id: int, code: str, valid_from: date) -> None:
    """Whether a version of a table may begin on a day. Errors: DomainError "valid_from_past" | "day_taken"."""
    if not may_begin_on(valid_from, clock.today()):
        raise DomainError(
            "valid_from_past", _("生效日已经过去；规则不往回改。请换今天或以后的日子。"), field="valid_from"
        )
    decided = TableVersion.objects.filter(region_id=region_id, code=code, state=State.IN_FORCE, valid_from=valid_from)
    if decided.exists():
        raise DomainError("day_taken", _("这一天已经有一版规则生效，请换一个生效日。"), field="valid_from")


def _checked(table: RuleTable, rows: Sequence[Row]) -> tuple[Row, ...]:
    """The rows in their order, found without fault."""
    if len(rows) > MOST_ROWS:
        raise DomainError("rows_many", _("一张规则表最多 %(most)s 行。") % {"most": MOST_ROWS})
    if faults := selectors.faults_of(table, rows):
        raise DomainError("rows_wrong", selectors.fault_text(faults[0]))
    return tuple(rows) if table.fixed_rows else arranged(table.columns, table.key, rows)


def _check_base(table: RuleTable, home: Region, rows: Sequence[Row], valid_from: date, base: int | None) -> None:
    """What the proposer compared with is still what would be in force on that day, and something differs from it."""
    version = _present_base(table.code, home.pk, valid_from, base)
    if not changes(table.columns, table.key, selectors.rows_of(version, table), rows):
        raise DomainError("nothing_changed", _("与那一天生效的规则完全一样，没有要改的。"))


def _present_base(code: str, region_id: int, valid_from: date, base: int | None) -> TableVersion | None:
    version = selectors.version_in_force(region_id, code, valid_from)
    if (version.pk if version else None) != base:
        raise DomainError(
            "base_moved", _("您打开以后，又有一版规则生效了。下面已按现在的规则重新比较，请核对后再按一次。")
        )
    return version


def version_decide(
    *, by: User, version_id: int, seen: int, base: int | None, agree: bool, reason: str = ""
) -> TableVersion:
    """Put a proposed version in force from its day on, or refuse it with the reason. Who proposed it never decides it.

    `base` is the version that the page compared it with. Errors: TableVersion.DoesNotExist; DomainError "forbidden" |
    "decided_already" | "reason_missing" | "valid_from_past" | "day_taken" | "base_moved" | "rows_wrong"; StaleVersion.
    """
    version = _open_version(by, version_id)
    if why := permissions.why_not_decide(by, version):
        raise Forbidden(why)
    if not agree and not reason.strip():
        raise DomainError("reason_missing", _("不批准要写明理由，项目办要照着改。"), field="answer")
    if agree:
        check_day(version.region_id, version.code, version.valid_from)
        table = _table(version.code)
        _present_base(version.code, version.region_id, version.valid_from, base)
        _checked(table, selectors.rows_of(version, table))
    state = State.IN_FORCE if agree else State.REFUSED
    acts.update(
        version, seen=seen, state=state, decided_by=by.member, decided_at=acts.current().at, reason=reason.strip(),
        based_on_id=base if agree else version.based_on_id,
    )  # fmt: skip
    if agree:
        _follow(version, by)
    return version


def _open_version(by: User, version_id: int) -> TableVersion:
    visible = TableVersion.objects.visible_to(by).select_related("region")
    version = acts.lock_one(visible, version_id)
    if version.state != State.PROPOSED:
        raise DomainError("decided_already", _("这份修改已经有了结果，请刷新页面。"))
    return version


def version_withdraw(*, by: User, version_id: int, seen: int) -> TableVersion:
    """The project office takes a proposal back. Errors: as version_decide."""
    version = _open_version(by, version_id)
    if why := permissions.why_not_withdraw(by, version):
        raise Forbidden(why)
    acts.update(version, seen=seen, state=State.WITHDRAWN, decided_by=by.member, decided_at=acts.current().at)
    return version


# Coming into force --------------------------------------------------------------------------------------------------


def _follow(version: TableVersion, by: Actor) -> None:
    """At once where its day has come; else a job waits for the first moment of that day."""
    if version.valid_from <= clock.today():
        _apply(version, by)
        return
    first_moment = clock.end_of(version.valid_from - timedelta(days=1)) + timedelta(microseconds=1)
    jobs.ask(JOB, delay=first_moment - clock.now(), version=version.pk)


def _apply(version: TableVersion, by: Actor) -> None:
    """Let what is kept ready for reading follow the rows. A version that a later one has overtaken has nothing to say."""
    table = selectors.table_of(version.code)
    present = selectors.version_in_force(version.region_id, version.code, clock.today())
    if table.applied is not None and present == version:
        table.applied(version.region_id, selectors.rows_of(version, table), by)
    acts.update(version, applied_at=acts.current().at)


def version_apply(*, by: Actor, version_id: int) -> None:
    """Apply one version that is in force and whose day has come; nothing happens where that was done already."""
    version = acts.lock_one(TableVersion.objects.select_related("region"), version_id)
    if version.state == State.IN_FORCE and version.applied_at is None and version.valid_from <= clock.today():
        _apply(version, by)


def come_into_force(day: date) -> int:
    """Apply all that is in force by a civil day (not after today) and was not applied yet; give how many there were.

    Idempotent, an act for each: for the daily upkeep, beside the job that each decision asks for.
    """
    due = TableVersion.objects.filter(state=State.IN_FORCE, valid_from__lte=day, applied_at=None)
    found = list(due.order_by("valid_from", "pk").values_list("pk", flat=True))
    for pk in found:
        acts.run(version_apply, by=RULEBOOK, version_id=pk)
    return len(found)


def come_into_force_job(job: Job) -> None:
    """The job of a version whose day has come, and of the daily upkeep."""
    come_into_force(clock.today())
    acts.run(_finish, by=RULEBOOK, job=job)


def _finish(*, by: Actor, job: Job) -> None:
    jobs.finish(job)


# The working days ---------------------------------------------------------------------------------------------------


def calendar_follow(year: int, rows: Sequence[Row], *, source: str) -> None:
    """Make the calendar by which working days are counted follow the rows of one year, within the act that runs.

    The rows of the version are what is recorded; these tables are kept ready for reading.
    """
    acts.current()
    CalendarDay.objects.filter(day__year=year).delete()
    CalendarDay.objects.bulk_create(
        CalendarDay(day=str(row["day"]), works=row["sort"] == "works", name=str(row["name"] or ""), source=source)
        for row in rows
    )
    CalendarYear.objects.filter(year=year).delete()
    CalendarYear.objects.bulk_create([CalendarYear(year=year, source=source)])
