from __future__ import annotations

import io
import zipfile
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest

from luodi.files.models import Evidence, StoredFile
from luodi.files.services import Proof, Upload
from luodi.kernel import acts, clock
from luodi.orgs.models import User
from luodi.orgs.rules import Role
from luodi.orgs.tests.factories import make_person, make_unit
from luodi.projects.models import Project
from luodi.projects.rules import Stage
from luodi.projects.services.ends import void_ask, void_decide
from luodi.projects.services.evidence import evidence_add, evidence_withdraw
from luodi.projects.tests.factories import County, bring_to, give, make_project, make_world, pdf, png
from luodi.projects.tests.refusals import refused
from luodi.subjects.models import Party

pytestmark = pytest.mark.django_db


@pytest.fixture
def world() -> County:
    return make_world()


@pytest.fixture
def project(world: County) -> Project:
    return make_project(world)


def add(project: Project, by: User, upload: Upload, kind: str = "other", **told: Any) -> Evidence:
    return acts.run(evidence_add, by=by, project_id=project.pk, proof=Proof(kind, **told), upload=upload)


W = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"


def word(*texts: str) -> Upload:
    """A Word file with one paragraph for each text."""
    out = io.BytesIO()
    body = "".join(f"<w:p><w:r><w:t>{text}</w:t></w:r></w:p>" for text in texts)
    with zipfile.ZipFile(out, "w") as packed:
        packed.writestr("word/document.xml", f'<w:document xmlns:w="{W}"><w:body>{body}</w:body></w:document>')
    return Upload("协议.docx", out.getvalue())


# Giving -------------------------------------------------------------------------------------------------------------


VOUCHER: dict[str, Any] = {"number": "NO-1", "issuer": "远山集团", "dated_on": None, "amount_cny": Decimal(5)}


def test_what_is_wrong_with_evidence_is_named(world: County, project: Project) -> None:
    today = clock.today()
    whole = VOUCHER | {"dated_on": today}
    for code, field, kind, told in [
        ("kind_unknown", "kind", "nonsense", {}),
        ("evidence_incomplete", "number", "bank_slip", whole | {"number": " "}),
        ("evidence_incomplete", "issuer", "bank_slip", whole | {"issuer": ""}),
        ("evidence_incomplete", "dated_on", "bank_slip", whole | {"dated_on": None}),
        ("evidence_incomplete", "amount_cny", "bank_slip", whole | {"amount_cny": None}),
        ("evidence_incomplete", "place", "piling_photo", {"dated_on": today}),
        ("evidence_incomplete", "number", "approval", {}),
        ("dated_in_future", "dated_on", "bank_slip", whole | {"dated_on": today + timedelta(days=1)}),
        ("amount_wrong", "amount_cny", "bank_slip", whole | {"amount_cny": Decimal("-0.01")}),
        ("amount_wrong", "amount_cny", "bank_slip", whole | {"amount_cny": Decimal(10) ** 17}),
        ("amount_wrong", "amount_cny", "bank_slip", whole | {"amount_cny": Decimal("NaN")}),
    ]:
        refused(
            code,
            evidence_add,
            by=world.officer,
            field=field,
            project_id=project.pk,
            proof=Proof(kind, **told),
            upload=pdf(),
        )
    refused(
        "file_missing",
        evidence_add,
        by=world.officer,
        field="file",
        project_id=project.pk,
        proof=Proof("other"),
        upload=None,
    )
    assert add(project, world.officer, pdf(), "bank_slip", **whole).amount_cny == Decimal(5)


@pytest.mark.parametrize(
    "upload",
    [
        Upload("空.pdf", b""), Upload("照片.png", b"%PDF-1.7"), Upload("报告.pdf", b"MZ\x90\x00"), Upload("程序.exe", b"MZ"),
        Upload("合同.docx", b"PK\x03\x04broken"), Upload("没有扩展名", b"%PDF-1.7"), Upload("网页.html", b"<script>"),
        Upload("双重.pdf.exe", b"%PDF-1.7"),
    ],
    ids=lambda upload: upload.name,
)  # fmt: skip
def test_a_file_that_is_not_what_it_says_is_refused(world: County, project: Project, upload: Upload) -> None:
    refused(
        "file_wrong",
        evidence_add,
        by=world.officer,
        field="file",
        project_id=project.pk,
        proof=Proof("other"),
        upload=upload,
    )
    assert not StoredFile.objects.exists()


