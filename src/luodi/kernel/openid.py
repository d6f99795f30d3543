"""The client's side of OpenID Connect Core 1.0, authorization code flow, with PKCE (RFC 7636) and nonce.

`begin` gives the address to which the browser is sent, and what to remember; `finish` gives the claims of the ID token, whose
signature, issuer, audience, times and nonce were checked. Why this is our own: docs/adr/0009-sign-in.md.
"""

from __future__ import annotations

import base64
import hashlib
import json
import secrets
import urllib.error
import urllib.request
from collections.abc import Callable
from dataclasses import dataclass
from ipaddress import ip_address
from typing import Any
from urllib.parse import urlencode, urlsplit

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature

from luodi.kernel import clock

SECONDS = 10
MOST_BYTES = 512 * 1024
LEEWAY = 60
"""Seconds by which the issuer's clock may differ from ours."""
LEAST_RSA_BITS = 2048


class OpenIDFailed(RuntimeError):
    """The issuer cannot be reached, or what it answered is not to be trusted; the message is for the log."""


@dataclass(frozen=True, slots=True)
class Client:
    """This site, as the issuer knows it."""

    issuer: str
    client_id: str
    secret: str


@dataclass(frozen=True, slots=True)
class Begun:
    """A sign-in under way, to be remembered in the session: plain texts all."""

    state: str
    nonce: str
    verifier: str


def begin(client: Client, back: str) -> tuple[str, Begun]:
    """The issuer's address to send the browser to, and what `finish` needs. Raises OpenIDFailed."""
    begun = Begun(secrets.token_urlsafe(24), secrets.token_urlsafe(24), secrets.token_urlsafe(48))
    challenge = _unpadded(hashlib.sha256(begun.verifier.encode()).digest())
    asked = {
        "response_type": "code",
        "scope": "openid profile",
        "client_id": client.client_id,
        "redirect_uri": back,
        "state": begun.state,
        "nonce": begun.nonce,
        "code_challenge": challenge,
        "code_challenge_method": "S256",
    }
    address = _endpoint(_configuration(client), "authorization_endpoint")
    return f"{address}{'&' if '?' in address else '?'}{urlencode(asked)}", begun


def finish(client: Client, begun: Begun, *, back: str, code: str) -> dict[str, Any]:
    """The claims of the ID token for which the issuer changes the code. Raises OpenIDFailed."""
    known = _configuration(client)
    form = {
        "grant_type": "authorization_code",
        "code": code,
        "redirect_uri": back,
        "code_verifier": begun.verifier,
        "client_id": client.client_id,
    }
    headers = {}
    if client.secret and "client_secret_post" in known.get("token_endpoint_auth_methods_supported", []):
        form["client_secret"] = client.secret
    elif client.secret:  # the default of the standard
        pair = urlencode({client.client_id: client.secret}).replace("=", ":", 1)
        headers["Authorization"] = "Basic " + base64.b64encode(pair.encode()).decode()
    answer = _fetched(_endpoint(known, "token_endpoint"), urlencode(form).encode(), headers)
    token = answer.get("id_token")
    if not isinstance(token, str):
        raise OpenIDFailed("the token endpoint gave no ID token")
    claims = _verified(token, lambda: _fetched(_endpoint(known, "jwks_uri")).get("keys", []))
    _check(claims, client, begun.nonce)
    return claims


# Asking the issuer -----------------------------------------------------------------------------------------------------


def _configuration(client: Client) -> dict[str, Any]:
    issuer = client.issuer.rstrip("/")
    known = _fetched(f"{issuer}/.well-known/openid-configuration")
    if str(known.get("issuer", "")).rstrip("/") != issuer:
        raise OpenIDFailed(f"{issuer} calls itself {known.get('issuer')!r}")
    return known


def _endpoint(known: dict[str, Any], name: str) -> str:
    address = known.get(name)
    if not isinstance(address, str):
        raise OpenIDFailed(f"the issuer names no {name}")
    return _safe(address)


def _safe(address: str) -> str:
    """The address, if nobody on the way can read along: https, or this very machine."""
    parts = urlsplit(address)
    if parts.scheme == "https" or (parts.scheme == "http" and _is_here(parts.hostname or "")):
        return address
    raise OpenIDFailed(f"{address} is not https")


def _is_here(host: str) -> bool:
    try:
        return host == "localhost" or ip_address(host).is_loopback
    except ValueError:
        return False


