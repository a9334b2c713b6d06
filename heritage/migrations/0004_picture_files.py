"""The same bytes may be two pictures' files; what is removed stays while an edition shows it; share cards.

The table of files is made anew, empty: a primary key cannot be exchanged, and no picture was ever sent.
"""

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("heritage", "0003_scans_without_a_lock")]

    operations = [
        migrations.RemoveConstraint(model_name="picture", name="heritage_picture_once"),
        migrations.RemoveConstraint(model_name="recording", name="heritage_recording_once"),
        migrations.AddField(
            model_name="picture",
            name="removed_at",
            field=models.DateTimeField(blank=True, editable=False, null=True, verbose_name="xóa lúc"),
        ),
        migrations.AddField(
            model_name="recording",
            name="removed_at",
            field=models.DateTimeField(blank=True, editable=False, null=True, verbose_name="xóa lúc"),
        ),
        migrations.AlterField(
            model_name="recording",
            name="name",
            field=models.CharField(db_index=True, max_length=40, verbose_name="tên tệp"),
        ),
        migrations.DeleteModel(name="PictureFile"),
        migrations.CreateModel(
            name="PictureFile",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("name", models.CharField(db_index=True, max_length=40, verbose_name="tên tệp")),
                (
                    "format",
                    models.CharField(
                        choices=[("avif", "AVIF"), ("webp", "WebP"), ("jpg", "JPEG")], max_length=4, verbose_name="dạng"
                    ),
                ),
                ("width", models.PositiveIntegerField(verbose_name="rộng (px)")),
                ("height", models.PositiveIntegerField(verbose_name="cao (px)")),
                ("size", models.PositiveIntegerField(verbose_name="cỡ (byte)")),
                ("content", models.BinaryField(verbose_name="nội dung")),
                (
                    "picture",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="files",
                        to="heritage.picture",
                        verbose_name="hình ảnh",
                    ),
                ),
            ],
            options={
                "verbose_name": "cỡ ảnh",
                "verbose_name_plural": "cỡ ảnh",
                "ordering": ["picture", "format", "width"],
            },
        ),
        migrations.AddConstraint(
            model_name="picture",
            constraint=models.UniqueConstraint(
                condition=models.Q(("removed_at", None)),
                fields=("site", "sha256", "use", "language"),
                name="heritage_picture_once",
                violation_error_message="Ảnh này đã có ở đây.",
            ),
        ),
        migrations.AddConstraint(
            model_name="recording",
            constraint=models.UniqueConstraint(
                condition=models.Q(("removed_at", None)),
                fields=("site", "language"),
                name="heritage_recording_once",
                violation_error_message="Ngôn ngữ này đã có bản thu. Xóa bản cũ rồi gửi bản mới.",
            ),
        ),
        migrations.AddConstraint(
            model_name="picturefile",
            constraint=models.UniqueConstraint(
                fields=("name", "picture"), nulls_distinct=False, name="heritage_picturefile_once"
            ),
        ),
        migrations.AddField(
            model_name="edition",
            name="share_card",
            field=models.ForeignKey(
                blank=True,
                editable=False,
                null=True,
                on_delete=django.db.models.deletion.SET_NULL,
                related_name="+",
                to="heritage.picturefile",
                verbose_name="ảnh khi chia sẻ",
            ),
        ),
    ]
