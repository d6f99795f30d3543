from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import UTC, date, datetime
from typing import Any
from uuid import uuid4

import pytest
from django.core.exceptions import ValidationError
from django.db import OperationalError, connection, transaction
from django.test.utils import CaptureQueriesContext

from luodi.kernel import acts, clock
from luodi.kernel.acts import Actor, System
from luodi.kernel.errors import BrokenAct, DomainError, LockOrder, NoAct, StaleVersion
from luodi.kernel.models import AuditEntry, RequestKey
from luodi.orgs.models import Company, Industry, Region, Theme
from luodi.orgs.tests.factories import make_county, make_township_region
from tests.plugins.database import LiveDatabase

ONE = System("one")
TWO = System("two")


def theme_insert(*, by: Actor, name: str = "水利") -> Theme:
    return acts.insert(Theme(region=make_or_get_county(), name=name))


def make_or_get_county() -> Region:
    return Region.objects.get(code="139921")


def theme_rename(*, by: Actor, theme_id: int, name: str, seen: int | None = None) -> list[str]:
    theme = acts.lock_one(Theme.objects.all(), theme_id)
    return acts.update(theme, seen=seen, name=name)


def fail(*, by: Actor, error: BaseException) -> None:
    raise error


@pytest.fixture
def county(db: None) -> Region:
    return make_county()


@pytest.fixture
def theme(county: Region) -> Theme:
    return acts.run(theme_insert, by=ONE)


def entries(row: Any) -> list[str]:
    own = AuditEntry.objects.filter(model=row._meta.label_lower, object_id=row.pk).order_by("seq")
    return [entry.service.rpartition(".")[2] for entry in own]


# One act, whole or not at all ---------------------------------------------------------------------------------------


def test_an_act_commits_row_and_link_together(county: Region) -> None:
    theme = acts.run(theme_insert, by=ONE, reason="三季度会议定的")
    (entry,) = AuditEntry.objects.filter(model="orgs.theme")
    assert (entry.chain, entry.object_id, entry.actor) == (county.pk, theme.pk, "system:one")
    assert '"reason":"三季度会议定的"' in entry.body
    assert '"name":"水利"' in entry.body


def test_an_act_that_fails_leaves_nothing(county: Region) -> None:
    def half(*, by: Actor) -> None:
        theme_insert(by=by)
        raise DomainError("no", "不行")

    before = AuditEntry.objects.count()
    with pytest.raises(DomainError):
        acts.run(half, by=ONE)
    assert not Theme.objects.exists()
    assert AuditEntry.objects.count() == before


@pytest.mark.usefixtures("db")
@pytest.mark.parametrize(
    "write", [acts.insert, acts.update, lambda row: acts.insert_many([row]), lambda row: acts.note_written([row])]
)
def test_nothing_is_written_outside_an_act(write: Callable[[Any], object]) -> None:
    with pytest.raises(NoAct):
        write(Theme(name="水利"))
    with pytest.raises(NoAct):
        acts.lock(Theme.objects.all())
    with pytest.raises(NoAct):
        acts.current()


def test_the_act_ends_with_its_run_and_does_not_reach_other_threads(county: Region) -> None:
    seen: list[object] = []

    def look() -> None:
        with pytest.raises(NoAct):
            seen.append(acts.current())

    def service(*, by: Actor) -> None:
        thread = threading.Thread(target=look)
        thread.start()
        thread.join()

    acts.run(service, by=ONE)
    look()
    assert seen == []


def test_an_act_inside_another_transaction_is_refused(live: LiveDatabase) -> None:
    with pytest.raises(RuntimeError, match="durable"), transaction.atomic():
        acts.run(lambda by: None, by=ONE)


# Acts within acts ---------------------------------------------------------------------------------------------------


def test_a_nested_act_joins_the_outer_one(county: Region) -> None:
    def outer(*, by: Actor) -> Theme:
        theme = acts.run(theme_insert, by=TWO, reason="内层")
        acts.run(theme_rename, by=by, theme_id=theme.pk, name="水利工程")
        return theme

    acts.run(outer, by=ONE, reason="外层")
    first, second = AuditEntry.objects.filter(model="orgs.theme").order_by("seq")
    assert first.act == second.act
    assert first.at == second.at
    assert (first.actor, second.actor) == ("system:two", "system:one")
    assert '"reason":"内层"' in first.body
    assert '"reason":"外层"' in second.body


