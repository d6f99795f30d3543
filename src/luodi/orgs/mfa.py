"""What allauth.mfa asks of the house, names and how secrets are sealed; and what the house asks of it about passkeys."""

from __future__ import annotations

from base64 import b64encode
from typing import Any

import qrcode
from allauth.core import context
from allauth.mfa.adapter import DefaultMFAAdapter
from allauth.mfa.webauthn.internal import auth as webauthn
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from qrcode.image.svg import SvgPathFillImage

from luodi.kernel.personal import seal_text, unseal_text

PURPOSE = "second factor"
MALFORMED = (AttributeError, KeyError, TypeError, ValueError)
"""What fido2 and allauth raise where a stranger sends nonsense in place of a passkey's answer."""


class Adapter(DefaultMFAAdapter):  # type: ignore[misc]  # allauth ships no types
    error_messages = {
        **DefaultMFAAdapter.error_messages,
        "incorrect_code": gettext_lazy("没有验证成功，请再试一次。"),
    }

    def encrypt(self, text: str) -> str:
        return seal_text(PURPOSE, text)

    def decrypt(self, encrypted_text: str) -> str:
        return unseal_text(PURPOSE, encrypted_text)

    def get_totp_issuer(self) -> str:
        return _("落地")

    def get_totp_label(self, user: Any) -> str:
        return str(user.username)

    def get_public_key_credential_rp_entity(self) -> dict[str, str]:
        return {"id": context.request.get_host().partition(":")[0], "name": _("落地")}

    def get_public_key_credential_user_entity(self, user: Any) -> dict[str, Any]:
        entity: dict[str, Any] = super().get_public_key_credential_user_entity(user)
        return {**entity, "name": user.username, "display_name": user.member.name}


def qr_image(address: str) -> str:
    """The address as a QR code on white, as a data: address of an image."""
    made = qrcode.make(address, image_factory=SvgPathFillImage)
    return "data:image/svg+xml;base64," + b64encode(made.to_string()).decode()


def new_passkey(user: Any) -> dict[str, Any]:
    """What the browser needs to make a passkey for this account; the challenge is kept in the session."""
    return dict(webauthn.begin_registration(user, passwordless=True))


def passkey_question(user: Any | None) -> dict[str, Any]:
    """What the browser needs to sign in with a passkey: of this account, or of whichever it holds for this site."""
    return dict(webauthn.begin_authentication(user))


def checked_new_passkey(credential: Any) -> None:
    """Refuse what does not answer the challenge of `new_passkey`. Raises ValidationError."""
    try:
        webauthn.parse_registration_response(credential)
        verified = webauthn.complete_registration(credential).is_user_verified()
    except MALFORMED as error:
        raise Adapter().validation_error("incorrect_code") from error
    if not verified:
        raise Adapter().validation_error("incorrect_code")


def checked_answer(credential: Any, user: Any | None) -> Any:
    """The passkey (allauth's Authenticator) that answers the challenge of `passkey_question`. Raises ValidationError."""
    try:
        webauthn.parse_authentication_response(credential)
        owner = user or webauthn.extract_user_from_response(credential)
        return webauthn.complete_authentication(owner, credential)
    except MALFORMED as error:
        raise Adapter().validation_error("incorrect_code") from error
