"""Who answers for a project: handover without a gap."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from django.db.models import Max, Q
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from luodi.kernel import acts
from luodi.kernel.errors import DomainError, Forbidden
from luodi.kernel.registry import HeadChange, Held, Leaving
from luodi.kernel.words import kept
from luodi.orgs.models import Member, RoleGrant, Unit, User
from luodi.orgs.rules import Role as SystemRole
from luodi.projects import permissions
from luodi.projects.models import Assignment, Project
from luodi.projects.models.labels import ROLES
from luodi.projects.querysets import ProjectQuerySet
from luodi.projects.rules import PERSONAL, RESPONSIBLE_KINDS, Importance, Role, Stage, needs_named_people, says_nothing
from luodi.projects.selectors import successors_of
from luodi.subjects.services import party_add, party_end, told


def hand_over(*, by: User, project_id: int, role: Role, member_id: int | None, note: str) -> Assignment:
    """Hand a role of a live project to another member, from now on; None leaves it vacant where the rules allow it.

    Errors: Project.DoesNotExist; DomainError "forbidden" | "note_missing" | "member_unknown" | "same_member" |
    "may_not_be_vacant" | "leader_not_leader" | "unit_by_unit".
    """
    if role == Role.UNIT:
        raise DomainError("unit_by_unit", _("换责任单位请连同专人一起交接。"), field="role")
    _hold(member_id)
    project = acts.lock_one(Project.objects.visible_to(by), project_id)
    if why := permissions.why_not_hand_over(by, project, role):
        raise Forbidden(why)
    if says_nothing(note):
        raise DomainError("note_missing", _("请写明交接情况：交了什么，还有什么没完。"), field="note")
    member = _successor(project, role, member_id)
    if getattr(project, f"{role}_id") == (member.pk if member else None):
        raise DomainError("same_member", _("他现在就是，不用交接。"), field="member")
    return assign(project, role, member=member, note=note.strip())


def hand_over_unit(*, by: User, project_id: int, unit_id: int, officer_id: int, note: str) -> Assignment:
    """Hand a project to another responsible unit, with its officer; the new unit's head becomes the principal.

    Errors: as hand_over; "unit_unknown" | "same_unit" | "officer_elsewhere" | "head_changed".
    """
    head = Unit.objects.filter(pk=unit_id).values("head")
    held = {member.pk for member in acts.lock(Member.objects.filter(Q(pk=officer_id) | Q(pk__in=head)))}
    project = acts.lock_one(Project.objects.visible_to(by), project_id)
    if why := permissions.why_not_hand_over(by, project, Role.UNIT):
        raise Forbidden(why)
    if says_nothing(note):
        raise DomainError("note_missing", _("请写明交接情况：交了什么，还有什么没完。"), field="note")
    unit = Unit.objects.filter(pk=unit_id, region_id=project.region_id, active=True, kind__in=RESPONSIBLE_KINDS).first()
    if unit is None:
        raise DomainError("unit_unknown", _("没有这个单位。"), field="unit")
    if unit.pk == project.unit_id:
        raise DomainError("same_unit", _("现在就由这个单位负责。"), field="unit")
    officer = Member.objects.serving().filter(pk=officer_id, unit=unit).first()
    if officer is None:
        raise DomainError("officer_elsewhere", _("专人要从新的责任单位里选。"), field="officer")
    if unit.head_id not in held:
        raise DomainError("head_changed", _("这个单位刚换了主要领导，请刷新后再交接。"), field="unit")
    party_end(project.subject, project.unit, "responsible")
    party_add(project.subject, unit, "responsible")
    made = assign(project, Role.UNIT, unit=unit, note=note.strip())
    assign(project, Role.OFFICER, member=officer, note=note.strip())
    if project.principal_id != unit.head_id:
        assign(project, Role.PRINCIPAL, member=unit.head, note=note.strip())
    return made


def _hold(member_id: int | None) -> None:
    """Keep the successor from leaving meanwhile: his row is locked, before the project's as tables go."""
    if member_id is not None:
        acts.lock(Member.objects.filter(pk=member_id))


def _successor(project: Project, role: Role, member_id: int | None) -> Member | None:
    if member_id is None:
        _may_be_vacant(project, role)
        return None
    return _who_may_take_over([project.region_id], role, member_id, "member")


def _who_may_take_over(region_ids: Iterable[int], role: Role, member_id: int, field: str) -> Member:
    """The member, if he serves in the county of every one of these projects and can have the role. Two queries."""
    member = Member.objects.serving().filter(pk=member_id).first()
    if member is None or {member.region_id} != set(region_ids):
        raise DomainError("member_unknown", _("没有这个在岗的人。"), field=field)
    leads = RoleGrant.objects.filter(member=member, role=SystemRole.COUNTY_LEADER.value, until=None).exists()
    if role == Role.LEADER and not leads:
        raise DomainError("leader_not_leader", _("包联领导要从县领导中选。"), field=field)
    return member


