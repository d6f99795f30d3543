"""A valid call of each service in the county of tests/matrix_world.py: refused, if at all, for who asks."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal
from typing import Any

from luodi.files.services import Proof, Upload
from luodi.kernel import clock
from luodi.orgs.models import Member, Region, Unit, User
from luodi.orgs.rules import Role
from luodi.orgs.tests.factories import (
    SECRET,
    code_of,
    make_county,
    make_member,
)
from luodi.projects.rules import Importance
from luodi.projects.rules import Role as Duty
from luodi.projects.services import ends
from luodi.projects.services.years import YearRow
from luodi.projects.tests import factories
from luodi.projects.tests.factories import pdf
from luodi.rulebook.selectors import table_of
from tests.matrix_world import LESSON, REASON, Side, World, block, given_up, with_lesson

Call = Callable[[World, Any, str], dict[str, Any]]


def call(world: World, name: str, what: str) -> dict[str, Any]:
    """Valid arguments for a service, so that nothing but permission can refuse it."""
    which, _space, variant = what.partition(" ")
    return CALLS[name](world, world.sides.get(which), variant)


def _on(project: str, **more: Any) -> Call:
    return lambda _world, side, _variant: {"project_id": side.project[project].pk, **more}


def _edits(project: str, **more: Any) -> Call:
    return lambda _world, side, _variant: {
        "project_id": side.project[project].pk, "seen": side.project[project].version, **more,
    }  # fmt: skip


def _decides(argument: str, thing: str, **more: Any) -> Call:
    """`thing` is the name of the row; "" takes the variant as its name."""
    return lambda _world, side, variant: {
        argument: side.things[thing or variant].pk, "seen": side.things[thing or variant].version, **more,
    }  # fmt: skip


def _entry(world: World, side: Side | None, variant: str) -> dict[str, Any]:
    if side is None:
        side = world.sides["own"]
        township = world.actors["party_officer"].member
        return {"entry": factories.make_entry(side.county, unit=township.unit, officer=township)}
    return {"entry": factories.make_entry(side.county)}


def _years(world: World, side: Side, variant: str) -> dict[str, Any]:
    sides = [side, world.sides["own"]] if variant else [side]
    rows = [YearRow(one.project["plain"].pk, 2026, "own", Decimal(1), Decimal(1)) for one in sides]
    return {"rows": rows}


def _evidence(world: World, side: Side, variant: str) -> dict[str, Any]:
    proof = Proof(variant or "letter_of_intent", title="说明", dated_on=clock.today(), number="1", issuer="远山集团")
    return {"project_id": side.project["early"].pk, "proof": proof, "upload": pdf()}


def _hand_over(world: World, side: Side, variant: str) -> dict[str, Any]:
    leads = make_member(world.actors["county_leader"].member.unit, "新县领导", Role.COUNTY_LEADER)
    supervises = make_member(world.actors["supervisor"].member.unit, "新督查员", Role.SUPERVISOR)
    to = {"leader": leads, "supervisor": supervises}.get(variant) or world.spare(side.unit.code)
    return {"project_id": side.project["plain"].pk, "role": Duty(variant), "member_id": to.pk, "note": "资料已交清"}


def _hand_over_unit(world: World, side: Side, variant: str) -> dict[str, Any]:
    to = world.sides["office"].county.officer.member
    return {"project_id": side.project["plain"].pk, "unit_id": to.unit_id, "officer_id": to.pk, "note": "资料已交清"}


def _head(world: World, side: Side, variant: str) -> dict[str, Any]:
    return {
        "unit_id": side.unit.pk,
        "member_id": world.spare(side.unit.code).pk,
        "seen": Unit.objects.get(pk=side.unit.pk).version,
    }


def _member(world: World, side: Side, variant: str) -> dict[str, Any]:
    found = world.spare(side.unit.code)
    return {"member_id": found.pk, "seen": found.version}


def _leaver(world: World, side: Side, variant: str) -> dict[str, Any]:
    """Who holds nothing; or the unit's head, whose place the other takes with all that he holds."""
    spare = world.spare(side.unit.code)
    if variant != "head":
        return _member(world, side, variant)
    head = Unit.objects.get(pk=side.unit.pk).head
    assert head is not None
    successors = dict.fromkeys(
        ("unit.head", "project.officer"), spare.pk
    )  # an import names the head where no officer stands
    return {"member_id": head.pk, "seen": head.version, "successors": successors, "note": "资料已交清"}


def _accept(world: World, side: Side, variant: str) -> dict[str, Any]:
    ending = side.things[variant]
    told = ends.Explanation("县政府常务会议", clock.today(), "〔2026〕12号", side.things["minutes"])
    return {"ending_id": ending.pk, "seen": ending.version, "explanation": told if variant == "given_up" else None}


