"""Regions, units, members, accounts, roles; industries, themes and companies."""

from __future__ import annotations

from datetime import datetime
from typing import Any, ClassVar

from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.db import models
from django.db.models import Q
from django.utils.functional import cached_property
from django.utils.translation import gettext_lazy as _

from luodi.kernel.models import PersonKey, Recorded, Versioned
from luodi.kernel.personal import PersonalField
from luodi.orgs.querysets import CompanyQuerySet, MemberQuerySet, RegionQuerySet, UnitQuerySet
from luodi.orgs.rules import ACTIONS_OF, ADMINS, SCOPES, Role, Scope

ROLE_LABELS = {
    Role.COUNTY_LEADER: _("县领导"),
    Role.GOVERNMENT_OFFICE: _("政府办公室"),
    Role.PROJECT_OFFICE: _("项目办"),
    Role.INVESTMENT_BUREAU: _("招商局"),
    Role.STATISTICS_BUREAU: _("统计局"),
    Role.UNIT_HEAD: _("单位主要领导"),
    Role.UNIT_OFFICER: _("单位经办人"),
    Role.SUPERVISOR: _("督查员"),
    Role.DISCIPLINE_OFFICE: _("纪检监察"),
    Role.CONVENOR: _("联席会议召集人"),
    Role.BANK_CLERK: _("银行经办人"),
    Role.ENTERPRISE_CLERK: _("企业经办人"),
    Role.SYSTEM_ADMIN: _("系统管理员"),
    Role.SECURITY_ADMIN: _("安全管理员"),
    Role.AUDIT_ADMIN: _("审计管理员"),
}
ROLE_CHOICES = [(role.value, label) for role, label in ROLE_LABELS.items()]


class Region(Recorded):
    """An administrative region of GB/T 2260 (townships: GB/T 10114), valid for a span of days. `path` is the codes from the root."""

    LEVELS: ClassVar = [
        ("nation", _("国家")),
        ("province", _("省")),
        ("city", _("市")),
        ("county", _("县")),
        ("township", _("乡镇")),
    ]

    code = models.CharField(_("区划代码"), max_length=12)
    name = models.CharField(_("名称"), max_length=60)
    initials = models.CharField(_("项目编号字头"), max_length=8, blank=True, default="")
    level = models.CharField(_("层级"), max_length=10, choices=LEVELS)
    parent = models.ForeignKey("self", models.PROTECT, null=True, blank=True, related_name="children")
    path = models.CharField(max_length=80, db_index=True)
    valid_from = models.DateField(_("有效自"))
    valid_to = models.DateField(_("有效至"), null=True, blank=True)

    objects: ClassVar[Any] = RegionQuerySet.as_manager()

    class Meta:
        ordering = ["code"]
        constraints = [
            models.UniqueConstraint(fields=["code"], condition=Q(valid_to=None), name="region_code_once"),
            models.CheckConstraint(
                condition=Q(valid_to=None) | Q(valid_to__gt=models.F("valid_from")), name="region_valid_span"
            ),
        ]

    def __str__(self) -> str:
        return self.name

    def chain(self) -> int:
        """A township is recorded in its county's chain; every other region in its own."""
        return int((self.parent_id if self.level == "township" else self.pk) or 0)


class Unit(Versioned):
    """A department, township, office, bank or enterprise. An active unit has exactly one head 主要领导."""

    KINDS: ClassVar = [
        ("department", _("部门")),
        ("township", _("乡镇")),
        ("office", _("机关")),
        ("bank", _("银行")),
        ("enterprise", _("企业")),
    ]

    region = models.ForeignKey(Region, models.PROTECT, verbose_name=_("行政区"), related_name="units")
    code = models.CharField(_("编码"), max_length=20)
    name = models.CharField(_("名称"), max_length=80)
    short = models.CharField(_("简称"), max_length=40)
    pinyin = models.CharField(max_length=200, editable=False, default="")
    kind = models.CharField(_("类别"), max_length=12, choices=KINDS)
    governs = models.ForeignKey(
        Region, models.PROTECT, null=True, blank=True, verbose_name=_("所辖区域"), related_name="governing_units"
    )
    head = models.ForeignKey(
        "orgs.Member", models.PROTECT, null=True, blank=True, verbose_name=_("主要领导"), related_name="heads"
    )
    active = models.BooleanField(_("启用"), default=False)

    objects: ClassVar[Any] = UnitQuerySet.as_manager()

    class Meta:
        ordering = ["code"]
        constraints = [
            models.UniqueConstraint(fields=["region", "code"], name="unit_code_once_per_region"),
            models.UniqueConstraint(fields=["region", "name"], name="unit_name_once_per_region"),
            models.CheckConstraint(
                condition=Q(active=False) | Q(head__isnull=False),
                name="unit_active_has_head",
                violation_error_message=_("启用的单位必须有一名主要领导。"),
            ),
        ]

    def __str__(self) -> str:
        return self.short or self.name


