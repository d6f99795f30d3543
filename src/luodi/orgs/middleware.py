"""Sessions that end, first passwords that are changed, second factors that are set up, and nobody without sign-in."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from urllib.parse import urlencode

from django.conf import settings
from django.contrib import messages
from django.contrib.auth import logout
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import Resolver404, get_script_prefix, resolve, reverse, set_script_prefix
from django.utils import translation
from django.utils.translation import gettext as _

from luodi.kernel import acts, clock, drafts
from luodi.kernel.errors import HeldBack
from luodi.kernel.http import UNPROCESSABLE
from luodi.orgs import deputies
from luodi.orgs.models import User
from luodi.orgs.sessions import BEGAN, SEEN, STRONG

OPEN = frozenset(
    {
        "sign_in",
        "sign_in_second",
        "sign_in_passkey",
        "sign_in_passkey_options",
        "openid_begin",
        "openid_back",
        "sign_out",
        "set_language",
        "health",
        "healthz",
        "readyz",
        "metrics",
    }
)
"""Pages for people who are not signed in. Everything else is closed by default."""
BEFORE_CHANGE = OPEN | {"password_change"}
BEFORE_FACTOR = BEFORE_CHANGE | {"password_change_done", "security", "totp_set_up", "passkey_add", "passkey_options"}
OWN_SECURITY = BEFORE_FACTOR | {"codes_make", "factor_remove", "session_end"}
"""In the language that was chosen; and what is filled in there is never kept as a draft."""
OWN = OWN_SECURITY | {
    "token_list",
    "token_create",
    "token_revoke",
    "delegation_list",
    "delegation_give",
    "delegation_end",
}
"""Pages of one's own account: always for who is signed in, whomever he acts for."""
FOR_ANOTHER = re.compile(r"/as/(0|[1-9][0-9]{0,17})(/.*)")
"""Every address begins so for a deputy: each tab knows for whom, and no form is sent for another than it was opened for."""
TOUCH_SECONDS = 60

Answer = Callable[[HttpRequest], HttpResponseBase]


class ForAnother:
    """Takes `/as/12` off the address: the deputy of delegation 12 asks. Whether he may is for SignedIn; the API takes no
    deputies, nor does what is served to everybody."""

    def __init__(self, get_response: Answer) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        found = FOR_ANOTHER.fullmatch(request.path_info)
        if found and not found[2].startswith((settings.LUODI_API_ROOT, settings.STATIC_URL, "/as/")):
            request.delegation_id = int(found[1])  # type: ignore[attr-defined]
            request.path_info = found[2]
        return self.get_response(request)


@contextmanager
def _under(prefix: str) -> Iterator[None]:
    """All addresses that are made inside begin with this."""
    before = get_script_prefix()
    set_script_prefix(prefix)
    try:
        yield
    finally:
        set_script_prefix(before)