def _explain(world: World, side: Side, variant: str) -> dict[str, Any]:
    ending = side.things[variant]
    found: dict[str, Any] = {"ending_id": ending.pk, "seen": ending.version}
    if variant == "given_up":
        minutes = Upload("纪要.pdf", b"%PDF-1.7 explained")
        found |= {
            "meeting": "县政府常务会议",
            "meeting_on": clock.today(),
            "minute_number": "〔2026〕13号",
            "minutes": minutes,
        }
    return found


def _confirm(world: World, side: Side, variant: str) -> dict[str, Any]:
    found = side.things[variant or "solved"]
    return {"obstacle_id": found.pk, "seen": found.version, "agree": True}


def _batched(world: World, side: Any, variant: str) -> dict[str, Any]:
    return {"batch_id": world.things["batch"].pk, "seen": world.things["batch"].version}


def _rule(world: World) -> dict[str, Any]:
    return {"version_id": world.things["rule"].pk, "seen": world.things["rule"].version}


def _proposal(_world: World, _side: Any, _variant: str) -> dict[str, Any]:
    rows = [{**row, "accepted": row["kind"] != "piling_photo"} for row in table_of("gate_options").defaults()]
    return {"table": "gate_options", "rows": rows, "valid_from": clock.today(), "note": "依据", "base": None}


