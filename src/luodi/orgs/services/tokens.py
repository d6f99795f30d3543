"""API tokens: made and revoked by a person for himself, told apart and metered at each request."""

from __future__ import annotations

import math
import secrets
from collections.abc import Sequence
from datetime import date, timedelta

from django.conf import settings
from django.db.models import F, Value
from django.db.models.functions import Greatest
from django.utils.translation import gettext as _

from luodi.kernel import acts, clock
from luodi.kernel.errors import DomainError
from luodi.kernel.personal import keyed_digest
from luodi.orgs.models import ApiToken, ApiUse, User
from luodi.orgs.rules import READ, TOKEN_SCOPES

MARK = "luodi_"
"""How every token begins, so that scanners for leaked secrets know one."""
PREFIX_LENGTH = len(MARK) + 6
LONGEST = timedelta(days=365)
MOST_TOKENS = 20


def token_create(*, by: User, name: str, scopes: Sequence[str], expires_on: date) -> ApiToken:
    """Make a token for oneself. The answer carries the token's text as `text`: this once, it is kept nowhere.

    `expires_on` is its last day (civil, included), at most a year ahead. Reading is always within its scopes. Errors:
    DomainError "name_missing" | "scope_unknown" | "expiry_wrong" | "tokens_many". Source: docs/domain/orgs.md#api-tokens.
    """
    _check(by, name, scopes, expires_on)
    text = MARK + secrets.token_urlsafe(32)
    chosen = [scope for scope in TOKEN_SCOPES if scope in scopes or scope == READ]
    token = acts.insert(
        ApiToken(
            user=by,
            name=name.strip(),
            prefix=text[:PREFIX_LENGTH],
            digest=_digest(text),
            scopes=chosen,
            created_at=acts.current().at,
            expires_on=expires_on,
        )
    )
    ApiUse.objects.bulk_create([ApiUse(token=token)])
    token.text = text
    return token


def _check(by: User, name: str, scopes: Sequence[str], expires_on: date) -> None:
    today = clock.today()
    if not name.strip():
        raise DomainError("name_missing", _("请写明令牌的用途。"), field="name")
    if set(scopes) - set(TOKEN_SCOPES):
        raise DomainError("scope_unknown", _("没有这个范围。"), field="scopes")
    if not today <= expires_on <= today + LONGEST:
        raise DomainError("expiry_wrong", _("有效期最短到今天，最长一年。"), field="expires_on")
    if ApiToken.objects.of(by).usable(today).count() >= MOST_TOKENS:
        raise DomainError("tokens_many", _("一个人最多有 20 个有效令牌，请先撤销不用的。"))


def token_revoke(*, by: User, token_id: int) -> ApiToken:
    """Revoke a token of one's own; it opens nothing from now on. Errors: ApiToken.DoesNotExist; "token_revoked"."""
    token = acts.lock_one(ApiToken.objects.of(by), token_id)
    if token.revoked_at is not None:
        raise DomainError("token_revoked", _("这个令牌已经撤销。"))
    acts.update(token, revoked_at=acts.current().at)
    return token


# At each request ------------------------------------------------------------------------------------------------------


def holder_of(text: str) -> tuple[ApiToken, User] | None:
    """The token of this text and its person, whose actions are narrowed to its scopes; None where it opens nothing.

    It opens nothing while its account is shut, or waits for its first password to be changed. Two queries.
    """
    token = ApiToken.objects.usable(clock.today()).filter(digest=_digest(text)).first()
    if token is None:
        return None
    user = User.objects.filter(pk=token.user_id, is_active=True, must_change_password=False).first()
    if user is None:
        return None
    user.actions = user.actions & actions_of(token)
    return token, user


def actions_of(token: ApiToken) -> frozenset[str]:
    """The actions that the token's scopes hold, whatever its person may; a scope that is no more holds nothing."""
    return frozenset(action for scope in token.scopes for action in TOKEN_SCOPES.get(scope, ()))


def token_meter(token: ApiToken) -> int:
    """Count one request of a token: 0, or in how many seconds (rounded up) the next one fits.

    Evenly LUODI_API_PER_MINUTE, with up to LUODI_API_BURST of them at once. One conditional UPDATE, no state in the process.
    """
    now = clock.now()
    ms = int(now.timestamp() * 1000)
    step = 60_000 // settings.LUODI_API_PER_MINUTE
    latest = ms + step * (settings.LUODI_API_BURST - 1)
    meter = ApiUse.objects.filter(token=token)
    passed = meter.filter(full_until_ms__lte=latest).update(
        full_until_ms=Greatest(F("full_until_ms"), Value(ms)) + step, used_at=now
    )
    if passed:
        return 0
    full_until = meter.values_list("full_until_ms", flat=True).get()
    return max(math.ceil((full_until - latest) / 1000), 1)


def _digest(text: str) -> str:
    return keyed_digest("api token", text)
