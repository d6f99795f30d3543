"""The same form twice: the key's row is the first statement of its act and holds what the act answered."""

from __future__ import annotations

from dataclasses import fields, is_dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.apps import apps
from django.core.files import File
from django.db import models
from django.utils.translation import gettext as _

from luodi.kernel import canonical
from luodi.kernel.errors import DomainError
from luodi.kernel.models import RequestKey
from luodi.kernel.personal import keyed_digest


def claim(
    key: UUID, *, act: UUID, service: str, actor: str, at: datetime, arguments: dict[str, Any]
) -> RequestKey | None:
    """Write the key for this act; where another act came first, give its row.

    On PostgreSQL this waits for a twin that is still running. Raises DomainError "request_key_reused" where the key
    came with another service, actor or arguments: what they ask was never done, and must not look done.
    """
    mine = RequestKey(key=key, act=act, service=service, actor=actor, at=at, asked=_asked(arguments))
    RequestKey.objects.bulk_create([mine], ignore_conflicts=True)
    first = RequestKey.objects.get(pk=key)
    if first.act == act:
        return None
    if (first.service, first.actor, first.asked) != (mine.service, mine.actor, mine.asked):
        raise DomainError("request_key_reused", _("这个表单已经用过。请重新打开页面再提交。"))
    return first


def keep_answer(key: UUID, answer: object) -> None:
    RequestKey.objects.filter(pk=key).update(answer=_answer_to_json(answer))


def answer_of(row: RequestKey) -> Any:
    """What the first act answered; a model instance is read anew."""
    return _answer_from_json(row.answer)


def _answer_from_json(stored: dict[str, Any]) -> Any:
    if "model" in stored:
        return apps.get_model(stored["model"])._default_manager.get(pk=stored["pk"])
    if "rows" in stored:
        return [_answer_from_json(one) for one in stored["rows"]]
    return stored["value"]


def _answer_to_json(answer: Any) -> Any:
    if isinstance(answer, models.Model):
        return {"model": answer._meta.label_lower, "pk": answer.pk}
    if isinstance(answer, list) and any(isinstance(one, models.Model) for one in answer):
        return {"rows": [_answer_to_json(one) for one in answer]}
    return {"value": answer}


def _asked(arguments: dict[str, Any]) -> str:
    """A digest of the arguments, under a key of ours: a telephone number could be guessed from a bare one."""
    return keyed_digest("asked", canonical.dumps(_told(arguments)))


def _told(value: Any) -> Any:
    """A value in plain words. What has none (a stream, say) is told by its type alone."""
    if isinstance(value, models.Model):
        return f"{value._meta.label_lower}:{value.pk}"
    if isinstance(value, dict):
        return {str(name): _told(inner) for name, inner in value.items()}
    if isinstance(value, list | tuple):
        return [_told(inner) for inner in value]
    if isinstance(value, set | frozenset):
        return sorted(canonical.dumps(_told(inner)) for inner in value)
    if isinstance(value, File):
        return [value.name, value.size]
    if is_dataclass(value) and not isinstance(value, type):
        return {field.name: _told(getattr(value, field.name)) for field in fields(value)}
    try:
        return canonical.plain(value)
    except TypeError:
        return type(value).__name__
