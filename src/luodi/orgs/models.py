"""Regions, units, members, accounts, roles; industries, themes and companies."""

from __future__ import annotations

from datetime import datetime
from importlib import import_module
from typing import Any, ClassVar

from allauth.mfa.models import Authenticator
from django.conf import settings
from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.contrib.sessions.base_session import AbstractBaseSession
from django.db import models
from django.db.models import Q
from django.utils.functional import cached_property
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from luodi.kernel.models import PersonKey, Recorded, Versioned
from luodi.kernel.personal import PersonalField
from luodi.orgs.labels import DELEGABLE_LABELS, ROLE_CHOICES, acting_name
from luodi.orgs.querysets import (
    ApiTokenQuerySet,
    CompanyQuerySet,
    DelegationQuerySet,
    MemberQuerySet,
    RegionQuerySet,
    UnitQuerySet,
)
from luodi.orgs.rules import (
    ACTIONS_OF,
    ADMINS,
    DELEGABLE,
    OPTIONAL,
    OWN_ACTS,
    REQUIRED,
    SCOPES,
    SECOND_FACTOR_ROLES,
    SEEING,
    TILE_COLUMNS,
    TILE_ROWS,
    Role,
    Scope,
)


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
    second_factor = models.CharField(
        _("两步验证"), max_length=4, choices=[(REQUIRED, _("按岗位强制")), (OPTIONAL, _("不强制"))], default=REQUIRED
    )
    idle_minutes = models.PositiveSmallIntegerField(_("多久不用自动退出（分钟）"), null=True, blank=True)
    tile_x = models.PositiveSmallIntegerField(_("示意图第几列"), null=True, blank=True)
    tile_y = models.PositiveSmallIntegerField(_("示意图第几行"), null=True, blank=True)

    objects: ClassVar[Any] = RegionQuerySet.as_manager()

    class Meta:
        ordering = ["code"]
        constraints = [
            models.UniqueConstraint(fields=["code"], condition=Q(valid_to=None), name="region_code_once"),
            models.CheckConstraint(
                condition=Q(valid_to=None) | Q(valid_to__gt=models.F("valid_from")), name="region_valid_span"
            ),
            models.CheckConstraint(
                condition=Q(tile_x=None, tile_y=None)
                | Q(
                    level="township",
                    tile_x__isnull=False,  # of a half one the range says NULL, which a check lets pass
                    tile_y__isnull=False,
                    tile_x__range=TILE_COLUMNS,
                    tile_y__range=TILE_ROWS,
                ),
                name="region_tile_within",
            ),
            models.UniqueConstraint(
                fields=["parent", "tile_x", "tile_y"], condition=Q(valid_to=None), name="region_tile_once"
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

    through = ""
    """As the doer of a row that a deputy wrote for him: the deputy's name (orgs.deputies.sign)."""

    def __str__(self) -> str:
        return acting_name(self.name, self.through)


class Joined(models.Aggregate):
    """All values of a column as one text, with commas."""

    function = "STRING_AGG"
    output_field = models.TextField()

    def as_sql(self, *args: Any, **kwargs: Any) -> Any:
        return super().as_sql(*args, **{"template": "%(function)s(%(expressions)s, ',')", **kwargs})

    def as_sqlite(self, *args: Any, **kwargs: Any) -> Any:
        return super().as_sqlite(*args, **{"function": "GROUP_CONCAT", **kwargs})


class UserManager(BaseUserManager["User"]):
    """Accounts come with whose they are, with their roles and whether they have a second factor: every page asks for it.

    They are made by orgs.services.accounts only.
    """

    def get_queryset(self) -> models.QuerySet[User]:
        held = RoleGrant.objects.filter(member=models.OuterRef("member"), until=None).order_by().values("member")
        roles = models.Subquery(held.values(words=Joined("role")))
        proofs = Authenticator.objects.filter(user=models.OuterRef("pk")).exclude(type=Factor.Type.RECOVERY_CODES)
        accounts = super().get_queryset().select_related("member__unit", "member__region")
        return accounts.annotate(role_words=roles, factor_held=models.Exists(proofs))


class User(AbstractBaseUser, Recorded):
    """An account to sign in with. What it may do follows from its member's roles."""

    username = models.CharField(_("用户名"), max_length=60, unique=True)
    member = models.OneToOneField(Member, models.PROTECT, verbose_name=_("人员"), related_name="account")
    is_active = models.BooleanField(_("启用"), default=True)
    must_change_password = models.BooleanField(_("下次登录须改密码"), default=True)
    password_set_at = models.DateTimeField(_("密码设于"), null=True, blank=True)

    objects: ClassVar[Any] = UserManager()
    deputy: User | None = None
    """Who acts for this account (orgs.deputies.standing_for); None: its owner himself."""
    delegation: Delegation | None = None
    """By which delegation the deputy acts."""
    USERNAME_FIELD = "username"
    REQUIRED_FIELDS: ClassVar[list[str]] = []

    def __str__(self) -> str:
        return self.username

    def chain(self) -> int:
        return int(self.member.region_id)

    @property
    def audit_name(self) -> str:
        """`user:12`; where 34 acts for 12, `user:12/34`."""
        return f"user:{self.pk}/{self.deputy.pk}" if self.deputy else f"user:{self.pk}"

    @property
    def acting(self) -> str:
        """For whom a deputy acts, until when and what, in words; "" for the owner himself."""
        if self.delegation is None or self.deputy is None:
            return ""
        named = [str(DELEGABLE_LABELS[action]) for action in DELEGABLE_LABELS if action in self.actions]
        told = {
            "deputy": self.deputy.member.name, "name": self.member.name, "until": self.delegation.until_on.isoformat(),
            "acts": gettext("、").join(named) or gettext("没有"),
        }  # fmt: skip
        return gettext("%(deputy)s代%(name)s，至 %(until)s。可以办：%(acts)s。认定、处分、表彰只能由本人办。") % told

    @property
    def hands(self) -> list[Member]:
        """The people behind what is done now: the account's own, and who acts for him. What bars either bars both."""
        return [self.member, self.deputy.member] if self.deputy else [self.member]

    @property
    def hand_ids(self) -> set[int]:
        return {hand.pk for hand in self.hands}

    @property
    def hand_units(self) -> set[int]:
        return {hand.unit_id for hand in self.hands}

    def why_not_run(self, service: str) -> str:
        """Why this account may not begin an act at all: the account itself is looked after by its owner alone."""
        if self.deputy and service.startswith(OWN_ACTS):
            return gettext("这件事只能由%(name)s本人办，不能代办。") % {"name": self.member.name}
        return ""

    @cached_property
    def roles(self) -> frozenset[Role]:
        """The roles held when the account was read, which is once a request."""
        read = self if "role_words" in self.__dict__ else User.objects.get(pk=self.pk)  # just made, or read
        return frozenset(Role(role) for role in (read.__dict__["role_words"] or "").split(",") if role)

    @cached_property
    def has_factor(self) -> bool:
        """Whether he signs in with a second factor; recovery codes alone are none. As read, which is once a request."""
        read = self if "factor_held" in self.__dict__ else User.objects.get(pk=self.pk)
        return bool(read.__dict__["factor_held"])

    @property
    def must_have_factor(self) -> bool:
        """Whether nothing opens to him before he has set up a second factor (docs/domain/orgs.md#second-factor)."""
        asked = settings.LUODI_SECOND_FACTOR or self.member.region.second_factor
        return bool(asked == REQUIRED and self.roles & SECOND_FACTOR_ROLES)

    @property
    def idle_minutes(self) -> int:
        """After how many minutes without a request his sessions end: his county's, else the installation's."""
        return int(self.member.region.idle_minutes or settings.LUODI_IDLE_MINUTES)

    @cached_property
    def actions(self) -> frozenset[str]:
        """What its roles allow; of that a deputy has reading, and what his delegation names."""
        held = frozenset(action for role in self.roles for action in ACTIONS_OF[role])
        return held & self.delegation.reach if self.delegation else held

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


class Factor(Authenticator, Recorded):  # type: ignore[misc]  # allauth ships no types
    """A second factor: an authenticator app (TOTP), a passkey, or recovery codes. The table is allauth's; here its rows are
    written by acts (orgs/services/factors.py). `data` holds the secret, sealed by orgs.mfa.Adapter, and is in no image."""

    UNTOLD: ClassVar = frozenset({"data"})
    objects: ClassVar[Any] = models.Manager()

    class Meta:
        proxy = True

    def chain(self) -> int:
        return int(self.user.member.region_id)


class Session(AbstractBaseSession):
    """A session, known by its account, so that its owner can see and end it. Written by orgs.sessions, with no act."""

    account_id = models.BigIntegerField(null=True, db_index=True)
    began_at = models.DateTimeField(null=True)
    seen_at = models.DateTimeField(null=True)
    agent = models.CharField(max_length=200, default="")

    class Meta(AbstractBaseSession.Meta):
        abstract = False

    @classmethod
    def get_session_store_class(cls) -> Any:
        return import_module(settings.SESSION_ENGINE).SessionStore


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


class ApiToken(Recorded):
    """接口令牌: lets a program act for a person, within `scopes` (orgs.rules.TOKEN_SCOPES), until it expires or is revoked.

    Only a keyed digest of the token is kept; `prefix` is its visible beginning, by which its owner knows it again.
    """

    user = models.ForeignKey(User, models.PROTECT, related_name="tokens")
    name = models.CharField(_("用途"), max_length=60)
    prefix = models.CharField(_("开头"), max_length=16)
    digest = models.CharField(max_length=64, unique=True, editable=False)
    scopes: models.JSONField[list[str], list[str]] = models.JSONField(_("范围"), default=list)
    created_at = models.DateTimeField(_("建立时间"))
    expires_on = models.DateField(_("有效期至"))
    revoked_at: models.DateTimeField[datetime | None, datetime | None] = models.DateTimeField(_("撤销时间"), null=True)

    objects: ClassVar[Any] = ApiTokenQuerySet.as_manager()
    text = ""
    """The token itself, on the object that was just made, and nowhere else."""

    class Meta:
        ordering = ["-pk"]

    def __str__(self) -> str:
        return f"{self.prefix}… {self.name}"

    def chain(self) -> int:
        return self.user.chain()


class Delegation(Recorded):
    """委托: lets `deputy` do for `principal`, from one civil day to another (both included), the `actions` it names.

    Ended before its last day by either of them, or by either's leaving. Source: mission.md, Member, Delegation;
    docs/adr/0014-a-deputy-acts-with-his-principals-account.md.
    """

    region = models.ForeignKey(Region, models.PROTECT)
    principal = models.ForeignKey(Member, models.PROTECT, verbose_name=_("委托人"), related_name="delegations_given")
    deputy = models.ForeignKey(Member, models.PROTECT, verbose_name=_("代办人"), related_name="delegations_held")
    actions: models.JSONField[list[str], list[str]] = models.JSONField(_("代办事项"), default=list)
    from_on = models.DateField(_("自"))
    until_on = models.DateField(_("至"))
    reason = models.CharField(_("事由"), max_length=200)
    given_at = models.DateTimeField(_("委托时间"))
    ended_at: models.DateTimeField[datetime | None, datetime | None] = models.DateTimeField(_("终止时间"), null=True)

    objects: ClassVar[Any] = DelegationQuerySet.as_manager()

    class Meta:
        ordering = ["-pk"]
        constraints = [
            models.CheckConstraint(
                condition=~Q(principal=models.F("deputy")),
                name="delegation_to_another",
                violation_error_message=_("不能委托给自己。"),
            ),
            models.CheckConstraint(
                condition=Q(until_on__gte=models.F("from_on")),
                name="delegation_ends_after_it_begins",
                violation_error_message=_("结束日不能早于开始日。"),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.principal_id} → {self.deputy_id}"

    @property
    def acts_in_words(self) -> str:
        named = [str(label) for action, label in DELEGABLE_LABELS.items() if action in self.actions]
        return gettext("、").join(named)

    @property
    def reach(self) -> frozenset[str]:
        """What it lets the deputy do of what his principal may: to see, and what it names."""
        return SEEING | (frozenset(self.actions) & DELEGABLE)


class DelegatedAct(Recorded):
    """代办: a row that a deputy wrote for his principal. It makes 乙代甲 of the name that the row itself bears, and bars the
    deputy from what the principal's hand in the row bars the principal from. Written with each act (orgs.deputies)."""

    region = models.ForeignKey(Region, models.PROTECT)
    delegation = models.ForeignKey(Delegation, models.PROTECT, related_name="acts")
    principal = models.ForeignKey(Member, models.PROTECT, related_name="+")
    deputy = models.ForeignKey(Member, models.PROTECT, related_name="+")
    act = models.UUIDField()
    day = models.DateField(_("日期"))
    model = models.CharField(max_length=60)
    object_id = models.BigIntegerField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["act", "model", "object_id"], name="delegated_row_once")]
        indexes = [models.Index(fields=["model", "object_id"], name="delegated_by_row")]

    def __str__(self) -> str:
        return f"{self.model}#{self.object_id}"


class ApiUse(models.Model):
    """The meter of a token: one small row, written once a request. `full_until_ms` is the theoretical arrival time of
    the generic cell rate algorithm (ITU-T I.371): the instant, in milliseconds, until which what was asked would fill
    the permitted rate."""

    token = models.OneToOneField(ApiToken, models.PROTECT, primary_key=True, related_name="use")
    full_until_ms = models.BigIntegerField(default=0)
    used_at: models.DateTimeField[datetime | None, datetime | None] = models.DateTimeField(_("上次使用"), null=True)

    def __str__(self) -> str:
        return str(self.token_id)


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
