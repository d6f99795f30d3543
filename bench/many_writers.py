"""Promise: eight writers at once on one county meet no deadlock and lose no link of the audit chain."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable

from django.db import connection

from bench.county import Town
from bench.measuring import Rate, Report
from luodi.kernel import acts, audit
from luodi.kernel.models import AuditEntry, AuditHead
from luodi.orgs.models import User
from luodi.projects.models import Project
from luodi.projects.services.projects import project_edit
from luodi.subjects.models import Subject
from luodi.subjects.services import note_add, tell

THREADS = 8
ACTS = 1_600
Try = Callable[[int], None]


def measure(town: Town, report: Report) -> None:
    anchors = audit.heads()
    for name, service in (
        ("one row each", _told),
        ("a remark each, permission asked", _remark),
        ("a project edited each", _edit),
    ):
        report.rates.append(_rate(town, f"{THREADS} threads, {name}", service))
    verdict = audit.verify(anchors)
    if not verdict.intact:
        raise AssertionError(verdict.broken)


def _told(*, by: User, pk: int, tries: list[int]) -> None:
    tries.append(pk)
    tell(Subject(pk=_subject(pk), region_id=by.member.region_id), "note", note="一笔")


def _remark(*, by: User, pk: int, tries: list[int]) -> None:
    tries.append(pk)
    note_add(by=by, subject_id=_subject(pk), text="一笔")


def _edit(*, by: User, pk: int, tries: list[int]) -> None:
    tries.append(pk)
    version, jobs = Project.objects.values_list("version", "jobs").get(pk=pk)
    project_edit(by=by, project_id=pk, seen=version, changes={"jobs": (jobs or 0) + 1})


def _subject(pk: int) -> int:
    return int(Project.objects.values_list("subject_id", flat=True).get(pk=pk))


def _rate(town: Town, name: str, service: Callable[..., None]) -> Rate:
    """Let all threads begin together, each on projects of its own, and count what is there afterwards."""
    home = town.cast.county.pk
    before, links = AuditHead.objects.get(chain=home).seq, AuditEntry.objects.filter(chain=home).count()
    tries: list[int] = []

    def work(number: int) -> None:
        own = town.projects[number::THREADS]
        for n in range(ACTS // THREADS):
            acts.run(service, by=town.office, pk=own[n % len(own)], tries=tries)

    seconds = _together(work)
    head, now = AuditHead.objects.get(chain=home).seq, AuditEntry.objects.filter(chain=home).count()
    per_act = 1 if service is not _edit else 2  # the project, and what its timeline tells
    lost = ACTS * per_act - (now - links)
    return Rate(name, THREADS, ACTS, ACTS / seconds, len(tries) - ACTS, lost, head - before == now - links)


def _together(work: Try) -> float:
    gate = threading.Barrier(THREADS + 1)
    errors: list[BaseException] = []

    def one(number: int) -> None:
        try:
            connection.ensure_connection()
            gate.wait()
            work(number)
        except BaseException as error:  # told by the caller's thread below
            errors.append(error)
        finally:
            connection.close()

    threads = [threading.Thread(target=one, args=(number,)) for number in range(THREADS)]
    for thread in threads:
        thread.start()
    gate.wait()
    begun = time.perf_counter()
    for thread in threads:
        thread.join()
    taken = time.perf_counter() - begun
    if errors:
        raise errors[0]
    return taken
