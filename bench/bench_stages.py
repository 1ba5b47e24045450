"""Milliseconds of each stage of a frame at 512x512, one process: medians over the frames of a head-pose motion."""

from __future__ import annotations

import statistics
import time
from collections import defaultdict

import numpy as np

from thermvision.dataset.preview import PreviewWriter
from thermvision.motion.programs import make_program
from thermvision.portraits.simulator import draw_session, draw_subject, make_portrait
from thermvision.retarget import mesh
from thermvision.rng import rng
from thermvision.thermal.agc import LinearAgc
from thermvision.thermal.camera import camera_model, camera_state, observe, to_centikelvin
from thermvision.thermal.png16 import encode_png8, encode_png16
from thermvision.types import ZERO_CELSIUS_K

FRAMES, SIZE = 60, 512
TIMES: dict[str, list[float]] = defaultdict(list)


def timed(name, function):
    """`function`, whose calls are counted under `name`."""

    def call(*args, **kwargs):
        started = time.perf_counter()
        result = function(*args, **kwargs)
        TIMES[name].append(1e3 * (time.perf_counter() - started))
        return result

    return call


def main() -> None:
    """Print the table."""
    subject = draw_subject(0, 0, "female")
    session = draw_session(0, subject, 0)
    portrait = make_portrait(subject, session, 0)
    portrait = timed("portrait (once a clip)", make_portrait)(subject, session, 0)
    motion = make_program("headpose", rng(0), FRAMES)
    for name in ("pose_vertices", "vertex_normals", "rasterize", "shade", "frame_labels"):
        setattr(mesh, name, timed(name.strip("_"), getattr(mesh, name)))
    camera, stream, agc = camera_model("generic", SIZE, SIZE), rng(1), LinearAgc()
    state = camera_state(camera, session.room_temperature_c + ZERO_CELSIUS_K, stream)
    import tempfile
    from pathlib import Path

    with tempfile.TemporaryDirectory() as folder, PreviewWriter(Path(folder) / "p.mp4", SIZE, SIZE, 30.0) as preview:
        frames = mesh.retarget(
            portrait, motion, width_px=SIZE, height_px=SIZE, horizontal_fov_deg=camera.horizontal_fov_deg
        )
        for frame, _ in frames:
            kelvin = timed("camera", observe)(frame["radiance_w"], state, stream)
            counts = timed("centikelvin", to_centikelvin)(kelvin)
            timed("PNG16", encode_png16)(counts)
            timed("PNG mask", encode_png8)(frame["face_mask"])
            view = timed("AGC", agc)(counts)
            timed("preview H.264", preview.write)(np.ascontiguousarray(view))
    total = 0.0
    for name, values in TIMES.items():
        median = statistics.median(values[2:] if len(values) > 4 else values)
        total += 0 if "once" in name else median
        print(f"{name:<24}{median:8.2f} ms")
    print(f"{'sum of a frame':<24}{total:8.2f} ms  = {1e3 / total:.0f} frames/s a core")


if __name__ == "__main__":
    main()
