"""Pictures that somebody sends: the slowest refusal, and the worst picture that is still taken.

Goals: a refusal within 3 s; at most 300 MB in the process that decodes, with Django and all of the portal in
it. Each of the worst pictures is made into its sizes by a process of its own, so that the peak is its own.
"""

import subprocess
import sys
import tempfile
import time
from pathlib import Path

from tests.memory import memory_peak

WORST = ("jpeg", "jpeg in waves", "jpeg in four colours", "jpeg, long", "png in colours", "png in grey",
         "png one sees through", "png in 16 bits", "webp", "webp, long drawing")  # fmt: skip


def run() -> None:
    """Measures in fresh processes and prints."""
    subprocess.run([sys.executable, "-m", "tests.bench.uploads", "refusals"], check=True)
    with tempfile.TemporaryDirectory() as folder:
        for name in WORST:
            file = Path(folder) / "picture"
            subprocess.run(
                [sys.executable, "-m", "tests.bench.uploads", "write", name, str(file)], check=True
            )
            start = time.perf_counter()
            reader = subprocess.Popen([sys.executable, "-m", "tests.bench.uploads", "read", str(file)])
            peak = memory_peak(reader)
            spent = time.perf_counter() - start
            megabytes = file.stat().st_size / 1e6
            print(
                f"{name}, {megabytes:.1f} MB: {spent:.1f} s with start, peak {peak:.0f} MB (goal ≤ 300)",
                flush=True,
            )


def refusals() -> None:
    """Every bad upload, from its bytes to the sentence."""
    from heritage import pictures
    from tests.heritage import bad_uploads

    times = []
    for name, data in bad_uploads.every():
        start = time.perf_counter()
        try:
            pictures.check(data)
            pictures.upright(data)
        except pictures.PictureError:
            times.append((time.perf_counter() - start, name))
    slowest, name = max(times)
    print(f"{len(times)} refused; the slowest in {slowest:.2f} s: {name} (goal ≤ 3 s)")


def read(file: str) -> None:
    """All sizes of a picture, as the worker makes them."""
    import procrastinate.contrib.django.models  # noqa: F401

    from heritage import pictures

    data = Path(file).read_bytes()
    width, height = pictures.check(data)
    made = sum(1 for _ in pictures.files(pictures.upright(data), budget=pictures.FIRST_VIEW))
    assert made == pictures.count(width, height)


def write(name: str, file: str) -> None:
    """The largest picture of its kind that is taken."""
    from PIL import Image

    from heritage.pictures import LONGEST, MAX_MEMORY, MAX_PIXELS

    def slope(pixels: int, mode: str, ratio: float = 4 / 3) -> Image.Image:
        height = int((pixels / ratio) ** 0.5)
        return Image.linear_gradient("L").resize((int(height * ratio), height)).convert(mode)

    if name.startswith("jpeg"):
        pixels = MAX_MEMORY // 3 if "waves" in name else MAX_PIXELS
        image = slope(
            pixels, "CMYK" if "four" in name else "RGB", LONGEST * 0.99 if "long" in name else 4 / 3
        )
        image.save(file, "JPEG", quality=90, progressive="waves" in name)
    elif name.startswith("png"):
        mode, weight = {"grey": ("L", 0), "16 bits": ("I;16", 2)}.get(name.split(" in ")[-1], ("RGB", 4))
        mode = "RGBA" if "sees" in name else mode
        image = slope(min(MAX_PIXELS, MAX_MEMORY // weight if weight else MAX_PIXELS), mode)
        image.save(file, "PNG", compress_level=1)
    else:
        slope(MAX_MEMORY // 16, "RGB", 1 / 4 if "long" in name else 4 / 3).save(
            file, "WEBP", quality=70, method=0
        )


if __name__ == "__main__":
    import os

    import tests.environment  # noqa: F401  settings of tests; nothing here asks the database

    os.environ.setdefault("DATABASE_URL", "postgres://nobody@/nothing")
    import django

    django.setup()
    {"refusals": refusals, "read": read, "write": write}[sys.argv[1]](*sys.argv[2:])
