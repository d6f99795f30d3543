"""Entering and editing a project: shape and types only; the rules are in services.projects."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from luodi.kernel.chinese import name_key
from luodi.kernel.http import ActForm, EditForm
from luodi.orgs.models import Company, Industry, Member, Region, Theme, User
from luodi.projects.forms.fields import OneOf, WanField, day, text
from luodi.projects.models import Kind, Project, labels
from luodi.projects.models.labels import choices
from luodi.projects.rules import LONGEST, Importance, Stage, Track
from luodi.projects.selectors import county_leaders, responsible_units
from luodi.projects.services.projects import EDITABLE, Entry

PLACE: dict[str, Any] = {"min_value": 0, "max_digits": 9, "decimal_places": 6, "required": False}


class ProjectFields(forms.Form):
    """The fields that entering and editing share."""

    name = forms.CharField(label=_("项目名称"), max_length=200)
    kind = OneOf(label=_("项目类别"), required=False)
    industry = OneOf(label=_("行业"), required=False)
    theme = OneOf(label=_("专题"), required=False)
    township = OneOf(label=_("所在乡镇"), required=False)
    investor_name = forms.CharField(label=_("投资方"), max_length=120, required=False)
    investor_uscc = forms.CharField(label=_("统一社会信用代码"), max_length=18, required=False)
    national_code = forms.CharField(label=_("全国投资项目代码"), max_length=30, required=False)
    summary = text(_("建设内容"), required=False, max_length=LONGEST["summary"])
    total_investment_cny = WanField(label=_("总投资"), required=False)
    declared_before_cny = WanField(label=_("以前年度已完成投资"), required=False)
    land_mu = forms.DecimalField(label=_("用地"), min_value=0, max_digits=10, decimal_places=2, required=False)
    jobs = forms.IntegerField(label=_("带动就业"), min_value=0, max_value=1_000_000, required=False)
    annual_tax_cny = WanField(label=_("预计年税收"), required=False)
    started_on = day(_("开工日期（填报）"), required=False)
    committed_finish_on = day(_("承诺竣工"), required=False)
    latitude = forms.DecimalField(label=_("纬度"), **PLACE)
    longitude = forms.DecimalField(label=_("经度"), **PLACE)
    remark = text(_("备注"), rows=2, required=False, max_length=LONGEST["remark"])

    def offer(self, region_id: int) -> None:
        """Fill the selects for one county."""
        self.choice("kind").offer(Kind.objects.all())
        self.choice("industry").offer(Industry.objects.filter(level__lte=2))
        self.choice("theme").offer(Theme.objects.filter(region_id=region_id))
        self.choice("township").offer(Region.objects.townships_of([region_id]))

    def choice(self, name: str) -> OneOf:
        found = self.fields[name]
        assert isinstance(found, OneOf)
        return found

    def facts(self) -> dict[str, Any]:
        """The cleaned values by the names of the project's columns; the investor stays a name and a code."""
        return {name: value for name, value in self.cleaned_data.items() if name in EDITABLE}


class NewProjectForm(ActForm, ProjectFields):
    """A new project. `opening_stage` other than planned enters it as 期初."""

    track = forms.TypedChoiceField(label=_("类型"), choices=choices(labels.TRACKS), coerce=Track)
    unit = OneOf(label=_("责任单位"))
    officer = OneOf(label=_("专人"))
    leader = OneOf(label=_("包联领导"), required=False)
    supervisor = OneOf(label=_("督办人"), required=False)
    importance = forms.TypedChoiceField(label=_("重要程度"), choices=choices(labels.IMPORTANCE), coerce=Importance)
    opening_stage = forms.TypedChoiceField(
        label=_("现在的阶段"), coerce=Stage, choices=[c for c in choices(labels.STAGES) if c[0] != "ended"]
    )

    def __init__(self, *args: Any, user: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        region_id = user.member.region_id
        self.offer(region_id)
        units = responsible_units(user)
        self.choice("unit").offer(units)
        people = Member.objects.serving().filter(unit__in=units).select_related("unit")
        self.choice("officer").offer(people, lambda member: f"{member.unit} · {member.name}")
        self.choice("leader").offer(county_leaders(region_id))
        self.choice("supervisor").offer(
            Member.objects.serving().filter(unit__region_id=region_id, grants__role="supervisor", grants__until=None)
        )

    def meaning(self, told: dict[str, Any]) -> dict[str, Any]:
        people = {name: told[name] for name in ("track", "unit", "officer", "leader", "supervisor", "importance")}
        opening = None if told["opening_stage"] == Stage.PLANNED else told["opening_stage"]
        investor = {name: told[name] for name in ("investor_name", "investor_uscc")}
        return {"entry": Entry(**people, opening_stage=opening, **self.facts()), **investor}


class EditProjectForm(EditForm, ProjectFields):
    """Change a project's own facts."""

    def __init__(self, *args: Any, project: Project, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.project = project
        self.offer(project.region_id)
        if project.committed_finish_on is not None:
            self.fields["committed_finish_on"].disabled = True

    def meaning(self, told: dict[str, Any]) -> dict[str, Any]:
        """An investor that was left as it stands is not named."""
        typed = (told["investor_name"], told["investor_uscc"])
        investor = None if same_company(self.project.investor, *typed) else typed
        return {"changes": self.facts(), "investor": investor}

    def shown_of(self, row: Project) -> dict[str, Any]:
        return {name: value for name, value in initial_of(row).items() if not self.fields[name].disabled}


def initial_of(project: Project) -> dict[str, Any]:
    """What the edit form shows at first."""
    chosen = ("kind", "industry", "theme", "township")
    shown: dict[str, Any] = {name: getattr(project, name) for name in EDITABLE - {"investor", *chosen}}
    for name in chosen:
        shown[name] = str(getattr(project, f"{name}_id") or "")
    investor = project.investor
    return shown | {
        "version": project.version,
        "investor_name": investor.name if investor else "",
        "investor_uscc": investor.uscc if investor else "",
    }


def same_company(company: Company | None, name: str, uscc: str) -> bool:
    """Whether what was typed still names the company that stands there."""
    if company is None:
        return not name.strip() and not uscc.strip()
    return name_key(company.name) == name_key(name) and company.uscc == uscc.strip().upper()
