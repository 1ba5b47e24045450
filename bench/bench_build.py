"""A whole build at 512x512 in processes of its own: start-up, compiling, frames/s, memory.

    python bench/bench_build.py [subjects] [--wild]

Cold: a first build with an empty cache of compiled kernels. Warm: the same again, which is start-up, one portrait and 30
frames. Then `subjects` (default 6) with two motions of 302 frames on all cores.
"""

from __future__ import annotations

import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

WILD = ["--framing", "wild"] if "--wild" in sys.argv else []


def build(out: Path, *flags: str, **environment: str) -> tuple[float, dict]:
    """Seconds of a `thermvision build` from start to end, and what it reports."""
    command = [sys.executable, "-m", "thermvision.cli", "build", "--out", str(out), "--json", *WILD, *flags]
    started = time.perf_counter()
    done = subprocess.run(command, check=True, capture_output=True, text=True, env={**os.environ, **environment})
    return time.perf_counter() - started, json.loads(done.stdout)


def main() -> None:
    """Print what takes how long, and the memory."""
    subjects = next((argument for argument in sys.argv[1:] if argument.isdigit()), "6")
    one = ["--subjects", "1", "--motions", "natural", "--frames", "30"]
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        started = time.perf_counter()
        subprocess.run([sys.executable, "-m", "thermvision.cli", "--help"], check=True, capture_output=True)
        print(f"{'thermvision --help':<40}{time.perf_counter() - started:7.1f} s")
        cold, _ = build(folder / "cold", *one, NUMBA_CACHE_DIR=str(folder / "cache"))
        warm, _ = build(folder / "warm", *one, NUMBA_CACHE_DIR=str(folder / "cache"))
        print(f"{'one clip of 30 frames, nothing compiled':<40}{cold:7.1f} s")
        print(f"{'the same, all compiled':<40}{warm:7.1f} s")
        build(folder / "own", *one)
        seconds, report = build(folder / "set", "--subjects", subjects, "--motions", "headpose", "expression")
        size_mb = sum(path.stat().st_size for path in (folder / "set").rglob("*") if path.is_file()) / 1e6
    memory_mb = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024
    frames, load = report["frames"], os.getloadavg()[0]
    print(f"{frames} frames: {report['frames_per_second']:.1f} frames/s making clips, {frames / seconds:.1f} all in")
    print(f"largest process {memory_mb:.0f} MB; {size_mb / frames * 1e3:.0f} kB a frame on disk; load {load:.1f}")


if __name__ == "__main__":
    main()
