"""What is sent to each operation of the API, valid in the county of tests/matrix_world.py, so that nothing but
permission can refuse it."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any
from uuid import uuid4

from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from luodi.kernel import clock
from luodi.orgs.models import Company, Industry, Member, Region, Unit
from luodi.orgs.rules import Role
from luodi.orgs.tests.factories import make_member, make_token
from luodi.projects.models import Kind, Project, YearFigure
from luodi.projects.tests.ledger_county import ledger
from tests.matrix_world import LEDGER_HEADS, LESSON, REASON, STORY, Side, World, store_file, with_lesson

API = "/api/v1"
LATER = (clock.today() + timedelta(days=500)).isoformat()
SOON = (clock.today() + timedelta(days=20)).isoformat()
TODAY = clock.today().isoformat()


@dataclass(frozen=True, slots=True)
class Call:
    """One request: `row` is the one whose version If-Match names."""

    path: str
    body: dict[str, Any] = field(default_factory=dict)
    method: str = "POST"
    row: Any = None
    multipart: bool = False


class Caller:
    """A program that calls the API with a token ("" = none), and speaks English."""

    def __init__(self, token: str) -> None:
        self.client = Client()
        self.headers = {"Accept-Language": "en"} | ({"Authorization": f"Bearer {token}"} if token else {})

    def get(self, path: str, **headers: str) -> Any:
        return self.client.get(API + path, headers=self.headers | headers)

    def send(self, call: Call, *, key: str = "", match: str | None = None, **more: str) -> Any:
        headers = self.headers | {"Idempotency-Key": key or str(uuid4())} | more
        if match is not None:
            headers |= {"If-Match": match}
        elif call.row is not None:
            headers |= {"If-Match": f'"{type(call.row)._base_manager.get(pk=call.row.pk).version}"'}
        headers = {name: value for name, value in headers.items() if value != "-"}
        if call.multipart:
            return self.client.post(API + call.path, call.body, headers=headers)
        send = getattr(self.client, call.method.lower())
        return send(API + call.path, call.body or None, content_type="application/json", headers=headers)


HAN = re.compile(r"[\u3400-\u9fff]")


def not_english(problem: dict[str, Any]) -> list[str]:
    """The texts of a refusal that hold Chinese beyond the names of units, people and projects."""
    names = {
        str(name) for model in (Unit, Member, Project, Region) for name in model.objects.values_list("name", flat=True)
    }
    names |= {str(unit) for unit in Unit.objects.all()}
    told = [problem["detail"], *(fault["detail"] for fault in problem.get("errors", ()))]
    for name in sorted(names, key=len, reverse=True):
        told = [text.replace(name, "") for text in told]
    return [text for text in told if HAN.search(text)]


def caller_of(world: World, actor: str) -> Caller:
    """The actor's own token, with all scopes."""
    return Caller("" if actor == "anonymous" else make_token(world.actors[actor]).text)


def on(world: World, operation: str, what: str) -> Call:
    """What is sent, for what is tried on."""
    which, _space, variant = what.partition(" ")
    side: Any = world.sides.get(which)
    return CALLS[operation](world, side, variant)


Made = Callable[[World, Any, str], Call]


def _on(project: str, path: str, *, edits: bool = False, method: str = "POST", **body: Any) -> Made:
    def call(_world: World, side: Side, _variant: str) -> Call:
        row = side.project[project]
        return Call(f"/projects/{row.subject.uuid}{path}", body, method, row if edits else None)

    return call


def _of(many: str, thing: str, path: str, **body: Any) -> Made:
    """A decision on the row of this name ("" takes the variant as its name)."""
    return lambda _w, side, variant: Call(
        f"/{many}/{side.things[thing or variant].pk}{path}", body, row=side.things[thing or variant]
    )


def _project(world: World, side: Side, _variant: str) -> Call:
    county = side.county
    return Call("/projects", {
        "name": f"新项目{uuid4().hex[:6]}", "track": "investment", "unit": side.unit.pk, "officer": county.officer.member_id,
        "importance": "ordinary", "opening_stage": "planned", "investor_name": "青禾公司", "total_investment_cny": "59000000.00",
        "kind": Kind.objects.order_by("pk")[0].pk, "industry": Industry.objects.get(code="59").pk,
    })  # fmt: skip


def _evidence(_world: World, side: Side, _variant: str) -> Call:
    file = SimpleUploadedFile("材料.pdf", f"%PDF-1.7\n{uuid4()}".encode())
    body = {"kind": "letter_of_intent", "title": "说明", "dated_on": TODAY, "file": file}
    return Call(f"/projects/{side.project['early'].subject.uuid}/evidence", body, multipart=True)


