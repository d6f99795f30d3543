"""May this person do this with this project? Each function says why not, in words for him ("" = he may)."""

from __future__ import annotations

from django.utils.translation import gettext as _

from luodi.facts.models import Fact
from luodi.files.models import Evidence
from luodi.orgs.models import RoleGrant, User
from luodi.orgs.rules import Role
from luodi.projects.models import Ask, CommitmentChange, Ending, Lesson, Obstacle, Project, VoidRequest
from luodi.projects.models.labels import ROLES
from luodi.projects.rules import Role as Duty
from luodi.projects.rules import Stage
from luodi.subjects.models import Party

OFFICES = {Role.PROJECT_OFFICE, Role.INVESTMENT_BUREAU}


def _of_the_project(user: User, project: Project) -> bool:
    """Of the responsible unit, or the project's own officer or principal, or of an office that serves all projects."""
    own = project.unit_id == user.member.unit_id
    named = user.member_id in {project.officer_id, project.principal_id}
    return own or named or bool(user.roles & OFFICES)


def _closed(project: Project) -> str:
    if project.void:
        return _("这条记录已作废，只能查看。")
    if project.stage == Stage.ENDED:
        return _("项目已终结，只能查看。")
    return ""


def why_not_work(user: User, project: Project, action: str) -> str:
    """For acts of those who carry the project: edit, evidence, asking."""
    if closed := _closed(project):
        return closed
    if not user.may(action) or not _of_the_project(user, project):
        return _("由责任单位%(unit)s、专人%(officer)s或项目办办理。") % {
            "unit": project.unit,
            "officer": project.officer,
        }
    return ""


def why_not_add_evidence(user: User, project: Project) -> str:
    """Those who carry the project, and a unit that is party to it (a solving department, say)."""
    why = why_not_work(user, project, "evidence.add")
    if not why or not project.live or not user.may("evidence.add"):
        return why
    party = Party.objects.filter(subject_id=project.subject_id, unit_id=user.member.unit_id, until=None)
    return "" if party.exists() else why


def why_not_withdraw_evidence(user: User, evidence: Evidence, project: Project) -> str:
    """The giving unit, and those who carry the project."""
    if not project.live:
        return _("项目已终结或作废，佐证不能再动。")
    if evidence.added_by.unit_id == user.member.unit_id and user.may("evidence.add"):
        return ""
    return why_not_work(user, project, "evidence.add")


def why_not_create(user: User, unit_id: int) -> str:
    if not user.may("project.create"):
        return _("新项目由责任单位、招商局或项目办录入。")
    if user.roles & OFFICES or unit_id == user.member.unit_id:
        return ""
    return _("您只能录入本单位负责的项目。")


def why_not_grade(user: User, project: Project) -> str:
    return _closed(project) or ("" if user.may("project.grade") else _("重要程度和“有眉目”由项目办认定。"))


def why_not_hand_over(user: User, project: Project, duty: Duty) -> str:
    """Unit heads change the officer of their own projects; the offices change everybody; supervisors come from the offices."""
    if closed := _closed(project):
        return closed
    if duty == Duty.SUPERVISOR:
        return "" if user.may("assignment.supervisor") else _("督办人由项目办或政府办公室指定。")
    if not user.may("assignment.hand_over"):
        return _("交接由责任单位主要领导或项目办办理。")
    if user.roles & OFFICES:
        return ""
    if duty == Duty.OFFICER and project.unit_id == user.member.unit_id:
        return ""
    return _("%(role)s的交接由项目办办理。") % {"role": ROLES[duty]}


def why_not_withdraw_ask(user: User, ask: Ask) -> str:
    own = ask.asked_unit_id == user.member.unit_id and user.may("gate.ask")
    return "" if own else _("由申报单位%(unit)s撤回。") % {"unit": ask.asked_unit}


def why_not_revoke(user: User, fact: Fact) -> str:
    """The project office or the statistics bureau, never of a unit that has a part in the fact."""
    if not user.may("fact.revoke"):
        return _("撤销由项目办或统计局办理。")
    units = {fact.unit_id, fact.asked_by.unit_id, *fact.shares.values_list("unit_id", flat=True)}
    if user.member.unit_id in units:
        return _("您属于责任单位、申报单位或有份额的单位，撤销要由别的单位办理。")
    return ""


def why_not_decide_commitment(user: User, change: CommitmentChange) -> str:
    """Another person of another unit than the asker's; for the project's leader too, where he did not ask himself."""
    if closed := _closed(change.project):
        return closed
    if not user.may("commitment.decide"):
        return _("改期由项目办、政府办公室或县领导决定。")
    if change.asked_by_id == user.member_id:
        return _("改期申请是您提的，要由另一个人决定。")
    if change.asked_by.unit_id == user.member.unit_id or change.project.unit_id == user.member.unit_id:
        return _("您与申请单位或责任单位同属一个单位，要由别的单位决定。")
    return ""