class _NoRedirect(urllib.request.HTTPRedirectHandler):
    """An issuer's own addresses lead nowhere else: a code or a secret is sent to no third place."""

    def redirect_request(self, *_arguments: Any, **_more: Any) -> None:
        return None


_opener = urllib.request.build_opener(urllib.request.ProxyHandler({}), _NoRedirect)


def _fetched(address: str, form: bytes | None = None, headers: dict[str, str] | None = None) -> dict[str, Any]:
    """JSON from an address; `form` makes it a POST."""
    asked = urllib.request.Request(_safe(address), form, {"Accept": "application/json", **(headers or {})})  # noqa: S310 (_safe)
    try:
        with _opener.open(asked, timeout=SECONDS) as answer:
            found = json.loads(answer.read(MOST_BYTES))
    except (urllib.error.URLError, TimeoutError, OSError, ValueError) as error:
        raise OpenIDFailed(f"{urlsplit(address).hostname}: {error}") from error
    if not isinstance(found, dict):
        raise OpenIDFailed(f"{urlsplit(address).hostname} answered something else than an object")
    return found


# The ID token ----------------------------------------------------------------------------------------------------------


def _verified(token: str, keys: Callable[[], Any]) -> dict[str, Any]:
    """The claims of a token that one of the issuer's keys signed, by RS256 or ES256; "none" and HS256 are refused."""
    try:
        head, body, mark = token.split(".")
        header, claims, signature = json.loads(_raw(head)), json.loads(_raw(body)), _raw(mark)
        check = CHECKS[header["alg"]]
    except (ValueError, KeyError, TypeError) as error:
        raise OpenIDFailed("the ID token cannot be read, or is signed in a way that is not taken") from error
    for key in keys():
        if key.get("use", "sig") == "sig" and header.get("kid", key.get("kid")) == key.get("kid"):
            try:
                check(key, signature, f"{head}.{body}".encode())
            except (InvalidSignature, ValueError, KeyError):
                continue
            if isinstance(claims, dict):
                return claims
    raise OpenIDFailed("no key of the issuer signed the ID token")


def _check_rsa(key: dict[str, Any], signature: bytes, signed: bytes) -> None:
    public = rsa.RSAPublicNumbers(_number(key["e"]), _number(key["n"])).public_key()
    if key.get("kty") != "RSA" or public.key_size < LEAST_RSA_BITS:
        raise ValueError("no RSA key, or a short one")
    public.verify(signature, signed, padding.PKCS1v15(), hashes.SHA256())


def _check_ec(key: dict[str, Any], signature: bytes, signed: bytes) -> None:
    if key.get("kty") != "EC" or key.get("crv") != "P-256" or len(signature) != 64:
        raise ValueError("no key or signature on P-256")
    public = ec.EllipticCurvePublicNumbers(_number(key["x"]), _number(key["y"]), ec.SECP256R1()).public_key()
    pair = encode_dss_signature(int.from_bytes(signature[:32], "big"), int.from_bytes(signature[32:], "big"))
    public.verify(pair, signed, ec.ECDSA(hashes.SHA256()))


CHECKS = {"RS256": _check_rsa, "ES256": _check_ec}


def _check(claims: dict[str, Any], client: Client, nonce: str) -> None:
    """OpenID Connect Core 1.0, 3.1.3.7. Raises OpenIDFailed with the claim that is wrong."""
    now, told = clock.now().timestamp(), claims.get("aud")
    audience = told if isinstance(told, list) else [told]
    wrong = {
        "iss": str(claims.get("iss", "")).rstrip("/") != client.issuer.rstrip("/"),
        "aud": client.client_id not in audience,
        "azp": (len(audience) > 1 or "azp" in claims) and claims.get("azp") != client.client_id,
        "exp": not isinstance(claims.get("exp"), int | float) or claims["exp"] + LEEWAY < now,
        "iat": not isinstance(claims.get("iat"), int | float) or claims["iat"] - LEEWAY > now,
        "nonce": not secrets.compare_digest(str(claims.get("nonce", "")), nonce),
    }
    if found := [name for name, is_wrong in wrong.items() if is_wrong]:
        raise OpenIDFailed(f"claims of the ID token are wrong: {', '.join(found)}")


def _raw(text: str) -> bytes:
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


def _unpadded(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).decode().rstrip("=")


def _number(text: str) -> int:
    return int.from_bytes(_raw(text), "big")
