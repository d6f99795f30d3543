"""Passing gates and recognising money: asked by one, recognised by another, revoked with a reason."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext as _

from luodi.facts.models import Fact
from luodi.facts.services import WHOLE, Result, fact_seal, voucher_key, voucher_used
from luodi.facts.services import fact_revoke as seal_revocation
from luodi.files.models import Evidence
from luodi.files.rules import KINDS
from luodi.kernel import acts, clock
from luodi.kernel.errors import DomainError, Forbidden
from luodi.orgs.models import Unit, User
from luodi.projects import permissions, selectors
from luodi.projects.models import Ask, AskEvidence, AskShare, Project, StageChange
from luodi.projects.rules import (
    EARLY,
    FINISHED,
    MONEY,
    MONEY_KINDS,
    Gate,
    Stage,
    Track,
    days_fault,
    gates_from_on,
    says_nothing,
)
from luodi.projects.services import figures, rechecks
from luodi.subjects.services import tell


def gate_ask(*, by: User, project_id: int, happened_on: date, shares: Mapping[int, int] | None = None) -> Ask:
    """Ask that the next gate be passed, on the evidence that stands. `happened_on`: civil day on which it happened.

    Errors: Project.DoesNotExist; DomainError "forbidden" | "suspended" | "no_gate" | "gate_incomplete" | "asked_already" |
    "happened_in_future" | "happened_before_stage" | "finish_before_start" | "shares_not_whole" | "share_unit_unknown".
    """
    project = acts.lock_one(Project.objects.visible_to(by), project_id)
    if why := permissions.why_not_work(by, project, "gate.ask"):
        raise Forbidden(why)
    state = _open_gate(project)
    _check_day(project, state.gate, happened_on, proves=state.proves_opening)
    ask = _insert_ask(by, project, state.gate.code, happened_on, shares, proves=state.proves_opening)
    used = {item.evidence.pk for item in state.items if item.evidence is not None}
    acts.insert_many([AskEvidence(ask=ask, evidence_id=pk) for pk in sorted(used)])
    tell(project.subject, "gate.asked", gate=state.gate.code, on=happened_on, count=len(used))
    return ask


def _refuse_suspended(project: Project) -> None:
    if project.suspended:
        raise DomainError("suspended", _("项目暂停中，恢复后才能申报和认定。"))


def _open_gate(project: Project) -> selectors.GateState:
    _refuse_suspended(project)
    state = selectors.gate_state(project)
    if state is None:
        raise DomainError("no_gate", _("后面没有关口了；成功的项目请办终结并写下经验。"))
    if state.ask is not None:
        raise DomainError("asked_already", _("这一关口已有申报在等认定。"))
    if state.missing:
        names = _("、").join(item.label for item in state.missing)
        raise DomainError("gate_incomplete", _("还缺：%(names)s。") % {"names": names})
    return state


def _check_day(project: Project, gate: Gate, happened_on: date, *, proves: bool) -> None:
    if happened_on > clock.today():
        raise DomainError("happened_in_future", _("发生日在今天以后，请核对。"), field="happened_on")
    if not proves and happened_on < project.stage_on and not project.unproved:
        raise DomainError(
            "happened_before_stage",
            _("发生日早于进入上一阶段的日期 %(day)s，请核对。") % {"day": project.stage_on},
            field="happened_on",
        )
    finish = happened_on if gate.target in FINISHED else None
    if days_fault(started_on=project.started_on, finish_on=finish, today=clock.today()) == "finish_before_start":
        raise DomainError(
            "finish_before_start",
            _("发生日早于开工日期 %(day)s，请核对。") % {"day": project.started_on},
            field="happened_on",
        )


def _insert_ask(
    by: User, project: Project, gate: str, happened_on: date, shares: Mapping[int, int] | None, *, proves: bool = False
) -> Ask:
    parts = dict(shares or {project.unit_id: WHOLE})
    if sum(parts.values()) != WHOLE or min(parts.values()) <= 0:
        raise DomainError("shares_not_whole", _("各单位份额合计必须是 100%。"), field="shares")
    if Unit.objects.filter(pk__in=parts, region_id=project.region_id).count() != len(parts):
        raise DomainError("share_unit_unknown", _("份额里有不认识的单位。"), field="shares")
    ask = acts.insert(
        Ask(
            project=project,
            gate=gate,
            proves_opening=proves,
            happened_on=happened_on,
            asked_by=by.member,
            asked_unit=by.member.unit,
            asked_at=acts.current().at,
        )
    )
    acts.insert_many([AskShare(ask=ask, unit_id=unit, basis_points=part) for unit, part in sorted(parts.items())])
    return ask


def money_ask(
    *, by: User, project_id: int, evidence_ids: Sequence[int], shares: Mapping[int, int] | None = None
) -> Ask:
    """Ask that money arrived be recognised, on vouchers of this project; it happened on the latest voucher's day.

    Errors: DomainError "forbidden" | "suspended" | "no_vouchers" | "voucher_unknown" | "not_a_voucher" | "voucher_used" |
    "counts_nothing" |
    "money_before_signing" | "shares_not_whole" | "share_unit_unknown".
    """
    project = acts.lock_one(Project.objects.visible_to(by), project_id)
    if why := permissions.why_not_work(by, project, "gate.ask"):
        raise Forbidden(why)
    _refuse_suspended(project)
    if project.stage in EARLY:
        raise DomainError("money_before_signing", _("签约（前期）以后才谈得上到位资金。"))
    vouchers = _vouchers(project, evidence_ids)
    latest = max(piece.dated_on for piece in vouchers if piece.dated_on)
    ask = _insert_ask(by, project, "", latest, shares)
    acts.insert_many([AskEvidence(ask=ask, evidence=piece) for piece in vouchers])
    total = sum((_counts(piece) for piece in vouchers), Decimal(0))
    if total <= 0:
        raise DomainError(
            "counts_nothing", _("所选凭证没有一分钱计入到位资金（金额为零，或是不计入的财政资金）。"), field="evidence"
        )
    tell(project.subject, "money.asked", amount=total, count=len(vouchers))
    return ask


def _vouchers(project: Project, ids: Sequence[int]) -> list[Evidence]:
    found = list(Evidence.objects.standing().filter(subject_id=project.subject_id, pk__in=ids).order_by("pk"))
    if not ids:
        raise DomainError("no_vouchers", _("请选择至少一张凭证。"), field="evidence")
    if len(found) != len(set(ids)):
        raise DomainError("voucher_unknown", _("所选凭证有的已撤回，或不是本项目的，请刷新后重选。"), field="evidence")
    if any(piece.kind not in MONEY_KINDS for piece in found):
        raise DomainError("not_a_voucher", _("到位资金只认验资报告、银行进账单、发票和土地款票据。"), field="evidence")
    _refuse_twice(project, found)
    return found


def _refuse_twice(project: Project, vouchers: Sequence[Evidence]) -> None:
    """A voucher counts once: not twice in one ask, not while another ask holds it, not after a fact took it."""
    waiting = AskEvidence.objects.filter(ask__state="asked", ask__gate="", ask__project__region_id=project.region_id)
    taken = {voucher_key(line.evidence) for line in waiting.select_related("evidence")}
    for piece in vouchers:
        if voucher_key(piece) in taken or voucher_used(piece):
            raise DomainError(
                "voucher_used",
                _("凭证 %(number)s（%(payer)s）已经申报或计过一次，请去掉它再报。")
                % {"number": piece.number, "payer": piece.issuer},
                field="evidence",
            )
        taken.add(voucher_key(piece))


def _counts(piece: Evidence) -> Decimal:
    return (piece.amount_cny or Decimal(0)) if KINDS[piece.kind].countable else Decimal(0)


def ask_recognise(*, by: User, ask_id: int, seen: int) -> Fact:
    """Recognise what was asked: the fact is sealed and, for a gate, the project moves, in one act.

    Errors: Ask.DoesNotExist; DomainError "forbidden" | "closed" | "decided_already" | "suspended" | "gate_moved" |
    "gate_incomplete" | "happened_before_stage" | "finish_before_start" | "voucher_used"; StaleVersion.
    """
    ask, project = _open_ask(by, ask_id)
    if why := selectors.why_not_recognise(by, project, ask):
        raise Forbidden(why)
    if not project.live:
        raise DomainError("closed", _("项目已终结或作废，不能再认定，请退回。"))
    _refuse_suspended(project)
    pieces = [line.evidence for line in ask.lines.select_related("evidence").order_by("pk")]
    if any(piece.withdrawn_at is not None for piece in pieces):
        raise DomainError("gate_incomplete", _("申报所附的佐证有的已经撤回，请退回重报。"))
    gate = _gate_of(project, ask, pieces)
    fact = fact_seal(_result(project, ask, gate, pieces), by=by.member)
    rechecks.draw(fact)
    acts.update(ask, seen=seen, state="recognised", decided_by=by.member, decided_at=acts.current().at, fact=fact)
    if gate is None:
        tell(project.subject, "money.recognised", amount=fact.amount_cny, year=fact.year)
        figures.rebuild_sums([project.pk])
    else:
        _pass(project, gate, ask, fact)
    return fact


def _open_ask(by: User, ask_id: int) -> tuple[Ask, Project]:
    """Lock an open ask and its project, in the order of their tables; evidence is withdrawn under the same project's lock."""
    visible = Ask.objects.filter(project__in=Project.objects.visible_to(by).values("pk"))
    ask = acts.lock_one(visible.select_related("asked_by__unit", "asked_unit"), ask_id)
    project = acts.lock_one(
        Project.objects.all().select_related("unit", "subject", "leader", "industry"), ask.project_id
    )
    if ask.state != "asked":
        raise DomainError("decided_already", _("这份申报已经有了结果，请刷新页面。"))
    return ask, project


