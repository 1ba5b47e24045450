"""Other temperatures on the same stills: skin, brows, eyes, hair, cloth and background warmer, colder, patchier than the
simulator has them; and the same person lit as in a picture of visible light.
"""

from __future__ import annotations

import torch
from surfaces import (
    BACKGROUND,
    BROW,
    CLOTH,
    FRAME,
    HAIR,
    HAT,
    IRIS,
    KINDS,
    LENS,
    LIPS,
    MASK,
    MOUTH,
    SCLERA,
    SKIN,
)  # fmt: skip
from torch.nn import functional

from thermvision.tasks.training.augment.draws import chance, normal, uniform
from thermvision.tasks.training.augment.smooth_fields import smooth_noise

_NOSE, _CANTHI, _CHEEKS, _CHIN, _FOREHEAD = (1, 4), (133, 362), (50, 280, 205, 425), (152, 199), (10, 151, 109, 338)
_BLOBS = 9


def other_temperatures(kelvin, kind, landmarks_px, stream):
    """Kelvin (b, 1, h, w), kind (b, h, w) long, landmarks_px (b, 478, 2) -> kelvin."""
    n, size = len(kelvin), kelvin.shape[-1]
    sd = torch.zeros(KINDS)
    for what, value in ((BACKGROUND, 5.0), (BROW, 0.6), (LIPS, 0.5), (IRIS, 0.8), (SCLERA, 0.6), (MOUTH, 1.2), (HAIR, 3.5),
                        (CLOTH, 4.0), (LENS, 3.0), (FRAME, 2.0), (HAT, 3.0), (MASK, 2.5)):  # fmt: skip
        sd[what] = value
    change = torch.randn(n, KINDS, generator=stream) * sd * (torch.rand(n, KINDS, generator=stream) < 0.7)
    change[:, BACKGROUND] += (torch.rand(n, generator=stream) < 0.12) * torch.rand(n, generator=stream) * 16
    change[:, BROW] -= 0.5 * torch.rand(n, generator=stream)
    same = change[:, IRIS] + 0.2 * torch.randn(n, generator=stream)
    change[:, SCLERA] = torch.where(torch.rand(n, generator=stream) < 0.8, same, change[:, SCLERA])
    flat = kind.reshape(n, -1)
    skin = (kind[:, None] == SKIN) | (kind[:, None] == LIPS) | (kind[:, None] == BROW)
    middle = (kelvin * skin).sum(dim=(1, 2, 3), keepdim=True) / skin.sum(dim=(1, 2, 3), keepdim=True).clamp(min=1)
    contrast = torch.exp(normal(n, 0.35, stream)) - 0.1
    kelvin = torch.where(skin, middle + contrast * (kelvin - middle), kelvin)
    kelvin = kelvin + change.gather(1, flat).reshape(kelvin.shape)
    patches = uniform(n, 0, 0.8, stream) * smooth_noise(n, size, 9, stream)
    patches = patches + uniform(n, 0, 0.35, stream) * smooth_noise(n, size, 30, stream)
    patches = patches + blobs(landmarks_px, size, stream)
    kelvin = kelvin + patches * (0.25 + 0.75 * skin)
    clutter = uniform(n, 0, 2.5, stream) * chance(n, 0.4, stream) * smooth_noise(n, size, 12, stream)
    texture = uniform(n, 0, 1.2, stream) * chance(n, 0.4, stream) * smooth_noise(n, size, 48, stream)
    other = (kind[:, None] == HAIR) | (kind[:, None] == CLOTH) | (kind[:, None] == HAT)
    return kelvin + clutter * (kind[:, None] == BACKGROUND) + texture * other


