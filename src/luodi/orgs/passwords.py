"""The password policy beyond Django's own validators."""

from __future__ import annotations

import secrets
import string

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _


class ThreeKinds:
    """At least three of: lower case, upper case, digits, other signs (GB/T 22239-2019 8.1.4.1)."""

    def validate(self, password: str, user: object = None) -> None:
        kinds = [string.ascii_lowercase, string.ascii_uppercase, string.digits]
        found = sum(any(sign in kind for sign in password) for kind in kinds)
        found += any(sign not in "".join(kinds) for sign in password)
        if found < 3:
            raise ValidationError(self.get_help_text(), code="password_kinds")

    def get_help_text(self) -> str:
        return _("密码要含大写字母、小写字母、数字、其他符号中的三类。")


PLAIN_SIGNS = "abcdefghjkmnpqrstuvwxyz23456789"
"""Letters and digits that cannot be taken for one another when read aloud."""


def suggested() -> str:
    """A first password that passes the policy, to be handed over by word of mouth."""
    groups = ["".join(secrets.choice(PLAIN_SIGNS) for _n in range(4)) for _group in range(3)]
    return "-".join([groups[0].upper(), *groups[1:], str(secrets.randbelow(90) + 10)])
