# From here on the database itself refuses to change the trail.

from django.db import migrations

from livelihood.organisation.seal import break_seal, set_seal


class Migration(migrations.Migration):

    dependencies = [("organisation", "0004_move_trail")]

    operations = [migrations.RunPython(set_seal, break_seal)]