def test_a_bomb_and_a_giant_are_refused(world: County, project: Project) -> None:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as packed:
        packed.writestr("word/document.xml", b"0" * 40_000_000)
    call: dict[str, Any] = {
        "by": world.officer,
        "field": "file",
        "project_id": project.pk,
        "proof": Proof("contract", number="1", issuer="甲", dated_on=clock.today(), amount_cny=Decimal(1)),
    }
    refused("file_wrong", evidence_add, upload=Upload("弹.docx", out.getvalue()), **call)
    refused("file_large", evidence_add, upload=Upload("大.pdf", b"%PDF-1.7" + b"0" * 20 * 1024 * 1024), **call)


def test_who_may_give_evidence(world: County, project: Project) -> None:
    for role in (Role.COUNTY_LEADER, Role.GOVERNMENT_OFFICE, Role.STATISTICS_BUREAU, Role.SUPERVISOR, Role.CONVENOR):
        refused("forbidden", evidence_add, by=world[role], project_id=project.pk, proof=Proof("other"), upload=pdf())
    helper = make_person(make_unit("D30", "交通局"), "配合人", Role.UNIT_OFFICER)
    with pytest.raises(Project.DoesNotExist):
        add(project, helper, pdf())
    Party.objects.create(subject=project.subject, unit=helper.member.unit, role="helper", since=clock.now())
    mine = add(project, helper, pdf())
    refused("forbidden", evidence_withdraw, by=world[Role.GOVERNMENT_OFFICE], evidence_id=mine.pk, reason="不对")
    acts.run(evidence_withdraw, by=helper, evidence_id=mine.pk, reason="传错")
    own = give(project, "other", world.officer)
    refused("forbidden", evidence_withdraw, by=helper, evidence_id=own.pk, reason="不是我的")
    assert (
        add(project, world[Role.GOVERNMENT_OFFICE], pdf(), "minutes").kind == "minutes"
    )  # what it accepts an ending with


def test_withdrawing_needs_a_reason_happens_once_and_not_under_a_fact(world: County) -> None:
    project = bring_to(make_project(world), Stage.NEGOTIATING, world)
    proposal = project.subject.evidence.get(kind="proposal")
    refused(
        "guard.evidence_of_fact_stays", evidence_withdraw, by=world.officer, evidence_id=proposal.pk, reason="换一份"
    )
    spare = give(project, "other", world.officer)
    refused("reason_missing", evidence_withdraw, by=world.officer, field="reason", evidence_id=spare.pk, reason=" ")
    acts.run(evidence_withdraw, by=world.officer, evidence_id=spare.pk, reason="换一份")
    refused("withdrawn_already", evidence_withdraw, by=world.officer, evidence_id=spare.pk, reason="换一份")


def test_nothing_is_given_to_or_taken_from_a_closed_project(world: County, project: Project) -> None:
    piece = give(project, "other", world.officer)
    request = acts.run(void_ask, by=world[Role.PROJECT_OFFICE], project_id=project.pk, reason="录了两次")
    acts.run(void_decide, by=world[Role.GOVERNMENT_OFFICE], request_id=request.pk, seen=1, approve=True)
    refused("forbidden", evidence_add, by=world.officer, project_id=project.pk, proof=Proof("other"), upload=pdf())
    refused(
        "forbidden",
        evidence_add,
        by=world[Role.GOVERNMENT_OFFICE],
        project_id=project.pk,
        proof=Proof("minutes"),
        upload=pdf(),
    )
    refused("forbidden", evidence_withdraw, by=world.officer, evidence_id=piece.pk, reason="换一份")


# One file, one project ----------------------------------------------------------------------------------------------


