from django.db import migrations, models
from django.db.models import Exists, OuterRef


def say_what_is_reported(apps, schema_editor):
    """As judging anew would: an accepted report of the round, or the item is completed."""
    summaries = apps.get_model("progress", "ItemSummary").objects
    accepted = apps.get_model("progress", "Report").objects.filter(
        state="accepted", round=OuterRef("round"), project=OuterRef("item__project")
    )
    summaries.filter(status="completed").update(reported=True)
    told = summaries.filter(Exists(accepted), reported=False)
    summaries.filter(pk__in=told.order_by().values("pk")).update(reported=True)


class Migration(migrations.Migration):

    dependencies = [
        ('progress', '0007_former_report'),
        ('projects', '0006_lone_items'),
    ]

    operations = [
        migrations.RemoveIndex(
            model_name='itemsummary',
            name='progress_summary_item',
        ),
        migrations.AddField(
            model_name='itemsummary',
            name='reported',
            field=models.BooleanField(default=False, verbose_name='本期已报或已完成'),
        ),
        migrations.AddIndex(
            model_name='itemsummary',
            index=models.Index(fields=['item', 'round', 'reported', 'actual'], name='progress_summary_item'),
        ),
        migrations.RunPython(say_what_is_reported, migrations.RunPython.noop),
    ]