def _gate_of(project: Project, ask: Ask, pieces: Sequence[Evidence]) -> Gate | None:
    if not ask.gate:
        return None
    state = selectors.gate_state(project)
    if state is None or state.gate.code != ask.gate or state.proves_opening != ask.proves_opening:
        raise DomainError("gate_moved", _("申报以后项目的阶段变了，请退回重报。"))
    told = {piece.kind for piece in pieces}
    if state.missing or any(item.sort == "evidence" and not told & set(item.kinds) for item in state.items):
        raise DomainError("gate_incomplete", _("申报以后材料有了变化，请退回重报。"))
    _check_day(project, state.gate, ask.happened_on, proves=ask.proves_opening)
    return state.gate


def _result(project: Project, ask: Ask, gate: Gate | None, lines: Sequence[Evidence]) -> Result:
    if gate is None:
        counted = [(piece, _counts(piece)) for piece in lines]
    else:
        counted = [
            (piece, (piece.amount_cny or Decimal(0)) if piece.kind in gate.amount_from else Decimal(0))
            for piece in lines
        ]
    return Result(
        subject=project.subject,
        kind=gate.fact_kind if gate else MONEY,
        gate=ask.gate,
        happened_on=ask.happened_on,
        asked_by=ask.asked_by,
        unit=project.unit,
        leader=project.leader,
        industry=project.industry,
        shares=dict(ask.shares.values_list("unit_id", "basis_points")),
        counted=counted,
    )


