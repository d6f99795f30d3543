"""An import can be undone within a day: who, why, what became of each project; the voiding that only an undo may do."""

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("kernel", "0001_initial"),
        ("orgs", "0001_initial"),
        ("projects", "0007_factrecheck"),
    ]

    operations = [
        migrations.CreateModel(
            name="UndoneProject",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "outcome",
                    models.CharField(
                        choices=[
                            ("void", "录入作废"),
                            ("restored", "已恢复"),
                            ("partly", "部分恢复"),
                            ("left", "留着没动"),
                            ("same", "没有要恢复的"),
                        ],
                        max_length=10,
                    ),
                ),
                ("fields", models.JSONField(default=list)),
                ("left", models.JSONField(default=list)),
            ],
            options={
                "ordering": ["pk"],
            },
        ),
        migrations.RemoveConstraint(
            model_name="voidrequest",
            name="void_approved_by_another",
        ),
        migrations.AddField(
            model_name="importbatch",
            name="undo_asked_at",
            field=models.DateTimeField(null=True),
        ),
        migrations.AddField(
            model_name="importbatch",
            name="undo_job",
            field=models.ForeignKey(
                null=True, on_delete=django.db.models.deletion.PROTECT, related_name="+", to="kernel.job"
            ),
        ),
        migrations.AddField(
            model_name="importbatch",
            name="undo_reason",
            field=models.CharField(blank=True, default="", max_length=500, verbose_name="撤销理由"),
        ),
        migrations.AddField(
            model_name="importbatch",
            name="undo_until",
            field=models.DateTimeField(null=True, verbose_name="可撤销到"),
        ),
        migrations.AddField(
            model_name="importbatch",
            name="undone_at",
            field=models.DateTimeField(null=True, verbose_name="撤销时间"),
        ),
        migrations.AddField(
            model_name="importbatch",
            name="undone_by",
            field=models.ForeignKey(
                null=True, on_delete=django.db.models.deletion.PROTECT, related_name="+", to="orgs.member"
            ),
        ),
        migrations.AddField(
            model_name="importedrow",
            name="act",
            field=models.UUIDField(null=True),
        ),
        migrations.AddField(
            model_name="voidrequest",
            name="undo_of",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="projects.importbatch",
            ),
        ),
        migrations.AlterField(
            model_name="importbatch",
            name="state",
            field=models.CharField(
                choices=[
                    ("preview", "看预览"),
                    ("applying", "入库中"),
                    ("done", "已入库"),
                    ("dropped", "已放弃"),
                    ("undoing", "撤销中"),
                    ("undone", "已撤销"),
                ],
                default="preview",
                max_length=10,
                verbose_name="状态",
            ),
        ),
        migrations.AddConstraint(
            model_name="importbatch",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(
                        models.Q(("state__in", ["undoing", "undone"]), _negated=True),
                        ("undo_asked_at", None),
                        ("undo_reason", ""),
                        ("undone_at", None),
                        ("undone_by", None),
                    ),
                    models.Q(
                        ("state__in", ["undoing", "undone"]),
                        ("undo_asked_at__isnull", False),
                        ("undone_by__isnull", False),
                        models.Q(("undo_reason", ""), _negated=True),
                    ),
                    _connector="OR",
                ),
                name="importbatch_undone_by_whom",
                violation_error_message="撤销导入要写明谁撤销、为什么。",
            ),
        ),
        migrations.AddConstraint(
            model_name="importbatch",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("undo_asked_at", None), ("undo_until__gte", models.F("undo_asked_at")), _connector="OR"
                ),
                name="importbatch_undone_in_time",
                violation_error_message="导入满一天以后不能再撤销。",
            ),
        ),
        migrations.AddConstraint(
            model_name="voidrequest",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("state", "asked"),
                    models.Q(
                        ("decided_by__isnull", False),
                        models.Q(
                            ("undo_of__isnull", False),
                            models.Q(("decided_by", models.F("asked_by")), _negated=True),
                            _connector="OR",
                        ),
                    ),
                    _connector="OR",
                ),
                name="void_approved_by_another",
                violation_error_message="作废要由另一个人批准。",
            ),
        ),
        migrations.AddField(
            model_name="undoneproject",
            name="batch",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT, related_name="undone_projects", to="projects.importbatch"
            ),
        ),
        migrations.AddField(
            model_name="undoneproject",
            name="project",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT, related_name="+", to="projects.project"
            ),
        ),
        migrations.AddConstraint(
            model_name="undoneproject",
            constraint=models.UniqueConstraint(fields=("batch", "project"), name="undoneproject_once"),
        ),
    ]
