"""Who answers for a project: handover without a gap."""

from __future__ import annotations

from django.utils.translation import gettext as _

from luodi.kernel import acts
from luodi.kernel.errors import DomainError, Forbidden
from luodi.kernel.registry import HeadChange
from luodi.orgs.models import Member, RoleGrant, Unit, User
from luodi.orgs.rules import Role as SystemRole
from luodi.projects import permissions
from luodi.projects.models import Assignment, Project
from luodi.projects.rules import RESPONSIBLE_KINDS, Importance, Role, Stage, needs_named_people, says_nothing
from luodi.subjects.services import party_add, party_end, tell


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

    Errors: as hand_over; "unit_unknown" | "same_unit" | "officer_elsewhere".
    """
    _hold(officer_id)
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
    member = Member.objects.serving().filter(pk=member_id, region_id=project.region_id).first()
    if member is None:
        raise DomainError("member_unknown", _("没有这个在岗的人。"), field="member")
    leads = RoleGrant.objects.filter(member=member, role=SystemRole.COUNTY_LEADER, until=None).exists()
    if role == Role.LEADER and not leads:
        raise DomainError("leader_not_leader", _("包联领导要从县领导中选。"), field="member")
    return member


def _may_be_vacant(project: Project, role: Role) -> None:
    needed = needs_named_people(Stage(project.stage), Importance(project.importance), promising=project.promising)
    if role in needed:
        raise DomainError("may_not_be_vacant", _("这个项目不能没有这一责任人，请选定接手的人。"), field="member")


def assign(
    project: Project, role: Role, *, member: Member | None = None, unit: Unit | None = None, note: str = ""
) -> Assignment:
    """Write the next link of a role's chain, within an act that holds the project; the trigger sets the column."""
    act = acts.current()
    was = getattr(project, role)
    last = Assignment.objects.filter(project=project, role=role).order_by("-seq").values_list("seq", flat=True).first()
    made = acts.insert(
        Assignment(
            project=project,
            role=role.value,
            seq=(last or 0) + 1,
            member=member,
            unit=unit,
            from_at=act.at,
            note=note,
            by_id=getattr(act.by, "member_id", None),
        )
    )
    project.refresh_from_db(fields=[role.value, "version"])
    acts.note_written([project], "update")
    tell(
        project.subject,
        "people.handed_over",
        role=role.value,
        was=str(was or ""),
        now=str(unit or member or ""),
        note=note,
    )
    return made


def follow_head(change: HeadChange) -> None:
    """A unit's head changed: the projects of that unit whose principal he was go over to the new head in the same act."""
    held = Project.objects.live().filter(unit_id=change.unit_id, principal_id=change.old_id)
    new = Member.objects.get(pk=change.new_id)
    for project in acts.lock(held.select_related("subject", "unit", "principal")):
        assign(project, Role.PRINCIPAL, member=new, note=_("单位主要领导换任"))