def _may_be_vacant(project: Project, role: Role, field: str = "member") -> None:
    needed = needs_named_people(Stage(project.stage), Importance(project.importance), promising=project.promising)
    if role in needed:
        raise DomainError("may_not_be_vacant", _("这个项目不能没有这一责任人，请选定接手的人。"), field=field)


def assign(
    project: Project, role: Role, *, member: Member | None = None, unit: Unit | None = None, note: str = ""
) -> Assignment:
    """Write the next link of a role's chain, within an act that holds the project; the trigger sets the column."""
    return assign_all([project], role, member=member, unit=unit, note=note)[0]


def assign_all(
    projects: Sequence[Project], role: Role, *, member: Member | None = None, unit: Unit | None = None, note: str = ""
) -> list[Assignment]:
    """The same for many projects: four statements, however many (each may be cut into several of five hundred rows)."""
    act = acts.current()
    was = {project.pk: str(getattr(project, role) or "") for project in projects}
    links = Assignment.objects.filter(project__in=projects, role=role).order_by().values_list("project_id")
    last = dict(links.annotate(last=Max("seq")))
    made = acts.insert_many(
        [
            Assignment(
                project=project,
                role=role.value,
                seq=last.get(project.pk, 0) + 1,
                member=member,
                unit=unit,
                from_at=act.at,
                note=note,
                by_id=getattr(act.by, "member_id", None),
            )
            for project in projects
        ]
    )
    _read_back(projects, role, unit or member)
    values = {"role": role.value, "now": str(unit or member or ""), "note": note}
    acts.insert_many([told(p.subject, "people.handed_over", was=was[p.pk], **values) for p in projects])
    return made


def _read_back(projects: Sequence[Project], role: Role, holder: Unit | Member | None) -> None:
    """What the trigger wrote: the role's column, and the version."""
    versions = dict(Project.objects.filter(pk__in=[project.pk for project in projects]).values_list("pk", "version"))
    for project in projects:
        setattr(project, role.value, holder)
        project.version = versions[project.pk]
    acts.note_written(projects, "update")


def follow_head(change: HeadChange) -> None:
    """A unit's head changed: the projects of that unit whose principal he was go over to the new head in the same act."""
    held = Project.objects.live().filter(unit_id=change.unit_id, principal_id=change.old_id)
    new = Member.objects.get(pk=change.new_id)
    if projects := acts.lock(held.select_related("subject", "principal")):
        note = change.note or kept(gettext_lazy("单位主要领导换任"))
        assign_all(projects, Role.PRINCIPAL, member=new, note=note)


# A member leaves -----------------------------------------------------------------------------------------------------


def held_by(by: User, member: Member) -> Iterator[Held]:
    """What a leaving member answers for, by role, whoever may see it. What he answers for as his unit's head goes with that."""
    for role in PERSONAL:
        count = _live_of(member, role).count()
        if count:
            why = permissions.why_not_hand_all_over(by, role)
            label = _("项目%(role)s") % {"role": ROLES[role]}
            found = (
                () if why else successors_of(role, region_id=member.region_id, unit_id=member.unit_id, but=member.pk)
            )
            yield Held(held_code(role), label, count, offered=found, optional=role == Role.SUPERVISOR, barred=why)


def hold_all(member: Member) -> None:
    """Lock every live project in which he has a part, in one go."""
    mine = Q()
    for role in PERSONAL:
        mine |= Q(**{f"{role}_id": member.pk})
    acts.lock(Project.objects.live().filter(mine))


def hand_all_over(leaving: Leaving) -> None:
    """Each role with all its projects to one successor, under the rules of a single handover; the projects are held already."""
    for role in PERSONAL:
        related = ("subject", role.value)
        if projects := acts.lock(_live_of(leaving.member, role).select_related(*related)):
            _hand_role_over(projects, role, leaving)


def _hand_role_over(projects: Sequence[Project], role: Role, leaving: Leaving) -> None:
    if says_nothing(leaving.note):
        raise DomainError("note_missing", _("请写明交接情况：交了什么，还有什么没完。"), field="note")
    field = held_code(role)
    to = leaving.to.get(field)
    if to is None:
        for project in projects:
            _may_be_vacant(project, role, field)
    member = _who_may_take_over({p.region_id for p in projects}, role, to, field) if to else None
    assign_all(projects, role, member=member, note=leaving.note)


def held_code(role: Role) -> str:
    return f"project.{role}"


def _live_of(member: Member, role: Role) -> ProjectQuerySet:
    """The live projects in which he has this role, but for those that go with the headship of his unit."""
    rows = Project.objects.live().filter(**{f"{role}_id": member.pk})
    heads = role == Role.PRINCIPAL and member.unit.head_id == member.pk
    return rows.exclude(unit_id=member.unit_id) if heads else rows