def _hand_over(role: str) -> Made:
    def call(world: World, side: Side, _variant: str) -> Call:
        if role == "leader":
            to = make_member(world.actors["county_leader"].member.unit, "新县领导", Role.COUNTY_LEADER)
        elif role == "supervisor":
            to = make_member(world.actors["supervisor"].member.unit, "新督查员", Role.SUPERVISOR)
        else:
            to = world.spare(side.unit.code)
        uuid = side.project["plain"].subject.uuid
        return Call(f"/projects/{uuid}/hand-over/{role}", {"member": to.pk, "note": "资料已交清"})

    return call


def _hand_over_unit(world: World, side: Side, _variant: str) -> Call:
    to = world.sides["office"].county.officer.member
    body = {"unit": to.unit_id, "officer": to.pk, "note": "资料已交清"}
    return Call(f"/projects/{side.project['plain'].subject.uuid}/hand-over/unit", body)


def _member(path: str, *, method: str = "POST", **body: Any) -> Made:
    def call(world: World, side: Side, _variant: str) -> Call:
        member = world.spare(side.unit.code)
        return Call(f"/members/{member.pk}{path}", body, method, member)

    return call


def _head(world: World, side: Side, _variant: str) -> Call:
    unit = Unit.objects.get(pk=side.unit.pk)
    return Call(f"/units/{unit.pk}/head", {"member": world.spare(unit.code).pk}, row=unit)


def _accept(_world: World, side: Side, variant: str) -> Call:
    told = {
        "meeting": "县政府常务会议", "meeting_on": TODAY, "minute_number": "〔2026〕12号", "minutes": side.things["minutes"].pk,
    }  # fmt: skip
    ending = side.things[variant]
    return Call(f"/endings/{ending.pk}/accept", told if variant == "given_up" else {}, row=ending)


def _given_up(_world: World, side: Side, _variant: str) -> Call:
    body = {
        "story": STORY,
        "causes": ["investor"],
        "whose_investor": "investor",
        "left_behind": "无遗留事项",
        "chance": "none",
    }
    return Call(f"/projects/{with_lesson(side).subject.uuid}/endings/given-up", body)


def _done(_world: World, side: Side, _variant: str) -> Call:
    """The finished project, whose ending was sent back."""
    from luodi.kernel import acts
    from luodi.projects.services import ends

    ending = side.things["done"]
    acts.run(ends.ending_return, by=side.recogniser, ending_id=ending.pk, seen=ending.version, answer="再补充经过")
    return Call(f"/projects/{side.project['finished'].subject.uuid}/endings/done", {"story": STORY})


def _answer(_world: World, side: Side, _variant: str) -> Call:
    path = f"/projects/{side.project['plain'].subject.uuid}/lessons/{side.things['accepted lesson']}/answer"
    return Call(path, {"adopted": True})


def _import(path: str, **body: Any) -> Made:
    return lambda world, _s, _v: Call(f"/imports/{world.things['batch'].pk}{path}", body, row=world.things["batch"])


def _undo(world: World, _side: Any, _variant: str) -> Call:
    batch = world.things["written"]
    return Call(f"/imports/{batch.pk}/undo", {"reason": REASON}, row=batch)


def _defaults(world: World, _side: Any, _variant: str) -> Call:
    leader = world.actors["county_leader"].member_id
    return Call(f"/imports/{world.things['batch'].pk}/defaults", {"leader": leader}, row=world.things["batch"])


def _figure(_world: World, side: Side, _variant: str) -> Call:
    row = figure_of(side)
    return Call(f"/figures/{row.pk}", {"planned_cny": "2.00"}, "PATCH", row)


def figure_of(side: Any) -> YearFigure:
    made, _new = YearFigure.objects.get_or_create(project=side.project["plain"], year=2025, source="own")
    return made


def _rule(path: str, **body: Any) -> Made:
    return lambda world, _s, _v: Call(f"/rule-versions/{world.things['rule'].pk}{path}", body, row=world.things["rule"])


def _upload(world: World, _side: Any, _variant: str) -> Call:
    data = ledger([["白石水库除险加固", world.sides["own"].unit.name, 900, "谋划"]], LEDGER_HEADS)
    return Call("/imports", {"file": SimpleUploadedFile("台账.xlsx", data)}, multipart=True)


