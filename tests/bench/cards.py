"""1,000 stall cards to PDF, against the making of their QR matrices alone.

Goals: all of it within 1.5 times the matrices' time, without the final check, which is told apart; at most
300 MB at the peak. Runs in a process of its own, so that the peak is that of the cards.
"""

import resource
import subprocess
import sys
import time
from collections.abc import Callable
from datetime import date
from statistics import median

from markets.cards import CardFace, check_sheet, sheet_pdf
from portal.codes import qr

COUNT = 1000
HOLDERS = ["Siu H’Mẫu", "Nguyễn Thị Mẫu", "Nguyễn Hoàng Phương Thảo Ví Dụ Dài", "Kpă Y Thử", "RAH LAN H MAU"]


def run() -> None:
    """Measures in a fresh process and prints."""
    subprocess.run([sys.executable, "-m", "tests.bench.cards"], check=True)


def measure() -> None:
    """Prints times, ratios and the peak of this process's memory.

    Elapsed time is what people wait for, but follows what else the machine does; processor time, of all
    threads together, hardly does. Three rounds are told one by one, then their medians.
    """
    faces = [_face(number) for number in range(COUNT)]
    ratios = []
    for number in range(3):
        matrices, _ = _timed(lambda: [qr.matrix(face.payload, "M") for face in faces])
        making, pdf = _timed(lambda: sheet_pdf(faces, demo=True))
        ratios.append([made / alone for made, alone in zip(making, matrices, strict=True)])
        print(
            f"round {number + 1}: {COUNT} matrices {_told(matrices)}; {COUNT} cards to PDF {_told(making)}; "
            f"ratio {ratios[-1][0]:.2f} elapsed, {ratios[-1][1]:.2f} processor"
        )
    elapsed, processor = (median(column) for column in zip(*ratios, strict=True))
    print(f"median ratio: {elapsed:.2f} elapsed, {processor:.2f} processor (goal ≤ 1.50)")
    peak = _peak()
    checking, _ = _timed(lambda: check_sheet(pdf, faces))
    print(f"final check, apart: {_told(checking)}, processor ratio {checking[1] / matrices[1]:.2f}")
    print(f"PDF {len(pdf) / 1e6:.1f} MB; peak memory {peak} MB, with the check {_peak()} MB (goal ≤ 300 MB)")


def _timed(work: Callable) -> tuple[tuple[float, float], object]:
    """Elapsed and processor seconds of `work`, and what it gave."""
    start = time.perf_counter(), time.process_time()
    result = work()
    return (time.perf_counter() - start[0], time.process_time() - start[1]), result


def _told(seconds: tuple[float, float]) -> str:
    return f"{seconds[0]:.2f} s elapsed, {seconds[1]:.2f} s processor"


def _peak() -> int:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024


def _face(number: int) -> CardFace:
    return CardFace(
        serial=f"GL-{number // 100:04}-{number % 100:03}",
        check_address="thanhnien.example.vn/t/7F3KM2Q7",
        stall_name="Rau sạch chị H’Mẫu",
        stall_line=f"Sạp B{number:03}, chợ Hoa Lư",
        holder=f"{HOLDERS[number % len(HOLDERS)]} {number}",
        bank_name="BIDV",
        last4=f"{number:04}",
        payload=f"00020101021138630010A000000727013300069704180119MAU{number * 7919:016}"
        f"0208QRIBFTTA53037045802VN6304{number:04X}",
        printed_on=date(2026, 11, 20),
    )


if __name__ == "__main__":
    measure()
