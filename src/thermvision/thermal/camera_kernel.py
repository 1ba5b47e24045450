"""One exposure, row by row: optics blur, detector lag, noise, and the way from radiance to kelvin.

All passes of a row stay in the first-level cache, and every inner loop is one that the compiler vectorises.
"""

from __future__ import annotations

import numba as nb
import numpy as np

from thermvision.thermal.noise import fill_normal_row
from thermvision.thermal.radiometry import B_K, R_W, F

MIN_RADIANCE_W = 1.0  # 158 K: what noise could push below is held here
_R, _F, _B = np.float32(R_W), np.float32(F), np.float32(B_K)


@nb.njit(cache=True, fastmath=True, error_model="numpy")
def log_fast(value):  # type: ignore[no-untyped-def]
    """Natural logarithm of a normal positive float32 without a call, so that loops vectorise; error <= 3e-7.

    Splits off the exponent and uses the polynomial of the Cephes library (`logf`, S. Moshier).
    """
    bits = np.float32(value).view(np.int32)
    exponent = np.int32(np.int32(bits - np.int32(0x3F3504F3)) >> np.int32(23))
    rest = np.int32(bits - np.int32(exponent << np.int32(23))).view(np.float32) - np.float32(1.0)
    series = np.float32(7.0376836292e-2)
    series = series * rest + np.float32(-1.1514610310e-1)
    series = series * rest + np.float32(1.1676998740e-1)
    series = series * rest + np.float32(-1.2420140846e-1)
    series = series * rest + np.float32(1.4249322787e-1)
    series = series * rest + np.float32(-1.6668057665e-1)
    series = series * rest + np.float32(2.0000714765e-1)
    series = series * rest + np.float32(-2.4999993993e-1)
    series = series * rest + np.float32(3.3333331174e-1)
    square = rest * rest
    return np.float32(exponent) * np.float32(0.69314718056) + rest + square * (series * rest - np.float32(0.5))


@nb.njit(cache=True, fastmath=True, error_model="numpy")
def invert_row(radiance, temperature):  # type: ignore[no-untyped-def]
    """`radiance_to_temperature_k` for a row of float32 radiances >= MIN_RADIANCE_W; error <= 0.1 mK from 200 to 500 K."""
    for x in range(radiance.shape[0]):
        temperature[x] = _B / log_fast(_R / radiance[x] + _F)


@nb.njit(cache=True, fastmath=True, error_model="numpy")
def expose(  # type: ignore[no-untyped-def]
    radiance, taps, settle, charge, noise_w, keys, table, pattern, growing, growth, rows_w, columns_w, gain, reflected,
    temperature,
):  # fmt: skip
    """Fill `temperature` (kelvin) from ideal `radiance`; `charge` is what the detector holds from the frame before.

    rows_w and columns_w: this frame's additions to rows and columns, level included. pattern + growth * growing: the fixed
    pattern. gain, reflected: L = (total - reflected) * gain undoes the emissivity set in the camera.
    """
    height, width = radiance.shape
    reach = len(taps) // 2
    even = width + width % 2
    padded = np.empty(width + 2 * reach, np.float32)
    middle = padded[reach : reach + width]
    blurred = np.empty(width, np.float32)
    noise = np.empty(even, np.float32)
    least = np.float32(MIN_RADIANCE_W)
    for y in range(height):
        weight, here = taps[reach], radiance[y]
        for x in range(width):
            middle[x] = weight * here[x]
        for k in range(1, reach + 1):
            above, below = y - k, y + k
            above = -above - 1 if above < 0 else above
            below = 2 * height - below - 1 if below >= height else below
            above, below = max(min(above, height - 1), 0), max(min(below, height - 1), 0)
            weight, upper, lower = taps[reach + k], radiance[above], radiance[below]
            for x in range(width):
                middle[x] += weight * (upper[x] + lower[x])
        for k in range(reach):  # mirrored at the edges; images narrower than the reach repeat their edge
            padded[reach - 1 - k] = padded[reach + min(k, width - 1)]
            padded[reach + width + k] = padded[reach + width - 1 - min(k, width - 1)]
        weight = taps[reach]
        for x in range(width):
            blurred[x] = weight * middle[x]
        for k in range(reach):
            weight, left, right = taps[k], padded[k:], padded[2 * reach - k :]
            for x in range(width):
                blurred[x] += weight * (left[x] + right[x])
        fill_normal_row(noise, y * (even // 2), keys, table)
        row_w, held, fixed, moving = rows_w[y] - reflected, charge[y], pattern[y], growing[y]
        for x in range(width):
            held[x] += settle * (blurred[x] - held[x])
        for x in range(width):
            total = held[x] + noise_w * noise[x] + fixed[x] + growth * moving[x] + columns_w[x] + row_w
            blurred[x] = max(total * gain, least)
        invert_row(blurred, temperature[y])


@nb.njit(cache=True)
def replace_dead(temperature, dead):  # type: ignore[no-untyped-def]
    """Give dead pixels (flat, sorted indices) the mean of their neighbours left, right, above and below.

    A dead neighbour before a pixel in the order of reading has been replaced already; one after it is left out.
    """
    height, width = temperature.shape
    for i in range(len(dead)):
        y, x = dead[i] // width, dead[i] % width
        total, count = np.float32(0.0), np.float32(0.0)
        if x > 0:
            total, count = total + temperature[y, x - 1], count + np.float32(1.0)
        if y > 0:
            total, count = total + temperature[y - 1, x], count + np.float32(1.0)
        if x + 1 < width and not _contains(dead, dead[i] + 1):
            total, count = total + temperature[y, x + 1], count + np.float32(1.0)
        if y + 1 < height and not _contains(dead, dead[i] + width):
            total, count = total + temperature[y + 1, x], count + np.float32(1.0)
        if count > 0:
            temperature[y, x] = total / count


@nb.njit(cache=True)
def _contains(ordered, value):  # type: ignore[no-untyped-def]
    place = np.searchsorted(ordered, value)
    return place < len(ordered) and ordered[place] == value


@nb.njit(cache=True)
def count_centikelvin(temperature, counts):  # type: ignore[no-untyped-def]
    """Fill `counts` (uint16) with rounded hundredths of a kelvin; returns the bits of the lowest and highest temperature.

    As unsigned integers, the bits of positive numbers are in order, and negative numbers, inf and NaN are above all of them.
    """
    lowest, highest = np.uint32(0xFFFFFFFF), np.uint32(0)
    for y in range(temperature.shape[0]):
        row, bits, out = temperature[y], temperature[y].view(np.uint32), counts[y]
        for x in range(len(row)):
            lowest, highest = min(lowest, bits[x]), max(highest, bits[x])
        for x in range(len(row)):
            out[x] = np.uint16(np.int32(row[x] * np.float32(100.0) + np.float32(0.5)))
    return lowest, highest
