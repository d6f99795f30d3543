"""Forms of obligations, and the filters of their list."""

from __future__ import annotations

from datetime import date
from typing import Any

from django import forms
from django.db.models import Q
from django.http import QueryDict
from django.utils.translation import gettext_lazy as _

from luodi.kernel.http import ActForm, EditForm
from luodi.kernel.registry import DUTIES
from luodi.obligations.models import STOP_LABELS
from luodi.obligations.querysets import ObligationQuerySet
from luodi.obligations.rules import CHOSEN
from luodi.orgs.models import Member, Unit, User
from luodi.web import parts, queries
from luodi.web.fields import DayInput

STATES = {"open": _("未办"), "late": _("逾期"), "stopped": _("停钟"), "settled": _("已办")}
WHOSE = {"mine": _("该我办的"), "unit": _("该我单位办的"), "waiting": _("我在等的")}


class StopForm(EditForm):
    ground = forms.ChoiceField(label=_("停钟原因"), choices=[(r.value, STOP_LABELS[r]) for r in CHOSEN])
    note = forms.CharField(label=_("等谁、等什么"), max_length=500, widget=forms.Textarea(attrs={"rows": 3}))


class ResumeForm(EditForm):
    pass


class ExcuseForm(ActForm):
    until = forms.DateField(label=_("延到哪天"), widget=DayInput)
    reason = forms.CharField(label=_("为什么来不及"), max_length=1000, widget=forms.Textarea(attrs={"rows": 4}))


class DecideForm(EditForm):
    answer = forms.CharField(
        label=_("答复"),
        max_length=500,
        required=False,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=_("不批准要写明理由。"),
    )


def _ids(query: QueryDict, key: str) -> list[int]:
    return [int(pk) for pk in query.getlist(key) if pk.isdecimal() and len(pk) < 19]


class DutyFilter:
    """The filters of the list as they stand in its address; unknown keys and values change nothing."""

    def __init__(self, query: QueryDict, rows: ObligationQuerySet, *, user: User, today: date) -> None:
        self.user, self.today = user, today
        self.state = self._known(query, "state", STATES) or "open"
        self.whose = self._known(query, "whose", WHOSE)
        self.kinds = [code for code in query.getlist("kind") if code in DUTIES]
        self.unit_names = self._units(query)
        self.members = _ids(query, "member")
        self.rows = self._filtered(rows)

    @staticmethod
    def _known(query: QueryDict, key: str, words: dict[str, Any]) -> str:
        value = query.get(key, "")
        return value if value in words else ""

    def _units(self, query: QueryDict) -> dict[int, str]:
        """The chosen units' names, of those that the reader may know."""
        ids = _ids(query, "unit")
        return {unit.pk: str(unit) for unit in Unit.objects.visible_to(self.user).filter(pk__in=ids)} if ids else {}

    def _filtered(self, rows: ObligationQuerySet) -> ObligationQuerySet:
        if self.state == "settled":
            rows = rows.filter(settled_at__isnull=False).order_by("-settled_at", "-pk")
        elif self.state == "late":
            rows = rows.late(self.today).order_by("due_on", "pk")
        else:
            rows = rows.open().order_by("stopped_on", "due_on", "pk")
            rows = rows.filter(stopped_on__isnull=False) if self.state == "stopped" else rows
        member, unit = self.user.member_id, self.user.member.unit_id
        whose = {"mine": Q(member=member), "unit": Q(unit=unit), "waiting": Q(waiting=member)}
        if self.whose:
            rows = rows.filter(whose[self.whose])
        if self.kinds:
            rows = rows.filter(kind__in=self.kinds)
        if self.members:
            rows = rows.filter(member__in=self.members)
        return rows.filter(unit__in=self.unit_names) if self.unit_names else rows

    def bar(self, query: QueryDict) -> parts.FilterBar:
        kinds = [parts.FilterOption(kind.code, kind.label, kind.code in self.kinds) for kind in DUTIES.values()]
        one = {
            "state": (_("状态"), STATES, self.state),
            "whose": (_("谁的"), WHOSE, self.whose),
        }
        menus = [
            parts.FilterMenu(
                key, label, "one", [parts.FilterOption(c, w, c == now) for c, w in words.items()], value=now
            )
            for key, (label, words, now) in one.items()
        ]
        return parts.FilterBar(
            chips=self._chips(query), menus=[*menus, parts.FilterMenu("kind", _("事项"), "many", kinds)]
        )

    def _chips(self, query: QueryDict) -> list[parts.Chip]:
        chips = []
        if query.get("state") in STATES:
            chips.append(parts.Chip(_("状态"), STATES[self.state], queries.without(query, "state")))
        if self.whose:
            chips.append(parts.Chip(_("谁的"), WHOSE[self.whose], queries.without(query, "whose")))
        if self.kinds:
            words = "、".join(str(DUTIES[code].label) for code in self.kinds)
            chips.append(parts.Chip(_("事项"), words, queries.without(query, "kind")))
        if self.unit_names:
            chips.append(parts.Chip(_("单位"), "、".join(self.unit_names.values()), queries.without(query, "unit")))
        if self.members:
            names = Member.objects.visible_to(self.user).filter(pk__in=self.members).order_by("pk")
            known = "、".join(names.values_list("name", flat=True)) or _("查无此人")
            chips.append(parts.Chip(_("责任人"), known, queries.without(query, "member")))
        return chips
