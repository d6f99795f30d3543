"""The one path for writes. A service is a plain function with keyword arguments; `run` runs it as one act.

    project = run(project_create, by=request.user, reason="", key=form_key, name=…, unit=…)

One act is one durable transaction: all of it or nothing, with its links of the audit chain. A service called from
within a service joins the outer act. Why: docs/adr/0003-one-path-for-writes.md.
"""

from __future__ import annotations

import inspect
import random
import threading
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager, nullcontext
from contextvars import ContextVar
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import cache
from typing import Any, Protocol, TypeVar, cast
from uuid import UUID, uuid4

from django.db import DatabaseError, IntegrityError, OperationalError, connection, models, transaction
from django.utils.translation import gettext as _

from luodi.kernel import audit, clock, guards, metrics, registry, request_keys
from luodi.kernel.errors import BrokenAct, DomainError, Forbidden, HeldBack, LockOrder, NoAct, StaleVersion
from luodi.kernel.models import Recorded, RequestKey, Versioned
from luodi.kernel.personal import PersonalField

RETRIES = 3
RETRYABLE = {"40P01", "40001"}  # PostgreSQL: deadlock detected, serialization failure
M = TypeVar("M", bound=models.Model)
R = TypeVar("R", bound=Recorded)
V = TypeVar("V", bound=Versioned)
T = TypeVar("T")


class Actor(Protocol):
    """Who acts: a signed-in user, or the system itself."""

    @property
    def audit_name(self) -> str: ...

    def may(self, action: str) -> bool: ...

    def why_not_run(self, service: str) -> str:
        """Why this actor may not begin an act of this name at all ("" = he may, as far as its rules let him)."""


@dataclass(frozen=True, slots=True)
class System:
    """The system acting by itself (a job, a seed). It holds only the actions it is given by name."""

    name: str = "system"
    actions: frozenset[str] = frozenset()

    @property
    def audit_name(self) -> str:
        return f"system:{self.name}"

    def may(self, action: str) -> bool:
        return action in self.actions

    def why_not_run(self, service: str) -> str:
        return ""


@dataclass(slots=True)
class Act:
    """What is being done now. `entries` are the audit links it will leave; nested acts share them with the root.

    `locked` are the ids held, by table; `made` the rows it wrote first, which nobody else can hold; `undo` puts objects
    in memory back as they were when the act fails.
    """

    id: UUID
    service: str
    by: Actor
    reason: str
    begun: datetime
    entries: list[audit.Draft] = field(default_factory=list)
    locked: dict[str, set[int]] = field(default_factory=dict)
    made: set[tuple[str, int]] = field(default_factory=set)
    undo: list[Callable[[], None]] = field(default_factory=list)
    outer: Act | None = None
    broken: bool = False

    @property
    def root(self) -> Act:
        return self.outer.root if self.outer else self

    @property
    def at(self) -> datetime:
        """The one instant of the whole act: when it had its locks, so that who waited for another is later than he."""
        return self.root.begun

    def holds(self, row: models.Model) -> bool:
        """Whether nobody else can change the row before this act ends."""
        table = _place(type(row))
        return row.pk in self.locked.get(table, ()) or (table, row.pk) in self.made


def _place(model: type[models.Model]) -> str:
    """Where a table stands in the order of locks: by its name; derived tables, which every act may write, after all others."""
    table = model._meta.db_table
    return f"~{table}" if getattr(model, "locked_last", False) else table


_current: ContextVar[Act | None] = ContextVar("luodi_act", default=None)
_held_back: ContextVar[bool] = ContextVar("luodi_held_back", default=False)
_sqlite_writer = threading.RLock()


def current() -> Act:
    """The act that is running. Raises NoAct outside `run`: nothing is written outside an act."""
    act = _current.get()
    if act is None:
        raise NoAct("writes happen only inside kernel.acts.run")
    return act


