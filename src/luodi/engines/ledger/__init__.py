"""Understands the project ledgers that county offices really keep.

`guess_tables` finds headings and columns, `read_rows` reads every row against the county. What each
cell means: docs/domain/ledger.md.
"""

from luodi.engines.ledger.county import context_from_county
from luodi.engines.ledger.fields import BY_NAME, FIELDS, IMPORTABLE, Field
from luodi.engines.ledger.headers import guess_tables, table_problems, unread, with_columns
from luodi.engines.ledger.library import ACTS
from luodi.engines.ledger.mapping import (
    MappingError,
    columns_json,
    mapping_from_json,
    mapping_to_json,
    with_money_unit,
)
from luodi.engines.ledger.messages import MESSAGES
from luodi.engines.ledger.model import (
    Change,
    ColumnGuess,
    CompanyRef,
    Context,
    MemberRef,
    Problem,
    ProjectRef,
    RowResult,
    TableGuess,
    Tables,
    UnitRef,
    Value,
    json_value,
)
from luodi.engines.ledger.reading import Choices, Place, read_rows
from luodi.engines.ledger.summary import Summary, summed_up

__all__ = [
    "ACTS",
    "BY_NAME",
    "FIELDS",
    "IMPORTABLE",
    "MESSAGES",
    "Change",
    "Choices",
    "ColumnGuess",
    "CompanyRef",
    "Context",
    "Field",
    "MappingError",
    "MemberRef",
    "Place",
    "Problem",
    "ProjectRef",
    "RowResult",
    "Summary",
    "TableGuess",
    "Tables",
    "UnitRef",
    "Value",
    "columns_json",
    "context_from_county",
    "guess_tables",
    "json_value",
    "mapping_from_json",
    "mapping_to_json",
    "read_rows",
    "summed_up",
    "table_problems",
    "unread",
    "with_columns",
    "with_money_unit",
]
