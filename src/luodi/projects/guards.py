"""What the database holds of projects: the order of stages, the ends, the unbroken chain of people.

Built from the tables of rules.py, so that a rule stands in one place.
"""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext_lazy as _

from luodi.kernel.guards import Guard, no_delete, no_update
from luodi.orgs.guards import two_people
from luodi.orgs.rules import Role as SystemRole
from luodi.projects.rules import GATES, PATHS, Gate, Role

STANDING = (
    "EXISTS (SELECT 1 FROM facts_fact f WHERE f.subject_id = NEW.subject_id AND f.gate = '{gate}'"
    " AND f.state = 'recognised' AND f.revoked_by_id IS NULL)"
)
REVOKED = (
    "EXISTS (SELECT 1 FROM facts_fact f WHERE f.subject_id = NEW.subject_id AND f.gate = '{gate}'"
    " AND f.revoked_by_id IS NOT NULL)"
)
PEOPLE = (Role.LEADER, Role.PRINCIPAL, Role.OFFICER, Role.SUPERVISOR)


def _forward() -> list[str]:
    """Moves ahead: the gate's fact stands."""
    return [
        f"(NEW.track = '{g.track}' AND OLD.stage = '{g.source}' AND NEW.stage = '{g.target}' AND {STANDING.format(gate=g.code)})"
        for g in GATES
    ]


def _back() -> list[str]:
    """Moves back to before a gate: its fact was revoked and no other stands."""
    moves = []
    for gate in GATES:
        path = PATHS[gate.track]
        later = ", ".join(f"'{stage}'" for stage in path[path.index(gate.target) :])
        moves.append(
            f"(NEW.track = '{gate.track}' AND NEW.stage = '{gate.source}' AND OLD.stage IN ({later})"
            f" AND {REVOKED.format(gate=gate.code)} AND NOT {STANDING.format(gate=gate.code)})"
        )
    return moves


ENDED = (
    "(NEW.stage = 'ended' AND (NEW.end_kind <> 'done' OR (OLD.stage = 'operating'"
    " AND (OLD.opening_stage = '' OR OLD.opening_proved_on IS NOT NULL)))"
    " AND EXISTS (SELECT 1 FROM projects_ending e WHERE e.project_id = NEW.id AND e.state = 'accepted' AND e.kind = NEW.end_kind)"
    " AND EXISTS (SELECT 1 FROM projects_lesson l WHERE l.project_id = NEW.id AND l.state = 'accepted'))"
)
ALLOWED = " OR ".join([*_forward(), *_back(), ENDED])


def _of_track(gate: Gate, alias: str = "p") -> str:
    return f"{alias}.track = '{gate.track}' AND NEW.gate = '{gate.code}'"


def _gate_is_next() -> str:
    """The project stands before the gate, or entered behind it and proves that."""
    return " OR ".join(
        f"({_of_track(g)} AND (p.stage = '{g.source}' OR (p.stage = '{g.target}' AND p.opening_stage = '{g.target}'"
        " AND p.opening_proved_on IS NULL)))"
        for g in GATES
    )


def _later_gates_stand() -> str:
    """A gate behind this one is still recognised."""
    checks = []
    for place, gate in enumerate(GATES):
        if later := ", ".join(f"'{g.code}'" for g in GATES[place + 1 :] if g.track == gate.track):
            checks.append(f"({_of_track(gate)} AND f.gate IN ({later}))")
    return " OR ".join(checks)