@contextmanager
def holding_back() -> Iterator[None]:
    """Whatever runs inside, no act begins: HeldBack instead. For a form that is shown again as somebody had filled it in."""
    token = _held_back.set(True)
    try:
        yield
    finally:
        _held_back.reset(token)


def run(service: Callable[..., T], *, by: Actor, reason: str = "", key: UUID | None = None, **arguments: Any) -> T:
    """Run `service(by=by, **arguments)` as one act and give its answer.

    `key` makes the act idempotent: a second run with the same key, actor and arguments gives the first answer again
    (answers are None, a model instance or a list of them, or plain JSON values). A nested run joins the outer act.
    Errors: DomainError of the service, "request_key_reused" where the key came with something else; a refusal of a
    database guard or constraint comes as DomainError too. HeldBack within `holding_back`.
    """
    if _held_back.get():
        raise HeldBack(_name(service))
    if _current.get() is not None:
        if key is not None:
            raise ValueError("a key belongs to the outermost act")
        return _run_nested(service, by=by, reason=reason, arguments=arguments)
    with _counted(_name(service)):
        if why := by.why_not_run(_name(service)):
            raise Forbidden(why)
        return _run_with_retries(service, by=by, reason=reason, key=key, arguments=arguments)


@contextmanager
def _counted(service: str) -> Iterator[None]:
    outcome = "failed"
    try:
        yield
        outcome = "done"
    except DomainError:
        outcome = "refused"
        raise
    except DatabaseError as error:
        metrics.DATABASE_ERRORS.labels(type(error).__name__).inc()
        raise
    finally:
        metrics.ACTS.labels(service, outcome).inc()


def _run_with_retries(
    service: Callable[..., T], *, by: Actor, reason: str, key: UUID | None, arguments: dict[str, Any]
) -> T:  # fmt: skip
    for attempt in range(RETRIES):
        try:
            return _run_root(service, by=by, reason=reason, key=key, arguments=arguments)
        except OperationalError as error:
            if attempt == RETRIES - 1 or not _retryable(error):
                raise
            time.sleep(random.uniform(0.01, 0.05) * (attempt + 1))  # noqa: S311 (a pause, not a secret)
    raise AssertionError("unreachable")


def _retryable(error: OperationalError) -> bool:
    return getattr(error.__cause__, "sqlstate", None) in RETRYABLE


def _run_root(service: Callable[..., T], *, by: Actor, reason: str, key: UUID | None, arguments: dict[str, Any]) -> T:
    act = Act(uuid4(), _name(service), by, reason, clock.now())
    queue = _sqlite_writer if connection.vendor == "sqlite" else nullcontext()
    try:
        with queue, transaction.atomic(durable=True), _as_current(act):
            act.begun = clock.now()
            if key is not None and (first := _claim(key, act, arguments)):
                return cast(T, request_keys.answer_of(first))
            answer = service(by=by, **_with_reason(service, reason, arguments))
            _conclude(act, key, answer)
    except BaseException as error:
        for put_back in reversed(act.undo):
            put_back()
        if isinstance(error, IntegrityError):
            raise guards.explained(error) from error
        raise
    return answer


def _claim(key: UUID, act: Act, arguments: dict[str, Any]) -> RequestKey | None:
    return request_keys.claim(
        key, act=act.id, service=act.service, actor=act.by.audit_name, at=act.at, arguments=arguments
    )


def _conclude(act: Act, key: UUID | None, answer: object) -> None:
    """The last statements: deferred foreign keys are checked before the audit head is locked, so that COMMIT locks nothing."""
    if act.broken:
        raise BrokenAct(act.service)
    if key is not None:
        request_keys.keep_answer(key, answer)
    _follow(act)
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
    audit.seal(act.entries)


def _follow(act: Act) -> None:
    """Bring up what is derived from the rows this act wrote: no service has to think of it, so none can forget it."""
    seen = 0
    while seen < len(act.entries):  # what a follower writes is followed too
        written = [registry.Written(draft.model, draft.object_id, draft.changed) for draft in act.entries[seen:]]
        seen = len(act.entries)
        for follow in registry.WRITTEN:
            follow(written)


