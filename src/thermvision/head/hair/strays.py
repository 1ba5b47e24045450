"""Single strands that leave the outline of the cap, and the loops that curls make there."""

from __future__ import annotations

import numpy as np

from thermvision.head.hair.cap import cap_lift_mm, cap_warmth, flow_pole, strand_at
from thermvision.head.hair.mesh import HairMesh, strips
from thermvision.head.hair.skull import CENTRE_MM, Skull, direction
from thermvision.head.hair.styles import Flow, HairStyle

_STEPS = 7


def build_strays(style: HairStyle, skull: Skull, rng: np.random.Generator) -> HairMesh:
    """Strands along the cap's flow whose tips stand off it by a millimetre or three.

    A real one is far thinner than a pixel: it shows as a faint line, so these are wider and nearer to the room's temperature.
    """
    count = style.strays
    azimuth = rng.uniform(-np.pi, np.pi, count)
    polar = skull.hairline(azimuth) * np.sqrt(rng.uniform(0.01, 0.9, count))
    place = direction(polar, azimuth)
    step_rad = rng.uniform(18.0, 46.0, count) / 95.0 / (_STEPS - 1)
    paths, wander = [place], rng.normal(0, 0.22, (count, 1))
    for _ in range(_STEPS - 1):
        along = _flow(style, paths[-1]) + wander * np.cross(paths[-1], _flow(style, paths[-1]))
        step = paths[-1] + along * step_rad[:, None]
        paths.append(step / np.linalg.norm(step, axis=1, keepdims=True))
    towards = np.stack(paths, axis=1)
    angle = np.arccos(np.clip(-towards[..., 1], -1, 1))
    around = np.arctan2(towards[..., 0], -towards[..., 2])
    edge = skull.hairline(around)
    whole = (angle < edge - 0.03).all(axis=1)  # none hang before the face or over the ears
    towards, inside, count = towards[whole], 95.0 * (edge - angle)[whole], int(whole.sum())
    t = np.linspace(0, 1, _STEPS)[None]
    volume = style.drape.volume_mm if style.drape else 0.0
    lift = cap_lift_mm(style, towards, inside) + volume * (1 - t) * 0.9 + 0.15
    lift += rng.exponential(0.6 if style.curl_mm > 0 else 1.3, (count, 1)).clip(0, 4) * t**1.5
    if style.curl_mm > 0:
        turn = 2 * np.pi * t * rng.uniform(0.6, 1.1, (count, 1)) + rng.uniform(0, 2 * np.pi, (count, 1))
        lift += style.curl_mm * (0.6 + np.sin(turn))
        sideways = np.cross(towards, np.gradient(towards, axis=1))
        sideways /= np.linalg.norm(sideways, axis=2, keepdims=True) + 1e-9
        towards = towards + sideways * (1.8 * style.curl_mm / 100.0 * np.cos(turn))[..., None]
    width = rng.uniform(0.9, 1.3, (count, 1)) * np.linspace(1, 0.85, _STEPS)
    radius = skull.radius(towards / np.linalg.norm(towards, axis=2, keepdims=True))
    warmth = (
        0.9 * cap_warmth(style, inside, strand_at(style, towards))
        + 0.02
        - 0.07 * t**2
        + (0.10 if style.drape else 0.0)
    )
    return strips(CENTRE_MM + towards * (radius + lift)[..., None], width, strand_at(style, towards), warmth)


def _flow(style: HairStyle, place: np.ndarray) -> np.ndarray:
    """Unit tangents along which strands run at directions from the skull's centre."""
    if style.flow is Flow.PARTED:
        side = np.sign(place[:, :1] - 0.45 * style.parting)
        along = np.concatenate([side, np.full_like(side, 0.5), np.zeros_like(side)], axis=1)
    elif style.flow is Flow.GATHERED:
        along = flow_pole(style) - place * (place @ flow_pole(style))[:, None]
    else:
        along = place * (place @ flow_pole(style))[:, None] - flow_pole(style)
    along = along - place * (along * place).sum(axis=1, keepdims=True)
    return np.asarray(along / (np.linalg.norm(along, axis=1, keepdims=True) + 1e-9))
