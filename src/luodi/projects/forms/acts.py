"""One small form for each act on a project: shape and types only; the rules are in services."""

from __future__ import annotations

from typing import Any

from django import forms
from django.forms.boundfield import BoundWidget
from django.utils.translation import gettext_lazy as _

from luodi.files.models import KIND_CHOICES, Evidence
from luodi.files.services import Proof, Upload
from luodi.kernel.http import ActForm, EditForm
from luodi.orgs.models import Member, Unit, User
from luodi.projects.forms.fields import OneOf, WanField, day, text
from luodi.projects.models import Obstacle, Project, YearFigure, labels
from luodi.projects.models.labels import choices
from luodi.projects.rules import CAUSES, MONEY_KINDS, OWN_FAULT, EndKind, Importance, Role
from luodi.projects.selectors import responsible_units_of, successors_of, voucher_name
from luodi.projects.services.obstacles import Block

Given = dict[str, Any]


class AskForm(ActForm):
    """Ask that the next gate be passed. A second unit may be given a share of the credit."""

    happened_on = day(_("发生日"))
    other_unit = OneOf(label=_("另有份额的单位"), required=False)
    other_percent = forms.DecimalField(label=_("它的份额"), min_value=0, max_value=99, decimal_places=2, required=False)

    def __init__(self, *args: Any, project: Project, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        units = [unit for unit in responsible_units_of(project.region_id) if unit.pk != project.unit_id]
        _choice(self, "other_unit").offer(units)
        self.own_unit = project.unit_id

    def clean(self) -> dict[str, Any]:
        """A share names both its unit and its size."""
        other, percent = self.cleaned_data.get("other_unit"), self.cleaned_data.get("other_percent")
        if other is not None and not percent and "other_percent" not in self.errors:
            self.add_error("other_percent", _("请填它的份额（百分数）；没有份额的，不要选单位。"))
        if percent and other is None and "other_unit" not in self.errors:
            self.add_error("other_unit", _("请选份额给哪个单位。"))
        return self.cleaned_data

    def meaning(self, told: Given) -> Given:
        return {"happened_on": told["happened_on"], "shares": self.shares()}

    def shares(self) -> dict[int, int]:
        """Basis points by unit id."""
        other, percent = self.cleaned_data.get("other_unit"), self.cleaned_data.get("other_percent")
        if other is None or not percent:
            return {self.own_unit: 10_000}
        part = int(percent * 100)
        return {self.own_unit: 10_000 - part, other.pk: part}


class MoneyAskForm(AskForm):
    """Ask that vouchers be recognised as money arrived."""

    evidence = forms.TypedMultipleChoiceField(label=_("凭证"), coerce=int, widget=forms.CheckboxSelectMultiple)

    def __init__(self, *args: Any, project: Project, **kwargs: Any) -> None:
        super().__init__(*args, project=project, **kwargs)
        del self.fields["happened_on"]
        vouchers = Evidence.objects.standing().filter(subject_id=project.subject_id, kind__in=MONEY_KINDS)
        free = vouchers.exclude(fact_lines__held=True)
        field = self.fields["evidence"]
        assert isinstance(field, forms.TypedMultipleChoiceField)
        field.choices = [(piece.pk, voucher_name(piece)) for piece in free]

    def meaning(self, told: Given) -> Given:
        return {"evidence_ids": told["evidence"], "shares": self.shares()}


class EvidenceForm(ActForm):
    """A piece of evidence; what must be told of it depends on its kind."""

    kind = forms.ChoiceField(label=_("类别"), choices=KIND_CHOICES)
    title = forms.CharField(label=_("名称"), max_length=200, required=False)
    number = forms.CharField(label=_("编号"), max_length=80, required=False)
    issuer = forms.CharField(label=_("出具单位、签约方或付款方"), max_length=120, required=False)
    dated_on = day(_("日期"), required=False)
    amount_cny = WanField(label=_("金额"), required=False)
    place = forms.CharField(label=_("拍摄地点"), max_length=120, required=False)
    file = forms.FileField(label=_("文件"), required=False)

    def meaning(self, told: Given) -> Given:
        upload = Upload.of(told.pop("file"))
        return {"proof": Proof(**told), "upload": upload}


class ReasonForm(ActForm):
    """An act that asks only for its reason."""

    reason = text(_("原因"))


class RevokeForm(ReasonForm):
    with_later = forms.BooleanField(label=_("后面已认定的关口一并撤销"), required=False)


class HandOverForm(ActForm):
    """Hand one role to another member."""

    member = OneOf(label=_("接手的人"), required=False, empty=_("请选择"))
    vacant = forms.BooleanField(label=_("没有人接手，先空着"), required=False)
    note = text(_("交接情况"))

    def __init__(self, *args: Any, project: Project, role: Role, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.role = role
        now = getattr(project, f"{role}_id")
        others = successors_of(role, region_id=project.region_id, unit_id=project.unit_id, but=now)
        _choice(self, "member").offer(others, lambda m: f"{m.name}（{m.unit} {m.post}）")
        if role == Role.OFFICER or now is None:
            del self.fields["vacant"]

    def clean(self) -> dict[str, Any]:
        """A post is left vacant only by saying so."""
        told = self.cleaned_data
        if "member" in told and bool(told["member"]) == bool(told.get("vacant")):
            self.add_error("member", _("请选接手的人；没有人接手的，勾选“先空着”，不要再选人。"))
        return told

    def meaning(self, told: Given) -> Given:
        member = told["member"]
        return {"role": self.role, "member_id": member.pk if member else None, "note": told["note"]}


class HandOverUnitForm(ActForm):
    """Hand a project to another unit, with its officer."""

    unit = OneOf(label=_("新的责任单位"))
    officer = OneOf(label=_("新的专人"))
    note = text(_("交接情况"))

    def __init__(self, *args: Any, project: Project, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        units = [unit for unit in responsible_units_of(project.region_id) if unit.pk != project.unit_id]
        _choice(self, "unit").offer(units)
        people = Member.objects.serving().filter(unit__in=units).select_related("unit")
        _choice(self, "officer").offer(people, lambda member: f"{member.unit} · {member.name}")

    def meaning(self, told: Given) -> Given:
        return {"unit_id": told["unit"].pk, "officer_id": told["officer"].pk, "note": told["note"]}


class GradeForm(EditForm):
    importance = forms.TypedChoiceField(label=_("重要程度"), choices=choices(labels.IMPORTANCE), coerce=Importance)
    reason = text(_("理由"), rows=2, required=False)


class PromisingForm(EditForm):
    reason = text(_("理由"), rows=2)


class FigureForm(EditForm):
    """Planned and declared investment of one year and source.

    `figure` and `version` name the row that the form was opened with (0, 0: none): year and source may be changed in the
    form, and then another row would be replaced unseen.
    """

    figure = forms.IntegerField(widget=forms.HiddenInput, required=False)

    year = forms.IntegerField(label=_("年度"))
    source = forms.ChoiceField(label=_("资金来源"), choices=choices(labels.SOURCES))
    planned_cny = WanField(label=_("年度计划"))
    declared_cny = WanField(label=_("填报完成"))

    def opened_with(self, row: YearFigure) -> dict[str, Any]:
        return {"figure": row.pk, "version": row.version}

    def arguments(self) -> dict[str, Any]:
        told = super().arguments()
        return told | {"seen": (told.pop("figure", None) or 0, told.pop("seen"))}


class CommitmentForm(ActForm):
    wanted = day(_("申请改为"))
    reason = text(_("原因和措施"))


class DecideForm(EditForm):
    """Agree, or refuse with an answer. Which of the two tells the button that was pressed."""

    answer = text(_("答复"), rows=2, required=False)


class AskDecisionForm(EditForm):
    """Recognise, or send back with what is wanting."""

    reason = text(_("退回的理由"), rows=2, required=False)


class RecheckForm(EditForm):
    """What a second look at a fact found."""

    note = text(_("看了什么、依据是什么"), rows=3)


class SuspendForm(ActForm):
    look_again_on = day(_("再看日期"))
    reason = text(_("暂停原因"))


class ResumeForm(EditForm):
    note = text(_("恢复说明"))


class ObstacleForm(ActForm):
    kind = forms.ChoiceField(label=_("类别"), choices=choices(labels.OBSTACLES))
    title = forms.CharField(label=_("堵在哪里"), max_length=120)
    solver_unit = OneOf(label=_("解决单位"))
    since_on = day(_("起于"))
    promised_on = day(_("承诺解决日"))
    tried = text(_("已做的努力"), required=False)
    measure = forms.ChoiceField(label=_("计量"), choices=choices(labels.MEASURES), required=False)
    done = forms.DecimalField(label=_("已完成"), min_value=0, max_digits=10, decimal_places=2, required=False)
    total = forms.DecimalField(label=_("总量"), min_value=0, max_digits=10, decimal_places=2, required=False)

    def __init__(self, *args: Any, project: Project, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        _choice(self, "solver_unit").offer(Unit.objects.filter(region_id=project.region_id, active=True))

    def meaning(self, told: Given) -> Given:
        return {"block": Block(solver_unit_id=told.pop("solver_unit").pk, **told)}


class ObstacleWorkForm(EditForm):
    """Report on an obstacle, or say that it is solved; which of the two tells the button."""

    tried = text(_("做了什么"), required=False)
    promised_on = day(_("承诺解决日"), required=False)
    done = forms.DecimalField(label=_("已完成"), min_value=0, max_digits=10, decimal_places=2, required=False)
    result = text(_("解决结果"), rows=2, required=False)

    def report(self, row: Obstacle) -> Given:
        """What is reported on the obstacle: a promise that was not told anew stands."""
        told = self.cleaned_data
        promised_on = told.get("promised_on") or row.promised_on
        return {"tried": told.get("tried", ""), "promised_on": promised_on, "done": told.get("done")}


class LessonForm(ActForm):
    cause = text(_("原因"))
    otherwise = text(_("以后怎么做"))
    applies_to = text(_("适用于"), rows=2)


class LessonAnswerForm(ActForm):
    adopted = forms.TypedChoiceField(
        label=_("答复"),
        choices=[("1", _("采用")), ("0", _("不适用"))],
        coerce=lambda value: value == "1",
        widget=forms.RadioSelect,
    )
    why = text(_("不适用的原因"), rows=2, required=False)


class DoneForm(ActForm):
    """End as done."""

    story = text(_("经过"), rows=5)

    def meaning(self, told: Given) -> Given:
        return {"kind": EndKind.DONE, **told}


class GiveUpForm(ActForm):
    """Give up: what happened, why and by whose doing, what is left, whether there is another try.

    Each cause ticked carries `whose_<cause>`; that of our own making by its nature is ours without being asked.
    """

    story = text(_("经过"), rows=5)
    causes = forms.MultipleChoiceField(
        label=_("原因"),
        choices=choices(labels.CAUSES),
        widget=forms.CheckboxSelectMultiple,
        error_messages={"required": _("请至少勾选一条原因，并选责任归属。")},
    )
    left_behind = text(_("遗留事项"), rows=2)
    chance = forms.ChoiceField(label=_("再谈可能"), choices=choices(labels.CHANCES))
    try_again_on = day(_("回访日期"), required=False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for cause in ATTRIBUTED:
            self.fields[f"whose_{cause}"] = forms.ChoiceField(
                label=_("责任归属"), choices=[("", _("请选择")), *choices(labels.ATTRIBUTIONS)], required=False
            )

    def clean(self) -> dict[str, Any]:
        """A cause ticked says whose doing it was; what is chosen beside one that is not ticked counts for nothing."""
        for cause in self.cleaned_data.get("causes", []):
            if cause in ATTRIBUTED and not self.cleaned_data.get(f"whose_{cause}"):
                words = _("请选“%(cause)s”的责任归属。") % {"cause": labels.CAUSES[cause]}
                self.add_error(f"whose_{cause}", words)
        return self.cleaned_data

    def meaning(self, told: Given) -> Given:
        plain = {name: told[name] for name in ("story", "left_behind", "chance", "try_again_on")}
        return plain | {"kind": EndKind.GIVEN_UP, "causes": self.attributed()}

    def rows(self) -> list[tuple[BoundWidget, forms.BoundField | None]]:
        """Each cause's box, with the select of whose doing it was (None: ours)."""
        boxes = zip(CAUSES, self["causes"], strict=True)
        return [(box, self[f"whose_{cause}"] if cause in ATTRIBUTED else None) for cause, box in boxes]

    def attributed(self) -> list[tuple[str, str]]:
        """The causes ticked, each with whom it is attributed to."""
        told = self.cleaned_data
        return [(cause, told[f"whose_{cause}"] if cause in ATTRIBUTED else "ours") for cause in told.get("causes", [])]


ATTRIBUTED = tuple(cause for cause in CAUSES if cause != OWN_FAULT)


class AcceptEndingForm(EditForm):
    """Accept why a project failed: where the government heard it."""

    meeting = forms.CharField(label=_("接受说明的会议"), max_length=120, required=False)
    meeting_on = day(_("会议日期"), required=False)
    minute_number = forms.CharField(label=_("纪要编号"), max_length=60, required=False)
    minutes = forms.FileField(label=_("会议纪要"), required=False)
    answer = text(_("退回时写明缺什么"), rows=2, required=False)


class VoidForm(ActForm):
    reason = text(_("作废原因"))
    same_as = forms.CharField(label=_("并入项目的编号"), max_length=24, required=False)

    def __init__(self, *args: Any, user: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.user = user

    def meaning(self, told: Given) -> Given:
        """The project that stays is named by its code; one that the person cannot see is none (0)."""
        if not (code := told["same_as"].strip()):
            return {"reason": told["reason"], "same_as_id": None}
        other = Project.objects.visible_to(self.user).listed().filter(code=code).first()
        return {"reason": told["reason"], "same_as_id": other.pk if other else 0}


def _choice(form: forms.Form, name: str) -> OneOf:
    found = form.fields[name]
    assert isinstance(found, OneOf)
    return found