def why_not_ask_suspension(user: User, project: Project) -> str:
    if closed := _closed(project):
        return closed
    principal = project.principal or project.unit.head
    if principal is not None and principal.pk == user.member_id and user.may("suspension.ask"):
        return ""
    return _("暂停由责任领导%(name)s申请。") % {"name": principal}


def why_not_decide_suspension(user: User, project: Project) -> str:
    if closed := _closed(project):
        return closed
    if not user.may("suspension.decide"):
        return _("暂停由包联领导同意。")
    if project.leader_id is not None and project.leader_id != user.member_id:
        return _("暂停由包联领导%(name)s同意。") % {"name": project.leader}
    return ""


def why_not_resume(user: User, project: Project) -> str:
    if closed := _closed(project):
        return closed
    named = {project.principal_id, project.leader_id, project.officer_id}
    may = user.may("suspension.resume")
    if may and (user.member_id in named or Role.PROJECT_OFFICE in user.roles):
        return ""
    return _("恢复由责任领导、包联领导、专人或项目办办理。")


def why_not_add_obstacle(user: User, project: Project) -> str:
    if project.live and user.may("obstacle.add"):
        return ""
    return _("堵点由责任单位、项目办、督查员或县领导登记；项目须在册。")


def why_not_work_obstacle(user: User, obstacle: Obstacle) -> str:
    if closed := _closed(obstacle.project):
        return closed
    if user.may("obstacle.work") and (
        obstacle.solver_unit_id == user.member.unit_id or _of_the_project(user, obstacle.project)
    ):
        return ""
    return _("由解决单位%(unit)s填写。") % {"unit": obstacle.solver_unit}


def why_not_solve_obstacle(user: User, obstacle: Obstacle) -> str:
    if closed := _closed(obstacle.project):
        return closed
    if user.may("obstacle.work") and obstacle.solver_unit_id == user.member.unit_id:
        return ""
    return _("由解决单位%(unit)s写明结果。") % {"unit": obstacle.solver_unit}


def why_not_confirm_obstacle(user: User, obstacle: Obstacle) -> str:
    """Officer or supervisor of the project, not of the solving unit; where both are of it, the project office."""
    if closed := _closed(obstacle.project):
        return closed
    if user.member.unit_id == obstacle.solver_unit_id:
        return _("您属于解决单位%(unit)s，要由别的单位的人确认。") % {"unit": obstacle.solver_unit}
    project = obstacle.project
    watchers = [member for member in (project.officer, project.supervisor) if member]
    outside = [member for member in watchers if member.unit_id != obstacle.solver_unit_id]
    mine = user.member_id in {member.pk for member in outside} or (not outside and Role.PROJECT_OFFICE in user.roles)
    if mine and user.may("obstacle.confirm"):
        return ""
    names = "、".join(member.name for member in outside) or _("项目办")
    return _("由%(names)s确认。") % {"names": names}


def why_not_accept_lesson(user: User, lesson: Lesson) -> str:
    if not user.may("lesson.accept"):
        return _("经验由项目办、政府办公室或别的单位的主要领导接受。")
    if user.member.unit_id in {lesson.project.unit_id, lesson.proposed_by.unit_id}:
        return _("您属于责任单位或提出单位，经验要由别的单位接受。")
    return ""


def why_not_accept_ending(user: User, ending: Ending) -> str:
    """A success is closed by the project office outside the responsible unit; a failure is explained to the government."""
    if ending.kind == "given_up":
        if not user.may("ending.accept"):
            return _("终止的说明由政府办公室接受。")
    elif why := _why_not_close(user, ending):
        return why
    if user.member.unit_id in {ending.project.unit_id, ending.proposed_by.unit_id}:
        return _("您属于责任单位或提出单位，要由别的单位接受。")
    return ""


def _why_not_close(user: User, ending: Ending) -> str:
    """As with facts: what the project office's own unit has a part in is for the statistics bureau, the rest is not."""
    words = _("成功终结由项目办接受；事关项目办本单位的，由统计局接受。")
    if not user.may("ending.close"):
        return words
    if Role.PROJECT_OFFICE in user.roles:
        return ""
    offices = RoleGrant.objects.filter(region_id=ending.project.region_id, role=Role.PROJECT_OFFICE, until=None)
    parts = [ending.project.unit_id, ending.proposed_by.unit_id]
    return "" if offices.filter(member__unit_id__in=parts).exists() else words


def why_not_ask_void(user: User) -> str:
    return "" if user.may("void.ask") else _("作废由项目办或招商局申请。")


def why_not_decide_void(user: User, request: VoidRequest) -> str:
    if not user.may("void.approve"):
        return _("作废由政府办公室批准。")
    if request.asked_by_id == user.member_id:
        return _("作废是您申请的，要由另一个人批准。")
    return ""