def _set_back() -> str:
    """To the stage before the gate; the service tells the day, the reason and the history."""
    moves = " ".join(f"WHEN track = '{g.track}' AND NEW.gate = '{g.code}' THEN '{g.source}'" for g in GATES)
    behind = []
    for gate in GATES:
        path = PATHS[gate.track]
        stages = ", ".join(f"'{stage}'" for stage in path[path.index(gate.target) :])
        behind.append(f"(track = '{gate.track}' AND NEW.gate = '{gate.code}' AND stage IN ({stages}))")
    opened = " OR ".join(
        f"(track = '{g.track}' AND NEW.gate = '{g.code}' AND opening_stage = '{g.target}')" for g in GATES
    )
    return (
        f"UPDATE projects_project SET stage = CASE {moves} ELSE stage END,"
        f" opening_proved_on = CASE WHEN {opened} THEN NULL ELSE opening_proved_on END WHERE subject_id = NEW.subject_id AND ({' OR '.join(behind)})"
    )


def _column_follows_chain() -> str:
    checks = [
        f"(NEW.{role}_id IS DISTINCT FROM OLD.{role}_id AND NEW.{role}_id IS DISTINCT FROM"
        f" (SELECT a.{'unit' if role == Role.UNIT else 'member'}_id FROM projects_assignment a"
        f" WHERE a.project_id = NEW.id AND a.role = '{role}' ORDER BY a.seq DESC LIMIT 1))"
        for role in Role
    ]
    return " OR ".join(checks)


def _first_assignments() -> str:
    nobody = "CAST(NULL AS bigint)"
    rows = [
        f"SELECT NEW.id, '{role}', 1, {nobody if role == Role.UNIT else f'NEW.{role}_id'},"
        f" {'NEW.unit_id' if role == Role.UNIT else nobody}, NEW.entered_at, ''"
        for role in Role
    ]
    return (
        "INSERT INTO projects_assignment (project_id, role, seq, member_id, unit_id, from_at, note) "
        + " UNION ALL ".join(rows)
    )


def _column_set() -> str:
    sets = [
        f"{role}_id = CASE WHEN NEW.role = '{role}' THEN NEW.{'unit' if role == Role.UNIT else 'member'}_id ELSE {role}_id END"
        for role in Role
    ]
    return f"UPDATE projects_project SET {', '.join(sets)}, version = version + 1 WHERE id = NEW.project_id"


def _held(role: SystemRole, member: str) -> str:
    return f"EXISTS (SELECT 1 FROM orgs_rolegrant g WHERE g.member_id = {member} AND g.role = '{role.value}' AND g.until IS NULL)"


OF_A_PROJECT = "EXISTS (SELECT 1 FROM projects_project p WHERE p.subject_id = NEW.subject_id)"
OF_PROJECT_OFFICE = (
    "EXISTS (SELECT 1 FROM orgs_rolegrant g JOIN orgs_member m ON m.id = g.member_id"
    f" WHERE g.role = '{SystemRole.PROJECT_OFFICE.value}' AND g.until IS NULL AND g.region_id = NEW.region_id"
    " AND (m.unit_id = NEW.unit_id OR m.unit_id = (SELECT a.unit_id FROM orgs_member a WHERE a.id = NEW.asked_by_id)"
    " OR m.unit_id IN (SELECT s.unit_id FROM facts_factshare s WHERE s.fact_id = NEW.id)))"
)
SEALING = "OLD.state = 'draft' AND NEW.state = 'recognised'"


def _begins(table: str, state: str, message: Any) -> Guard:
    """A row of this table enters undecided, so that deciding it is always an act of its own."""
    return Guard(f"{table}_begins_open", f"projects_{table}", "INSERT", message, when=f"NEW.state <> '{state}'")


UNDOING_ITS_IMPORT = (
    "SELECT 1 FROM projects_project p JOIN projects_importbatch b ON b.id = p.entered_batch_id"
    " WHERE p.id = NEW.project_id AND b.id = NEW.undo_of_id AND b.state = 'undoing' AND b.undone_by_id = NEW.asked_by_id"
)
WORKED_ON = " OR ".join(
    [
        *(
            f"EXISTS (SELECT 1 FROM projects_{table} w WHERE w.project_id = NEW.project_id)"
            for table in ("ask", "obstacle", "lesson", "ending", "suspension", "commitmentchange")
        ),
        "EXISTS (SELECT 1 FROM projects_assignment w WHERE w.project_id = NEW.project_id AND w.seq > 1)",
        "EXISTS (SELECT 1 FROM files_evidence w JOIN projects_project p ON p.subject_id = w.subject_id WHERE p.id = NEW.project_id)",
        "EXISTS (SELECT 1 FROM facts_fact w JOIN projects_project p ON p.subject_id = w.subject_id WHERE p.id = NEW.project_id)",
    ]
)

