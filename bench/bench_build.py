"""A whole build at 512x512 in processes of its own: frames/s and the largest process' memory, caches warm."""

from __future__ import annotations

import json
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

SETTINGS = ["--subjects", "4", "--motions", "headpose", "expression", "--frames", "302"]


def main() -> None:
    """Print what `thermvision build` reports, and the memory."""
    with tempfile.TemporaryDirectory() as folder:
        warm = [
            sys.executable,
            "-m",
            "thermvision.cli",
            "build",
            "--out",
            f"{folder}/warm",
            "--subjects",
            "1",
            "--motions",
            "natural",
        ]
        subprocess.run([*warm, "--frames", "30"], check=True, capture_output=True)
        started = time.perf_counter()
        command = [sys.executable, "-m", "thermvision.cli", "build", "--out", f"{folder}/set", "--json", *SETTINGS]
        report = json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout)
        seconds = time.perf_counter() - started
        size_mb = sum(path.stat().st_size for path in Path(folder, "set").rglob("*") if path.is_file()) / 1e6
    memory_mb = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024
    print(
        f"{report['frames']} frames: {report['frames_per_second']:.1f} frames/s making clips, {report['frames'] / seconds:.1f} all in"
    )
    print(f"largest process {memory_mb:.0f} MB; {size_mb / report['frames'] * 1e3:.0f} kB a frame on disk")


if __name__ == "__main__":
    main()