class SignedIn:
    """Deny by default: a page that is not listed as open needs a signed-in, active account."""

    def __init__(self, get_response: Answer) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        name, user = _name(request), request.user
        if _by_token(request, name):
            return self.get_response(request)
        if not user.is_authenticated:
            return self.get_response(request) if name in OPEN else _to_sign_in(request, asked=request.method == "GET")
        if _worn_out(request, user):
            return _ended(request, user, name)
        if user.has_factor and not request.session.get(STRONG):
            logout(request)  # it began before the factor was set up, elsewhere
            return _to_sign_in(request, asked=request.method == "GET")
        if user.must_change_password and name not in BEFORE_CHANGE:
            return redirect("password_change")
        if user.must_have_factor and not user.has_factor and name not in BEFORE_FACTOR:
            return redirect("security")
        if name in OWN_SECURITY:
            return self.get_response(request)
        delegation_id: int | None = getattr(request, "delegation_id", None)
        if delegation_id is None or name in OWN:
            return self._inner(request, user)
        account = deputies.standing_for(user, delegation_id)
        if account is None:
            with translation.override(settings.LANGUAGE_CODE):
                return render(request, "orgs/delegation_over.html", status=403)
        request.user = account
        with _under(f"{get_script_prefix()}as/{delegation_id}/"):
            return self._inner(request, user)

    def _inner(self, request: HttpRequest, user: User) -> HttpResponseBase:
        """The pages of the work itself; `user` is who is signed in, to whom a draft belongs."""
        with translation.override(settings.LANGUAGE_CODE):  # the inner pages' English comes whole, or not at all
            request.LANGUAGE_CODE = settings.LANGUAGE_CODE
            draft = _draft_of(request, user)
            return self._shown_again(request, draft) if draft else self.get_response(request)

    def _shown_again(self, request: HttpRequest, draft: drafts.Draft) -> HttpResponseBase:
        """The page as it would answer the form that was filled in, if that did nothing: all is there, to be sent again."""
        said = _("刚才填的内容都在，还没有提交。请核对后再提交一次。")
        messages.warning(request, said + (_("附件没有留下，请重新选择。") if draft.files else ""))
        draft.fill(request)
        with acts.holding_back():
            answer = self.get_response(request)
        if answer.status_code == UNPROCESSABLE:
            answer.status_code = 200
        return answer

    def process_exception(self, request: HttpRequest, exception: Exception) -> HttpResponse | None:
        """A page that acts without a form of ours to show again is opened anew."""
        return redirect(request.get_full_path()) if isinstance(exception, HeldBack) else None


def _by_token(request: HttpRequest, name: str) -> bool:
    """The API asks for its token itself, and takes no session; its description is read by either."""
    if not request.path.startswith(settings.LUODI_API_ROOT) or name == "api_docs":
        return False
    return name != "api_schema" or "Authorization" in request.headers


def _name(request: HttpRequest) -> str:
    if request.path.startswith(settings.STATIC_URL):
        return "health"
    try:
        return resolve(request.path_info).url_name or ""
    except Resolver404:
        return ""


def _to_sign_in(request: HttpRequest, *, asked: bool) -> HttpResponse:
    """To the sign-in page; `asked`: and back again."""
    target = reverse("sign_in")
    if asked:
        target += "?" + urlencode({"next": request.get_full_path()})
    if not getattr(request, "htmx", False):
        return redirect(target)
    answer = HttpResponse(status=204)
    answer["HX-Redirect"] = target
    return answer


def _ended(request: HttpRequest, user: User, name: str) -> HttpResponse:
    """The session is over; what was being sent is kept for its owner, in the session that follows."""
    draft = drafts.kept(request, user.pk) if request.method == "POST" and name not in OWN_SECURITY else ""
    logout(request)
    if draft:
        request.session[drafts.KEY] = draft
        messages.warning(request, _("您有一段时间没有操作，已自动退出。重新登录后接着填，刚才填的内容都在。"))
    else:
        messages.info(request, _("您有一段时间没有操作，已自动退出。请重新登录。"))
    return _to_sign_in(request, asked=bool(draft) or request.method == "GET")


def _draft_of(request: HttpRequest, user: User) -> drafts.Draft | None:
    """The draft that belongs on the page being opened; it is given back once."""
    sealed = request.session.get(drafts.KEY) if request.method == "GET" else None
    draft = drafts.opened(sealed, user.pk) if sealed else None
    if draft is None or draft.address != request.get_full_path():
        return None
    del request.session[drafts.KEY]
    return draft


def _worn_out(request: HttpRequest, user: User) -> bool:
    """True when nobody used the session for the county's idle minutes, or it is older than LUODI_SESSION_HOURS however busy.

    Its use is noted once a minute, so an idle session ends up to a minute early.
    """
    now = int(clock.now().timestamp())
    began = request.session.setdefault(BEGAN, now)
    seen = request.session.setdefault(SEEN, now)
    if now - seen > user.idle_minutes * 60 or now - began > settings.LUODI_SESSION_HOURS * 3600:
        return True
    if now - seen > TOUCH_SECONDS:
        request.session[SEEN] = now
    return False
