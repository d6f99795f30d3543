"""The library as a file: what the reader sees as Excel, or every column as CSV for programs."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from functools import partial
from typing import Any

import xlsxwriter
from django.http import HttpResponse, QueryDict
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from luodi.kernel import clock
from luodi.kernel.http import AuthedRequest, perform, shown
from luodi.kernel.money import yi
from luodi.orgs.models import User
from luodi.orgs.permissions import require
from luodi.projects.forms.library import LAMP_WORDS, ExportForm, ProjectFilter
from luodi.projects.models.labels import IMPORTANCE, STAGES, TRACKS
from luodi.projects.rules import EXPORT_ASKS_REASON, EXPORT_MOST
from luodi.projects.selectors.library import lamp_of, library, lines
from luodi.projects.selectors.rulebook import thresholds_of
from luodi.projects.services.exports import library_export
from luodi.projects.views import past
from luodi.projects.views.library import columns_of, ids_of
from luodi.web import queries

Cell = str | Decimal | int | date | None
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
FORMULA = ("=", "+", "-", "@", "\t", "\r")
"""What a spreadsheet takes for the beginning of a formula (OWASP, CSV Injection)."""


@dataclass(frozen=True, slots=True)
class Head:
    """A column of the Excel file: its heading, its value of a line of the library, its width in characters."""

    label: Any
    value: Callable[[Any], Cell]
    width: int = 12


FIRST = (
    Head(gettext_lazy("编号"), lambda p: p.code, 14),
    Head(gettext_lazy("项目名称"), lambda p: p.name, 36),
    Head(gettext_lazy("类型"), lambda p: str(TRACKS[p.track])),
    Head(gettext_lazy("灯"), lambda p: str(LAMP_WORDS.get(lamp_of(p), "")), 6),
    Head(gettext_lazy("重要程度"), lambda p: str(IMPORTANCE[p.importance])),
    Head(gettext_lazy("有眉目"), lambda p: _("是") if p.promising else "", 8),
)
"""What every Excel file begins with: what the name and its marks say on the page."""
OF_COLUMN: dict[str, tuple[Head, ...]] = {
    "stage": (
        Head(gettext_lazy("阶段"), lambda p: str(STAGES[p.stage])),
        Head(gettext_lazy("认定"), lambda p: _("期初未认定") if p.unproved else ""),
    ),
    "unit": (
        Head(gettext_lazy("责任单位"), lambda p: p.unit_word, 16),
        Head(gettext_lazy("专人"), lambda p: p.officer_name, 10),
    ),
    "total": (Head(gettext_lazy("总投资（亿元）"), lambda p: _yi(p.total_investment_cny), 14),),
    "year": (
        Head(gettext_lazy("年度计划（亿元）"), lambda p: yi(p.year_planned_cny or Decimal(0)), 15),
        Head(gettext_lazy("填报完成（亿元）"), lambda p: yi(p.year_declared_cny or Decimal(0)), 15),
    ),
    "due": (Head(gettext_lazy("承诺竣工"), lambda p: p.committed_finish_on),),
    "obstacles": (Head(gettext_lazy("堵点"), lambda p: p.open_obstacle_count, 6),),
    "township": (Head(gettext_lazy("乡镇"), lambda p: p.township_name or ""),),
    "leader": (Head(gettext_lazy("包联领导"), lambda p: p.leader_name or "", 10),),
    "principal": (Head(gettext_lazy("责任领导"), lambda p: p.principal_name or "", 10),),
    "entered": (Head(gettext_lazy("入库"), lambda p: clock.local_date(p.entered_at)),),
}
"""What a column of the page becomes in the file."""
FIELDS: dict[str, Callable[[Any], Any]] = {
    "uuid": lambda p: str(p.uuid),
    "code": lambda p: p.code,
    "name": lambda p: p.name,
    "track": lambda p: p.track,
    "stage": lambda p: p.stage,
    "importance": lambda p: p.importance,
    "promising": lambda p: _yes(p.promising),
    "unproved": lambda p: _yes(p.unproved),
    "lamp": lambda p: lamp_of(p).value,
    "unit": lambda p: p.unit_word,
    "officer": lambda p: p.officer_name,
    "leader": lambda p: p.leader_name or "",
    "principal": lambda p: p.principal_name or "",
    "township": lambda p: p.township_name or "",
    "total_investment_cny": lambda p: _plain(p.total_investment_cny),
    "year_planned_cny": lambda p: _plain(p.year_planned_cny),
    "year_declared_cny": lambda p: _plain(p.year_declared_cny),
    "committed_finish_on": lambda p: str(p.committed_finish_on or ""),
    "open_obstacle_count": lambda p: p.open_obstacle_count,
    "entered_at": lambda p: p.entered_at.isoformat(timespec="seconds"),
}
"""The columns of the CSV, named and coded as the API's ProjectLine: yuan with cents, days as 2026-11-23, instants in UTC."""


