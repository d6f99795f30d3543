"""Personal data: telephone, identity number, private mail and address. Official names and posts are not personal.

Each person has a key of his own (SM4-GCM), kept wrapped by the installation's key; erasing the person destroys it, and
with it every copy of the value but those in backups that still hold the key's row. Audit, jobs and logs hold only
`person:<id>#<field>`. An exact match goes through a blind index (HMAC-SM3). Sources: docs/domain/personal.md.
"""

from __future__ import annotations

import re
import secrets
import unicodedata
from base64 import b64decode, b64encode
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives import hashes, hmac
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import models
from django.utils.translation import gettext_lazy as _

from luodi.kernel import clock
from luodi.kernel.hiding import HIDDEN as HIDDEN
from luodi.kernel.hiding import without_numbers as without_numbers

NONCE = 12
TAG = 16
_PERSONAL_NUMBERS = re.compile(
    r"(?<![\d.])(?:\+?86[- ]?)?1[3-9]\d[- ]?\d{4}[- ]?\d{4}(?![\d.])"  # mobile telephones
    r"|(?<!\d)0\d{2,3}[- ]\d{7,8}(?!\d)"  # others, with their area's code
    r"|(?<![\dA-Za-z])\d{6}(?:19|20)\d{2}(?:0[1-9]|1[0-2])\d{5}[\dXx](?![\dA-Za-z])"  # identity numbers
)


def seal(key: bytes, data: bytes) -> bytes:
    """SM4-GCM: nonce ‖ ciphertext ‖ tag. `key` has 16 bytes."""
    nonce = secrets.token_bytes(NONCE)
    encryptor = Cipher(algorithms.SM4(key), modes.GCM(nonce)).encryptor()
    return nonce + encryptor.update(data) + encryptor.finalize() + encryptor.tag


def unseal(key: bytes, sealed: bytes) -> bytes:
    """Undo `seal`. Raises cryptography's InvalidTag where key or bytes are not the ones sealed."""
    nonce, body, tag = sealed[:NONCE], sealed[NONCE:-TAG], sealed[-TAG:]
    decryptor = Cipher(algorithms.SM4(key), modes.GCM(nonce, tag)).decryptor()
    return decryptor.update(body) + decryptor.finalize()


def _hmac(key: bytes, text: str) -> bytes:
    """HMAC-SM3, from the library that gives SM4 too: what is sealed on one machine opens on any other."""
    code = hmac.HMAC(key, hashes.SM3())
    code.update(text.encode())
    return code.finalize()


def _master(purpose: str) -> bytes:
    """A key for one purpose, derived from the installation's secret."""
    return _hmac(settings.LUODI_PERSONAL_SECRET.encode(), purpose)


def keyed_digest(purpose: str, text: str) -> str:
    """A digest that only this installation can make, so that a short text cannot be guessed from it."""
    return _hmac(_master(purpose), text).hex()


def seal_text(purpose: str, text: str) -> str:
    """A text sealed under this installation's key for one purpose, as base64: for secrets that belong to no person's key,
    and for what a browser carries back unread."""
    return b64encode(seal(_master(purpose)[:16], text.encode())).decode()


def unseal_text(purpose: str, sealed: str) -> str:
    """Undo `seal_text`. Raises ValueError where it was sealed for another purpose or elsewhere, or was changed."""
    try:
        return unseal(_master(purpose)[:16], b64decode(sealed, validate=True)).decode()
    except InvalidTag as error:
        raise ValueError("not sealed here for this purpose") from error


def blind(value: str) -> str:
    """The blind index of a value: equal values give equal indexes, and nothing more can be told from them.

    Full width, spaces, dashes, case and the country code +86 make no difference.
    """
    text = re.sub(r"[\s\-()]", "", unicodedata.normalize("NFKC", value)).lower().removeprefix("+86")
    return keyed_digest("blind", text) if text else ""


def without_personal_numbers(text: str, instead: str = HIDDEN) -> str:
    """Text that is kept, without the telephone and identity numbers in it: those are kept only where they are sealed."""
    return _PERSONAL_NUMBERS.sub(instead, text)


class PersonKey(models.Model):
    """One key: of a person, or of a file that holds people's data. Destroyed when `wrapped` is empty."""

    wrapped = models.BinaryField(editable=False)
    destroyed_at = models.DateTimeField(null=True)

    class Meta:
        app_label = "kernel"

    def __str__(self) -> str:
        return f"person:{self.pk}"

    @classmethod
    def fresh(cls) -> PersonKey:
        """Make and store a new key."""
        return cls.objects.create(wrapped=seal(_master("wrap")[:16], secrets.token_bytes(16)))

    @cached_property
    def key(self) -> bytes | None:
        """The 16 bytes of the key, or None once it is destroyed."""
        wrapped = bytes(self.wrapped)
        return unseal(_master("wrap")[:16], wrapped) if wrapped else None

    def seal(self, data: bytes) -> bytes:
        if self.key is None:
            raise ValueError("the key was destroyed")
        return seal(self.key, data)

    def unseal(self, sealed: bytes) -> bytes | None:
        """The plain bytes, or None once the key is destroyed."""
        return None if self.key is None else unseal(self.key, sealed)

    def destroy(self) -> None:
        """Erase: nothing sealed under this key can be read again from this database (docs/domain/personal.md#erasure)."""
        self.wrapped = b""
        self.destroyed_at = clock.now()
        self.save(update_fields=["wrapped", "destroyed_at"])
        self.__dict__.pop("key", None)


