from __future__ import annotations

from typing import Any

import django.db.models.deletion
from django.db import migrations, models

# Words come cut and tagged: the tokenizer `ascii` leaves all but spaces alone, and no place within a row is asked for.
# The lists of beginnings (the tag and one to eight characters) make a beginning as quick as a word.
SQLITE = [
    "CREATE VIRTUAL TABLE search_fts USING fts5(words, tokenize='ascii', detail='none', prefix='3 4 5 6 7 8 9 10')"
]
POSTGRESQL = [
    "ALTER TABLE search_row ADD COLUMN words tsvector NOT NULL DEFAULT ''",
    "CREATE INDEX search_row_words ON search_row USING gin (words) WITH (fastupdate = off)",
    "ALTER TABLE search_row ALTER COLUMN words SET STATISTICS 1000",
]
BACKWARDS = {"sqlite": ["DROP TABLE search_fts"], "postgresql": []}
"""On PostgreSQL column and index go with their table."""


def make_words(apps: Any, schema_editor: Any) -> None:
    for statement in SQLITE if schema_editor.connection.vendor == "sqlite" else POSTGRESQL:
        schema_editor.execute(statement)


def drop_words(apps: Any, schema_editor: Any) -> None:
    for statement in BACKWARDS[schema_editor.connection.vendor]:
        schema_editor.execute(statement)


class Migration(migrations.Migration):
    initial = True
    dependencies = [("subjects", "0001_initial")]
    operations = [
        migrations.CreateModel(
            name="SearchRow",
            fields=[
                ("id", models.BigIntegerField(primary_key=True, serialize=False)),
                ("kind", models.CharField(max_length=12)),
                ("object_id", models.BigIntegerField()),
                ("title", models.CharField(max_length=200)),
                ("about", models.CharField(default="", max_length=300)),
                ("text", models.TextField(default="")),
                ("keys", models.TextField(default="")),
                ("sounds", models.TextField(default="")),
                (
                    "subject",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="search_rows",
                        to="subjects.subject",
                    ),
                ),
            ],
            options={"db_table": "search_row"},
        ),
        migrations.AddConstraint(
            model_name="searchrow",
            constraint=models.UniqueConstraint(fields=("kind", "object_id"), name="search_row_once"),
        ),
        migrations.RunPython(make_words, drop_words),
    ]
