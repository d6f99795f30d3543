"""The index of what can be searched: derived from other rows in the act that writes them, and rebuilt from them."""

from __future__ import annotations

from django.db import models


class SearchRow(models.Model):
    """What the index shows of one thing. Its words stand beside it: in `search_fts` (FTS5) on SQLite, in the column
    `words` (tsvector) on PostgreSQL, both made by the migration and written by services alone.

    The id is the row's place (rules.place): kind, then live before ended, then the newer first when read downwards.
    """

    id = models.BigIntegerField(primary_key=True)
    kind = models.CharField(max_length=12)
    object_id = models.BigIntegerField()
    subject = models.ForeignKey("subjects.Subject", models.PROTECT, null=True, related_name="search_rows")
    title = models.CharField(max_length=200)
    about = models.CharField(max_length=300, default="")
    text = models.TextField(default="")
    keys = models.TextField(default="")
    sounds = models.TextField(default="")

    class Meta:
        db_table = "search_row"
        constraints = [models.UniqueConstraint(fields=["kind", "object_id"], name="search_row_once")]

    def __str__(self) -> str:
        return f"{self.kind} {self.object_id}"

    @property
    def live(self) -> bool:
        return bool(self.pk >> 47 & 1)
