"""What cameras do to a picture, drawn at random for each of a batch (b, 1, h, w): gain controls, both polarities, noise,
stripes, blur, few pixels, JPEG. The range of values means nothing: at the end all is stretched by robust percentiles.
"""

from __future__ import annotations

import math

import torch
from thermvision.tasks.training.networks.layers import around
from torch.nn import functional

STRIDE, LOW, HIGH = 4, 0.02, 0.98  # of the sample and its percentiles, as thermvision.faces.sampling has them


def chance(count, share, stream):
    return torch.rand(count, 1, 1, 1, generator=stream) < share


def uniform(count, low, high, stream):
    return low + (high - low) * torch.rand(count, 1, 1, 1, generator=stream)


def normal(count, sd, stream):
    return sd * torch.randn(count, 1, 1, 1, generator=stream)


def percentiles(x, *shares):
    """Values (b, 1, 1, 1) below which a share of each picture's sampled pixels lies."""
    sample = x[:, 0, STRIDE // 2 :: STRIDE, STRIDE // 2 :: STRIDE].flatten(1).sort(dim=1).values
    last = sample.shape[1] - 1
    found = []
    for share in shares:
        place = torch.as_tensor(share, dtype=torch.float32).reshape(-1).expand(len(x)) * last
        low = place.floor().long().clamp(0, last)
        high, part = (low + 1).clamp(max=last), place - place.floor()
        value = sample.gather(1, low[:, None]) * (1 - part[:, None]) + sample.gather(1, high[:, None]) * part[:, None]
        found.append(value[:, :, None, None])
    return found


def stretched(x):
    """As the networks take it: 0 and 1 at two robust percentiles, cut a little outside, then -1..1."""
    low, high = percentiles(x, LOW, HIGH)
    return ((x - low) / (high - low).clamp(min=1e-6)).clamp(-0.25, 1.25) * 2 - 1


def smooth_noise(count, size, cells, stream):
    """Unit-variance smooth fields (count, 1, size, size) with `cells` lumps a side."""
    different = -(-count // 4)  # they are costly: each serves about four pictures, turned and mirrored
    coarse = torch.randn(different, 1, cells, cells, generator=stream)
    fields = functional.interpolate(coarse, size=(size, size), mode="bicubic", align_corners=False)
    fields = torch.cat([fields, -fields.flip(2), fields.flip(3).transpose(2, 3), -fields.transpose(2, 3)])
    return fields[torch.randperm(len(fields), generator=stream)[:count]]


def gain_control(x, stream):
    """0..1 in, about 0..1 out: windows that saturate, gammas, equalised histograms, local contrast."""
    n = len(x)
    kind = torch.rand(n, generator=stream)
    low, high = percentiles(
        x, torch.rand(n, generator=stream) ** 2 * 0.35, 1 - torch.rand(n, generator=stream) ** 3 * 0.25
    )
    quarter = x.shape[-1] // 4
    face = percentiles(
        x[:, :, quarter:-quarter, quarter:-quarter], 0.06, 0.99
    )  # cameras that set their range by the face
    by_face = chance(n, 0.4, stream)
    spare = uniform(n, -0.05, 0.5, stream) * (face[1] - face[0])
    low, high = torch.where(by_face, face[0] - spare, low), torch.where(by_face, face[1] + 0.5 * spare, high)
    window = ((x - low) / (high - low).clamp(min=1e-4)).clamp(0, 1)
    x = torch.where(chance(n, 0.6, stream), window, x)
    x = torch.where(chance(n, 0.5, stream), x.clamp(0, 1) ** torch.exp(uniform(n, -0.9, 0.9, stream)), x)
    for k in torch.nonzero(kind < 0.22).flatten().tolist():
        sample = x[k, 0, ::3, ::3].flatten().sort().values.contiguous()
        rank = torch.searchsorted(sample, x[k].contiguous()).float() / len(sample)
        share = 0.4 + 0.6 * float(torch.rand(1, generator=stream))
        x[k] = share * rank + (1 - share) * x[k]
    chosen = torch.nonzero((kind >= 0.22) & (kind < 0.5)).flatten()
    if len(chosen):
        radius = int(torch.randint(3, 14, (1,), generator=stream))
        part = x[chosen]
        mean = around(part, radius)
        gain, keep = uniform(len(part), 1.0, 3.5, stream), uniform(len(part), 0.1, 1.0, stream)
        x[chosen] = mean * keep + gain * (part - mean) + 0.5 * (1 - keep)
    return x


def blurred(x, sigma):
    """Gaussian blur with a standard deviation (b,) px for each."""
    n, _, h, w = x.shape
    place = torch.arange(-6, 7, dtype=torch.float32)
    kernel = torch.exp(-0.5 * (place / sigma[:, None].clamp(min=0.05)) ** 2)
    kernel = kernel / kernel.sum(dim=1, keepdim=True)
    y = functional.pad(x, [6] * 4, mode="replicate").reshape(1, n, h + 12, w + 12)
    y = functional.conv2d(y, kernel[:, None, :, None], groups=n)
    return functional.conv2d(y, kernel[:, None, None, :], groups=n).reshape(n, 1, h, w)


def fewer_pixels(x, least, stream):
    """Shrunk to between `least` and all pixels, and enlarged again."""
    size = x.shape[-1]
    small = int(math.exp(math.log(least) + float(torch.rand(1, generator=stream)) * math.log(size / least)))
    way = ("bilinear", "nearest", "bicubic")[int(torch.randint(0, 3, (1,), generator=stream))]
    down = functional.interpolate(x, size=(small, small), mode="area")
    noisy = down + 0.03 * torch.rand(1, generator=stream) * torch.randn(down.shape, generator=stream)
    return functional.interpolate(
        noisy, size=(size, size), mode=way, **({} if way == "nearest" else {"align_corners": False})
    )


_COSINES = torch.tensor(
    [
        [math.sqrt((1 if k == 0 else 2) / 8) * math.cos(math.pi * k * (2 * i + 1) / 16) for i in range(8)]
        for k in range(8)
    ]
)
_STEPS = torch.tensor(  # luminance, ISO/IEC 10918-1 annex K
    [[16, 11, 10, 16, 24, 40, 51, 61], [12, 12, 14, 19, 26, 58, 60, 55], [14, 13, 16, 24, 40, 57, 69, 56],
     [14, 17, 22, 29, 51, 87, 80, 62], [18, 22, 37, 56, 68, 109, 103, 77], [24, 35, 55, 64, 81, 104, 113, 92],
     [49, 64, 78, 87, 103, 121, 120, 101], [72, 92, 95, 98, 112, 100, 103, 99]], dtype=torch.float32)  # fmt: skip


def like_jpeg(x, stream):
    """0..1 pictures, sides multiples of 8, quantised in blocks at a quality of about 15 to 90."""
    n, _, h, w = x.shape
    scale = torch.exp(uniform(n, math.log(0.2), math.log(3.3), stream))[:, :, None]
    blocks = (x * 255).reshape(n, h // 8, 8, w // 8, 8).transpose(2, 3)
    steps = _STEPS * scale
    blocks = _COSINES @ blocks @ _COSINES.T
    blocks = torch.round(blocks / steps) * steps
    return (_COSINES.T @ blocks @ _COSINES).transpose(2, 3).reshape(n, 1, h, w) / 255


def through_camera(x, stream, least_px):
    """A batch of ideal pictures in any range, as cameras show them; and which are inverted (b,) bool."""
    n, size = len(x), x.shape[-1]
    low, high = percentiles(x, 0.01, 0.99)
    x = (x - low) / (high - low).clamp(min=1e-4)
    sigma = torch.rand(n, generator=stream) ** 2 * 2.2 * (torch.rand(n, generator=stream) < 0.7) + 0.3
    x = blurred(x, sigma)
    clean = x + uniform(n, 0, 0.02, stream) * torch.randn(x.shape, generator=stream)  # as a good camera shows them
    early = uniform(n, 0, 1, stream) ** 3 * 0.06
    x = x + early * torch.randn(x.shape, generator=stream)
    x = torch.where(
        chance(n, 0.3, stream), x + normal(n, 0.03, stream) * torch.randn(n, 1, 1, size, generator=stream), x
    )
    x = torch.where(
        chance(n, 0.2, stream), x + normal(n, 0.02, stream) * torch.randn(n, 1, size, 1, generator=stream), x
    )
    x = torch.where(chance(n, 0.3, stream), x + normal(n, 0.08, stream) * smooth_noise(n, size, 3, stream), x)
    x = gain_control(x, stream)
    for start in range(0, n, 8):
        if float(torch.rand(1, generator=stream)) < 0.5:
            x[start : start + 8] = fewer_pixels(x[start : start + 8], least_px, stream)
    late = uniform(n, 0, 1, stream) ** 4 * 0.08
    x = x + late * torch.randn(x.shape, generator=stream)
    compressed = torch.nonzero(torch.rand(n, generator=stream) < 0.25).flatten()
    if len(compressed):
        x[compressed] = like_jpeg(x[compressed].clamp(0, 1), stream)
    levels = torch.exp(uniform(n, math.log(12), math.log(255), stream))
    x = torch.where(chance(n, 0.3, stream), torch.round(x.clamp(0, 1) * levels) / levels, x)
    x = torch.where(chance(n, 0.25, stream), clean, x)
    inverted = torch.rand(n, generator=stream) < 0.3
    return torch.where(inverted[:, None, None, None], -x, x), inverted
