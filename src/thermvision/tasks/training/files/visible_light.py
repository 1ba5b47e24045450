"""Whether a set of grey pictures shows photographs instead of thermal pictures: the shipped landmark network is asked of a few."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from thermvision.faces.find import check_picture
from thermvision.faces.one_face import SURELY_VISIBLE
from thermvision.faces.reading import read_face
from thermvision.tasks.training.samples import Sample
from thermvision.types import InputError

_LOOKED_AT = 8


def visible_light_note(samples: Sequence[Sample]) -> str:
    """A sentence if most of a few pictures look like photographs, else nothing; kelvin is not asked."""
    grey = [one for one in samples if not one.radiometric and len(one.faces_xyxy_px)]
    chosen = np.unique(np.linspace(0, len(grey) - 1, min(_LOOKED_AT, len(grey))).round().astype(int))
    said = [_looks_visible(grey[k]) for k in chosen]
    if not said or np.mean(said) <= 0.5:
        return ""
    return f"{sum(said)} of {len(said)} pictures that were looked at look like photographs in visible light, not thermal pictures: check the data"


def _looks_visible(sample: Sample) -> bool:
    try:
        check_picture(sample.picture, kelvin=False)
        level = sample.picture - np.float32(np.median(sample.picture))
        found = read_face(level, sample.faces_xyxy_px[0].astype(float), 0.0)
    except InputError:  # too small to look at
        return False
    return found is not None and found.visible_light > SURELY_VISIBLE
