"""Signing in through an OpenID Connect issuer: a real one on loopback, which can be told to lie."""

from __future__ import annotations

import base64
import hashlib
import json
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature
from django.test import Client
from django.urls import reverse

from luodi.kernel import clock, openid
from luodi.orgs.models import User
from luodi.orgs.rules import Role
from luodi.orgs.tests.factories import code_of, give_factor, make_member, make_unit, make_user

pytestmark = pytest.mark.django_db
SECRET = "client-secret/+="
RSA_KEY = rsa.generate_private_key(65537, 2048)
EC_KEY = ec.generate_private_key(ec.SECP256R1())


def text(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).decode().rstrip("=")


def number(value: int, size: int) -> str:
    return text(value.to_bytes(size, "big"))


def public_keys() -> list[dict[str, str]]:
    one, other = RSA_KEY.public_key().public_numbers(), EC_KEY.public_key().public_numbers()
    return [
        {"kty": "RSA", "kid": "rsa", "use": "sig", "n": number(one.n, 256), "e": number(one.e, 3)},
        {"kty": "EC", "kid": "ec", "crv": "P-256", "x": number(other.x, 32), "y": number(other.y, 32)},
    ]


@dataclass
class Issuer:
    """What the issuer says. `claims` overrides what it would say of itself; `alg` is how it signs."""

    url: str = ""
    alg: str = "RS256"
    post: bool = False
    claims: dict[str, Any] = field(default_factory=lambda: {"preferred_username": "zhangyi"})
    configuration: dict[str, Any] = field(default_factory=dict)
    spoil: bool = False
    nonce: str = ""
    challenge: str = ""
    asked: list[dict[str, Any]] = field(default_factory=list)

    def token(self) -> str:
        now = int(clock.now().timestamp())
        claims = {"iss": self.url, "aud": "luodi", "iat": now, "exp": now + 60, "nonce": self.nonce, "sub": "1"}
        kid = {"RS256": "rsa", "ES256": "ec"}.get(self.alg, "rsa")
        head = text(json.dumps({"alg": self.alg, "kid": kid}).encode())
        body = text(json.dumps({**claims, **self.claims}).encode())
        mark = self.sign(f"{head}.{body}".encode())
        return f"{head}.{body}.{text(bytes(256) if self.spoil else mark)}"

    def sign(self, signed: bytes) -> bytes:
        if self.alg == "RS256":
            return RSA_KEY.sign(signed, padding.PKCS1v15(), hashes.SHA256())
        if self.alg == "ES256":
            r, s = decode_dss_signature(EC_KEY.sign(signed, ec.ECDSA(hashes.SHA256())))
            return r.to_bytes(32, "big") + s.to_bytes(32, "big")
        return b""

    def answers(self, path: str, form: dict[str, str], headers: Any) -> tuple[int, Any]:
        if path.endswith("openid-configuration"):
            known = {f"{name}_endpoint": f"{self.url}/{name}" for name in ("authorization", "token")}
            methods = {"token_endpoint_auth_methods_supported": ["client_secret_post"]} if self.post else {}
            return 200, {"issuer": self.url, "jwks_uri": f"{self.url}/keys", **known, **methods, **self.configuration}
        if path == "/keys":
            return 200, {"keys": public_keys()}
        self.asked.append(form | {"authorization": headers.get("Authorization", "")})
        verifier = text(hashlib.sha256(form["code_verifier"].encode()).digest())
        if form["code"] != "good" or verifier != self.challenge:
            return 400, {"error": "invalid_grant"}
        return 200, {"access_token": "x", "id_token": self.token()}