class UnitAlias(Recorded):
    """Another name under which ledgers know a unit (国土, 建设, 环保 …)."""

    region = models.ForeignKey(Region, models.PROTECT)
    unit = models.ForeignKey(Unit, models.PROTECT, related_name="aliases")
    alias = models.CharField(_("别名"), max_length=80)

    class Meta:
        ordering = ["alias"]
        constraints = [models.UniqueConstraint(fields=["region", "alias"], name="alias_once_per_region")]

    def __str__(self) -> str:
        return self.alias


class Member(Versioned):
    """A person in a unit, with a post. `listed` = known by name from a ledger, without an account yet."""

    STATES: ClassVar = [("listed", _("未启用")), ("active", _("在岗")), ("left", _("离任"))]

    region = models.ForeignKey(Region, models.PROTECT)
    unit = models.ForeignKey(Unit, models.PROTECT, verbose_name=_("单位"), related_name="members")
    name = models.CharField(_("姓名"), max_length=40)
    pinyin = models.CharField(max_length=120, editable=False, default="")
    post = models.CharField(_("职务"), max_length=60, blank=True, default="")
    state = models.CharField(_("状态"), max_length=8, choices=STATES, default="active")
    person = models.ForeignKey(PersonKey, models.PROTECT, null=True, editable=False)
    phone = PersonalField(_("电话"), index="phone_blind")
    phone_blind = models.CharField(max_length=64, default="", editable=False, db_index=True)

    objects: ClassVar[Any] = MemberQuerySet.as_manager()

    class Meta:
        ordering = ["unit__code", "pk"]
        indexes = [models.Index(fields=["region", "unit", "name"], name="member_by_unit_name")]

    def __str__(self) -> str:
        return self.name


class Joined(models.Aggregate):
    """All values of a column as one text, with commas."""

    function = "STRING_AGG"
    output_field = models.TextField()

    def as_sql(self, *args: Any, **kwargs: Any) -> Any:
        return super().as_sql(*args, **{"template": "%(function)s(%(expressions)s, ',')", **kwargs})

    def as_sqlite(self, *args: Any, **kwargs: Any) -> Any:
        return super().as_sqlite(*args, **{"function": "GROUP_CONCAT", **kwargs})


class UserManager(BaseUserManager["User"]):
    """Accounts come with whose they are and with their roles, since every page asks for both.

    They are made by orgs.services.accounts only.
    """

    def get_queryset(self) -> models.QuerySet[User]:
        held = RoleGrant.objects.filter(member=models.OuterRef("member"), until=None).order_by().values("member")
        roles = models.Subquery(held.values(words=Joined("role")))
        return super().get_queryset().select_related("member__unit", "member__region").annotate(role_words=roles)


