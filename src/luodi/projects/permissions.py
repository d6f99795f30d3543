"""May this person do this with this project? Each function says why not, in words for him ("" = he may)."""

from __future__ import annotations

from datetime import datetime

from django.utils.translation import gettext as _

from luodi.facts.models import Fact
from luodi.files.models import Evidence
from luodi.orgs.deputies import colleague_between, same_person, same_unit
from luodi.orgs.models import RoleGrant, User
from luodi.orgs.rules import Role
from luodi.projects.models import (
    Ask,
    CommitmentChange,
    Ending,
    ImportBatch,
    Lesson,
    Obstacle,
    Project,
    Suspension,
    VoidRequest,
)
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


def why_not_hand_all_over(user: User, duty: Duty) -> str:
    """Who lets a member leave hands over all that he holds; but supervisors come from the offices, then as always."""
    if duty == Duty.SUPERVISOR and not user.may("assignment.supervisor"):
        return _("他还督办着项目：督办人由项目办或政府办公室指定，离任请他们办理。")
    return ""


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


def why_not_recheck(user: User, fact: Fact) -> str:
    """The first of statistics bureau, project office and government office that did not recognise it and has no part in it."""
    if not user.may("fact.recheck"):
        return _("复核由统计局、项目办或政府办公室办理。")
    if fact.recognised_by_id == user.member_id or fact.recognised_unit_id == user.member.unit_id:
        return _("这条认定是您或您单位作的，要由另一家复核。")
    if user.member.unit_id in {fact.unit_id, fact.asked_by.unit_id, *fact.shares.values_list("unit_id", flat=True)}:
        return _("您属于责任单位、申报单位或有份额的单位，复核要由别的单位办理。")
    return ""


def why_not_decide_commitment(user: User, change: CommitmentChange) -> str:
    """Another person of another unit than the asker's; for the project's leader too, where he did not ask himself."""
    if closed := _closed(change.project):
        return closed
    if not user.may("commitment.decide"):
        return _("改期由项目办、政府办公室或县领导决定。")
    if same_person(user, change, change.asked_by):
        return _("改期申请是您提的，要由另一个人决定。")
    if same_unit(user, change, change.asked_by, change.project.unit_id):
        return _("您与申请单位或责任单位同属一个单位，要由别的单位决定。")
    return ""


def why_not_ask_suspension(user: User, project: Project) -> str:
    if closed := _closed(project):
        return closed
    principal = project.principal or project.unit.head
    if principal is not None and principal.pk == user.member_id and user.may("suspension.ask"):
        return ""
    return _("暂停由责任领导%(name)s申请。") % {"name": principal}


def why_not_decide_suspension(user: User, suspension: Suspension, project: Project) -> str:
    """The project's leader; any county leader where it has none; another person than who asked."""
    if closed := _closed(project):
        return closed
    if not user.may("suspension.decide"):
        return _("暂停由包联领导同意。")
    if project.leader_id is not None and project.leader_id != user.member_id:
        return _("暂停由包联领导%(name)s同意。") % {"name": project.leader}
    if same_person(user, suspension, suspension.asked_by):
        return _("暂停是您申请的，要由另一个人同意。")
    if colleague_between(user, suspension, suspension.asked_by):
        return _("代办人和申请的人同属一个单位，要由包联领导自己答复。")
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
    solver = obstacle.solved_by
    if obstacle.solver_unit_id in user.hand_units or (
        solver and (same_person(user, obstacle, solver) or colleague_between(user, obstacle, solver))
    ):
        return _("您属于解决单位%(unit)s，要由别的单位的人确认。") % {"unit": obstacle.solver_unit}
    project = obstacle.project
    watchers = [member for member in (project.officer, project.supervisor) if member]
    outside = [member for member in watchers if member.unit_id != obstacle.solver_unit_id]
    mine = user.member_id in {member.pk for member in outside} or (not outside and Role.PROJECT_OFFICE in user.roles)
    if mine and user.may("obstacle.confirm"):
        return ""
    names = _("、").join(member.name for member in outside) or _("项目办")
    return _("由%(names)s确认。") % {"names": names}


def why_not_accept_lesson(user: User, lesson: Lesson) -> str:
    if not user.may("lesson.accept"):
        return _("经验由项目办、政府办公室或别的单位的主要领导接受。")
    if same_unit(user, lesson, lesson.proposed_by, lesson.project.unit_id):
        return _("您属于责任单位或提出单位，经验要由别的单位接受。")
    return ""


def why_not_accept_ending(user: User, ending: Ending) -> str:
    """A success is closed by the project office outside the responsible unit; a failure is explained to the government."""
    if ending.kind == "given_up":
        if not user.may("ending.accept"):
            return _("终止的说明由政府办公室接受。")
    elif why := _why_not_close(user, ending):
        return why
    if same_unit(user, ending, ending.proposed_by, ending.project.unit_id):
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
    if same_person(user, request, request.asked_by):
        return _("作废是您申请的，要由另一个人批准。")
    if colleague_between(user, request, request.asked_by):
        return _("代办人和申请的人同属一个单位，要由别的单位批准。")
    return ""


def why_not_undo_import(batch: ImportBatch, now: datetime) -> str:
    """Once, up to the end of the day after it was finished, and where it wrote something. Whose business it is:
    services.imports.undoing.undoable_by."""
    if batch.state != "done":
        return _("只有已入库、还没有撤销过的导入可以撤销。")
    if not batch.wrote:
        return _("这次导入没有写成任何项目，不用撤销。")
    if batch.undo_until is None or now > batch.undo_until:
        return _("入库满一天以后不能再撤销；要改的请逐个项目改，录错的请申请录入作废。")
    return ""