@pytest.mark.parametrize("depth", [1, 2])
def test_a_swallowed_failure_of_a_nested_act_breaks_the_outer_one(county: Region, depth: int) -> None:
    def nested(*, by: Actor, left: int) -> None:
        theme_insert(by=by, name=f"第{left}层")
        acts.run(nested, by=by, left=left - 1) if left else fail(by=by, error=DomainError("no", "不行"))

    def outer(*, by: Actor) -> None:
        with pytest.raises(DomainError):
            acts.run(nested, by=by, left=depth)

    with pytest.raises(BrokenAct):
        acts.run(outer, by=ONE)
    assert not Theme.objects.exists()


def test_a_key_on_a_nested_act_is_refused(county: Region) -> None:
    with pytest.raises(ValueError, match="outermost"):
        acts.run(lambda by: acts.run(theme_insert, by=by, key=uuid4()), by=ONE)


# The same form twice ------------------------------------------------------------------------------------------------


def test_the_same_key_acts_once_and_answers_the_same(county: Region) -> None:
    key = uuid4()
    first = acts.run(theme_insert, by=ONE, key=key, name="水利")
    with CaptureQueriesContext(connection):
        again = acts.run(theme_insert, by=ONE, key=key, name="水利")
    assert again == first
    assert Theme.objects.count() == 1
    assert entries(first) == ["theme_insert"]


@pytest.mark.usefixtures("county")
@pytest.mark.parametrize("answer", [None, 7, "三", ["a", 1], {"model": "no.model"}, True])
def test_plain_answers_come_back(answer: object) -> None:
    key, calls = uuid4(), []

    def service(*, by: Actor) -> object:
        calls.append(1)
        return answer

    assert [acts.run(service, by=ONE, key=key), acts.run(service, by=ONE, key=key)] == [answer, answer]
    assert len(calls) == 1


@pytest.mark.parametrize(
    ("service", "by", "name"),
    [(theme_insert, TWO, "水利"), (theme_rename, ONE, "水利"), (theme_insert, ONE, "水利工程")],
    ids=["other actor", "other service", "other content"],
)
def test_a_key_used_for_something_else_is_refused(county: Region, service: Any, by: Actor, name: str) -> None:
    key = uuid4()
    acts.run(theme_insert, by=ONE, key=key, name="水利")
    with pytest.raises(DomainError) as refused:
        acts.run(service, by=by, key=key, name=name)
    assert refused.value.code == "request_key_reused"
    assert Theme.objects.get().name == "水利"


def test_the_key_of_a_failed_act_is_free_again(county: Region) -> None:
    key = uuid4()
    with pytest.raises(ValidationError):
        acts.run(theme_insert, by=ONE, key=key, name="长" * 61)
    assert acts.run(theme_insert, by=ONE, key=key, name="短").name == "短"


def test_a_key_row_holds_no_readable_argument(county: Region) -> None:
    acts.run(lambda by, phone: None, by=ONE, key=uuid4(), phone="13800138617")
    (row,) = RequestKey.objects.values_list()
    assert "13800138617" not in str(row)


