"""Milliseconds of the camera, the gain controls and 16-bit PNG at 512x512, one process: medians."""

from __future__ import annotations

import io
import statistics
import time

import numpy as np
from PIL import Image

from thermvision.rng import rng
from thermvision.thermal.agc import AGC_NAMES, make_agc
from thermvision.thermal.camera import camera_model, camera_state, observe, to_centikelvin
from thermvision.thermal.png16 import encode_png16
from thermvision.thermal.radiometry import band_radiance

SIZE, REPEATS = 512, 100


def median_ms(function, *args):
    """Median time of a call, after one that compiles."""
    function(*args)
    times = []
    for _ in range(REPEATS):
        started = time.perf_counter()
        function(*args)
        times.append(1e3 * (time.perf_counter() - started))
    return statistics.median(times)


def main() -> None:
    """Print the table."""
    stream = rng(0)
    y, x = np.mgrid[:SIZE, :SIZE]
    scene_k = 295 + 10 * (np.hypot(y - 250, 1.3 * (x - 256)) < 150) + np.sin(x / 9)
    radiance = band_radiance(scene_k).astype(np.float32)
    state = camera_state(camera_model("generic", SIZE, SIZE), 296.0, stream)
    print(f"observe            {median_ms(observe, radiance, state, stream):6.2f}")
    counts = to_centikelvin(observe(radiance, state, stream))
    for name in AGC_NAMES:
        print(f"agc {name:14} {median_ms(make_agc(name), counts):6.2f}")
    print(f"PNG, ours          {median_ms(encode_png16, counts):6.2f}")
    pillow_ms = median_ms(lambda: Image.fromarray(counts).save(io.BytesIO(), "PNG", compress_level=1))
    print(f"PNG, Pillow        {pillow_ms:6.2f}")
    numpy_ms = median_ms(lambda: stream.standard_normal((SIZE, SIZE), dtype=np.float32))
    print(f"numpy's normal     {numpy_ms:6.2f}")


if __name__ == "__main__":
    main()