CALLS: dict[str, Made] = {
    "member_create": lambda _w, s, _v: Call(f"/units/{s.unit.pk}/members", {"name": "卫三", "post": "股长", "phone": "13900000001"}),
    "member_change": _member("", method="PATCH", post="股长"),
    "member_leave": _member("/leave"),
    "unit_head_change": _head,
    "note_add": lambda _w, s, _v: Call(f"/subjects/{s.project['plain'].subject.uuid}/notes", {"text": "已到现场看过"}),
    "project_create": _project,
    "project_edit": _on("plain", "", edits=True, method="PATCH", remark="改过"),
    "project_grade": _on("plain", "/importance", edits=True, importance="county"),
    "project_mark_promising": _on("early", "/promising", edits=True, promising=True, reason=REASON),
    "year_figure_set": _on("plain", "/figures", year=2026, source="own", planned_cny="1.00", declared_cny="1"),
    "year_figure_edit": _figure,
    "clock_stop": _of("obligations", "duty", "/stop", ground="higher", note="等省里批复"),
    "clock_resume": _of("obligations", "stopped", "/resume"),
    "excuse_ask": _of("obligations", "duty", "/excuses", until=SOON, reason=REASON),
    "excuse_decide": _of("excuses", "excuse", "/decision", agree=True),
    "recheck_record": _of("rechecks", "recheck", "/result", holds=True, note="现场看过，与照片一致"),
    "rule_decide": _rule("/decision", agree=True),
    "rule_withdraw": _rule("/withdrawal"),
    "evidence_add": _evidence,
    "evidence_withdraw": lambda _w, s, _v: Call(f"/evidence/{s.things['spare']}/withdraw", {"reason": REASON}),
    "gate_ask": _on("plain", "/asks", happened_on=TODAY),
    "money_ask": lambda _w, s, _v: Call(
        f"/projects/{s.project['plain'].subject.uuid}/money-asks", {"evidence": [s.things["voucher"]]}
    ),
    "ask_recognise": _of("asks", "ask", "/recognise"),
    "ask_return": _of("asks", "ask", "/return", reason=REASON),
    "ask_withdraw": _of("asks", "ask", "/withdraw"),
    "fact_revoke": lambda _w, s, _v: Call(f"/facts/{s.things['fact']}/revoke", {"reason": REASON, "with_later": True}),
    **{f"hand_over_{role}": _hand_over(role) for role in ("officer", "principal", "leader", "supervisor")},
    "hand_over_unit": _hand_over_unit,
    "commitment_ask": _on("plain", "/commitments", wanted=LATER, reason=REASON),
    "commitment_decide": _of("commitments", "change", "/decision", agree=True),
    "suspension_ask": _on("plain", "/suspensions", look_again_on=SOON, reason=REASON),
    "suspension_decide": _of("suspensions", "suspension", "/decision", agree=True),
    "suspension_resume": _on("paused", "/resume", edits=True, note=REASON),
    "obstacle_add": lambda _w, s, _v: Call(
        f"/projects/{s.project['plain'].subject.uuid}/obstacles",
        {"kind": "land", "title": "3.2 亩未交地", "solver_unit": s.unit.pk, "since_on": TODAY, "promised_on": SOON},
    ),
    "obstacle_report": _of("obstacles", "open", "/progress", tried="已开协调会"),
    "obstacle_solve": _of("obstacles", "open", "/solution", result="已交地"),
    "obstacle_confirm": _of("obstacles", "solved", "/confirmation", agree=True),
    "lesson_propose": _on("plain", "/lessons", **LESSON),
    "lesson_decide": _of("lessons", "lesson", "/decision", accept=True),
    "lesson_answer": _answer,
    "ending_propose_done": _done,
    "ending_propose_given_up": _given_up,
    "ending_accept": _accept,
    "ending_return": _of("endings", "", "/return", answer="再补充经过"),
    "void_ask": _on("early", "/voids", reason=REASON),
    "void_decide": _of("voids", "void", "/decision", approve=True),
    "import_upload": _upload,
    "import_correct": _import("/rows", action="skip_wrong"),
    "import_defaults": _defaults,
    "import_accept": _import("/accept"),
    "import_drop": _import("/drop"),
    "import_undo": _undo,
}  # fmt: skip

# Reads --------------------------------------------------------------------------------------------------------------

BY_ID = {
    "ask": "ask", "obstacle": "open", "commitment": "change", "suspension": "suspension", "lesson": "lesson", "ending": "given_up",
    "void": "void", "obligation": "duty", "excuse": "excuse", "recheck": "recheck",
}  # fmt: skip


def read(world: World, operation: str, what: str, path: str) -> Call:
    return Call(address(world, operation, what, path), method="GET")


def address(world: World, operation: str, what: str, path: str) -> str:
    """Where an operation that reads is, for what is tried on; `path` is as the description has it."""
    side = world.sides.get(what)
    if side is not None:
        path = path.replace("{uuid}", str(side.project["plain"].subject.uuid))
    if "{pk}" in path:
        path = path.replace("{pk}", str(_id(world, side, operation)))
    path = path.replace("{code}", "gate_options")
    if operation == "evidence_file":
        store_file(world, what)
    return path.removeprefix(API)


def _id(world: World, side: Any, operation: str) -> int:
    if operation in BY_ID:
        return int(side.things[BY_ID[operation]].pk)
    if operation in ("evidence", "evidence_file"):
        return int(side.things["spare"])
    if operation == "figure":
        return int(figure_of(side).pk)
    if operation == "rule_version":
        return int(world.things["rule"].pk)
    if operation.startswith("import"):
        return int(world.things["batch"].pk)
    if operation == "company":
        return int(Company.objects.earliest("pk").pk)
    if operation == "fact":
        return int(side.things["fact"])
    return int(side.unit.pk if operation == "unit" else world.spare(side.unit.code).pk)