CALLS: dict[str, Call] = {
    "orgs.accounts.account_create": lambda w, _s, _v: {
        "member": Member.objects.get(pk=w.things["listed"]), "username": "new-one", "password": "Zhuanren-2027",
    },
    "orgs.tokens.token_create": lambda _w, _s, _v: {
        "name": "报表", "scopes": ["project"], "expires_on": clock.today() + timedelta(days=30),
    },
    "orgs.tokens.token_revoke": lambda w, _s, _v: {"token_id": w.things["token"]},
    "orgs.delegations.delegation_give": lambda w, _s, _v: {
        "deputy_id": User.objects.get(pk=w.things["holder"]).member_id, "actions": ["project.note"],
        "from_on": clock.today(), "until_on": clock.today() + timedelta(days=9),
    },
    "orgs.delegations.delegation_end": lambda w, _s, _v: {"delegation_id": w.things["delegation"]},
    "orgs.accounts.password_reset": lambda w, _s, _v: {"user_id": w.things["holder"], "password": "Zhuanren-2027"},
    "orgs.accounts.password_change": lambda _w, _s, _v: {"password": "Zhuanren-2027"},
    "orgs.accounts.account_switch": lambda w, _s, _v: {"user_id": w.things["holder"], "active": False},
    "orgs.accounts.role_grant": lambda w, _s, _v: {"member": Member.objects.get(pk=w.things["listed"]), "role": Role.SUPERVISOR},
    "orgs.operations.job_retry": lambda w, _s, _v: {"job_id": w.things["job"]},
    "orgs.operations.job_give_up": lambda w, _s, _v: {"job_id": w.things["job"]},
    "orgs.accounts.role_end": lambda w, _s, _v: {"grant_id": w.things["grant"]},
    "orgs.factors.totp_set_up": lambda _w, _s, _v: {"secret": SECRET, "code": code_of()},
    "orgs.factors.passkey_add": lambda _w, _s, _v: {"name": "办公室电脑", "credential": {"id": "abc"}},
    "orgs.factors.factors_reset": lambda w, _s, _v: {"user_id": w.things["holder"]},
    "orgs.sign_in_rules.idle_set": lambda _w, _s, _v: {"minutes": 20},
    "orgs.sign_in_rules.second_factor_ask": lambda _w, _s, _v: {"region": make_county(), "asked": "may"},
    "orgs.units.region_create": lambda _w, _s, _v: {
        "code": "139922", "name": "青禾县", "level": "county", "parent": None, "valid_from": clock.today(),
    },
    "orgs.tiles.townships_place": lambda _w, _s, _v: {
        "tiles": {Region.objects.townships_of([make_county().pk])[0].code: (3, 2)},
    },
    "orgs.units.unit_create": lambda _w, _s, _v: {
        "region": make_county(), "code": "D99", "name": "新局", "short": "新局", "kind": "department",
        "head_name": "新局长", "head_post": "局长",
    },
    "orgs.units.member_create": lambda _w, s, _v: {"unit_id": s.unit.pk, "name": "卫三", "post": "股长"},
    "orgs.units.member_change": lambda w, s, v: {**_member(w, s, v), "name": "卫三", "post": "股长"},
    "orgs.units.member_leave": _leaver,
    "orgs.units.unit_head_change": _head,
    "obligations.clocks.clock_stop": lambda _w, s, _v: {
        "obligation_id": s.things["duty"].pk, "seen": s.things["duty"].version, "ground": "higher", "note": "等省里批复",
    },
    "obligations.clocks.clock_resume": lambda _w, s, _v: {
        "obligation_id": s.things["stopped"].pk, "seen": s.things["stopped"].version,
    },
    "obligations.clocks.excuse_ask": lambda _w, s, _v: {
        "obligation_id": s.things["duty"].pk, "until": clock.today() + timedelta(days=30),
    },
    "obligations.clocks.excuse_decide": _decides("excuse_id", "excuse", agree=True),
    "projects.rechecks.recheck_record": lambda _w, s, _v: {
        "recheck_id": s.things["recheck"].pk, "seen": s.things["recheck"].version, "holds": True, "note": "现场看过，与照片一致",
    },
    "rulebook.version_propose": _proposal,
    "rulebook.version_decide": lambda w, _s, _v: {**_rule(w), "base": None, "agree": True},
    "rulebook.version_withdraw": lambda w, _s, _v: _rule(w),
    "subjects.note_add": lambda _w, s, _v: {"subject_id": s.project["plain"].subject_id, "text": "已到现场看过"},
    "orgs.industries.industries_import": lambda _w, _s, _v: {"rows": [("591", "装卸搬运")]},
    "projects.projects.project_create": _entry,
    "projects.projects.project_edit": _edits("plain", changes={"remark": "改过"}),
    "projects.projects.project_grade": _edits("plain", importance=Importance.COUNTY),
    "projects.projects.project_mark_promising": _edits("early", promising=True),
    "projects.years.year_figure_set": _on("plain", year=2026, source="own", planned_cny=Decimal(1), declared_cny=Decimal(1)),
    "projects.years.year_figures_set": _years,
    "projects.evidence.evidence_add": _evidence,
    "projects.evidence.evidence_withdraw": lambda _w, s, _v: {"evidence_id": s.things["spare"]},
    "projects.gates.gate_ask": lambda _w, s, _v: {"project_id": s.project["plain"].pk, "happened_on": clock.today()},
    "projects.gates.money_ask": lambda _w, s, _v: {"project_id": s.project["plain"].pk, "evidence_ids": [s.things["voucher"]]},
    "projects.gates.ask_recognise": _decides("ask_id", "ask"),
    "projects.gates.ask_return": _decides("ask_id", "ask"),
    "projects.gates.ask_withdraw": _decides("ask_id", "ask"),
    "projects.gates.fact_revoke": lambda _w, s, _v: {"fact_id": s.things["fact"]},
    "projects.exports.library_export": lambda _w, _s, _v: {
        "kind": "csv", "asked": "lamp=red", "count": 3,
    },
    "projects.people.hand_over": _hand_over,
    "projects.people.hand_over_unit": _hand_over_unit,
    "projects.commitments.commitment_ask": lambda _w, s, _v: {
        "project_id": s.project["plain"].pk, "wanted": clock.today() + timedelta(days=500),
    },
    "projects.commitments.commitment_decide": _decides("change_id", "change", agree=True),
    "projects.commitments.suspension_ask": lambda _w, s, _v: {
        "project_id": s.project["plain"].pk, "look_again_on": clock.today() + timedelta(days=30),
    },
    "projects.commitments.suspension_decide": _decides("suspension_id", "suspension", agree=True),
    "projects.commitments.suspension_resume": _edits("paused", note=REASON),
    "projects.obstacles.obstacle_add": lambda _w, s, _v: {"project_id": s.project["plain"].pk, "block": block(s.unit)},
    "projects.obstacles.obstacle_report": lambda _w, s, _v: {
        "obstacle_id": s.things["open"].pk, "seen": s.things["open"].version, "tried": "已开协调会",
        "promised_on": s.things["open"].promised_on,
    },
    "projects.obstacles.obstacle_solve": _decides("obstacle_id", "open", result="已交地"),
    "projects.obstacles.obstacle_confirm": _confirm,
    "projects.ends.lesson_propose": _on("plain", **LESSON),
    "projects.ends.lesson_decide": _decides("lesson_id", "lesson", accept=True),
    "projects.ends.lesson_answer": lambda _w, s, _v: {
        "project_id": s.project["plain"].pk, "lesson_id": s.things["accepted lesson"], "adopted": True,
    },
    "projects.ends.ending_propose": lambda w, s, v: {"project_id": with_lesson(s).pk, **given_up()},
    "projects.ends.ending_accept": _accept,
    "projects.ends.ending_explain": _explain,
    "projects.ends.ending_return": lambda _w, s, v: {"ending_id": s.things[v].pk, "seen": s.things[v].version, "answer": "再补充"},
    "projects.ends.void_ask": _on("early"),
    "projects.ends.void_decide": _decides("request_id", "void", approve=True),
    "projects.imports.wizard.import_upload": lambda w, _s, _v: {"reading": w.things["reading"]},
    "projects.imports.wizard.import_revise": lambda w, _s, _v: {
        "batch_id": w.things["batch"].pk, "revision": w.things["revision"],
    },
    "projects.imports.wizard.import_accept": _batched,
    "projects.imports.wizard.import_drop": _batched,
    "projects.imports.undoing.import_undo": lambda w, _s, _v: {
        "batch_id": w.things["written"].pk, "seen": w.things["written"].version,
    },
}  # fmt: skip
