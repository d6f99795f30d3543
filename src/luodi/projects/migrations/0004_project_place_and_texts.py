"""A place is told whole or not at all; what a project tells of itself has a length."""

from typing import Any

import django.core.validators
from django.db import migrations, models
from django.db.models import Q


def forget_half_places(apps: Any, _editor: Any) -> None:
    """Half a place names none: what was typed of it is dropped, so that the constraint can stand."""
    project = apps.get_model("projects", "Project")
    halves = Q(latitude=None, longitude__isnull=False) | Q(latitude__isnull=False, longitude=None)
    project.objects.filter(halves).update(latitude=None, longitude=None)


class Migration(migrations.Migration):
    dependencies = [
        ("projects", "0003_lamp_turns"),
    ]

    operations = [
        migrations.AlterField(
            model_name="project",
            name="remark",
            field=models.TextField(
                blank=True,
                default="",
                validators=[django.core.validators.MaxLengthValidator(1000, "备注最多 1000 字，请写短些。")],
                verbose_name="备注",
            ),
        ),
        migrations.AlterField(
            model_name="project",
            name="summary",
            field=models.TextField(
                blank=True,
                default="",
                validators=[django.core.validators.MaxLengthValidator(2000, "建设内容最多 2000 字，请写短些。")],
                verbose_name="建设内容",
            ),
        ),
        migrations.RunPython(forget_half_places, migrations.RunPython.noop),
        migrations.AddConstraint(
            model_name="project",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("latitude__isnull", True), ("longitude__isnull", True)),
                    models.Q(("latitude__isnull", False), ("longitude__isnull", False)),
                    _connector="OR",
                ),
                name="project_place_whole",
                violation_error_message="纬度和经度要一起填，或者都不填。",
            ),
        ),
    ]