def _run_nested(service: Callable[..., T], *, by: Actor, reason: str, arguments: dict[str, Any]) -> T:
    outer = current()
    act = replace(outer, service=_name(service), by=by, reason=reason or outer.reason, outer=outer)
    try:
        with _as_current(act):
            return service(by=by, **_with_reason(service, reason, arguments))
    except BaseException:
        outer.root.broken = True
        raise


@contextmanager
def _as_current(act: Act) -> Iterator[None]:
    token = _current.set(act)
    try:
        yield
    finally:
        _current.reset(token)


@cache
def _takes_reason(service: Callable[..., Any]) -> bool:
    return "reason" in inspect.signature(service).parameters


def _with_reason(service: Callable[..., Any], reason: str, arguments: dict[str, Any]) -> dict[str, Any]:
    """A service that asks for the reason is given the act's own, so that the audit log holds the same words."""
    return {**arguments, "reason": reason} if _takes_reason(service) else arguments


def _name(service: Callable[..., Any]) -> str:
    return f"{service.__module__.removeprefix('luodi.')}.{service.__qualname__}"[-80:]


# What an act may do to rows -----------------------------------------------------------------------------------------


def lock(rows: models.QuerySet[M]) -> list[M]:
    """Lock rows for change, in the order of their ids, and give them fresh.

    Tables are locked in alphabetical order (`locked_last` after all others), and each table's rows in one go or by rising ids: LockOrder otherwise,
    whether or not another act is in the way. Rows held already may be asked for again at any time.
    """
    act = current()
    table = _place(rows.model)
    found = list(rows.select_for_update(no_key=True, of=("self",)).order_by("pk"))
    fresh = [row.pk for row in found if not act.holds(row)]
    if fresh:
        _check_order(act, table, fresh[0])
        _hold(act, table, fresh)
    return found


def _hold(act: Act, table: str, ids: list[int]) -> None:
    act.locked.setdefault(table, set()).update(ids)
    if not act.entries:
        act.root.begun = clock.now()


def lock_one(rows: models.QuerySet[M], pk: int) -> M:
    """Lock and give one row. Raises the model's DoesNotExist when `rows` does not hold it (which hides existence)."""
    found = lock(rows.filter(pk=pk))
    if not found:
        raise rows.model.DoesNotExist  # type: ignore[attr-defined]
    return found[0]


def _check_order(act: Act, table: str, first: int) -> None:
    """A lock that comes before one already held could meet another act coming the other way."""
    later = [held for held in act.locked if held > table]
    if later:
        raise LockOrder(f"{table} must be locked before {', '.join(sorted(later))}")
    if first < max(act.locked.get(table, {first})):
        raise LockOrder(f"{table} {first} must be locked before {table} {max(act.locked[table])}, or with it")


def insert(row: R) -> R:
    """Write a new row, with its after-image in the chain."""
    act = current()
    act.undo.append(_as_it_is(row))
    row.clean_fields(exclude=_unchecked(row, {f.name for f in row._meta.concrete_fields}))
    row.save(force_insert=True)
    _note_made(act, [row])
    return row


def insert_many(rows: Sequence[R], *, batch: int = 500) -> list[R]:
    """Write many new rows of one model, each with its after-image."""
    if not rows:
        return []
    act = current()
    act.undo.extend(_as_it_is(row) for row in rows)
    for row in rows:
        row.clean_fields(exclude=_unchecked(row, {f.name for f in row._meta.concrete_fields}))
    made = type(rows[0])._default_manager.bulk_create(list(rows), batch_size=batch)
    _note_made(act, made)
    return made


def _note_made(act: Act, rows: Sequence[Recorded]) -> None:
    act.made.update((_place(type(row)), row.pk) for row in rows)
    act.entries.extend(_draft(act, "insert", row) for row in rows)


