"""What raw SQL would like to do to an import and its undo: more of violations.VIOLATIONS, on the same scene."""

from __future__ import annotations

from datetime import timedelta

from luodi.kernel import clock
from luodi.kernel.models import PersonKey
from luodi.orgs.models import Member
from luodi.projects.models import ImportBatch, Project, UndoneProject, VoidRequest
from luodi.projects.tests.violations import Raw, Scene, change, copy, of, project_copy, sql


def batch(s: Scene, state: str = "done", by: Member | None = None) -> ImportBatch:
    """An import in this state: finished now; undone by the project office, or by whom it says."""
    now = clock.now()
    found = ImportBatch.objects.create(
        region_id=s.signed.region_id, importer=s.office.member, name="a.xlsx", size=1, sha256="0", key=PersonKey.fresh(),
        sealed_file=b"", uploaded_at=now,
    )  # fmt: skip
    change(found, state="done", finished_at=now, undo_until=now + timedelta(days=1))
    if state != "done":
        told = {"undo_asked_at": now, "undone_by_id": (by or s.office.member).pk, "undo_reason": "传错年度"}
        change(found, state="undoing", **told)
    if state == "undone":
        change(found, state="undone", undone_at=now)
    return found


def entered(s: Scene, of_batch: ImportBatch) -> Project:
    """A project that this import entered."""
    project_copy(s, entered_batch_id=of_batch.pk)
    return Project.objects.latest("pk")


def voiding(s: Scene, project: Project, of_batch: ImportBatch, **columns: object) -> int:
    """Ask that it be voided because the import is undone."""
    own = {"project_id": project.pk, "state": "asked", "same_as_id": None, "decided_by_id": None, "decided_at": None}
    own |= {"undo_of_id": of_batch.pk, "asked_by_id": s.office.member_id}
    return copy(of(VoidRequest), **own | columns)


def worked_on(s: Scene) -> None:
    undone = batch(s, "undoing")
    project = entered(s, undone)
    copy(s.open_ask, project_id=project.pk)
    voiding(s, project, undone)


def merged(s: Scene) -> None:
    undone = batch(s, "undoing")
    voiding(s, entered(s, undone), undone, same_as_id=s.signed.pk)


def of_whole(s: Scene) -> None:
    """Nobody has asked that this import be undone."""
    whole = batch(s)
    voiding(s, entered(s, whole), whole)


def by_another(s: Scene) -> None:
    undone = batch(s, "undoing", by=s.stranger.member)
    voiding(s, entered(s, undone), undone)


def decided_alone(s: Scene) -> None:
    """An ordinary request, turned into one of an undo so that its asker may decide it."""
    asked = copy(of(VoidRequest), state="asked", project_id=s.planned.pk)
    change(VoidRequest.objects.get(pk=asked), undo_of_id=batch(s, "undoing").pk)


def asked_late(s: Scene) -> None:
    found = batch(s)
    told = {"undone_by_id": s.office.member_id, "undo_reason": "晚了"}
    change(found, state="undoing", undo_asked_at=clock.now() + timedelta(days=2), **told)


OF_IMPORTS: dict[str, Raw] = {
    "void_undo_of_its_import/asked": worked_on,
    "void_undo_of_its_import/merged": merged,
    "void_undo_of_its_import/whole": of_whole,
    "void_undo_of_its_import/another": by_another,
    "void_undo_of_its_import/other_project": lambda s: voiding(s, s.planned, batch(s, "undoing")),
    "void_undo_stays": decided_alone,
    "importbatch_undo_in_order/again": lambda s: change(batch(s, "undone"), state="undoing"),
    "importbatch_undo_in_order/back": lambda s: change(batch(s, "undoing"), state="done"),
    "importbatch_undo_window_stays/longer": lambda s: change(batch(s), undo_until=clock.now() + timedelta(days=9)),
    "importbatch_undo_window_stays/finished": lambda s: change(batch(s), finished_at=clock.now() + timedelta(days=9)),
    "importbatch_undo_window_stays/reason": lambda s: change(batch(s, "undoing"), undo_reason="别的"),
    "importbatch_undone_in_time": asked_late,
    "importbatch_undone_by_whom": lambda s: change(batch(s), state="undoing", undo_asked_at=clock.now()),
    "undoneproject_once": lambda s: copy(
        UndoneProject.objects.create(batch=batch(s, "undoing"), project=s.planned, outcome="left")
    ),
    "projects_importbatch_no_delete": lambda s: sql("DELETE FROM projects_importbatch WHERE id = %s", batch(s).pk),
}
