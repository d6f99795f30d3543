"""What a county asks of signing in: whether a second factor is a must, and how long an unused session lives."""

from __future__ import annotations

from django.utils.translation import gettext as _

from luodi.kernel import acts
from luodi.kernel.acts import Actor
from luodi.kernel.errors import DomainError, Forbidden
from luodi.orgs.models import Region, User
from luodi.orgs.rules import IDLE_MINUTES


def second_factor_ask(*, by: Actor, region: Region, asked: str) -> Region:
    """Say whether a region's administrators and recognisers must have a second factor: rules.REQUIRED or OPTIONAL.

    An act of the installation, so that no person can make signing in weaker. Errors: "forbidden".
    """
    if not by.may("system.setup"):
        raise Forbidden(_("两步验证的要求由安装这套系统的人设定。"))
    found: Region = acts.lock_one(Region.objects.all(), region.pk)
    acts.update(found, second_factor=asked)
    return found


def idle_set(*, by: User, minutes: int) -> Region:
    """Set after how many unused minutes sessions of one's own region end. Errors: "forbidden" | "idle_range"."""
    if not by.may("account.manage"):
        raise Forbidden(_("登录规则由安全管理员设定。"))
    least, most = IDLE_MINUTES
    if not least <= minutes <= most:
        text = _("请填 %(least)d 到 %(most)d 分钟。") % {"least": least, "most": most}
        raise DomainError("idle_range", text, field="minutes")
    region: Region = acts.lock_one(Region.objects.all(), by.member.region_id)
    acts.update(region, idle_minutes=minutes)
    return region
