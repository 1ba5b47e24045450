"""A whole build at 512x512 in processes of its own: start-up, compiling, frames/s, memory.

    python bench/bench_build.py [subjects] [--wild]

Cold: a first build with an empty cache of compiled kernels. Warm: the same again, which is start-up, one portrait and 30
frames. Then `subjects` (default 6) with two motions of 302 frames on all cores.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

WILD = ["--framing", "wild"] if "--wild" in sys.argv else []


class Run:
    """A command run to its end: seconds, CPU seconds and the memory of its largest process, all of its workers included."""

    def __init__(self, *command: str, **environment: str) -> None:
        started = time.perf_counter()
        with tempfile.TemporaryFile() as output:
            process = subprocess.Popen(command, stdout=output, env={**os.environ, **environment})
            _, status, used = os.wait4(process.pid, 0)
            output.seek(0)
            self.output = output.read().decode()
        if status:
            raise SystemExit(f"{' '.join(command)} failed")
        self.seconds = time.perf_counter() - started
        self.cpu_seconds = used.ru_utime + used.ru_stime
        self.memory_mb = used.ru_maxrss / 1024

    def line(self, what: str) -> None:
        """Print it."""
        print(f"{what:<42}{self.seconds:7.1f} s{self.cpu_seconds:7.1f} s CPU{self.memory_mb:6.0f} MB")


def build(out: Path, *flags: str, **environment: str) -> Run:
    """A `thermvision build`."""
    command = (sys.executable, "-m", "thermvision.cli", "build", "--out", str(out), "--json")
    return Run(*command, *WILD, *flags, **environment)


def main() -> None:
    """Print what takes how long, and the memory."""
    subjects = next((argument for argument in sys.argv[1:] if argument.isdigit()), "6")
    one = ["--subjects", "1", "--motions", "natural", "--frames", "30"]
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        cache = str(folder / "cache")
        build(folder / "cold", *one, NUMBA_CACHE_DIR=cache).line("one clip of 30 frames, nothing compiled")
        build(folder / "warm", *one, NUMBA_CACHE_DIR=cache).line("the same, all compiled")
        whole = build(
            folder / "set", "--subjects", subjects, "--motions", "headpose", "expression", NUMBA_CACHE_DIR=cache
        )
        report = json.loads(whole.output)
        size_mb = sum(path.stat().st_size for path in (folder / "set").rglob("*") if path.is_file()) / 1e6
    frames, cores = report["frames"], len(os.sched_getaffinity(0))
    whole.line(f"{frames} frames, {cores} cores, load {os.getloadavg()[0]:.1f}")
    print(f"{report['frames_per_second']:.1f} frames/s making clips, {frames / whole.seconds:.1f} all in")
    per_frame_ms = 1e3 * whole.cpu_seconds / frames
    print(
        f"{per_frame_ms:.1f} ms CPU a frame, all in: {1e3 * cores / per_frame_ms:.0f} frames/s on {cores} cores of one's own"
    )
    print(f"{size_mb / frames * 1e3:.0f} kB a frame on disk")


if __name__ == "__main__":
    main()
