from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("kernel", "0001_initial"),
    ]

    operations = [
        migrations.AddField(
            model_name="requestkey",
            name="asked",
            field=models.CharField(default="", max_length=64),
        ),
    ]