@pytest.fixture
def issuer(settings: Any) -> Iterator[Issuer]:
    told = Issuer()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.tell({})

        def do_POST(self) -> None:
            sent = self.rfile.read(int(self.headers["Content-Length"])).decode()
            self.tell({name: values[0] for name, values in parse_qs(sent).items()})

        def tell(self, form: dict[str, str]) -> None:
            status, body = told.answers(self.path, form, self.headers)
            self.send_response(status)
            if status == 302:
                self.send_header("Location", str(body))
            self.end_headers()
            self.wfile.write(json.dumps(body).encode())

        def log_message(self, format: str, *arguments: Any) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    told.url = f"http://127.0.0.1:{server.server_address[1]}"
    settings.LUODI_OIDC_ISSUER, settings.LUODI_OIDC_CLIENT_ID = told.url, "luodi"
    settings.LUODI_OIDC_CLIENT_SECRET = SECRET
    yield told
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture
def officer() -> User:
    return make_user(make_member(make_unit(), "张一", Role.UNIT_OFFICER), username="zhangyi")


def begun(client: Client, issuer: Issuer, **asked: str) -> dict[str, str]:
    """Press the button; the issuer remembers what it was asked, and gives what the browser brings back."""
    to = urlsplit(client.get(reverse("openid_begin"), asked)["Location"])
    assert f"{to.scheme}://{to.netloc}{to.path}" == f"{issuer.url}/authorization"
    given = {name: values[0] for name, values in parse_qs(to.query).items()}
    assert given["code_challenge_method"] == "S256"
    assert given["redirect_uri"] == f"http://testserver{reverse('openid_back')}"
    issuer.nonce, issuer.challenge = given["nonce"], given["code_challenge"]
    return {"code": "good", "state": given["state"]}


def signed_in(client: Client) -> bool:
    return client.get("/units/").status_code == 200


def came_back(client: Client, issuer: Issuer) -> bool:
    """Whether a whole sign-in let him in."""
    client.get(reverse("openid_back"), begun(client, issuer))
    return signed_in(client)


def test_there_is_no_button_where_no_issuer_is_named(client: Client) -> None:
    assert reverse("openid_begin") not in client.get(reverse("sign_in")).content.decode()
    assert client.get(reverse("openid_begin")).status_code == 404
    assert client.get(reverse("openid_back")).status_code == 404


@pytest.mark.parametrize("alg", ["RS256", "ES256"])
def test_an_existing_account_is_let_in(client: Client, issuer: Issuer, officer: User, alg: str) -> None:
    issuer.alg = alg
    page = client.get(reverse("sign_in"), {"next": "/units/?q=a"}).content.decode()
    assert f'href="{reverse("openid_begin")}?next=/units/%3Fq%3Da"' in page
    back = client.get(reverse("openid_back"), begun(client, issuer, next="/units/?q=a"))
    assert back["Location"] == "/units/?q=a"
    assert signed_in(client)


def test_the_secret_goes_to_the_token_endpoint_alone(client: Client, issuer: Issuer, officer: User) -> None:
    assert came_back(client, issuer)
    basic = base64.b64encode(b"luodi:client-secret%2F%2B%3D").decode()
    assert issuer.asked[-1]["authorization"] == f"Basic {basic}"
    assert "client_secret" not in issuer.asked[-1]
    issuer.post = True
    assert came_back(Client(), issuer)
    assert issuer.asked[-1]["client_secret"] == SECRET
    assert not issuer.asked[-1]["authorization"]


def test_it_is_the_first_step_only(client: Client, issuer: Issuer, officer: User) -> None:
    give_factor(officer)
    assert client.get(reverse("openid_back"), begun(client, issuer))["Location"] == reverse("sign_in_second")
    assert not signed_in(client)
    client.post(reverse("sign_in_second"), {"code": code_of()})
    assert signed_in(client)


def test_no_account_is_made_and_no_shut_or_locked_one_opened(client: Client, issuer: Issuer, officer: User) -> None:
    for name in ("nobody", "", None, 7, ["zhangyi"]):
        issuer.claims = {"preferred_username": name}
        assert not came_back(client, issuer), name
    issuer.claims = {"sub": "zhangyi"}
    assert not came_back(client, issuer)
    assert User.objects.count() == 1
    issuer.claims = {"preferred_username": "zhangyi"}
    for _time in range(5):
        Client().post(reverse("sign_in"), {"username": "zhangyi", "password": "wrong"})
    assert client.get(reverse("openid_back"), begun(client, issuer)).status_code == 429
    assert not signed_in(client)


