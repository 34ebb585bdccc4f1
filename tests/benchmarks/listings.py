"""CPU seconds (user and system) of the commands that only list: the least of five processes each. The aim is half a
second.

    uv run python tests/benchmarks/listings.py
"""

import os
import subprocess
import sys

LISTINGS = ("--help", "cases", "designs", "parameters", "strategies", "cases six --show")
PROGRAM = "from experiments.cli import main; main()"


def cpu_seconds(arguments: list[str]) -> float:
    """CPU seconds of one process of the program, its start included."""
    before = os.times()
    subprocess.run([sys.executable, "-c", PROGRAM, *arguments], check=True, stdout=subprocess.DEVNULL)
    after = os.times()
    return after.children_user - before.children_user + after.children_system - before.children_system


if __name__ == "__main__":
    for listing in LISTINGS:
        print(f"{listing:<18} {min(cpu_seconds(listing.split()) for _ in range(5)):.2f} s")
