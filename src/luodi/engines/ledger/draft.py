"""One row while its cells are read, and what they are read against."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field

from luodi.engines.ledger.companies import Code
from luodi.engines.ledger.fields import BY_NAME
from luodi.engines.ledger.model import ColumnGuess, Context, Level, Problem, UnitRef, Value
from luodi.engines.ledger.people import without_posts
from luodi.engines.ledger.texts import UNRECKONED, cell_text, is_failed_formula, looks_like_formula, one_line, squeezed
from luodi.engines.ledger.units import TownshipBook, UnitBook
from luodi.engines.sheets import Cell

LONGEST = 300
"""Characters of a cell that names something or says a figure; patterns need not run over a novel."""
TOLD = 200
"""Characters of a cell that a problem quotes."""


@dataclass(frozen=True, slots=True)
class Section:
    """What headings above the row tell: the nearest heading's words, the track, the stage; and the
    track of the title, which holds only where the row itself is silent."""

    words: str = ""
    track: str = ""
    stage: str = ""
    title_track: str = ""


@dataclass(frozen=True, slots=True)
class Books:
    """The county, indexed for look-up."""

    context: Context
    units: UnitBook
    townships: TownshipBook
    leaders: Mapping[str, str]
    """Squeezed name → name."""
    leaders_bare: Mapping[str, str]
    """Squeezed name without posts → name; of two alike none."""
    people: Mapping[str, Mapping[str, str]]
    """Unit code → squeezed name → name."""

    @classmethod
    def of(cls, context: Context) -> Books:
        units = UnitBook(context)
        people: dict[str, dict[str, str]] = {}
        for member in context.members:
            people.setdefault(member.unit, {})[squeezed(member.name)] = member.name
        leaders = {squeezed(m.name): m.name for m in context.members if m.is_leader}
        alike = Counter(without_posts(key) for key in leaders)
        bare = {without_posts(key): name for key, name in leaders.items() if alike[without_posts(key)] == 1}
        return cls(context, units, TownshipBook(units), leaders, bare, people)


@dataclass(slots=True)
class Draft:
    """One row while it is read. `cells`: field → cell, after merges and corrections."""

    books: Books
    cells: Mapping[str, Cell]
    columns: Mapping[str, ColumnGuess]
    defaults: Mapping[str, str]
    section: Section
    title_unit: str = ""
    ticks: tuple[str, ...] = ()
    values: dict[str, Value] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)
    unit: UnitRef | None = None

    def say(self, level: Level, name: str, code: str, /, **params: str) -> None:
        value = params.pop("value", None)
        told = self.text(name) if value is None else value
        self.problems.append(Problem(level, name, told[:TOLD], code, params))

    def text(self, name: str) -> str:
        return one_line(self.raw(name))

    def cell(self, name: str) -> Cell:
        """The cell as it is; a long one cut, but for running text."""
        cell = self.cells.get(name)
        if isinstance(cell, str) and len(cell) > LONGEST and BY_NAME[name].kind != "text":
            return cell[:LONGEST]
        return cell

    def raw(self, name: str) -> str:
        """The cell as text; a formula that failed or was never reckoned counts as nothing and is told once."""
        text = cell_text(self.cell(name))
        if is_failed_formula(text):
            needed = name == "name" or BY_NAME[name].kind == "money"
            code = "formula_unreckoned" if text == UNRECKONED else "cell_error"
            self._say_once(Problem("error" if needed else "note", name, text, code, {}))
            return ""
        return text

    def say_once(self, level: Level, name: str, code: str, /, value: str, **params: str) -> None:
        """For cells that are read more than once."""
        self._say_once(Problem(level, name, value[:TOLD], code, params))

    def _say_once(self, problem: Problem) -> None:
        if problem not in self.problems:
            self.problems.append(problem)

    def has_failed(self, name: str) -> bool:
        """Whether the cell's formula gave no result."""
        return any(p.field == name and p.code in ("cell_error", "formula_unreckoned") for p in self.problems)

    def limited(self, name: str, text: str) -> str:
        limit = BY_NAME[name].limit
        if not limit or len(text) <= limit:
            return text
        self.say("note", name, "text_cut", value=text[:20] + "…", limit=str(limit))
        return text[:limit]

    def warn_formula(self, name: str, text: str) -> None:
        if looks_like_formula(text):
            self.say("note", name, "formula_text")

    def take_code(self, name: str, code: Code, written: str = "") -> None:
        if code.text:
            self.values[name] = code.text
        if code.code:
            value = written or self.text(name)
            self.say("error" if code.is_error else "note", name, code.code, value=value, **code.params)
