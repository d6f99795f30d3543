"""Understanding a ledger. Nothing here writes, and no transaction is open while it reckons."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import date

from django.utils.translation import gettext as _

from luodi.engines.ledger import MESSAGES, Context, RowResult, Tables, guess_tables, read_rows
from luodi.engines.sheets import Sheet
from luodi.kernel import clock
from luodi.kernel.errors import DomainError
from luodi.kernel.workbooks import WorkbookError, read_workbook, refuse_size
from luodi.orgs.models import Region, User
from luodi.projects.models import ImportBatch
from luodi.projects.services.imports.codec import Decided, unpack_decided, unpack_rows
from luodi.projects.services.imports.county import County
from luodi.projects.services.imports.keeping import YEARLY, settled

KINDS = ("new", "changed", "act", "same", "skipped", "wrong")
IMPORTABLE = frozenset({"new", "changed"})


class Reading:
    """A file as it was understood: its bytes, what was decided about it, and its rows. Plain, so that a request key tells
    it by its type alone (the key holds the file's name and size already)."""

    def __init__(self, name: str, data: bytes, decided: Decided, rows: list[RowResult], region: Region) -> None:
        self.name = name
        self.data = data
        self.sha256 = hashlib.sha256(data).hexdigest()
        self.decided = decided
        self.rows = rows
        self.region = region


class Revision:
    """A preview reckoned anew from changed decisions, to replace the one of this version of the batch."""

    def __init__(self, version: int, decided: Decided, rows: list[RowResult]) -> None:
        self.version = version
        self.decided = decided
        self.rows = rows


def county_of(by: User, code: str = "") -> Region:
    """The county into which a person imports: the one named, else the only one of his.

    Errors: DomainError "region_unknown" | "region_several".
    """
    counties = list(Region.objects.filter(pk__in=by.region_ids, level="county", valid_to=None))
    found = [region for region in counties if not code or region.code == code]
    if not found:
        raise DomainError("region_unknown", _("没有您能导入的县。"), field="file")
    if len(found) > 1:
        raise DomainError("region_several", _("您管几个县，请用县里的账号导入。"), field="file")
    return found[0]


def check_size(size: int) -> None:
    """Refuse by the size alone. Errors: DomainError "too_large"."""
    try:
        refuse_size(size)
    except WorkbookError as error:
        raise DomainError(error.code, str(error), field="file") from error


def sheets_of(name: str, data: bytes) -> list[Sheet]:
    """Errors: DomainError with a code of kernel.workbooks, beside the file."""
    try:
        return read_workbook(name, data)
    except WorkbookError as error:
        raise DomainError(error.code, str(error), field="file") from error


def tables_of(sheets: Sequence[Sheet], context: Context) -> Tables:
    """The guess. Errors: DomainError "no_table" where no sheet holds anything like one."""
    tables = guess_tables(sheets, context)
    if not any(table.columns for table in tables):
        raise DomainError("no_table", _(MESSAGES["no_table"]), field="file")
    return tables


def read_upload(by: User, name: str, data: bytes, *, region: Region | None = None) -> Reading:
    """Read a file, guess its columns and understand its rows against the county as `by` sees it.

    Errors: DomainError beside "file": codes of kernel.workbooks | "no_table" | "region_unknown" | "region_several".
    """
    region = region or county_of(by)
    sheets = sheets_of(name, data)
    county = County(region, viewer=by)
    decided = Decided(tables_of(sheets, county.context(clock.today(), {})))
    return Reading(name, data, decided, rows_of(sheets, decided, county), region)


def rows_of(sheets: Sequence[Sheet], decided: Decided, county: County) -> list[RowResult]:
    today = clock.today()
    books = county.books(year_of(decided.tables, today))
    rows = read_rows(sheets, decided.tables, county.context(today, books), decided.as_choices())
    return [settled(row, county, books) for row in rows]


def year_of(tables: Tables, today: date) -> int:
    """The year of the ledger's yearly figures: the one that its headings name, else this one."""
    columns = (column for table in tables if not table.skip for column in table.columns)
    return next((column.year for column in columns if column.field in YEARLY and column.year), today.year)


# A batch that is kept -----------------------------------------------------------------------------------------------


def kept_sheets(batch: ImportBatch) -> list[Sheet]:
    """The file again. Errors: DomainError "import_forgotten"."""
    return sheets_of(batch.name, _opened(batch, bytes(batch.sealed_file)))


def kept_decisions(batch: ImportBatch) -> Decided:
    return unpack_decided(_opened(batch, bytes(batch.sealed_choices)))


def kept_rows(batch: ImportBatch) -> list[RowResult]:
    return unpack_rows(_opened(batch, bytes(batch.sealed_rows)))


def _opened(batch: ImportBatch, sealed: bytes) -> bytes:
    plain = batch.key.unseal(sealed) if sealed else None
    if plain is None:
        raise DomainError("import_forgotten", _("这次导入的文件和明细已经销毁，只留下条数。"))
    return plain


def revised(by: User, batch: ImportBatch, decided: Decided) -> Revision:
    """Read the kept file anew by other decisions. Errors: DomainError "import_forgotten"."""
    county = County(batch.region, viewer=by)
    return Revision(batch.version, decided, rows_of(kept_sheets(batch), decided, county))


def renewed(by: User, batch: ImportBatch) -> Revision | None:
    """The preview as it would be now; None where it is still the one that was shown."""
    revision = revised(by, batch, kept_decisions(batch))
    return None if revision.rows == kept_rows(batch) else revision


def counted(rows: Iterable[RowResult]) -> dict[str, int]:
    """How many rows there are of each kind; each row is of one."""
    found = Counter(kind_of(row) for row in rows)
    return {kind: found[kind] for kind in KINDS}


def kind_of(row: RowResult) -> str:
    """The row's status; "act" where nothing is to be written and yet something to be done."""
    return "act" if row.needs_act else row.status


def importable(rows: Iterable[RowResult]) -> list[RowResult]:
    return [row for row in rows if row.status in IMPORTABLE]
