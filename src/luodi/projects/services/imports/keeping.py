"""What of a ledger's row a project keeps, and in which words: one place for entering, editing and comparing."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Any, cast

from luodi.engines.ledger import BY_NAME, Change, RowResult, Value
from luodi.engines.ledger.stages import is_public_money
from luodi.engines.ledger.texts import squeezed
from luodi.kernel import clock
from luodi.kernel.personal import without_personal_numbers
from luodi.orgs.models import Company, Industry
from luodi.orgs.services.units import company_find_or_create
from luodi.projects.models import Kind
from luodi.projects.rules import FINISHED, Stage, days_fault
from luodi.projects.services.imports.county import Book, County
from luodi.projects.services.projects import NATIONAL_CODE

LEFT_OUT = "（号码略）"
PLAIN = {
    "name": "name", "national_code": "national_code", "total_investment": "total_investment_cny", "land_mu": "land_mu",
    "jobs": "jobs", "tax": "annual_tax_cny", "started_on": "started_on", "end_on": "committed_finish_on",
}  # fmt: skip
TEXTS = {"summary": "summary", "note": "remark"}
YEARLY = ("year_planned", "year_declared")


def kept_text(text: str) -> str:
    """A remark without telephone and identity numbers: those are kept only where they are sealed."""
    return without_personal_numbers(text, LEFT_OUT)


def own_columns(values: dict[str, Value], county: County, stage: Stage) -> dict[str, Any]:
    """The row's values as columns of a project, as far as they are simple facts of its own."""
    told: dict[str, Any] = {column: values[name] for name, column in PLAIN.items() if name in values}
    told |= {column: kept_text(str(values[name])) for name, column in TEXTS.items() if name in values}
    if stage in FINISHED:
        told.pop("committed_finish_on", None)
    for name in unkept_days(values):
        told.pop(PLAIN[name], None)
    if not NATIONAL_CODE.match(str(told.get("national_code", ""))):
        told.pop("national_code", None)
    if "township" in values and (unit := county.unit_by_name.get(str(values["township"]))) is not None:
        told["township"] = unit.governs
    found = county.kind_of(str(values["kind"])) if "kind" in values else None
    if found is not None:
        told["kind" if isinstance(found, Kind) else "industry"] = found
    return told


def unkept_days(values: dict[str, Value]) -> list[str]:
    """The days that a ledger may plan and a project cannot declare (rules.days_fault): they go onto the timeline."""
    start, finish = day_of(values.get("started_on")), day_of(values.get("end_on"))
    fault = days_fault(started_on=start, finish_on=finish, today=clock.today())
    return {"start_in_future": ["started_on"], "finish_before_start": ["end_on"]}.get(fault, [])


def beside(values: dict[str, Value], county: County, stage: Stage) -> str:
    """What the ledger says and no column holds: it goes onto the timeline, in the ledger's own words."""
    said: dict[str, str] = {"progress": str(values.get("progress", ""))}
    if stage in FINISHED and "end_on" in values:
        said["end_on"] = str(values["end_on"])
    said |= {name: str(values[name]) for name in unkept_days(values)}
    if "kind" in values and county.kind_of(str(values["kind"])) is None:
        said["kind"] = str(values["kind"])
    if not NATIONAL_CODE.match(code := str(values.get("national_code", ""))):
        said["national_code"] = code
    if "uscc" in values and (not values.get("investor") or is_public_money(str(values.get("investor", "")))):
        said["uscc"] = str(values["uscc"])
    if contradicts(values):
        said["declared_investment"] = f"{values['declared_investment']:f} 元"
    lines = [f"{BY_NAME[name].label}：{kept_text(text)}" for name, text in said.items() if text]
    return "\n".join(lines)


def investor_of(values: dict[str, Value], region_id: int) -> Company | None:
    """The company that a row names, made where it is new; public money is one name without a code. Within an act."""
    name = str(values.get("investor", ""))
    if not name:
        return None
    uscc = "" if is_public_money(name) else str(values.get("uscc", ""))
    return company_find_or_create(region_id=region_id, name=name, uscc=uscc)


def declared_before(cumulative: Decimal, in_years: Decimal) -> Decimal | None:
    """What was done before the years that have figures of their own; None where the two contradict each other."""
    return cumulative - in_years if cumulative >= in_years else None


def contradicts(values: dict[str, Value]) -> bool:
    """Less was done in all than in this year alone."""
    cumulative, of_year = values.get("declared_investment"), values.get("year_declared")
    return isinstance(cumulative, Decimal) and isinstance(of_year, Decimal) and cumulative < of_year


def settled(row: RowResult, county: County, books: dict[str, Book]) -> RowResult:
    """The row without changes that would change nothing: what the project keeps is what the row would write."""
    if row.project not in books:
        return row
    book = books[row.project]
    changes = tuple(change for change in row.changes if change.act or _changes(change, row, book, county))
    status = row.status
    if status == "changed" and not any(not change.act for change in changes):
        status = "same"
    return replace(row, changes=changes, status=status)


def _changes(change: Change, row: RowResult, book: Book, county: County) -> bool:
    project, name = book.project, change.field
    if name in TEXTS:
        return squeezed(kept_text(str(change.new))) != squeezed(str(change.old or ""))
    if name == "kind":
        found = county.kind_of(str(change.new))
        return found is not None and found != (project.industry if isinstance(found, Industry) else project.kind)
    if name in ("started_on", "end_on") and name in unkept_days(dict(row.values)):
        return False
    if name == "national_code":
        return bool(NATIONAL_CODE.match(str(change.new)))
    if name in ("investor", "uscc"):
        return _investor_changes(row.values.get("investor"), row.values.get("uscc"), book)
    if name in YEARLY:
        return len(book.of_year) <= 1
    if name == "declared_investment":
        return declared_before(cast(Decimal, change.new), in_years_then(book, row)) is not None
    return True


def _investor_changes(investor: Value | None, uscc: Value | None, book: Book) -> bool:
    """Another company: another code, or, where one of the two has none, another name."""
    if not investor:
        return False
    known = book.project.investor
    if known is None:
        return True
    if uscc and not is_public_money(str(investor)):
        return known.uscc != uscc
    return squeezed(known.name) != squeezed(str(investor))


def in_years_then(book: Book, row: RowResult) -> Decimal:
    """What the year figures will add up to once the row is written."""
    declared = row.values.get("year_declared")
    if not isinstance(declared, Decimal) or len(book.of_year) > 1:
        return book.declared_in_years
    return book.declared_in_years - sum((f.declared_cny for f in book.of_year), Decimal(0)) + declared


def day_of(value: Value | None) -> date | None:
    return value if isinstance(value, date) else None


def amount_of(value: Value | None) -> Decimal | None:
    return value if isinstance(value, Decimal) else None