def run_at_once(*tasks: Callable[[], object]) -> list[object]:
    """Run tasks in threads that start together; give answers or errors in order. Connections are closed."""
    answers: list[object] = [None] * len(tasks)
    gate = threading.Barrier(len(tasks))

    def work(place: int) -> None:
        try:
            gate.wait()
            answers[place] = tasks[place]()
        except Exception as error:
            answers[place] = error
        finally:
            connection.close()

    threads = [threading.Thread(target=work, args=(place,)) for place in range(len(tasks))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    return answers


def test_two_threads_with_one_key_act_once(live: LiveDatabase) -> None:
    make_county()
    for attempt in range(5):
        key = uuid4()
        given = run_at_once(*[lambda: acts.run(theme_insert, by=ONE, key=key, name=f"第{attempt}次")] * 4)  # noqa: B023
        assert len({theme.pk for theme in given if isinstance(theme, Theme)}) == 1, given
    assert Theme.objects.count() == 5
    assert AuditEntry.objects.filter(model="orgs.theme").count() == 5


# Changing rows ------------------------------------------------------------------------------------------------------


def test_a_form_opened_before_anothers_change_is_refused(theme: Theme) -> None:
    acts.run(theme_rename, by=ONE, theme_id=theme.pk, name="甲", seen=1)
    with pytest.raises(StaleVersion) as refused:
        acts.run(theme_rename, by=TWO, theme_id=theme.pk, name="乙", seen=1)
    assert refused.value.current.name == "甲"
    assert Theme.objects.get().name == "甲"
    acts.run(theme_rename, by=TWO, theme_id=theme.pk, name="乙", seen=2)
    assert Theme.objects.get().version == 3


def test_a_row_read_unlocked_and_changed_since_is_refused(theme: Theme) -> None:
    """Without this, both writers would set version 2, and the second's form would never learn of the first."""
    old = Theme.objects.get()
    acts.run(theme_rename, by=ONE, theme_id=theme.pk, name="甲")

    def careless(*, by: Actor) -> None:
        acts.update(old, name="乙")

    with pytest.raises(StaleVersion):
        acts.run(careless, by=TWO)
    assert Theme.objects.get().name == "甲"


def test_an_update_that_changes_nothing_writes_nothing(theme: Theme) -> None:
    assert acts.run(theme_rename, by=ONE, theme_id=theme.pk, name="水利") == []
    assert Theme.objects.get().version == 1
    assert entries(theme) == ["theme_insert"]


def test_an_equal_value_of_another_type_is_no_change(county: Region) -> None:
    industry = Industry.objects.get(code="01")

    def service(*, by: Actor, **changes: Any) -> list[str]:
        return acts.update(acts.lock_one(Industry.objects.all(), industry.pk), **changes)

    assert acts.run(service, by=ONE, level="2", parent=industry.parent, parent_id=industry.parent_id) == []
    assert acts.run(service, by=ONE, level="3", name=industry.name) == ["level"]
    assert '"level":3' in AuditEntry.objects.get(model="orgs.industry").body


def test_the_after_image_says_what_the_database_gives_back(county: Region) -> None:
    """Amounts set as 0 or Decimal("1") are 0.00 and 1.00 in the column; the chain must say the same."""
    from luodi.kernel.audit import image

    rows = [*Region.objects.all(), *Industry.objects.all()[:3]]
    assert [image(row) for row in rows] == [image(type(row).objects.get(pk=row.pk)) for row in rows]


def test_bad_values_are_refused_one_by_one_and_in_bulk(county: Region) -> None:
    """SQLite holds any text in a column of 60 characters: without cleaning only PostgreSQL would say no, by a DataError."""
    for write in (acts.insert, lambda row: acts.insert_many([row])):
        with pytest.raises(ValidationError):
            acts.run(lambda by: write(Theme(region=county, name="长" * 61)), by=ONE)  # noqa: B023
    assert not Theme.objects.exists()


def test_insert_many_records_each_row(county: Region) -> None:
    made = acts.run(
        lambda by: acts.insert_many([Theme(region=county, name=f"题{n}") for n in range(7)], batch=3), by=ONE
    )
    assert acts.run(lambda by: acts.insert_many([]), by=ONE) == []
    assert [AuditEntry.objects.filter(model="orgs.theme", object_id=row.pk).count() for row in made] == [1] * 7


def test_objects_are_as_before_when_the_act_fails(county: Region) -> None:
    """A service that is tried again, or a form shown again, must not take the failed try for the truth."""
    new, old = Theme(region=county, name="新"), acts.run(theme_insert, by=ONE)

    def service(*, by: Actor) -> None:
        acts.insert(new)
        acts.update(old, name="改", lead_unit=None)
        fail(by=by, error=DomainError("no", "不行"))

    with pytest.raises(DomainError):
        acts.run(service, by=ONE)
    assert (repr(new.pk), new._state.adding) == ("None", True)
    assert (old.name, old.version) == ("水利", 1)


# Locks --------------------------------------------------------------------------------------------------------------


def take(*querysets: Any) -> Callable[..., None]:
    def service(*, by: Actor) -> None:
        for rows in querysets:
            acts.lock(rows)

    return service


def test_locks_out_of_order_are_refused(county: Region) -> None:
    towns = [make_township_region(f"13992110{n}", f"镇{n}") for n in range(3)]
    theme = acts.run(theme_insert, by=ONE)
    first, middle, last = (Region.objects.filter(pk=town.pk) for town in towns)
    themes = Theme.objects.filter(pk=theme.pk)
    nothing = Company.objects.filter(pk=0)
    for fine in [
        (first, themes),
        (first, last, first),
        (first, themes, first),
        (themes, nothing),
        (last | first, middle.none()),
    ]:
        acts.run(take(*fine), by=ONE)
    for wrong in [(themes, first), (last, first), (first, last, middle), (first, themes, last)]:
        with pytest.raises(LockOrder):
            acts.run(take(*wrong), by=ONE)


def test_a_row_made_by_the_act_may_be_locked_at_any_time(theme: Theme) -> None:
    def service(*, by: Actor) -> None:
        acts.lock(Theme.objects.all())
        made = acts.insert(Company(region=theme.region, name="远山"))
        acts.lock_one(Company.objects.all(), made.pk)

    acts.run(service, by=ONE)


def test_lock_one_hides_what_the_queryset_does_not_hold(theme: Theme) -> None:
    with pytest.raises(Theme.DoesNotExist):
        acts.run(lambda by: acts.lock_one(Theme.objects.none(), theme.pk), by=ONE)


def test_an_act_is_as_late_as_its_locks(theme: Theme) -> None:
    """Who waited for another's lock comes after him: a handover that waited must not be backdated before it."""
    early, late = datetime(2026, 3, 1, tzinfo=UTC), datetime(2026, 3, 2, tzinfo=UTC)

    def service(*, by: Actor) -> datetime:
        with clock.standing_at(late):
            theme_rename(by=by, theme_id=theme.pk, name="后")
        return acts.current().at

    with clock.standing_at(early):
        assert acts.run(service, by=ONE) == late
    assert AuditEntry.objects.filter(model="orgs.theme").latest("seq").at == late


# Refusals and retries -----------------------------------------------------------------------------------------------


def refused_code(service: Callable[..., object], **arguments: Any) -> tuple[str, str]:
    with pytest.raises(DomainError) as refused:
        acts.run(service, by=ONE, **arguments)
    return refused.value.code, str(refused.value.message)


def test_a_refusal_of_the_database_says_why(theme: Theme) -> None:
    county = theme.region
    spoof = "luodi:kernel_audithead_no_delete orgs_region_no_delete theme_once_per_region"
    assert refused_code(theme_insert)[0] == "constraint.theme_once_per_region"
    town = make_township_region("139921101", "河湾镇")
    assert refused_code(lambda by: town.delete()) == ("guard.orgs_region_no_delete", "这类记录不能删除。")
    wrong_span = lambda by: acts.update(county, valid_to=date(1999, 1, 1))  # noqa: E731
    assert refused_code(wrong_span)[0] == "constraint.region_valid_span"
    acts.run(lambda by: acts.insert(Company(region=county, name=spoof)), by=ONE)
    twice = refused_code(lambda by: acts.insert(Company(region=county, name=spoof)))
    assert twice[0] == "constraint.company_uncoded_name_once"


def test_a_broken_reference_is_found_within_the_act(live: LiveDatabase) -> None:
    make_county()
    code, message = refused_code(lambda by: acts.insert(Theme(region_id=404, name="无处")))
    assert code == "database_refused"
    assert message
    assert not Theme.objects.exists()


@pytest.fixture
def two_regions(live: LiveDatabase) -> list[int]:
    county = make_county()
    return [county.pk, make_township_region("139921101", "河湾镇").pk]


@pytest.mark.only_postgres
def test_a_deadlock_is_tried_again(two_regions: list[int]) -> None:
    """Two acts lock two rows crosswise, past our own order check; PostgreSQL ends one, and it is run again."""
    tries, meet = [], threading.Barrier(2, timeout=20)

    def cross(*, by: Actor, first: int, second: int) -> None:
        tries.append(first)
        list(Region.objects.select_for_update().filter(pk=first))
        if len(tries) <= 2:
            meet.wait()
        list(Region.objects.select_for_update().filter(pk=second))
        acts.insert(Theme(region_id=first, name=f"题{first}"))

    one, two = two_regions
    tasks = [
        lambda: acts.run(cross, by=ONE, first=one, second=two),
        lambda: acts.run(cross, by=ONE, first=two, second=one),
    ]
    assert run_at_once(*tasks) == [None, None]
    assert len(tries) == 3
    assert Theme.objects.count() == 2


@pytest.mark.only_postgres
def test_a_serialization_failure_is_tried_again_with_fresh_objects(two_regions: list[int]) -> None:
    """The object given from outside is changed by the first try; the second must write it all the same."""
    theme = acts.run(theme_insert, by=ONE)
    tries: list[int] = []

    def service(*, by: Actor, theme: Theme) -> None:
        tries.append(1)
        with connection.cursor() as cursor:
            acts.update(theme, name="改过")
            if len(tries) < 3:
                cursor.execute("DO $$BEGIN RAISE EXCEPTION 'again' USING ERRCODE = '40001'; END$$")

    acts.run(service, by=ONE, theme=theme)
    assert len(tries) == 3
    assert Theme.objects.get().name == "改过"
    assert entries(theme) == ["theme_insert", "service"]


@pytest.mark.only_postgres
@pytest.mark.parametrize(("sqlstate", "tried"), [("40P01", 3), ("40001", 3), ("57014", 1)])
def test_after_three_tries_the_error_is_shown(two_regions: list[int], sqlstate: str, tried: int) -> None:
    tries: list[int] = []

    def service(*, by: Actor) -> None:
        tries.append(1)
        with connection.cursor() as cursor:
            cursor.execute(f"DO $$BEGIN RAISE EXCEPTION 'again' USING ERRCODE = '{sqlstate}'; END$$")

    with pytest.raises(OperationalError):
        acts.run(service, by=ONE)
    assert len(tries) == tried
