
import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('projects', '0005_change_by_import'),
    ]

    operations = [
        migrations.CreateModel(
            name='LoneItem',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('item', models.OneToOneField(on_delete=django.db.models.deletion.CASCADE, related_name='lone', to='projects.listitem', verbose_name='条目')),
            ],
            options={
                'verbose_name': '不属于共同项目的条目',
                'verbose_name_plural': '不属于共同项目的条目',
                'ordering': ['item'],
            },
        ),
    ]