def project_export(request: AuthedRequest) -> HttpResponse:
    """The rows that the filters show (with `?on=` those of a past day) as a file. Each file is an act: the audit log says who
    took how many rows, and above a thousand why. Above the cap no row is read."""
    require(request.user, "project.export")
    bound = request.POST if request.method == "POST" else None
    form = ExportForm(bound, initial={"kind": "xlsx"})
    made: list[Made] = []
    answer = past.list_on(
        request, partial(_read, form=form, made=made), title=_("项目库"), now=reverse("project_list"), refused=400
    )
    if not made:
        return answer  # no such past day
    (found,) = made
    if form.is_bound:
        outcome = perform(
            request, library_export, form, asked=request.META["QUERY_STRING"], count=found.count, **form.arguments()
        )
        if outcome.ok:
            return found.answer(form.cleaned_data["kind"])
    context = {"count": found.count, "many": found.count > EXPORT_ASKS_REASON, "ask": EXPORT_ASKS_REASON}
    back = reverse("project_list") + queries.with_values(request.GET)
    return shown(request, "projects/export.html", form, back=back, chips=found.chips, **context)


@dataclass(frozen=True, slots=True)
class Made:
    """What is to be taken: how many rows, and the file, made only where it may be."""

    count: int
    chips: Sequence[Any]
    name: str = ""
    content: bytes = b""

    def answer(self, kind: str) -> HttpResponse:
        found = HttpResponse(self.content, content_type=XLSX if kind == "xlsx" else "text/csv; charset=utf-8")
        found["Content-Disposition"] = f'attachment; filename="{self.name}"'
        return found


def _read(request: AuthedRequest, user: User, on: date | None, *, form: ExportForm, made: list[Made]) -> HttpResponse:
    """Count the rows, and write the file where one may be taken. `on`: the past day that all reads see."""
    today = clock.today()
    by_region = thresholds_of(user.region_ids, today)
    found = ProjectFilter(request.GET, library(user, today, by_region), user=user)
    count, chips = found.rows.count(), found.bar(request.GET, []).chips
    if not form.is_bound or not form.is_valid() or count > EXPORT_MOST:
        made.append(Made(count, chips))
        return HttpResponse()
    kind = form.cleaned_data["kind"]
    rows = lines(list(ids_of(found.rows, request.GET)), today, by_region)
    content = _workbook(rows, _heads(request.GET)) if kind == "xlsx" else _csv(rows)
    made.append(Made(len(rows), chips, f"projects-{today}.{kind}", content))
    return HttpResponse()


def _heads(query: QueryDict) -> list[Head]:
    shown_keys = [column.key for column in columns_of(query) if column.shown]
    return [*FIRST, *(head for key in shown_keys for head in OF_COLUMN[key])]


def _workbook(rows: Iterable[Any], heads: Sequence[Head]) -> bytes:
    """Text stays text: a cell that begins with = is no formula, an address no link."""
    file = io.BytesIO()
    plain = {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
    with xlsxwriter.Workbook(file, plain) as book:
        sheet = book.add_worksheet(_("项目库"))
        bold, day = book.add_format({"bold": True}), book.add_format({"num_format": "yyyy-mm-dd"})
        for column, head in enumerate(heads):
            sheet.set_column(column, column, head.width)
            sheet.write_string(0, column, str(head.label), bold)
        for place, row in enumerate(rows, start=1):
            for column, head in enumerate(heads):
                value = head.value(row)
                if isinstance(value, str):
                    sheet.write_string(place, column, value)
                elif isinstance(value, date):
                    sheet.write_datetime(place, column, datetime(value.year, value.month, value.day), day)
                elif value is not None:
                    sheet.write_number(place, column, float(value))
        sheet.freeze_panes(1, 2)
    return file.getvalue()


def _csv(rows: Iterable[Any]) -> bytes:
    """UTF-8 with its mark, so that Excel in China reads it too; texts that would be formulas begin with an apostrophe."""
    file = io.StringIO()
    writer = csv.writer(file)
    writer.writerow(FIELDS)
    values = tuple(FIELDS.values())
    writer.writerows([_defused(value(row)) for value in values] for row in rows)
    return b"\xef\xbb\xbf" + file.getvalue().encode()


def _defused(value: Any) -> Any:
    return f"'{value}" if isinstance(value, str) and value.startswith(FORMULA) else value


def _yi(amount: Decimal | None) -> Decimal | None:
    return None if amount is None else yi(amount)


def _yes(value: bool) -> str:
    return "true" if value else "false"


def _plain(amount: Decimal | None) -> str:
    return "" if amount is None else f"{amount:.2f}"
