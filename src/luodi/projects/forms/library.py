"""The filters of the project library, as they stand in its address."""

from __future__ import annotations

from functools import cached_property
from typing import Any
from uuid import uuid4

import django_filters
from django import forms
from django.core.validators import MaxValueValidator
from django.db.models import Q, QuerySet
from django.http import QueryDict
from django.utils.translation import gettext_lazy as _

from luodi.kernel.chinese import name_key
from luodi.kernel.http import ActForm
from luodi.orgs.models import Member, Region, User
from luodi.projects.forms.fields import text
from luodi.projects.models import LibraryExport, Project, labels
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
    "blocked": _("有堵点"),
    "batch": _("本次导入"),
}
MOST_NAMED = 3
MOST_SHOWN = 60
NOWHERE = 0
"""Stands in the address for projects that say no township: `?township=0`."""
VIEW_KEYS = ("sort", "cols", "page", "on")
"""Keys of the address that choose how the rows are shown, or as of which day, not which."""
PEOPLE = ("leader", "principal", "officer", "supervisor")


class ExportForm(ActForm):
    """Take the listed rows away as a file. Each sending is an act of its own: the same form sent again takes another file."""

    request_key = None  # type: ignore[assignment]  # so Django takes an inherited field away
    kind = forms.ChoiceField(label=_("格式"), choices=LibraryExport.KINDS)
    reason = text(_("用途"), rows=2, required=False, max_length=200)

    def clean(self) -> dict[str, Any]:
        return self.cleaned_data | {"request_key": uuid4()}


class IdsField(forms.TypedMultipleChoiceField):
    """Ids of rows, each as large as a database can hold; whether there are such rows the filter finds out."""

    def valid_value(self, value: Any) -> bool:
        return str(value).isdecimal() and 0 < int(value) < 2**63


class IdsFilter(django_filters.Filter):  # type: ignore[misc]  # the library ships no types
    """Rows that point to one of some rows: `?officer=3&officer=7`."""

    field_class = IdsField

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(coerce=int, **kwargs)

    def filter(self, rows: QuerySet[Any], value: list[int]) -> QuerySet[Any]:
        return rows.filter(**{f"{self.field_name}__in": value}) if value else rows


class IdFilter(django_filters.NumberFilter):  # type: ignore[misc]  # the library ships no types
    """A row's id, as large as a database can hold."""

    def get_max_validator(self) -> MaxValueValidator:
        return MaxValueValidator(2**63 - 1)


def _names_of(user: User, member_ids: list[int]) -> str:
    """Members' names, as far as the reader may know them: an address must not tell names by number."""
    found = Member.objects.visible_to(user).filter(pk__in=member_ids).order_by("pk").values_list("name", flat=True)
    return "、".join(found[:MOST_NAMED]) + ("…" if len(member_ids) > MOST_NAMED else "") or str(_("查无此人"))


class ProjectFilter(django_filters.FilterSet):  # type: ignore[misc]  # the library ships no types
    """Each filter is a key of the address. Unknown keys and unreadable values change nothing, and are told: see `ignored`."""

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
    blocked = django_filters.BooleanFilter(label=_("有堵点"), method="by_blocked")
    leader = IdsFilter()
    principal = IdsFilter()
    officer = IdsFilter()
    supervisor = IdsFilter()

    class Meta:
        model = Project
        fields: tuple[str, ...] = ()

    def __init__(self, data: QueryDict, queryset: QuerySet[Project], *, user: User) -> None:
        super().__init__(data, queryset)
        self.user = user
        home = user.region_ids
        self.filters["unit"].extra["choices"] = unit_choices_of(home[0])
        places = Region.objects.townships_of(home).values_list("pk", "name")
        self.filters["township"].null_value = NOWHERE
        self.filters["township"].extra["choices"] = [*places, (NOWHERE, _("未填乡镇"))]

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

    def by_blocked(self, rows: QuerySet[Project], _name: str, value: bool) -> QuerySet[Project]:
        return rows.filter(figures__open_obstacle_count__gt=0) if value else rows

    def keep(self, rows: QuerySet[Project], _name: str, _value: bool) -> QuerySet[Project]:
        return rows

    @cached_property
    def said(self) -> dict[str, Any]:
        """What the address asks for, as far as it is understood. Empty, and no form is built, where it asks nothing."""
        if not self.filters.keys() & self.data.keys():
            return {}
        self.form.full_clean()
        return self.form.cleaned_data  # type: ignore[no-any-return]  # the library ships no types

    @property
    def rows(self) -> QuerySet[Project]:
        """The filtered rows; what has ended only where it was asked for."""
        found: QuerySet[Project] = self.qs if self.said else self.queryset
        return found.exclude(stage="ended") if self.left_out else found

    @property
    def rows_everywhere(self) -> QuerySet[Project]:
        """The rows that all filters but the township's give: what each township of the map counts."""
        found: QuerySet[Project] = self.queryset
        for name, value in self.said.items():
            if name != "township":
                found = self.filters[name].filter(found, value)
        return found.exclude(stage="ended") if self.left_out else found

    @property
    def left_out(self) -> bool:
        """Whether what has ended is left out, since nobody asked for it."""
        return not (self.said.get("ended") or "ended" in self.said.get("stage", []))

    @property
    def ignored(self) -> list[str]:
        """The parts of the address that nobody understands, as they stand in it: `stage=flying`."""
        known = {*self.filters, *VIEW_KEYS}
        odd = [key for key in self.data if key not in known or (key in self.filters and not self._understood(key))]
        return [f"{key}={value}"[:MOST_SHOWN] for key in odd for value in self.data.getlist(key)]

    def _understood(self, key: str) -> bool:
        return key in self.said and not (self.said[key] is None and self.data.get(key))

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
        """What is in force: a value that was ignored has no chip."""
        chips = []
        for name in ("stage", "lamp", "unit", "township", "importance", "track"):
            words = self._options(name)
            found = [str(words[code]) for code in query.getlist(name) if code in words]
            if found and name in self.said:
                chips.append(parts.Chip(self.filters[name].label, "、".join(found), queries.without(query, name)))
        for name in ("q", "due_from", "due_to"):
            if (value := query.get(name)) and name in self.said:
                chips.append(parts.Chip(SINGLE_WORDS[name], value, queries.without(query, name)))
        for name in ("ended", "unproved", "blocked", "batch"):
            if self.said.get(name):
                chips.append(parts.Chip(SINGLE_WORDS[name], _("是"), queries.without(query, name)))
        for name in PEOPLE:
            if ids := self.said.get(name):
                chips.append(
                    parts.Chip(labels.ROLES[Role(name)], _names_of(self.user, ids), queries.without(query, name))
                )
        return chips