def blobs(landmarks_px, size, stream):
    """Warm and cold spots (b, 1, size, size) in kelvin about places of the face: nose, canthi, cheeks, and anywhere."""
    n = len(landmarks_px)
    picks = torch.randint(0, 468, (n, _BLOBS), generator=stream)
    for k, members in enumerate((_NOSE, _CANTHI, _CHEEKS, _CHEEKS, _CHIN, _FOREHEAD)):
        picks[:, k] = torch.tensor(members)[torch.randint(0, len(members), (n,), generator=stream)]
    height = torch.randn(n, _BLOBS, generator=stream) * torch.tensor([2.0, 0.8, 0.8, 0.8, 0.7, 0.8, 0.9, 0.9, 0.9])
    height[:, 0] -= 0.6
    height = height * (torch.rand(n, _BLOBS, generator=stream) < 0.6)
    face = landmarks_px[:, :468]
    span = (face.amax(dim=1) - face.amin(dim=1)).amax(dim=1)[:, None]
    radius = span * (0.03 + 0.15 * torch.rand(n, _BLOBS, generator=stream))
    middle = landmarks_px.gather(1, picks[..., None].expand(-1, -1, 2))
    coarse = size // 4
    axis = (torch.arange(coarse) + 0.5) * 4
    across = torch.exp(-0.5 * ((axis - middle[..., :1]) / radius[..., None]) ** 2)
    down = torch.exp(-0.5 * ((axis - middle[..., 1:]) / radius[..., None]) ** 2)
    field = torch.einsum("nb,nby,nbx->nyx", height, down, across)[:, None]
    return functional.interpolate(field, size=(size, size), mode="bilinear", align_corners=False)


def in_visible_light(kind, facing, stream):
    """The same people (b, h, w) as a grey picture of visible light: reflectances and one or two lamps; (b, 1, h, w) about 0..1."""
    n, size = len(kind), kind.shape[-1]
    share = torch.rand(n, KINDS, generator=stream)
    skin = 0.18 + 0.62 * share[:, SKIN]
    dark = 0.02 + 0.5 * share[:, HAIR] ** 2
    grey = share.clone()
    grey[:, SKIN], grey[:, HAIR], grey[:, MASK] = skin, dark, 0.3 + 0.6 * share[:, MASK]
    grey[:, BROW] = skin * (0.25 + 0.5 * share[:, BROW])
    grey[:, LIPS] = skin * (0.5 + 0.4 * share[:, LIPS])
    grey[:, IRIS], grey[:, SCLERA] = 0.02 + 0.15 * share[:, IRIS], 0.45 + 0.4 * share[:, SCLERA]
    grey[:, MOUTH] = 0.03 + 0.25 * share[:, MOUTH]
    grey[:, FRAME] = 0.02 + 0.3 * share[:, FRAME] ** 2
    through = (torch.rand(n, generator=stream) < 0.8).float()  # clear lenses: the eye is dark behind them
    grey[:, LENS] = through * skin * (0.6 + 0.3 * share[:, LENS]) + (1 - through) * 0.05
    flat = kind.reshape(n, -1)
    albedo = grey.gather(1, flat).reshape(n, 1, size, size)
    texture = uniform(n, 0, 0.10, stream) * smooth_noise(n, size, 24, stream)
    texture = texture + uniform(n, 0, 0.08, stream) * torch.randn(n, 1, size, size, generator=stream)
    hairy = ((kind == HAIR) | (kind == BROW) | (kind == CLOTH))[:, None]
    albedo = albedo * (1 + texture * (0.5 + 2.5 * hairy))
    nx, ny = facing[..., 0] / 127.0, facing[..., 1] / 127.0
    nz = -(1 - nx * nx - ny * ny).clamp(min=0).sqrt()
    light = torch.zeros(n, size, size)
    for strength in (1.0, 0.6):
        way = torch.randn(n, 3, generator=stream) * torch.tensor([1.0, 0.6, 0.5]) + torch.tensor([0.0, -0.5, -0.9])
        way = way / way.norm(dim=1, keepdim=True)
        lit = nx * way[:, 0, None, None] + ny * way[:, 1, None, None] + nz * way[:, 2, None, None]
        light = light + strength * lit.clamp(min=0) * torch.rand(n, 1, 1, generator=stream)
        light = light + (0.15 * torch.rand(n, 1, 1, generator=stream)) * lit.clamp(min=0) ** 12
    light = light + 0.1 + 0.5 * torch.rand(n, 1, 1, generator=stream)
    lit = albedo * light[:, None]
    behind = uniform(n, 0, 1.2, stream) + uniform(n, 0, 0.3, stream) * smooth_noise(n, size, 10, stream)
    picture = torch.where(kind[:, None] == BACKGROUND, behind.clamp(min=0), lit)
    return picture.clamp(min=1e-4) ** (1 / 2.2)