def _pass(project: Project, gate: Gate, ask: Ask, fact: Fact) -> None:
    if ask.proves_opening:
        acts.update(project, opening_proved_on=clock.today(), stage_on=ask.happened_on)
        tell(project.subject, "gate.opening_proved", gate=gate.code, on=ask.happened_on)
        return
    was = project.stage
    changes: dict[str, Any] = {"stage": gate.target.value, "stage_on": ask.happened_on}
    if gate.target not in EARLY:
        changes["promising"] = False
    if gate.target == Stage.BUILDING:
        changes["started_on"] = ask.happened_on
    if gate.target == project.opening_stage:
        changes["opening_proved_on"] = clock.today()
    acts.update(project, **changes)
    _stage_moved(project, was, on=ask.happened_on, fact=fact)
    tell(project.subject, "gate.passed", gate=gate.code, was=was, now=project.stage, on=ask.happened_on)


def _stage_moved(project: Project, was: str, *, on: date, fact: Fact | None, reason: str = "") -> None:
    acts.insert(
        StageChange(project=project, was=was, now=project.stage, on=on, at=acts.current().at, fact=fact, reason=reason)
    )


def ask_return(*, by: User, ask_id: int, seen: int, reason: str) -> Ask:
    """Send an ask back with the reason. The same people may do it who may recognise."""
    ask, project = _open_ask(by, ask_id)
    if why := selectors.why_not_recognise(by, project, ask):
        raise Forbidden(why)
    if not reason.strip():
        raise DomainError("reason_missing", _("请写明退回的理由，申报单位要照着补。"), field="reason")
    acts.update(
        ask, seen=seen, state="returned", decided_by=by.member, decided_at=acts.current().at, reason=reason.strip()
    )
    tell(project.subject, "gate.returned", gate=ask.gate, note=reason.strip())
    return ask