def test_one_file_serves_gates_of_one_project_and_never_two_projects(world: County, project: Project) -> None:
    upload, other = pdf(), make_project(world)
    one = add(project, world.officer, upload, "proposal")
    two = add(project, world.officer, Upload("换个名字.pdf", upload.data), "pre_review")
    assert one.file_id == two.file_id
    refused(
        "file_used",
        evidence_add,
        by=world.officer,
        field="file",
        project_id=other.pk,
        proof=Proof("proposal"),
        upload=upload,
    )
    acts.run(evidence_withdraw, by=world.officer, evidence_id=one.pk, reason="传错")
    acts.run(evidence_withdraw, by=world.officer, evidence_id=two.pk, reason="传错")
    refused("file_used", evidence_add, by=world.officer, project_id=other.pk, proof=Proof("proposal"), upload=upload)


PLAN: dict[str, Any] = {"number": "柏政规〔2026〕1号", "issuer": "自然资源局"}


def test_a_shared_kind_serves_many_projects_and_only_as_that_kind(world: County, project: Project) -> None:
    """Given once as a plan of the whole park, a file cannot then prove another project's contract."""
    upload, others = pdf(), [make_project(world) for _ in range(2)]
    plan: dict[str, Any] = PLAN | {"dated_on": clock.today()}
    first = add(project, world.officer, upload, "regional_plan", **plan)
    assert add(others[0], world.officer, upload, "regional_plan", **plan).file_id == first.file_id
    for other in others:
        refused(
            "file_used", evidence_add, by=world.officer, project_id=other.pk, proof=Proof("proposal"), upload=upload
        )
    own = add(project, world.officer, upload, "proposal")
    assert own.file_id != first.file_id
    assert add(project, world.officer, upload, "pre_review").file_id == own.file_id
    assert add(others[1], world.officer, upload, "regional_plan", **plan).file_id == first.file_id


def test_a_file_kept_for_one_project_is_not_shared_afterwards(world: County, project: Project) -> None:
    upload = pdf()
    add(project, world.officer, upload, "proposal")
    plan = Proof("regional_plan", **PLAN, dated_on=clock.today())
    refused("file_used", evidence_add, by=world.officer, project_id=make_project(world).pk, proof=plan, upload=upload)
    add(project, world.officer, upload, "regional_plan", **PLAN, dated_on=clock.today())


# Wording ------------------------------------------------------------------------------------------------------------

CONTRACT: dict[str, Any] = {"number": "HT-1", "issuer": "远山集团", "amount_cny": Decimal(1)}


@pytest.mark.parametrize(
    ("texts", "found"),
    [
        (("土地实行零地价，", "税收先征", "后返"), ["先征后返", "零地价"]),
        (("依法纳税",), []),
    ],
)
def test_forbidden_promises_in_a_word_file_are_pointed_out(
    world: County, project: Project, texts: tuple[str, ...], found: list[str]
) -> None:
    piece = add(project, world.officer, word(*texts), "contract", **CONTRACT, dated_on=clock.today())
    assert piece.wording == {"checked": True, "found": found}


def test_a_pdf_says_that_it_was_not_looked_through(world: County, project: Project) -> None:
    assert add(project, world.officer, pdf(), "contract", **CONTRACT, dated_on=clock.today()).wording == {
        "checked": False,
        "found": [],
    }
    assert add(project, world.officer, png(), "site_photo", place="河湾", dated_on=clock.today()).wording is None


def test_evidence_of_what_is_not_seen_does_not_exist(world: County, project: Project) -> None:
    piece = give(project, "other", world.officer)
    stranger = make_person(make_unit("D30", "交通局"), "局外人", Role.UNIT_OFFICER)
    with pytest.raises(Evidence.DoesNotExist):
        acts.run(evidence_withdraw, by=stranger, evidence_id=piece.pk, reason="不对")
    for role in (Role.BANK_CLERK, Role.SYSTEM_ADMIN):
        assert not Evidence.objects.visible_to(world[role]).exists()
