"""What counties accept for the options of the gates moves into the rulebook, with the days from which it held."""

from collections.abc import Iterable
from datetime import date
from typing import Any

from django.apps.registry import Apps
from django.db import migrations
from django.db.backends.base.schema import BaseDatabaseSchemaEditor

from luodi.kernel import clock, guards

OPTIONS = {"start_proof": ("foundation_photo", "piling_photo", "equipment_photo")}


def move(apps: Apps, _schema_editor: BaseDatabaseSchemaEditor) -> None:
    """A version for each day on which a county's choice changed. Who had entered it was not kept."""
    choices: Any = apps.get_model("projects", "GateChoice")  # type: ignore[misc]  # gone from the models of today
    by_region: dict[int, list[Any]] = {}
    for row in choices.objects.order_by("region_id", "pk"):
        by_region.setdefault(row.region_id, []).append(row)
    if by_region:
        with guards.lifted("rulebook_tableversion"), guards.lifted("rulebook_tablerow"):
            for region_id, rows in by_region.items():
                for day in sorted({row.valid_from for row in rows} | {row.valid_to for row in rows if row.valid_to}):
                    _version(apps, region_id, day, [row for row in rows if _holds(row, day)])


def _holds(row: Any, day: date) -> bool:
    return bool(row.valid_from <= day and (row.valid_to is None or row.valid_to > day))


def _version(apps: Apps, region_id: int, day: date, held: Iterable[Any]) -> None:
    held, now = list(held), clock.now()
    version = apps.get_model("rulebook", "TableVersion").objects.create(
        region_id=region_id, code="gate_options", valid_from=day, state="in_force", proposed_at=now, decided_at=now,
        applied_at=now, note="；".join(dict.fromkeys(row.source for row in held if row.source)) or "不再收窄",
    )  # fmt: skip
    position = 0
    for option, kinds in OPTIONS.items():
        narrowed = {row.kind for row in held if row.option == option} & set(kinds)
        for kind in kinds:
            cells = {"option": option, "kind": kind, "accepted": not narrowed or kind in narrowed}
            apps.get_model("rulebook", "TableRow").objects.create(version=version, position=position, cells=cells)
            position += 1


class Migration(migrations.Migration):
    dependencies = [("projects", "0005_nothing_blocks_what_has_ended"), ("rulebook", "0001_initial")]

    operations = [
        migrations.RunPython(move, migrations.RunPython.noop, elidable=True),
        migrations.DeleteModel(name="GateChoice"),
    ]
