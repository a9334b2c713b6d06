"""How much memory another program takes."""

import subprocess
import time
from contextlib import suppress
from pathlib import Path


def memory_peak(program: subprocess.Popen) -> float:
    """The most memory a program had until it ended, in MB. (ru_maxrss would count ours, before exec.)"""
    most = 0
    while program.poll() is None:
        with suppress(OSError, StopIteration):
            lines = Path(f"/proc/{program.pid}/status").read_text().splitlines()
            most = int(next(line for line in lines if line.startswith("VmHWM")).split()[1])
        time.sleep(0.05)
    return most / 1024
