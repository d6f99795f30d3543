"""What obligations give to the registry: the desk's pages, their own kind of duty, verbs, the daily climb, deep checks."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from luodi.kernel import registry
from luodi.kernel.registry import DutyKind, Follow, Owed
from luodi.kernel.schedules import Daily
from luodi.obligations.models import STOP_LABELS, Excuse
from luodi.obligations.panels.rulebook import BURDEN, LADDERS, LIMITS, calendar_effects
from luodi.obligations.selectors import duties_held, duties_left, office_unit
from luodi.obligations.services import climbing, keeping
from luodi.orgs.rules import Role


def register() -> None:
    registry.add_nav(
        registry.NavEntry("desk", 1, _("今天"), "desk", "d", "desk.see"),
        registry.NavEntry("desk", 2, _("应办事项"), "obligation_list", "y", "desk.see"),
        registry.NavEntry("steer", 79, _("责任"), "responsibility", "", "unit.see"),
    )
    registry.add_acts(
        "obligations.services.clocks",
        {
            "clock_stop": _("停钟"),
            "clock_resume": _("恢复计时"),
            "excuse_ask": _("申请延期"),
            "excuse_decide": _("答复延期"),
        },
    )
    registry.add_acts("obligations.services.climbing", {"climb_batch": _("逾期升级")})
    registry.add_acts("obligations.services.keeping", {"keep_batch": _("核对应办事项")})
    registry.add_verbs(
        registry.Verb("clock.stopped", _("停钟（%(reason)s）：%(title)s"), {"reason": "stop_reason"}),
        registry.Verb("clock.resumed", _("恢复计时：%(title)s，应在 %(due)s 前")),
        registry.Verb("excuse.asked", _("申请延到 %(until)s：%(title)s")),
        registry.Verb("excuse.agreed", _("批准延到 %(until)s：%(title)s")),
        registry.Verb("excuse.refused", _("不批准延期：%(title)s")),
    )
    registry.SHOWN_AS["stop_reason"] = lambda value: str(STOP_LABELS.get(value, value))  # type: ignore[call-overload]
    registry.add_duties(
        DutyKind(
            "excuse",
            _("批延期"),
            _("延期申请：延到 %(until)s（%(subject)s）"),
            _("批延期"),
            _page,
            _excuses,
            {
                "obligations.excuse": Follow(_subjects),
                "obligations.obligation": Follow(_of_settled, frozenset({"settled_at"}), new=False),
            },
            action="excuse.decide",
            allowed=2,
        )
    )
    registry.add_table(LIMITS)
    registry.add_table(LADDERS)
    registry.add_thresholds(BURDEN)
    registry.HOLDINGS.append(duties_held)
    registry.ESTATES.append(registry.Estate(duties_left))
    registry.CALENDAR_EFFECTS.append(calendar_effects)
    registry.add_periodic(
        registry.Periodic("obligations.keep", _("核对应办事项"), keeping.keep_job, Daily(0, 30)),
        registry.Periodic("obligations.climb", _("逾期升级"), climbing.climb_job, Daily(0, 40)),
    )
    registry.WRITTEN.append(keeping.follow)
    registry.CHECKS.append(keeping.check)


def _page(duty: Any) -> str:
    return reverse("excuse", args=[duty.ref])


def _subjects(ids: Sequence[int]) -> Iterable[int]:
    return Excuse.objects.filter(pk__in=ids).values_list("obligation__subject_id", flat=True)


def _of_settled(ids: Sequence[int]) -> Iterable[int]:
    """Whose settled duty still had an excuse waiting: it need not be answered any more."""
    return Excuse.objects.filter(obligation__in=ids, state="asked").values_list("obligation__subject_id", flat=True)


def _excuses(subject_ids: Sequence[int]) -> Iterator[Owed]:
    """The government office answers; where it asked itself, the supervisors' office."""
    rows = Excuse.objects.filter(obligation__subject__in=subject_ids, state="asked", obligation__settled_at=None)
    for row in rows.select_related("obligation").order_by("pk"):
        debtor = row.obligation.unit_id
        unit = office_unit(row.region_id, Role.GOVERNMENT_OFFICE, but=[debtor])
        unit = unit or office_unit(row.region_id, Role.SUPERVISOR, but=[debtor])
        if unit is not None:
            yield Owed(
                ref=row.pk,
                subject_id=row.obligation.subject_id,
                unit_id=unit.pk,
                member_id=unit.head_id,
                since=row.asked_at,
                waiting_id=row.asked_by_id,
                values={"until": str(row.until)},
            )
