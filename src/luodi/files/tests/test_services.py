"""Files and evidence for themselves; what projects do with them: projects/tests/test_services_evidence.py."""

from __future__ import annotations

import pytest
from django.core.files.storage import default_storage

from luodi.files.models import KIND_LABELS, Evidence
from luodi.files.rules import KINDS, REQUIRED, Shape
from luodi.files.services import Upload
from luodi.kernel import acts
from luodi.kernel.models import AuditEntry
from luodi.projects.services.evidence import evidence_withdraw
from luodi.projects.tests.factories import give, make_project, make_world


def test_every_kind_has_words_and_a_shape() -> None:
    assert set(KINDS) == set(KIND_LABELS)
    assert set(REQUIRED) == set(Shape)
    assert all(code == kind.code for code, kind in KINDS.items())


def test_only_a_plan_of_a_whole_area_is_shared() -> None:
    assert [code for code, kind in KINDS.items() if kind.shared] == ["regional_plan"]


@pytest.mark.django_db
def test_bytes_are_kept_once_under_their_hash_and_stay_after_withdrawal() -> None:
    world = make_world()
    project = make_project(world)
    piece = give(project, "other", world.officer)
    assert piece.file is not None
    with default_storage.open(piece.file.path) as file:
        data = file.read()
    assert len(data) == piece.file.size
    assert piece.file.sha256.startswith(piece.file.path[:2])
    acts.run(evidence_withdraw, by=world.officer, evidence_id=piece.pk, reason="传错")
    assert default_storage.exists(piece.file.path)
    assert Evidence.objects.filter(pk=piece.pk).exists()
    assert not Evidence.objects.standing().filter(pk=piece.pk).exists()


@pytest.mark.django_db
def test_withdrawing_is_told_with_its_reason_and_recorded() -> None:
    world = make_world()
    project = make_project(world)
    piece = give(project, "other", world.officer, title="会签单")
    acts.run(evidence_withdraw, by=world.officer, evidence_id=piece.pk, reason="盖错章")
    told = project.subject.timeline.get(verb="evidence.withdrawn")
    assert (told.note, told.values["title"], told.by_id) == ("盖错章", "会签单", world.officer.member_id)
    assert AuditEntry.objects.filter(model="files.evidence", object_id=piece.pk).count() == 2


def test_an_upload_is_what_came() -> None:
    assert Upload("a.pdf", b"x") == Upload("a.pdf", b"x")