def test_a_shut_account_stays_shut(client: Client, issuer: Issuer, officer: User) -> None:
    from luodi.kernel import acts
    from luodi.orgs.services import accounts

    security = make_user(make_member(officer.member.unit, "王三", Role.SECURITY_ADMIN))
    acts.run(accounts.account_switch, by=security, user_id=officer.pk, active=False)
    assert not came_back(client, issuer)


def test_another_claim_can_be_the_user_name(client: Client, issuer: Issuer, officer: User, settings: Any) -> None:
    settings.LUODI_OIDC_CLAIM = "employee"
    issuer.claims = {"employee": "zhangyi", "preferred_username": "nobody"}
    assert came_back(client, issuer)


@pytest.mark.parametrize(
    "claims",
    [
        {"iss": "https://evil.example"},
        {"aud": "another"},
        {"aud": ["luodi", "another"]},
        {"azp": "another"},
        {"exp": 1_700_000_000},
        {"exp": "soon"},
        {"iat": 4_000_000_000},
        {"nonce": "another"},
        {"nonce": None},
    ],
)
def test_a_wrong_claim_is_refused(client: Client, issuer: Issuer, officer: User, claims: dict[str, Any]) -> None:
    assert came_back(Client(), issuer)
    issuer.claims |= claims
    assert not came_back(client, issuer)


@pytest.mark.parametrize("lie", ["none", "HS256", "spoiled", "keys"])
def test_a_token_that_the_issuer_did_not_sign_is_refused(
    client: Client, issuer: Issuer, officer: User, monkeypatch: pytest.MonkeyPatch, lie: str
) -> None:
    if lie == "spoiled":
        issuer.spoil = True
    elif lie == "keys":
        other = rsa.generate_private_key(65537, 2048)
        monkeypatch.setattr(issuer, "sign", lambda signed: other.sign(signed, padding.PKCS1v15(), hashes.SHA256()))
    else:
        issuer.alg = lie
    assert not came_back(client, issuer)


def test_a_state_is_this_browsers_and_good_once(client: Client, issuer: Issuer, officer: User) -> None:
    brought = begun(client, issuer)
    assert Client().get(reverse("openid_back"), brought)["Location"] == reverse("sign_in")
    assert client.get(reverse("openid_back"), brought | {"state": "another"})["Location"] == reverse("sign_in")
    assert not signed_in(client)
    assert client.get(reverse("openid_back"), brought)["Location"] == reverse("sign_in")  # it was used up
    brought = begun(client, issuer)
    refused = client.get(reverse("openid_back"), {"state": brought["state"], "error": "access_denied"})
    assert refused["Location"] == reverse("sign_in")
    client.get(reverse("openid_back"), begun(client, issuer) | {"code": "bad"})
    assert not signed_in(client)


@pytest.mark.parametrize(
    "configuration",
    [
        {"issuer": "https://evil.example"},
        {"authorization_endpoint": "http://evil.example/"},
        {"authorization_endpoint": None},
        {"authorization_endpoint": "javascript:alert(1)"},
    ],
)
def test_an_issuer_that_is_not_what_it_says_is_not_gone_to(
    client: Client, issuer: Issuer, configuration: dict[str, Any]
) -> None:
    issuer.configuration = configuration
    assert client.get(reverse("openid_begin"))["Location"] == reverse("sign_in")
    assert "现在连不上统一身份认证" in client.get(reverse("sign_in")).content.decode()


def test_the_code_is_sent_to_no_third_place(client: Client, issuer: Issuer, officer: User) -> None:
    for configuration in ({"token_endpoint": "http://evil.example/"}, {"jwks_uri": "http://evil.example/"}):
        issuer.configuration = configuration
        assert not came_back(client, issuer)


def test_it_leads_nowhere_else(client: Client, issuer: Issuer, officer: User) -> None:
    back = client.get(reverse("openid_back"), begun(client, issuer, next="https://evil.example/"))
    assert back["Location"] == "/"


def test_an_issuer_by_http_elsewhere_is_refused() -> None:
    with pytest.raises(openid.OpenIDFailed, match="not https"):
        openid.begin(openid.Client("http://issuer.example", "luodi", ""), "https://here/")
