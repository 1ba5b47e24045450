"""Milliseconds of each stage of a frame at 512x512, one process, over a head-pose motion, and what bounds each.

Times are the thread's own (thread_time), so that waiting for a shared core does not count; its caches still do, and the
least is nearer to what the code takes than the median. Beside it: bytes that the stage must move and operations it must
do, and how long they take at 10 GB/s and at 20 G operations/s, a core with 256-bit vectors.
"""

from __future__ import annotations

import statistics
import sys
import tempfile
import time
from collections import defaultdict
from pathlib import Path

from thermvision import clip
from thermvision.config import make_config
from thermvision.dataset import write
from thermvision.dataset.preview import PreviewWriter
from thermvision.head import render
from thermvision.plan import plan_clips
from thermvision.retarget import mesh

AGC = sys.argv[1] if len(sys.argv) > 1 else "linear"
FRAMES, SIZE = 128, 512
PIXELS = SIZE * SIZE
BYTES_S, OPERATIONS_S = 10e9, 20e9
TIMES: dict[str, list[float]] = defaultdict(list)
# Stage -> bytes and operations a frame, and what bounds it. v vertices 14 k, t triangles 20 k (half face the camera),
# c covered pixels 0.4 of all, e edge pixels 8 k.
BOUNDS = {
    "pose_vertices": (15e3 * 28 + 14e3 * 48, 15e3 * 6 + 14e3 * 60, "python calls; skinning of 14 k vertices"),
    "view_cosines": (20e3 * 48, 20e3 * 40, "scattered sums at the vertices"),
    "rasterize": (PIXELS * 24, 450e3 * 14, "pixels of bounding boxes, three of four outside their triangle"),
    "shade_pixels": (0.4 * PIXELS * 100, 0.4 * PIXELS * 110, "planes and texels from second-level cache"),
    "find_edges": (PIXELS * 13, PIXELS * 14, "one pass over depth, layer and radiance"),
    "sample_edges": (20e3 * 48 + 8e3 * 64, 60e3 * 8 * 16, "triangle rows that meet edge pixels; wrong guesses"),
    "shade_edges": (20e3 * 100, 8e3 * 64 + 20e3 * 110, "telling which samples share a triangle"),
    "frame_labels": (0, 0, "numpy calls"),
    "camera": (PIXELS * 24, PIXELS * 90, "arithmetic: blur, noise, logarithm"),
    "centikelvin": (PIXELS * 6, PIXELS * 5, "one pass"),
    "PNG16": (PIXELS * 4, PIXELS * 8, "entropy coding of noise, a symbol after the other"),
    "PNG mask": (PIXELS * 2, PIXELS, "deflate"),
    "AGC": (PIXELS * 4, PIXELS * 6, "histogram and one pass"),
    "preview H.264": (PIXELS * 4, 0, "x264: coding of noise"),
    "rest of the clip": (600e3, 0, "Arrow columns, files, their hashes, set-up of the clip"),
}


def timed(name, function):
    """`function`, whose calls are counted under `name`."""

    def call(*args, **kwargs):
        started = time.thread_time()
        result = function(*args, **kwargs)
        TIMES[name].append(1e3 * (time.thread_time() - started))
        return result

    return call


def count_stages(folder: Path) -> None:
    """One clip, every stage counted where the package calls it."""
    for name in ("pose_vertices", "frame_labels"):
        setattr(mesh, name, timed(name, getattr(mesh, name)))
    for name in ("view_cosines", "rasterize", "shade_pixels", "find_edges", "sample_edges", "shade_edges"):
        setattr(render, name, timed(name, getattr(render, name)))
    for stage, name in (("centikelvin", "to_centikelvin"), ("PNG16", "encode_png16"), ("PNG mask", "encode_png8")):
        setattr(write, name, timed(stage, getattr(write, name)))
    PreviewWriter.write = timed("preview H.264", PreviewWriter.write)
    clip.observe = timed("camera", clip.observe)
    makers = clip.make_agc
    clip.make_agc = lambda *args, **kwargs: timed("AGC", makers(*args, **kwargs))
    clip._portrait = timed("portrait (a session)", clip._portrait.__wrapped__)
    config = make_config({"out": folder, "subjects": 1, "motions": ["headpose"], "frames": FRAMES, "agc": AGC}, "bench")
    plan = plan_clips(config, [])[0]
    task = clip.ClipTask(config, "bench", plan, folder / "clips" / plan.name, folder / "motions")
    clip.make_clip(task)
    started = time.thread_time()
    TIMES.clear()
    clip.make_clip(task)
    spent = 1e3 * (time.thread_time() - started)
    TIMES["rest of the clip"].append((spent - sum(sum(values) for values in TIMES.values())) / FRAMES)


def main() -> None:
    """Print the table; an argument names the gain control."""
    with tempfile.TemporaryDirectory() as folder:
        count_stages(Path(folder))
    print(f"{'stage':<22}{'least':>8}{'median':>8}{'memory':>8}{'arithm.':>8}  ms; bound by")
    least_sum = median_sum = 0.0
    for name, values in TIMES.items():
        kept = values[2:] if len(values) > 4 else values
        least, median = min(kept), statistics.median(kept)
        if "session" not in name:
            least_sum, median_sum = least_sum + least, median_sum + median
        moved, done, why = BOUNDS.get(name, (0, 0, ""))
        memory, arithmetic = 1e3 * moved / BYTES_S, 1e3 * done / OPERATIONS_S
        print(f"{name:<22}{least:8.2f}{median:8.2f}{memory:8.2f}{arithmetic:8.2f}  {why}")
    print(f"{'sum of a frame':<22}{least_sum:8.2f}{median_sum:8.2f}  = {1e3 / median_sum:.0f} frames/s a core")


if __name__ == "__main__":
    main()
