"""What stands around one project in small tables, fetched together: its page would otherwise ask ten times."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from datetime import UTC, date, datetime
from functools import cached_property

from django.db import connection
from django.db.models import FilteredRelation, Q

from luodi.files.models import Evidence
from luodi.kernel import clock
from luodi.orgs.deputies import Hands
from luodi.projects.models import Lesson, Project
from luodi.projects.selectors.rulebook import ProjectRules, rules_of


@dataclass(frozen=True, slots=True)
class Beside:
    """A row of one of the small tables. What `number`, `unit`, `on`, `word` … are differs with `sort`: see BESIDE."""

    sort: str
    pk: int
    number: int | None
    unit: int | None
    at: datetime | None
    on: date | None
    until: date | None
    word: str
    name: str


# One statement in SQL that both databases read alike: as eleven querysets in a union(), Django would take 5 ms to write
# it, ten times what the database takes to answer. Instants and days come as text (see _instant).
BESIDE = """
SELECT 'assignment', id, member_id, CAST(NULL AS BIGINT), CAST(from_at AS TEXT), CAST(NULL AS TEXT), CAST(NULL AS TEXT), role, ''
  FROM projects_assignment WHERE project_id = %(project)s
UNION ALL SELECT 'stage', id, NULL, NULL, CAST(at AS TEXT), CAST("on" AS TEXT), NULL, now, was FROM projects_stagechange WHERE project_id = %(project)s
UNION ALL SELECT 'commitment', id, NULL, NULL, NULL, CAST(was AS TEXT), CAST(wanted AS TEXT), '', ''
  FROM projects_commitmentchange WHERE project_id = %(project)s AND state = 'asked'
UNION ALL SELECT 'suspension', id, NULL, NULL, NULL, NULL, NULL, '', '' FROM projects_suspension WHERE project_id = %(project)s AND state = 'asked'
UNION ALL SELECT 'ending', id, NULL, NULL, NULL, NULL, NULL, kind, state FROM projects_ending WHERE project_id = %(project)s
UNION ALL SELECT 'void', id, NULL, NULL, NULL, NULL, NULL, '', '' FROM projects_voidrequest WHERE project_id = %(project)s AND state = 'asked'
UNION ALL SELECT 'lesson', id, NULL, NULL, NULL, NULL, NULL, state, '' FROM projects_lesson WHERE project_id = %(project)s
UNION ALL SELECT 'ask', id, NULL, asked_unit_id, NULL, NULL, NULL, gate, '' FROM projects_ask WHERE project_id = %(project)s AND state = 'asked'
UNION ALL SELECT 'share', line.id, line.ask_id, line.unit_id, NULL, NULL, NULL, '', ''
  FROM projects_askshare line JOIN projects_ask ask ON ask.id = line.ask_id WHERE ask.project_id = %(project)s
UNION ALL SELECT 'entries', 0, COUNT(*), NULL, NULL, NULL, NULL, '', '' FROM subjects_timelineentry WHERE subject_id = %(subject)s
UNION ALL SELECT 'grant', held.id, held.member_id, who.unit_id, NULL, NULL, NULL, held.role, who.name
  FROM orgs_rolegrant held JOIN orgs_member who ON who.id = held.member_id
  WHERE held.region_id = %(region)s AND held.until IS NULL AND held.role IN ('project_office', 'statistics_bureau')
UNION ALL SELECT 'deputed', done.id, done.principal_id, done.object_id, NULL, NULL, NULL, done.model, who.name
  FROM orgs_delegatedact done JOIN orgs_member who ON who.id = done.deputy_id
  WHERE done.act IN (SELECT told.act FROM orgs_delegatedact told JOIN subjects_timelineentry entry ON entry.id = told.object_id
  WHERE told.model = 'subjects.timelineentry' AND entry.subject_id = %(subject)s)
ORDER BY 2
"""


def _beside(project: Project) -> list[Beside]:
    with connection.cursor() as cursor:
        cursor.execute(
            BESIDE,
            {
                "project": project.pk,
                "subject": project.subject_id,
                "region": project.region_id,
            },
        )
        return [
            Beside(sort, pk, number, unit, _instant(at), _day(on), _day(until), word, name)
            for sort, pk, number, unit, at, on, until, word, name in cursor.fetchall()
        ]


def _instant(text: str | None) -> datetime | None:
    """SQLite keeps an instant as UTC without saying so; PostgreSQL says its offset."""
    if text is None:
        return None
    at = datetime.fromisoformat(text)
    return at if at.tzinfo else at.replace(tzinfo=UTC)


def _day(text: str | None) -> date | None:
    return date.fromisoformat(text) if text else None


class Around:
    """One project and what stands around it. Each kind is asked of the database once, when it is first needed."""

    def __init__(self, project: Project) -> None:
        self.project = project

    @cached_property
    def rows(self) -> list[Beside]:
        return _beside(self.project)

    @property
    def entry_count(self) -> int:
        """How many entries the timeline has."""
        return self.of("entries")[0].number or 0

    @property
    def stages(self) -> list[tuple[str, date]]:
        """The stages that the project entered, each with the day, in their order."""
        return [(row.word, row.on) for row in self.of("stage") if row.on]

    @cached_property
    def hands(self) -> Hands:
        """Who did something here through whom, as far as the timeline tells of it: it tells of every act."""
        found: dict[tuple[str, int], dict[int, str]] = defaultdict(dict)
        for row in self.of("deputed"):
            found[row.word, row.unit or 0][row.number or 0] = row.name
        return found

    def held(self, role: str) -> frozenset[int]:
        """The members who have, or once had, a role."""
        return frozenset(row.number for row in self.assignments if row.word == role and row.number)

    @property
    def assignments(self) -> list[Beside]:
        """Who has had which role: `word` is the role, `number` the member (None: the role of the unit, or vacant)."""
        return self.of("assignment")

    @cached_property
    def rules(self) -> ProjectRules:
        """What the rulebook of the project's county says today."""
        return rules_of(self.project.region_id, clock.today())

    def of(self, sort: str) -> list[Beside]:
        """The rows of one sort, oldest first."""
        return [row for row in self.rows if row.sort == sort]

    @cached_property
    def evidence(self) -> list[Evidence]:
        """All pieces, the withdrawn too."""
        rows = Evidence.objects.filter(subject_id=self.project.subject_id)
        return list(rows.select_related("added_by__unit", "file"))

    @cached_property
    def fitting(self) -> list[Lesson]:
        return lessons_that_fit(self.project)


def lessons_that_fit(project: Project) -> list[Lesson]:
    """Accepted lessons of the same industry or kind, newest first, at most ten; never the project's own.

    Each comes with the project's own answer (selectors.answer_to). One query.
    """
    same = Q(pk__in=[])
    if project.industry_id:
        same |= Q(industry_id=project.industry_id)
    if project.kind_id:
        same |= Q(kind_id=project.kind_id)
    lessons = Lesson.objects.filter(same, region_id=project.region_id, state="accepted").exclude(project=project)
    own = FilteredRelation("answers", condition=Q(answers__project=project))
    lessons = lessons.filter(decided_at__lte=project.entered_at).annotate(mine=own)
    lessons = lessons.select_related("mine")  # type: ignore[misc]  # the stubs do not know a FilteredRelation here
    return list(lessons.order_by("-decided_at", "-pk")[:10])
