"""What the worker does for heritage (procrastinate finds it by its name)."""

from django.db import InterfaceError, OperationalError
from procrastinate import RetryStrategy
from procrastinate.contrib.django import app

from heritage import pictures, scans, sharecards
from heritage.models import Picture

TICK = "*/10 * * * *"
# The database went away, or two transactions waited for each other: worth another try.
AGAIN = (OperationalError, InterfaceError)
STOPPED = "Máy chủ dừng giữa chừng. Bấm “Làm lại”; còn lỗi thì báo Tỉnh Đoàn."


@app.task(name=Picture.TASK, retry=RetryStrategy(max_attempts=3, wait=10, retry_exceptions=AGAIN))
def make_picture_sizes(picture_id: str) -> None:
    """Makes the sizes of one picture; a bad one ends as failed, with its sentence.

    After a worker's death `rescue` lets another begin it again.
    """
    picture = Picture.objects.filter(pk=picture_id).first()
    if picture is None or not picture.is_open:
        return  # removed meanwhile, or the worker died between finishing the work and saying so
    try:
        pictures.make_sizes(picture)
    except pictures.PictureError:
        return  # told on the picture
    except AGAIN:
        raise
    except Exception:
        picture.mark_failed(STOPPED)
        raise


@app.periodic(cron=TICK)
@app.task(name="lost_pictures")
def give_up_lost_pictures(timestamp: int) -> None:
    """Says of pictures that no worker will take up any more that they failed; they can be begun anew."""
    for picture in Picture.objects.light().lost():
        picture.mark_failed(STOPPED)


@app.periodic(cron=TICK)
@app.task(name="fold_scans")
def fold_scans(timestamp: int) -> None:
    """Adds up the scans of the last minutes."""
    scans.fold()


@app.periodic(cron=TICK)
@app.task(name="share_cards")
def make_share_cards(timestamp: int) -> None:
    """Makes the cards of what was published without one: the desk makes them, a command may not."""
    sharecards.make_missing()
