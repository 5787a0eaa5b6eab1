from django.db import migrations, models


def forget_counts(apps, schema_editor):
    """Counts kept before do not know these two: ``rebuild_summary`` works them out anew."""
    apps.get_model("progress", "RoundSummary").objects.all().delete()


class Migration(migrations.Migration):

    dependencies = [
        ("progress", "0005_city_and_rules"),
    ]

    operations = [
        migrations.RunPython(forget_counts, migrations.RunPython.noop),
        migrations.AddField(
            model_name="roundsummary",
            name="doubtful",
            field=models.PositiveIntegerField(default=0, verbose_name="数据存疑"),
            preserve_default=False,
        ),
        migrations.AddField(
            model_name="roundsummary",
            name="bottom",
            field=models.PositiveIntegerField(default=0, verbose_name="位次靠后"),
            preserve_default=False,
        ),
    ]
