"""Whether the skin of a picture fades towards grazing, as that of the simulator does: real and painted skin does so less."""

from __future__ import annotations

import numpy as np
from jaxtyping import Bool, Float32

from thermvision.portraits.picture_radiance import grazing_loss
from thermvision.portraits.skin_from_picture import SeenSkin

_COSINES = (0.28, 0.75)  # between: where skin is seen obliquely, but for outlines that were fitted a little off
_LEAST_SHARE, _ALIKE_K, _LEAST_TEXELS = 0.5, 2.0, 500


def limb_fades(
    seen: SeenSkin, physiology_k: Float32[np.ndarray, " n"], in_face: Bool[np.ndarray, " n"], reflected_k: float
) -> bool:
    """Whether at least half of the loss that `thermal.emissivity` gives is seen; by regression on what physiology leaves."""
    low, high = _COSINES
    short = physiology_k - seen.seen_k
    use = in_face & (seen.weight > 0.5) & (seen.cosine > low) & (seen.cosine < high) & (np.abs(short) < _ALIKE_K)
    if use.sum() < _LEAST_TEXELS:
        return False
    expected = grazing_loss(seen.cosine[use]) * (physiology_k[use] - reflected_k)
    share = float(np.polyfit(expected, short[use], 1)[0])
    return share > _LEAST_SHARE