def note_written(rows: Iterable[Recorded], operation: str = "insert") -> None:
    """Record rows that a trigger wrote within this act, read back by the service."""
    act = current()
    for row in rows:
        changed = None if operation == "insert" else {f.name for f in row._meta.concrete_fields}  # any of them may have
        act.entries.append(_draft(act, operation, row, changed))


def update(row: R, *, seen: int | None = None, **changes: Any) -> list[str]:
    """Change fields of a locked row and give the names of those that really changed (none: nothing is written).

    Give new values, never the old list or dict changed in place: it would equal itself. `seen` is the version the form
    was opened with; StaleVersion when the row has moved on since, or was read unlocked and has moved on since that.
    """
    act = current()
    if isinstance(row, Versioned):
        _refuse_stale(act, row, seen)
    given = {name: _typed(type(row), name, value) for name, value in changes.items()}
    changed = [name for name, value in given.items() if getattr(row, name) != value]
    if not changed:
        return []
    act.undo.append(_as_it_is(row))
    for name in changed:
        setattr(row, name, given[name])
    fields = changed + _blind_indexes(type(row), changed)
    if isinstance(row, Versioned):
        row.version += 1
        fields.append("version")
    row.clean_fields(exclude=_unchecked(row, set(changed)))
    row.save(update_fields=fields)
    act.entries.append(_draft(act, "update", row, changed))
    return changed


def _refuse_stale(act: Act, row: Versioned, seen: int | None) -> None:
    """A row that this act neither locked nor made may have changed since it was read: lock it and look."""
    now = row
    if not act.holds(row):
        now = type(row)._base_manager.select_for_update(no_key=True).get(pk=row.pk)
        _hold(act, _place(type(row)), [row.pk])
    if now.version != row.version or (seen is not None and now.version != seen):
        raise StaleVersion(_("您填写的时候，别人也改了这一项。请核对两边的内容后再保存。"), current=now)


def _typed(model: type[models.Model], name: str, value: Any) -> Any:
    """The value as the field would hold it ("3" of a number is 3), so that it compares with what is there."""
    field = model._meta.get_field(name)
    if not isinstance(field, models.Field) or field.is_relation or isinstance(field, PersonalField):
        return value
    return value if hasattr(value, "resolve_expression") else field.to_python(value)


def _as_it_is(row: models.Model) -> Callable[[], None]:
    """Remember an object, to put it back: a second try after a deadlock must not take its own first try for the truth."""
    held, cached, adding = dict(row.__dict__), dict(row._state.fields_cache), row._state.adding

    def put_back() -> None:
        row.__dict__.clear()
        row.__dict__.update(held)
        row._state.fields_cache = cached
        row._state.adding = adding

    return put_back


def _unchecked(row: models.Model, checked: set[str]) -> set[str]:
    """The fields that are not validated here: those not written, relations (the database knows better), and empty ones
    that may be empty: None where the column is nullable, a text that is its own default."""
    return {
        f.name
        for f in row._meta.concrete_fields
        if f.name not in checked or f.is_relation or f.primary_key or _may_be_empty(f, getattr(row, f.attname))
    }


def _may_be_empty(field: models.Field[Any, Any], value: Any) -> bool:
    return (value is None and field.null) or (not value and field.has_default() and field.get_default() == value)


def _blind_indexes(model: type[models.Model], changed: list[str]) -> list[str]:
    found = (model._meta.get_field(name) for name in changed)
    return [f.index for f in found if isinstance(f, PersonalField) and f.index]


def _draft(act: Act, operation: str, row: Recorded, changed: Iterable[str] | None = None) -> audit.Draft:
    return audit.Draft(
        chain=row.chain(),
        act=act.id,
        at=act.at,
        service=act.service,
        actor=act.by.audit_name,
        reason=act.reason,
        model=row._meta.label_lower,
        object_id=int(row.pk),
        operation=operation,
        after=audit.image(row),
        changed=None if changed is None else frozenset(row._meta.get_field(name).name for name in changed),
    )