def ask_withdraw(*, by: User, ask_id: int, seen: int) -> Ask:
    """The asking unit takes its ask back."""
    ask, project = _open_ask(by, ask_id)
    if why := permissions.why_not_withdraw_ask(by, ask):
        raise Forbidden(why)
    acts.update(ask, seen=seen, state="withdrawn", decided_by=by.member, decided_at=acts.current().at)
    tell(project.subject, "gate.withdrawn", gate=ask.gate)
    return ask


def fact_revoke(*, by: User, fact_id: int, reason: str, with_later: bool = False) -> list[Fact]:
    """Revoke a recognised fact. A gate's fact sets the project back before that gate in the same act.

    Later gates that stand are revoked with it when `with_later`, else the act is refused and names them.
    Errors: Fact.DoesNotExist; DomainError "forbidden" | "reason_missing" | "later_gates" | "ended" | "gate_moved".
    """
    visible = Project.objects.visible_to(by)
    fact = Fact.objects.standing().filter(subject__project__in=visible.values("pk")).get(pk=fact_id)
    if why := permissions.why_not_revoke(by, fact):
        raise Forbidden(why)
    project = Project.objects.select_related("subject").get(subject_id=fact.subject_id)
    chain = selectors.facts_from_gate_on(project, fact.gate) if fact.gate else [fact]
    if len(chain) > 1 and not with_later:
        names = _("、").join(str(selectors.GATES[later.gate]) for later in chain[1:])
        raise DomainError(
            "later_gates",
            _("后面的关口也已认定：%(names)s。要一并撤销，请勾选后再提交。") % {"names": names},
            field="with_later",
        )
    if says_nothing(reason):
        raise DomainError("reason_missing", _("请写明撤销的原因。"), field="reason")
    locked = acts.lock(Fact.objects.standing().filter(pk__in=[one.pk for one in chain]))
    project = acts.lock_one(Project.objects.all().select_related("subject"), project.pk)
    if project.stage == Stage.ENDED:
        raise DomainError("ended", _("项目已终结，认定不能再撤销。"))
    if fact.gate and [one.pk for one in chain] != [one.pk for one in selectors.facts_from_gate_on(project, fact.gate)]:
        raise DomainError("gate_moved", _("刚才有人认定或撤销了这个项目的关口，请刷新页面。"))
    for one in sorted(locked, key=lambda found: chain.index(found), reverse=True):
        seal_revocation(one, by=by.member, reason=reason)
    _set_back(project, fact, reason)
    figures.rebuild_sums([project.pk])
    return locked


def _set_back(project: Project, fact: Fact, reason: str) -> None:
    if not fact.gate:
        tell(project.subject, "money.revoked", amount=fact.amount_cny, note=reason)
        return
    gate = gates_from_on(Track(project.track), fact.gate)[0]
    was = project.stage
    changes: dict[str, Any] = {"stage": gate.source.value, "stage_on": _stage_began(project, gate.source)}
    if gate.target == project.opening_stage:
        changes["opening_proved_on"] = None
    acts.update(project, **changes)
    _stage_moved(project, was, on=clock.today(), fact=fact, reason=reason)
    tell(project.subject, "gate.revoked", gate=gate.code, was=was, now=project.stage, note=reason)


def _stage_began(project: Project, stage: Stage) -> date:
    """The day the project came into a stage to which it goes back: the gate may have been passed truly, and is asked again."""
    last = StageChange.objects.filter(project=project, now=stage.value).order_by("-at", "-pk").first()
    return last.on if last is not None else clock.local_date(project.entered_at)
