"""The project: one row for its whole life, and the unbroken chain of those who answer for it."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any, ClassVar

from django.core.validators import MaxLengthValidator, MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Q
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from luodi.kernel.models import WITHIN_REACH, Recorded, Versioned
from luodi.projects.models import labels
from luodi.projects.models.labels import choices
from luodi.projects.querysets import ProjectQuerySet
from luodi.projects.rules import EARLY, LEDGER_MOST, LONGEST, NAMED, EndKind, Importance, Role, Stage, Track

MONEY: dict[str, Any] = {"max_digits": 18, "decimal_places": 2}


class Kind(Recorded):
    """项目类别: factory, road, water …; gates, templates and lessons are found by it."""

    code = models.CharField(max_length=20, unique=True)
    name = models.CharField(_("类别"), max_length=40)

    class Meta:
        ordering = ["pk"]

    def __str__(self) -> str:
        return self.name


class CodeCounter(models.Model):
    """The last number given out for project codes of a county in a year."""

    region = models.ForeignKey("orgs.Region", models.PROTECT)
    year = models.PositiveSmallIntegerField()
    last = models.PositiveIntegerField(default=0)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["region", "year"], name="codecounter_once")]

    def __str__(self) -> str:
        return f"{self.region_id}-{self.year}: {self.last}"


class Project(Versioned):
    """项目. Live = neither ended nor void. Who answers for it stands in the five columns and, with its history, in Assignment.

    `opening_stage` is the stage at which it entered where that was not `planned`: declared, not recognised; it counts
    in no score or rate until `opening_proved_on`. `entered_batch` is the import that brought it in.
    """

    region = models.ForeignKey("orgs.Region", models.PROTECT, verbose_name=_("行政区"))
    subject = models.OneToOneField("subjects.Subject", models.PROTECT, related_name="project")
    code = models.CharField(_("编号"), max_length=24)
    name = models.CharField(_("项目名称"), max_length=200)
    name_key = models.CharField(max_length=200, editable=False)
    pinyin = models.CharField(max_length=400, editable=False, default="")
    track = models.CharField(_("类型"), max_length=12, choices=choices(labels.TRACKS))
    stage = models.CharField(_("阶段"), max_length=12, choices=choices(labels.STAGES), default=Stage.PLANNED.value)
    stage_on = models.DateField(_("进入本阶段日期"))
    opening_stage = models.CharField(max_length=12, blank=True, default="", choices=choices(labels.STAGES))
    opening_proved_on = models.DateField(null=True, blank=True)
    end_kind = models.CharField(_("终结方式"), max_length=10, blank=True, default="", choices=choices(labels.END_KINDS))
    void = models.BooleanField(_("录入作废"), default=False)
    suspension = models.OneToOneField("projects.Suspension", models.PROTECT, null=True, blank=True, related_name="+")

    importance = models.CharField(
        _("重要程度"), max_length=10, choices=choices(labels.IMPORTANCE), default=Importance.ORDINARY.value
    )
    promising = models.BooleanField(_("有眉目"), default=False)
    kind = models.ForeignKey(Kind, models.PROTECT, null=True, blank=True, verbose_name=_("项目类别"))
    industry = models.ForeignKey("orgs.Industry", models.PROTECT, null=True, blank=True, verbose_name=_("行业"))
    theme = models.ForeignKey("orgs.Theme", models.PROTECT, null=True, blank=True, verbose_name=_("专题"))
    township = models.ForeignKey(
        "orgs.Region",
        models.PROTECT,
        null=True,
        blank=True,
        verbose_name=_("所在乡镇"),
        related_name="located_projects",
    )
    latitude = models.DecimalField(
        _("纬度"),
        max_digits=9,
        decimal_places=6,
        null=True,
        blank=True,
        validators=[MinValueValidator(3), MaxValueValidator(54)],
    )
    longitude = models.DecimalField(
        _("经度"),
        max_digits=9,
        decimal_places=6,
        null=True,
        blank=True,
        validators=[MinValueValidator(73), MaxValueValidator(136)],
    )
    investor = models.ForeignKey("orgs.Company", models.PROTECT, null=True, blank=True, verbose_name=_("投资方"))
    national_code = models.CharField(_("全国投资项目代码"), max_length=30, blank=True, default="")
    summary = models.TextField(
        _("建设内容"),
        blank=True,
        default="",
        validators=[MaxLengthValidator(LONGEST["summary"], _("建设内容最多 2000 字，请写短些。"))],
    )
    remark = models.TextField(
        _("备注"),
        blank=True,
        default="",
        validators=[MaxLengthValidator(LONGEST["remark"], _("备注最多 1000 字，请写短些。"))],
    )
    total_investment_cny = models.DecimalField(_("总投资（元）"), **MONEY, null=True, blank=True)
    declared_before_cny = models.DecimalField(_("以前年度已完成投资（元）"), **MONEY, null=True, blank=True)
    land_mu = models.DecimalField(_("用地（亩）"), max_digits=10, decimal_places=2, null=True, blank=True)
    jobs = models.PositiveIntegerField(_("带动就业（人）"), null=True, blank=True)
    annual_tax_cny = models.DecimalField(_("预计年税收（元）"), **MONEY, null=True, blank=True)
    started_on = models.DateField(_("开工日期（填报）"), validators=WITHIN_REACH, null=True, blank=True)
    committed_finish_on = models.DateField(_("承诺竣工"), validators=WITHIN_REACH, null=True, blank=True)

    unit = models.ForeignKey("orgs.Unit", models.PROTECT, verbose_name=_("责任单位"), related_name="projects")
    officer = models.ForeignKey("orgs.Member", models.PROTECT, verbose_name=_("专人"), related_name="officer_of")
    leader = models.ForeignKey(
        "orgs.Member", models.PROTECT, null=True, blank=True, verbose_name=_("包联领导"), related_name="leader_of"
    )
    principal = models.ForeignKey(
        "orgs.Member", models.PROTECT, null=True, blank=True, verbose_name=_("责任领导"), related_name="principal_of"
    )
    supervisor = models.ForeignKey(
        "orgs.Member", models.PROTECT, null=True, blank=True, verbose_name=_("督办人"), related_name="supervisor_of"
    )
    entered_at = models.DateTimeField(_("入库时间"))
    entered_batch = models.ForeignKey(
        "projects.ImportBatch", models.PROTECT, null=True, blank=True, related_name="projects"
    )

    objects: ClassVar[Any] = ProjectQuerySet.as_manager()

    class Meta:
        ordering = ["-pk"]
        constraints = [
            models.UniqueConstraint(fields=["region", "code"], name="project_code_once"),
            models.UniqueConstraint(
                fields=["region", "name_key"],
                condition=Q(void=False) & ~Q(stage="ended"),
                name="project_live_name_once",
                violation_error_message=_("已有同名的在册项目。"),
            ),
            models.CheckConstraint(
                condition=(Q(promising=False) & ~Q(stage__in=sorted(NAMED)))
                | Q(void=True)
                | Q(principal__isnull=False),
                name="project_principal_named",
                violation_error_message=_("有眉目的项目，以及签约（政府投资项目为前期）至投产的项目，必须有责任领导。"),
            ),
            models.CheckConstraint(
                condition=(Q(importance="ordinary") & ~Q(stage__in=sorted(NAMED)))
                | Q(stage="ended")
                | Q(void=True)
                | Q(leader__isnull=False),
                name="project_leader_named",
                violation_error_message=_("重点项目，以及签约（政府投资项目为前期）至投产的项目，必须有包联领导。"),
            ),
            models.CheckConstraint(
                condition=Q(promising=False) | Q(stage__in=sorted(EARLY)),
                name="project_promising_is_early",
                violation_error_message=_("只有谋划储备和在谈的项目才谈得上“有眉目”。"),
            ),
            models.CheckConstraint(
                condition=Q(stage="ended", end_kind__in=[kind.value for kind in EndKind])
                | (~Q(stage="ended") & Q(end_kind="")),
                name="project_ends_in_two_ways",
                violation_error_message=_("项目只有两种终结：成功或终止。"),
            ),
            models.CheckConstraint(
                condition=Q(track=Track.INVESTMENT.value)
                | Q(
                    track=Track.PUBLIC.value,
                    stage__in=["planned", "preparing", "building", "completed", "operating", "ended"],
                ),
                name="project_stage_of_its_track",
            ),
            models.CheckConstraint(
                condition=~Q(stage="ended") | Q(suspension=None), name="project_ended_not_suspended"
            ),
            models.CheckConstraint(
                condition=Q(total_investment_cny=None) | Q(total_investment_cny__range=(0, LEDGER_MOST)),
                name="project_total_in_range",
                violation_error_message=_("总投资不能为负，也不能大得离谱，请核对单位。"),
            ),
            models.CheckConstraint(
                condition=(Q(declared_before_cny=None) | Q(declared_before_cny__range=(0, LEDGER_MOST)))
                & (Q(annual_tax_cny=None) | Q(annual_tax_cny__range=(0, LEDGER_MOST)))
                & (Q(land_mu=None) | Q(land_mu__gte=0)),
                name="project_figures_in_range",
                violation_error_message=_("数值不能为负，也不能大得离谱，请核对单位。"),
            ),
            models.CheckConstraint(
                condition=Q(latitude__isnull=True, longitude__isnull=True)
                | Q(latitude__isnull=False, longitude__isnull=False),
                name="project_place_whole",
                violation_error_message=_("纬度和经度要一起填，或者都不填。"),
            ),
        ]
        indexes = [
            # What a county's library counts, adds up and orders by, read without opening the rows.
            models.Index(
                fields=[
                    "region",
                    "void",
                    "stage",
                    "suspension",
                    "entered_batch",
                    "subject",
                    "total_investment_cny",
                    "committed_finish_on",
                    "id",
                ],
                name="project_library",
            ),
            models.Index(fields=["region", "unit", "stage"], name="project_by_unit"),
            models.Index(fields=["region", "township"], name="project_by_township"),
            models.Index(fields=["region", "name_key"], name="project_by_name"),
        ]

    def __str__(self) -> str:
        return self.name

    def get_absolute_url(self) -> str:
        return reverse("project", args=[self.subject.uuid])

    @property
    def live(self) -> bool:
        return not self.void and self.stage != Stage.ENDED

    @property
    def key(self) -> bool:
        return self.importance != Importance.ORDINARY

    @property
    def suspended(self) -> bool:
        return self.suspension_id is not None

    @property
    def unproved(self) -> bool:
        """Entered at a later stage (期初) and not yet proved: shown 未认定, counted in no score or rate."""
        return bool(self.opening_stage) and self.opening_proved_on is None


class Assignment(Recorded):
    """分工: from this instant on, this member (or unit, or nobody) has this role. Ends where the next of the role begins.

    Append only. A trigger writes the first five rows with the project and keeps the project's columns equal to the last.
    """

    project = models.ForeignKey(Project, models.PROTECT, related_name="assignments")
    role = models.CharField(_("分工"), max_length=12, choices=choices(labels.ROLES))
    seq = models.PositiveIntegerField()
    member = models.ForeignKey("orgs.Member", models.PROTECT, null=True, related_name="assignments")
    unit = models.ForeignKey("orgs.Unit", models.PROTECT, null=True, related_name="assignments")
    from_at: models.DateTimeField[datetime, datetime] = models.DateTimeField(_("自"))
    by = models.ForeignKey("orgs.Member", models.PROTECT, null=True, related_name="+")
    note = models.CharField(_("交接说明"), max_length=500, blank=True, default="")

    class Meta:
        ordering = ["project_id", "role", "seq"]
        constraints = [
            models.UniqueConstraint(fields=["project", "role", "seq"], name="assignment_seq_once"),
            models.CheckConstraint(
                condition=(Q(role="unit") & Q(unit__isnull=False) & Q(member=None)) | (~Q(role="unit") & Q(unit=None)),
                name="assignment_unit_or_member",
            ),
            models.CheckConstraint(
                condition=~Q(role="officer") | Q(member__isnull=False),
                name="assignment_officer_never_vacant",
                violation_error_message=_("在册项目一天也不能没有专人。"),
            ),
        ]
        indexes = [models.Index(fields=["member", "role"], name="assignment_by_member")]

    def __str__(self) -> str:
        return f"{self.project_id} {self.role} {self.seq}"

    def chain(self) -> int:
        return int(self.project.region_id)

    @property
    def holder(self) -> str:
        """Who holds the role, in words ("" = nobody)."""
        return str(self.unit if self.role == Role.UNIT else self.member or "")


class YearFigure(Versioned):
    """A project's investment in one year from one source: planned, and declared as done (yuan). Declared is not recognised."""

    project = models.ForeignKey(Project, models.PROTECT, related_name="year_figures")
    year = models.PositiveSmallIntegerField(_("年度"))
    source = models.CharField(_("资金来源"), max_length=10, choices=choices(labels.SOURCES))
    planned_cny = models.DecimalField(_("年度计划（元）"), **MONEY, default=0)
    declared_cny = models.DecimalField(_("填报完成（元）"), **MONEY, default=0)

    class Meta:
        ordering = ["-year", "source"]
        constraints = [
            models.UniqueConstraint(fields=["project", "year", "source"], name="yearfigure_once"),
            models.CheckConstraint(
                condition=Q(planned_cny__range=(0, LEDGER_MOST), declared_cny__range=(0, LEDGER_MOST)),
                name="yearfigure_in_range",
                violation_error_message=_("金额不能为负，也不能大得离谱，请核对单位。"),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.project_id} {self.year} {self.source}"

    def chain(self) -> int:
        return int(self.project.region_id)


class ProjectYear(models.Model):
    """Read model: a project's sums of one year over all sources, and the days from which its pace is yellow and red
    (rules.pace_turns). Rebuilt by services.figures.rebuild."""

    project = models.ForeignKey(Project, models.PROTECT, related_name="years")
    year = models.PositiveSmallIntegerField()
    planned_cny = models.DecimalField(**MONEY, default=0)
    declared_cny = models.DecimalField(**MONEY, default=0)
    yellow_from: models.DateField[date | None, date | None] = models.DateField(null=True)
    red_from: models.DateField[date | None, date | None] = models.DateField(null=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["project", "year"], name="projectyear_once")]
        # All that the library adds up and orders by, so that it need not open the rows.
        indexes = [
            models.Index(
                fields=["project", "year", "planned_cny", "declared_cny", "yellow_from", "red_from"],
                name="projectyear_whole",
            )
        ]

    def __str__(self) -> str:
        return f"{self.project_id} {self.year}"


class ProjectFigures(models.Model):
    """Read model: counts and dates of a project's open obstacles, and sums of its recognised money. Never a colour."""

    project = models.OneToOneField(Project, models.PROTECT, primary_key=True, related_name="figures")
    open_obstacle_count = models.PositiveIntegerField(default=0)
    obstacle_due_on: models.DateField[date | None, date | None] = models.DateField(null=True)
    money_arrived_cny = models.DecimalField(**MONEY, default=0)

    class Meta:
        indexes = [
            models.Index(fields=["project", "obstacle_due_on", "open_obstacle_count"], name="projectfigures_obstacles")
        ]

    def __str__(self) -> str:
        return str(self.project_id)
