"""People warmer, colder and patchier than the measured populations: what cold streets, sport, sun and fever do.

Drawn so that a network does not learn which region is warm as a rule. The sizes are choices, those of the shipped networks' training
(tools/faces/warmth.py), not measurements.
"""

from __future__ import annotations

import dataclasses

import numpy as np

from thermvision.head.thermal_head import ThermalHead
from thermvision.physiology.smooth_noise import smooth_field
from thermvision.types import Portrait

SKIN_CONTRAST = 0.3  # of its logarithm
PATCHES_K, SPOTS_K, NOSE_K, CORNEA_K = 0.7, 0.35, (-0.6, 2.0), 0.8
HAIR_K, WORN_K, BACKGROUND_K, HOT_BACKGROUND_K, HOT_SHARE = 3.0, 3.0, 4.0, 14.0, 0.12
_FACE_K = 307.0  # about which skin's contrast turns
_HAIR, _WORN = 1, 2  # layers


def other_warmth(portrait: Portrait, spread: float, stream: np.random.Generator) -> Portrait:
    """The same person with other temperatures; spread 0 changes nothing, 1 is the usual training."""
    if spread == 0:
        return portrait
    head: ThermalHead = portrait.head
    texture = head.texture.copy()
    face = head.material[0, ..., 1].astype(np.float32) / 255
    contrast = np.float32(np.exp(spread * stream.normal(0, SKIN_CONTRAST)) - 1)
    texture[0] += contrast * face * (texture[0] - np.float32(_FACE_K))
    texture[_HAIR] += np.float32(spread * stream.normal(0, HAIR_K))
    texture[_WORN] += np.float32(spread * stream.normal(0, WORN_K))
    hot = stream.random() < HOT_SHARE * spread
    behind = spread * (stream.normal(0, BACKGROUND_K) + hot * stream.uniform(0, HOT_BACKGROUND_K))
    return dataclasses.replace(
        portrait,
        head=dataclasses.replace(
            head,
            texture=texture,
            offset_k=(head.offset_k + spread * _skin_change_k(head, stream)).astype(np.float32),
            background_k=(head.background_k + behind).astype(np.float32),
        ),
    )


def _skin_change_k(head: ThermalHead, stream: np.random.Generator) -> np.ndarray:
    """At the vertices: patches and spots on the head's own, nose, eyes."""
    model = head.model
    change = np.zeros(len(head.offset_k))
    base = model.base_mm[: model.num_vertices]
    for wavelength_mm, size_k in ((60.0, PATCHES_K), (22.0, SPOTS_K)):
        change[: len(base)] += stream.uniform(0, size_k) * smooth_field(base, stream, wavelength_mm=wavelength_mm)
    change += head.nose_reach * stream.normal(*NOSE_K)
    both = stream.normal(0, CORNEA_K)
    for members in head.rig.eye_vertices:
        change[members] += both + stream.normal(0, 0.2)
    return change
