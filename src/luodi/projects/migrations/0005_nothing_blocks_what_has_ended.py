"""Read model only: a project that has ended, or was voided, has no open obstacles."""

from typing import Any

from django.db import migrations
from django.db.models import Q


def clear(apps: Any, _editor: Any) -> None:
    figures = apps.get_model("projects", "ProjectFigures")
    closed = figures.objects.filter(Q(project__stage="ended") | Q(project__void=True), open_obstacle_count__gt=0)
    closed.update(open_obstacle_count=0, obstacle_due_on=None)


class Migration(migrations.Migration):
    dependencies = [
        ("projects", "0004_project_place_and_texts"),
    ]

    operations = [migrations.RunPython(clear, migrations.RunPython.noop)]