class User(AbstractBaseUser, Recorded):
    """An account to sign in with. What it may do follows from its member's roles."""

    username = models.CharField(_("用户名"), max_length=60, unique=True)
    member = models.OneToOneField(Member, models.PROTECT, verbose_name=_("人员"), related_name="account")
    is_active = models.BooleanField(_("启用"), default=True)
    must_change_password = models.BooleanField(_("下次登录须改密码"), default=True)
    password_set_at = models.DateTimeField(_("密码设于"), null=True, blank=True)

    objects: ClassVar[Any] = UserManager()
    USERNAME_FIELD = "username"
    REQUIRED_FIELDS: ClassVar[list[str]] = []

    def __str__(self) -> str:
        return self.username

    def chain(self) -> int:
        return int(self.member.region_id)

    @property
    def audit_name(self) -> str:
        return f"user:{self.pk}"

    @cached_property
    def roles(self) -> frozenset[Role]:
        """The roles held when the account was read, which is once a request."""
        read = self if "role_words" in self.__dict__ else User.objects.get(pk=self.pk)  # just made, or read
        return frozenset(Role(role) for role in (read.__dict__["role_words"] or "").split(",") if role)

    @cached_property
    def actions(self) -> frozenset[str]:
        return frozenset(action for role in self.roles for action in ACTIONS_OF[role])

    def may(self, action: str) -> bool:
        """Whether a role of this account allows the action at all; rules about the single row come on top."""
        return bool(self.is_active and action in self.actions)

    @cached_property
    def scope(self) -> Scope:
        """The widest scope of the roles held; administrators see nothing of business, whatever else they hold."""
        held = {SCOPES[role] for role in self.roles}
        if not held or self.roles & ADMINS or not self.is_active:
            return Scope.NOTHING
        return next(scope for scope in (Scope.COUNTY, Scope.UNIT, Scope.PARTY) if scope in held)

    @cached_property
    def region_ids(self) -> list[int]:
        """The regions whose rows a county-wide role sees: the member's own, with those below it down to counties."""
        home = self.member.region
        if home.level == "county":
            return [home.pk]
        below = Region.objects.filter(path__startswith=home.path + "/").exclude(level="township")
        return [home.pk, *below.values_list("pk", flat=True)]


class RoleGrant(Recorded):
    """A role of a member, from an instant until another. Ended, never deleted."""

    region = models.ForeignKey(Region, models.PROTECT)
    member = models.ForeignKey(Member, models.PROTECT, related_name="grants")
    role = models.CharField(_("角色"), max_length=20, choices=ROLE_CHOICES)
    since = models.DateTimeField(_("自"))
    until: models.DateTimeField[datetime | None, datetime | None] = models.DateTimeField(_("至"), null=True, blank=True)

    class Meta:
        ordering = ["pk"]
        constraints = [
            models.UniqueConstraint(fields=["member", "role"], condition=Q(until=None), name="role_held_once"),
        ]

    def __str__(self) -> str:
        return f"{self.member_id} {self.role}"


class Industry(Recorded):
    """An entry of GB/T 4754-2017: section (A–T), division (2 digits); groups and classes can be imported."""

    code = models.CharField(_("代码"), max_length=5, unique=True)
    name = models.CharField(_("名称"), max_length=80)
    level = models.PositiveSmallIntegerField(_("层级"), help_text="1 section, 2 division, 3 group, 4 class")
    parent = models.ForeignKey("self", models.PROTECT, null=True, related_name="children")

    class Meta:
        ordering = ["code"]

    def __str__(self) -> str:
        return f"{self.code} {self.name}"


class Theme(Versioned):
    """A theme 专题 of the county's planning, with its lead department."""

    region = models.ForeignKey(Region, models.PROTECT)
    name = models.CharField(_("专题"), max_length=60)
    lead_unit = models.ForeignKey(Unit, models.PROTECT, null=True, blank=True, verbose_name=_("牵头单位"))

    class Meta:
        ordering = ["name"]
        constraints = [models.UniqueConstraint(fields=["region", "name"], name="theme_once_per_region")]

    def __str__(self) -> str:
        return self.name


class Company(Versioned):
    """An investor or enterprise, known by its unified social credit code (GB 32100-2015) where it has one."""

    region = models.ForeignKey(Region, models.PROTECT)
    name = models.CharField(_("企业名称"), max_length=120)
    uscc = models.CharField(_("统一社会信用代码"), max_length=18, blank=True, default="")
    pinyin = models.CharField(max_length=300, editable=False, default="")

    objects: ClassVar[Any] = CompanyQuerySet.as_manager()

    class Meta:
        ordering = ["name", "pk"]
        constraints = [
            models.UniqueConstraint(fields=["region", "uscc"], condition=~Q(uscc=""), name="company_uscc_once"),
            models.UniqueConstraint(fields=["region", "name"], condition=Q(uscc=""), name="company_uncoded_name_once"),
        ]

    def __str__(self) -> str:
        return self.name