class Sealed(str):
    """Text of a personal field as the database holds it."""

    __slots__ = ()


@dataclass(frozen=True, slots=True, repr=False)
class Personal:
    """A personal value as a row holds it. It prints masked; only `reveal` gives it whole."""

    held: str
    row: models.Model

    def reveal(self) -> str:
        """The plain value ("" where there is none or its key was destroyed)."""
        if not isinstance(self.held, Sealed):
            return self.held
        person: PersonKey | None = getattr(self.row, "person", None)
        plain = person.unseal(b64decode(self.held)) if self.held and person else None
        return "" if plain is None else plain.decode()

    def masked(self) -> str:
        """Enough to recognise, too little to use: 138••••8617."""
        value = self.reveal()
        if len(value) < 8:
            return HIDDEN if value else ""
        return f"{value[:3]}{HIDDEN}{value[-4:]}"

    def __str__(self) -> str:
        return self.masked()

    def __repr__(self) -> str:
        return "Personal(…)"

    def __bool__(self) -> bool:
        return bool(self.held)

    def __eq__(self, other: object) -> bool:
        return (other.reveal() if isinstance(other, Personal) else other) == self.reveal()

    def __hash__(self) -> int:
        return hash(self.reveal())


class PersonalField(models.TextField[Any, Any]):
    """A personal value of a row that has a `person` (PersonKey). Assign a plain str; read a `Personal`.

    `index` names a sibling CharField(64), declared after this field, that receives the blind index.
    """

    def __init__(self, *args: Any, index: str = "", **kwargs: Any) -> None:
        self.index = index
        kwargs.setdefault("blank", True)
        kwargs.setdefault("default", "")
        super().__init__(*args, **kwargs)

    def deconstruct(self) -> Any:
        name, path, args, kwargs = super().deconstruct()
        return name, path, args, {**kwargs, "index": self.index}

    def contribute_to_class(self, cls: type[models.Model], name: str, private_only: bool = False) -> None:
        super().contribute_to_class(cls, name, private_only)
        setattr(cls, self.attname, _Holder(self.attname))

    def from_db_value(self, value: str | None, *_args: Any) -> Sealed:
        return Sealed(value or "")

    def pre_save(self, model_instance: models.Model, add: bool) -> Sealed:
        """Seal a plain value under its person's key, and set the blind index beside it."""
        held = model_instance.__dict__.get(self.attname) or ""
        if isinstance(held, Sealed):
            return held
        if HIDDEN in held:
            raise ValueError(f"{self.name}: a masked value is not the value")
        if self.index:
            setattr(model_instance, self.index, blind(held))
        sealed = Sealed(b64encode(_key(model_instance).seal(held.encode())).decode() if held else "")
        model_instance.__dict__[self.attname] = sealed
        return sealed

    def get_prep_value(self, value: Any) -> str:
        """Only sealed text reaches the database: `filter(phone=…)` or `update(phone=…)` on a queryset is refused."""
        held = value.held if isinstance(value, Personal) else value
        if held and not isinstance(held, Sealed):
            raise TypeError(f"{self.name} is personal: write it through the row, look it up by its blind index")
        return str(held or "")

    def get_lookup(self, lookup_name: str) -> Any:
        """Nothing but emptiness can be asked of sealed text; an exact match goes through the index."""
        return super().get_lookup(lookup_name) if lookup_name in {"exact", "isnull"} else None

    def reference(self, row: models.Model) -> str:
        """What audit and logs hold instead of the value: whose field it is ("" where it is empty)."""
        person = getattr(row, "person_id", None)
        return f"person:{person}#{self.name}" if row.__dict__.get(self.attname) else ""

    def clean(self, value: Any, model_instance: models.Model | None) -> Any:
        """Refuse the masked form that pages show: it would overwrite the value it hides."""
        held = value.held if isinstance(value, Personal) else value
        if held and not isinstance(held, Sealed) and HIDDEN in held:
            raise ValidationError(_("请填写完整内容，不要带“••••”。"), code="masked")
        return value


class _Holder:
    """Keeps sealed or plain text in the instance dict and hands out a `Personal`."""

    def __init__(self, name: str) -> None:
        self.name = name

    def __get__(self, row: models.Model | None, owner: type[models.Model]) -> Any:
        if row is None:
            return self
        if self.name not in row.__dict__:
            row.refresh_from_db(fields=[self.name])
        return Personal(row.__dict__[self.name], row)

    def __set__(self, row: models.Model, value: Any) -> None:
        row.__dict__[self.name] = value.held if isinstance(value, Personal) else value


def _key(row: models.Model) -> PersonKey:
    person: PersonKey | None = getattr(row, "person")  # noqa: B009 (typed reads of a field that the subclass declares)
    if person is None:
        raise ValueError("personal data needs a person whose key seals it")
    return person