LIVE_OF_MEMBER = " OR ".join(f"p.{role}_id = NEW.id" for role in PEOPLE)

TABLES = [
    "project",
    "assignment",
    "yearfigure",
    "ask",
    "askevidence",
    "askshare",
    "stagechange",
    "commitmentchange",
    "factrecheck",
    "suspension",
    "ending",
    "endingcause",
    "lesson",
    "lessonanswer",
    "voidrequest",
    "obstacle",
    "importbatch",
    "undoneproject",
    "libraryexport",
]

GUARDS = [
    *(no_delete(f"projects_{table}") for table in TABLES),
    *(
        no_update(f"projects_{table}")
        for table in (
            "assignment",
            "libraryexport",
            "stagechange",
            "endingcause",
            "lessonanswer",
            "askshare",
            "askevidence",
            "undoneproject",
        )
    ),
    *two_people("projects_commitmentchange", "asked_by", "decided_by"),
    *two_people("projects_suspension", "asked_by", "decided_by"),
    *two_people("projects_ending", "proposed_by", "decided_by"),
    *two_people("projects_lesson", "proposed_by", "decided_by"),
    *two_people("projects_voidrequest", "asked_by", "decided_by"),
    *two_people("projects_obstacle", "solved_by", "confirmed_by"),
    Guard(
        "recheck_by_another_office",
        "projects_factrecheck",
        "UPDATE",
        _("复核要由没有作这条认定、也没有份额的另一家单位办理。"),
        when="NEW.checked_by_id IS NOT NULL AND EXISTS (SELECT 1 FROM facts_fact f, orgs_member m WHERE f.id = NEW.fact_id"
        " AND m.id = NEW.checked_by_id AND (f.recognised_by_id = m.id OR f.recognised_unit_id = m.unit_id OR f.unit_id = m.unit_id"
        " OR EXISTS (SELECT 1 FROM facts_factshare s WHERE s.fact_id = f.id AND s.unit_id = m.unit_id)))",
    ),
    Guard(
        "recheck_held_stays",
        "projects_factrecheck",
        "UPDATE",
        _("复核成立的不能再改。"),
        when="OLD.state = 'held' OR NEW.fact_id <> OLD.fact_id OR NEW.drawn_at <> OLD.drawn_at OR NEW.state = 'due'",
    ),
    Guard(
        "project_enters_open",
        "projects_project",
        "INSERT",
        _("项目只能以在册状态进入，后面的阶段要标为期初。"),
        when="NEW.void OR NEW.stage = 'ended' OR NEW.suspension_id IS NOT NULL OR NEW.opening_proved_on IS NOT NULL"
        " OR NOT ((NEW.stage = 'planned' AND NEW.opening_stage = '') OR (NEW.stage <> 'planned' AND NEW.opening_stage = NEW.stage))",
    ),
    Guard(
        "project_stage_by_gate",
        "projects_project",
        "UPDATE OF stage",
        _("阶段只能经关口认定或撤销认定来变动，终结要有被接受的说明和经验。"),
        when=f"NEW.stage <> OLD.stage AND NOT ({ALLOWED})",
    ),
    Guard(
        "project_identity_stays",
        "projects_project",
        "UPDATE",
        _("项目的编号、类型、行政区、入库时间和期初阶段不能改。"),
        when="NEW.code <> OLD.code OR NEW.track <> OLD.track OR NEW.region_id <> OLD.region_id OR NEW.subject_id <> OLD.subject_id"
        " OR NEW.entered_at <> OLD.entered_at OR NEW.opening_stage <> OLD.opening_stage"
        " OR NEW.entered_batch_id IS DISTINCT FROM OLD.entered_batch_id",
    ),
    Guard(
        "project_opening_proved_by_fact",
        "projects_project",
        "UPDATE OF opening_proved_on",
        _("期初阶段要经认定才算数。"),
        when="NEW.opening_proved_on IS DISTINCT FROM OLD.opening_proved_on AND (OLD.opening_proved_on IS NULL) <> ("
        + " OR ".join(
            f"(NEW.track = '{g.track}' AND NEW.opening_stage = '{g.target}' AND {STANDING.format(gate=g.code)})"
            for g in GATES
        )
        + ")",
    ),
    Guard(
        "project_ended_stays",
        "projects_project",
        "UPDATE OF stage, end_kind",
        _("项目已终结，不能再改。"),
        when="OLD.stage = 'ended' AND (NEW.stage <> 'ended' OR NEW.end_kind <> OLD.end_kind)",
    ),
    Guard(
        "project_void_only_unsettled",
        "projects_project",
        "UPDATE OF void",
        _("有认定事实的项目不能作废；作废要经另一个人批准，作废后不能恢复。"),
        when="(OLD.void AND NOT NEW.void) OR (NEW.void AND NOT OLD.void AND ("
        "EXISTS (SELECT 1 FROM facts_fact f WHERE f.subject_id = NEW.subject_id AND f.state = 'recognised')"
        " OR NOT EXISTS (SELECT 1 FROM projects_voidrequest v WHERE v.project_id = NEW.id AND v.state = 'approved')))",
    ),
    Guard(
        "project_commitment_by_request",
        "projects_project",
        "UPDATE OF committed_finish_on",
        _("承诺竣工日只能经改期申请、由另一个人同意后变动。"),
        when="OLD.committed_finish_on IS NOT NULL AND NEW.committed_finish_on IS DISTINCT FROM OLD.committed_finish_on"
        " AND NOT EXISTS (SELECT 1 FROM projects_commitmentchange c WHERE c.was = OLD.committed_finish_on"
        " AND c.wanted = NEW.committed_finish_on AND c.id = (SELECT MAX(a.id) FROM projects_commitmentchange a"
        " WHERE a.project_id = NEW.id AND a.state = 'agreed'))",
    ),
    Guard(
        "project_suspended_by_leader",
        "projects_project",
        "UPDATE OF suspension_id",
        _("暂停要经领导同意；恢复要有记录。"),
        when="(NEW.suspension_id IS NOT NULL AND NEW.suspension_id IS DISTINCT FROM OLD.suspension_id AND NOT EXISTS"
        " (SELECT 1 FROM projects_suspension s WHERE s.id = NEW.suspension_id AND s.project_id = NEW.id AND s.state = 'agreed'))"
        " OR (NEW.suspension_id IS NULL AND OLD.suspension_id IS NOT NULL AND NEW.stage <> 'ended' AND NOT EXISTS"
        " (SELECT 1 FROM projects_suspension s WHERE s.id = OLD.suspension_id AND s.state = 'resumed'))",
    ),
    Guard(
        "project_people_by_handover",
        "projects_project",
        "UPDATE",
        _("换人只能用交接来办。"),
        when=_column_follows_chain(),
    ),
    Guard("project_first_people", "projects_project", "INSERT", then=_first_assignments()),
    Guard(
        "assignment_follows",
        "projects_assignment",
        "INSERT",
        _("分工只能接着上一任往下写，不能倒填。"),
        when="NEW.seq <> COALESCE((SELECT MAX(a.seq) FROM projects_assignment a WHERE a.project_id = NEW.project_id"
        " AND a.role = NEW.role), 0) + 1 OR EXISTS (SELECT 1 FROM projects_assignment a WHERE a.project_id = NEW.project_id"
        " AND a.role = NEW.role AND a.from_at > NEW.from_at)",
    ),
    Guard(
        "assignment_of_live",
        "projects_assignment",
        "INSERT",
        _("项目已终结或作废，分工不再变动。"),
        when="NEW.seq > 1 AND EXISTS (SELECT 1 FROM projects_project p WHERE p.id = NEW.project_id AND (p.void OR p.stage = 'ended'))",
    ),
    Guard(
        "assignment_to_serving",
        "projects_assignment",
        "INSERT",
        _("离任的人不能再负责项目。"),
        when="EXISTS (SELECT 1 FROM orgs_member m WHERE m.id = NEW.member_id AND m.state = 'left')",
    ),
    Guard("assignment_sets_column", "projects_assignment", "INSERT", when="NEW.seq > 1", then=_column_set()),
    Guard(
        "member_leaves_nothing",
        "orgs_member",
        "UPDATE OF state",
        _("他还负责在册项目，请先交接。"),
        when="NEW.state = 'left' AND OLD.state <> 'left' AND EXISTS (SELECT 1 FROM projects_project p"
        f" WHERE p.stage <> 'ended' AND NOT p.void AND ({LIVE_OF_MEMBER}))",
    ),
    Guard(
        "fact_recogniser_not_of_project",
        "facts_fact",
        "UPDATE OF state",
        _("现任或前任专人、督办人不能认定本项目。"),
        when="NEW.state = 'recognised' AND OLD.state = 'draft' AND EXISTS (SELECT 1 FROM projects_assignment a"
        " JOIN projects_project p ON p.id = a.project_id WHERE p.subject_id = NEW.subject_id"
        " AND a.role IN ('officer', 'supervisor') AND a.member_id = NEW.recognised_by_id)",
    ),
    Guard(
        "fact_recogniser_entitled",
        "facts_fact",
        "UPDATE OF state",
        _("由项目办认定；涉及项目办本单位的，由统计局认定。"),
        when=f"{SEALING} AND {OF_A_PROJECT} AND NOT {_held(SystemRole.STATISTICS_BUREAU, 'NEW.recognised_by_id')}"
        f" AND ({OF_PROJECT_OFFICE} OR NOT {_held(SystemRole.PROJECT_OFFICE, 'NEW.recognised_by_id')})",
    ),
    Guard(
        "fact_of_live_project",
        "facts_fact",
        "UPDATE OF state",
        _("项目已终结或作废，不能再认定。"),
        when=f"{SEALING} AND EXISTS (SELECT 1 FROM projects_project p WHERE p.subject_id = NEW.subject_id AND (p.void OR p.stage = 'ended'))",
    ),
    Guard(
        "fact_gate_is_next",
        "facts_fact",
        "UPDATE OF state",
        _("只能认定项目面前的那一关。"),
        when=f"{SEALING} AND NEW.gate <> '' AND {OF_A_PROJECT} AND NOT EXISTS (SELECT 1 FROM projects_project p"
        f" WHERE p.subject_id = NEW.subject_id AND ({_gate_is_next()}))",
    ),
    Guard(
        "fact_revoked_in_order",
        "facts_fact",
        "UPDATE OF revoked_by_id",
        _("后面的关口要先撤销；项目已终结的，认定不能再撤销。"),
        when="OLD.revoked_by_id IS NULL AND NEW.revoked_by_id IS NOT NULL AND EXISTS (SELECT 1 FROM projects_project p"
        " WHERE p.subject_id = NEW.subject_id AND (p.stage = 'ended' OR EXISTS (SELECT 1 FROM facts_fact f"
        " WHERE f.subject_id = NEW.subject_id AND f.state = 'recognised' AND f.revoked_by_id IS NULL"
        f" AND ({_later_gates_stand()}))))",
    ),
    Guard(
        "fact_revoked_sets_back",
        "facts_fact",
        "UPDATE OF revoked_by_id",
        when="OLD.revoked_by_id IS NULL AND NEW.revoked_by_id IS NOT NULL AND NEW.gate <> ''",
        then=_set_back(),
    ),
    Guard(
        "stagechange_as_project",
        "projects_stagechange",
        "INSERT",
        _("阶段记录要与项目一致。"),
        when="NEW.now <> (SELECT p.stage FROM projects_project p WHERE p.id = NEW.project_id)",
    ),
    _begins("ask", "asked", _("申报要先提出，再认定。")),
    _begins("commitmentchange", "asked", _("改期要先申请，再决定。")),
    _begins("suspension", "asked", _("暂停要先申请，再同意。")),
    _begins("ending", "proposed", _("终结要先提出，再接受。")),
    _begins("lesson", "proposed", _("经验要先提出，再接受。")),
    _begins("voidrequest", "asked", _("作废要先申请，再批准。")),
    _begins("obstacle", "open", _("堵点要先登记，再解决。")),
    Guard("ask_decided_once", "projects_ask", "UPDATE", _("这份申报已经有了结果。"), when="OLD.state <> 'asked'"),
    Guard(
        "ask_fact_is_its_own",
        "projects_ask",
        "UPDATE",
        _("认定事实与申报对不上。"),
        when="NEW.fact_id IS NOT NULL AND NOT EXISTS (SELECT 1 FROM facts_fact f JOIN projects_project p ON p.subject_id = f.subject_id"
        " WHERE f.id = NEW.fact_id AND p.id = NEW.project_id AND f.gate = NEW.gate AND f.state = 'recognised')",
    ),
    Guard(
        "ask_evidence_of_project",
        "projects_askevidence",
        "INSERT",
        _("申报只能用本项目的、没有撤回的佐证；已有结果的申报不能再加。"),
        when="NOT EXISTS (SELECT 1 FROM projects_ask a JOIN projects_project p ON p.id = a.project_id"
        " JOIN files_evidence e ON e.subject_id = p.subject_id WHERE a.id = NEW.ask_id AND a.state = 'asked'"
        " AND e.id = NEW.evidence_id AND e.withdrawn_at IS NULL)",
    ),
    Guard(
        "ask_share_while_open",
        "projects_askshare",
        "INSERT",
        _("这份申报已经有了结果。"),
        when="(SELECT a.state FROM projects_ask a WHERE a.id = NEW.ask_id) <> 'asked'",
    ),
    Guard(
        "commitment_decided_once",
        "projects_commitmentchange",
        "UPDATE",
        _("这份改期申请已经有了结果。"),
        when="OLD.state <> 'asked'",
    ),
    Guard(
        "suspension_moves",
        "projects_suspension",
        "UPDATE",
        _("暂停申请只能由同意或不同意了结，暂停只能恢复。"),
        when="NOT ((OLD.state = 'asked' AND NEW.state IN ('agreed', 'refused')) OR (OLD.state = 'agreed' AND NEW.state = 'resumed'))",
    ),
    Guard(
        "ending_decided_once",
        "projects_ending",
        "UPDATE",
        _("这份终结申请已经有了结果。"),
        when="OLD.state <> 'proposed'",
    ),
    Guard(
        "ending_minutes_of_project",
        "projects_ending",
        "UPDATE",
        _("会议纪要要传在本项目的佐证里。"),
        when="NEW.minutes_id IS NOT NULL AND NOT EXISTS (SELECT 1 FROM files_evidence e JOIN projects_project p"
        " ON p.subject_id = e.subject_id WHERE e.id = NEW.minutes_id AND p.id = NEW.project_id AND e.kind = 'minutes'"
        " AND e.withdrawn_at IS NULL)",
    ),
    Guard(
        "void_decided_once",
        "projects_voidrequest",
        "UPDATE",
        _("这份作废申请已经有了结果。"),
        when="OLD.state <> 'asked'",
    ),
    Guard(
        "void_undo_stays",
        "projects_voidrequest",
        "UPDATE OF undo_of_id",
        _("作废的由来不能改。"),
        when="NEW.undo_of_id IS DISTINCT FROM OLD.undo_of_id",
    ),
    Guard(
        "void_undo_of_its_import",
        "projects_voidrequest",
        "INSERT",
        _("撤销导入只能作废这次导入新增、没有人动过的项目。"),
        when=f"NEW.undo_of_id IS NOT NULL AND (NEW.same_as_id IS NOT NULL OR NOT EXISTS ({UNDOING_ITS_IMPORT}) OR {WORKED_ON})",
    ),
    Guard(
        "importbatch_undo_in_order",
        "projects_importbatch",
        "UPDATE OF state",
        _("撤销导入只能从已入库开始，做完为止，只此一次。"),
        when="NEW.state <> OLD.state AND ((NEW.state = 'undoing' AND OLD.state <> 'done')"
        " OR (NEW.state = 'undone' AND OLD.state <> 'undoing') OR (OLD.state = 'undoing' AND NEW.state <> 'undone')"
        " OR OLD.state = 'undone' OR (NEW.state = 'undone' AND NEW.undone_at IS NULL))",
    ),
    Guard(
        "importbatch_undo_window_stays",
        "projects_importbatch",
        "UPDATE OF undo_until, undo_asked_at, undone_by_id, undo_reason, finished_at",
        _("撤销的期限、人和理由不能改。"),
        when="(OLD.state IN ('done', 'undoing', 'undone') AND (NEW.undo_until IS DISTINCT FROM OLD.undo_until"
        " OR NEW.finished_at IS DISTINCT FROM OLD.finished_at))"
        " OR (OLD.state IN ('undoing', 'undone') AND (NEW.undo_asked_at IS DISTINCT FROM OLD.undo_asked_at"
        " OR NEW.undone_by_id IS DISTINCT FROM OLD.undone_by_id OR NEW.undo_reason <> OLD.undo_reason))",
    ),
    Guard(
        "lesson_accepted_stays",
        "projects_lesson",
        "UPDATE",
        _("已有结果的经验不能改。"),
        when="OLD.state <> 'proposed'",
    ),
    Guard(
        "lesson_accepted_by_another_unit",
        "projects_lesson",
        "UPDATE",
        _("经验要由责任单位以外的单位接受。"),
        when="NEW.state = 'accepted' AND (NEW.decided_unit_id IS NULL OR NEW.decided_unit_id ="
        " (SELECT p.unit_id FROM projects_project p WHERE p.id = NEW.project_id)"
        " OR NEW.decided_unit_id = (SELECT m.unit_id FROM orgs_member m WHERE m.id = NEW.proposed_by_id)"
        " OR NEW.decided_unit_id IS DISTINCT FROM (SELECT m.unit_id FROM orgs_member m WHERE m.id = NEW.decided_by_id))",
    ),
    Guard(
        "obstacle_confirmed_outside",
        "projects_obstacle",
        "UPDATE",
        _("堵点要由解决单位以外的专人或督办人确认。"),
        when="OLD.state = 'confirmed' OR (NEW.state = 'confirmed' AND (OLD.state <> 'solved' OR (SELECT m.unit_id FROM orgs_member m"
        " WHERE m.id = NEW.confirmed_by_id) = NEW.solver_unit_id OR NOT (EXISTS (SELECT 1 FROM projects_project p WHERE p.id = NEW.project_id"
        " AND (p.officer_id = NEW.confirmed_by_id OR p.supervisor_id = NEW.confirmed_by_id))"
        f" OR {_held(SystemRole.PROJECT_OFFICE, 'NEW.confirmed_by_id')})))",
    ),
]
