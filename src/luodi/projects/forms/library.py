"""The filters of the project library, as they stand in its address."""

from __future__ import annotations

from typing import Any

import django_filters
from django.core.validators import MaxValueValidator
from django.db.models import Q, QuerySet
from django.http import QueryDict
from django.utils.translation import gettext_lazy as _

from luodi.kernel.chinese import name_key
from luodi.orgs.models import Member, Region, User
from luodi.projects.models import Project, labels
from luodi.projects.models.labels import choices
from luodi.projects.rules import Lamp, Role
from luodi.projects.selectors import unit_choices_of
from luodi.projects.selectors.library import RANKS
from luodi.web import parts, queries

LAMP_WORDS: labels.Labels = {
    Lamp.RED: _("滞后"),
    Lamp.YELLOW: _("预警"),
    Lamp.BLUE: _("临期"),
    Lamp.GREEN: _("正常"),
    Lamp.PAUSED: _("暂停"),
}
SINGLE_WORDS = {
    "q": _("名称"),
    "due_from": _("承诺日自"),
    "due_to": _("承诺日至"),
    "ended": _("含已终结"),
    "unproved": _("期初未认定"),
    "batch": _("本次导入"),
}
PEOPLE = ("leader", "principal", "officer", "supervisor")


class IdFilter(django_filters.NumberFilter):  # type: ignore[misc]  # the library ships no types
    """A row's id, as large as a database can hold."""

    def get_max_validator(self) -> MaxValueValidator:
        return MaxValueValidator(2**63 - 1)


def _name_of(user: User, member_id: int) -> str:
    """A member's name, as far as the reader may know it: an address must not tell names by number."""
    found = Member.objects.visible_to(user).filter(pk=member_id).values_list("name", flat=True).first()
    return found or str(_("查无此人"))


class ProjectFilter(django_filters.FilterSet):  # type: ignore[misc]  # the library ships no types
    """Each filter is a key of the address; unknown keys and values change nothing."""

    q = django_filters.CharFilter(label=_("名称"), method="by_words")
    lamp = django_filters.MultipleChoiceFilter(label=_("灯"), choices=choices(LAMP_WORDS), method="by_lamp")
    stage = django_filters.MultipleChoiceFilter(label=_("阶段"), choices=choices(labels.STAGES))
    track = django_filters.MultipleChoiceFilter(label=_("类型"), choices=choices(labels.TRACKS))
    importance = django_filters.MultipleChoiceFilter(label=_("重点"), choices=choices(labels.IMPORTANCE))
    unit = django_filters.TypedMultipleChoiceFilter(label=_("单位"), coerce=int)
    township = django_filters.TypedMultipleChoiceFilter(label=_("乡镇"), coerce=int)
    due_from = django_filters.DateFilter(field_name="committed_finish_on", lookup_expr="gte")
    due_to = django_filters.DateFilter(field_name="committed_finish_on", lookup_expr="lte")
    unproved = django_filters.BooleanFilter(label=_("期初未认定"), method="by_unproved")
    ended = django_filters.BooleanFilter(label=_("含已终结"), method="keep")
    batch = IdFilter(field_name="entered_batch")
    leader = IdFilter()
    principal = IdFilter()
    officer = IdFilter()
    supervisor = IdFilter()

    class Meta:
        model = Project
        fields: tuple[str, ...] = ()

    def __init__(self, data: QueryDict, queryset: QuerySet[Project], *, user: User) -> None:
        super().__init__(data, queryset)
        self.user = user
        home = user.region_ids
        self.filters["unit"].extra["choices"] = unit_choices_of(home[0])
        self.filters["township"].extra["choices"] = list(Region.objects.townships_of(home).values_list("pk", "name"))

    def by_words(self, rows: QuerySet[Project], _name: str, value: str) -> QuerySet[Project]:
        """Every word must be found: in the name, the code, or the pinyin (whole or initials)."""
        for word in value.split()[:5]:
            key = name_key(word)
            rows = rows.filter(Q(name_key__contains=key) | Q(code__icontains=word) | Q(pinyin__contains=key))
        return rows

    def by_lamp(self, rows: QuerySet[Any], _name: str, value: list[str]) -> QuerySet[Project]:
        return rows.filter(lamp_rank__in=[RANKS.index(Lamp(lamp)) for lamp in value]) if value else rows

    def by_unproved(self, rows: QuerySet[Project], _name: str, value: bool) -> QuerySet[Project]:
        return rows.filter(opening_proved_on=None).exclude(opening_stage="") if value else rows

    def keep(self, rows: QuerySet[Project], _name: str, _value: bool) -> QuerySet[Project]:
        return rows

    @property
    def rows(self) -> QuerySet[Project]:
        """The filtered rows; what has ended only where it was asked for."""
        if not self.filters.keys() & self.data.keys():
            return self.queryset.exclude(stage="ended")  # type: ignore[no-any-return]  # nothing is asked: no form is built
        found: QuerySet[Project] = self.qs
        asked = self.form.cleaned_data.get("ended") or "ended" in self.form.cleaned_data.get("stage", [])
        return found if asked else found.exclude(stage="ended")

    @property
    def left_out(self) -> bool:
        """Whether what has ended is left out, since nobody asked for it."""
        return not (self.data.get("ended") or "ended" in self.data.getlist("stage"))

    def bar(self, query: QueryDict, columns: list[parts.Column]) -> parts.FilterBar:
        """The chips and drop-downs above the table."""
        menus = [self._menu(name, query) for name in ("stage", "lamp", "unit", "township", "importance", "track")]
        text = parts.FilterMenu("q", _("名称"), "text", value=query.get("q", ""))
        dates = parts.FilterMenu(
            "due", _("承诺日"), "dates", date_from=query.get("due_from", ""), date_to=query.get("due_to", "")
        )
        return parts.FilterBar(chips=self._chips(query), menus=[text, *menus, dates], columns=columns)

    def _options(self, name: str) -> dict[str, Any]:
        return {str(code): label for code, label in self.filters[name].extra["choices"]}

    def _menu(self, name: str, query: QueryDict) -> parts.FilterMenu:
        chosen = set(query.getlist(name))
        lamp: Any = name == "lamp"
        options = [
            parts.FilterOption(code, label, checked=code in chosen, lamp=code if lamp else "")  # type: ignore[arg-type]
            for code, label in self._options(name).items()
        ]
        return parts.FilterMenu(name, self.filters[name].label, "many", options)

    def _chips(self, query: QueryDict) -> list[parts.Chip]:
        chips = []
        for name in ("stage", "lamp", "unit", "township", "importance", "track"):
            words = self._options(name)
            found = [str(words[code]) for code in query.getlist(name) if code in words]
            if found:
                chips.append(parts.Chip(self.filters[name].label, "、".join(found), queries.without(query, name)))
        for name in ("q", "due_from", "due_to"):
            if value := query.get(name):
                chips.append(parts.Chip(SINGLE_WORDS[name], value, queries.without(query, name)))
        for name in ("ended", "unproved", "batch"):
            if query.get(name):
                chips.append(parts.Chip(SINGLE_WORDS[name], _("是"), queries.without(query, name)))
        for name in PEOPLE:
            if (member := query.get(name, "")).isdecimal() and len(member) < 19:
                chips.append(
                    parts.Chip(labels.ROLES[Role(name)], _name_of(self.user, int(member)), queries.without(query, name))
                )
        return chips
