"""The errors of a radiometric camera's temperatures: what may be done to kelvin, within bounds.

A camera turns radiance into temperature with an emissivity and a reflected temperature that somebody set:
S = e L(T) + (1 - e) L(R). Read with other settings e', R' and a level that is off by o, a scene that was shown as T is shown as
T + (e/e' - 1) (T - R) - (1 - e')/e' (R' - R) + o, to first order in L (whose curvature costs less than 0.06 K between 30 and 37 C,
of which a factor of 0.03 is left here). Nothing else is done to kelvin: a gain or an offset outside of this is no camera's.
"""

from __future__ import annotations

import torch
from jaxtyping import Float

from thermvision.tasks.training.augment.draws import normal, uniform

EMISSIVITY = 0.98  # with which the package's cameras read (skin: 0.96-0.99, Charlton et al. 2020)
SET_EMISSIVITY = (0.95, 1.0)  # what is set in cameras: a maker's default, and none at all
REFLECTED_K = (283.15, 303.15)  # rooms, 10 to 30 C
REFLECTED_ERROR_K = 5.0
LEVEL_SD_K = 0.7  # over sessions, of a camera that its sheet calls exact to +-2 C


def recalibrated(
    x: Float[torch.Tensor, "b 1 h w"], strength: float, level_limit_k: float, stream: torch.Generator
) -> Float[torch.Tensor, "b 1 h w"]:
    """Apparent temperatures in kelvin as other cameras would have read them; strength 0-1 scales every error.

    No pixel changes by more than `largest_change_k` says.
    """
    n = len(x)
    emissivity = EMISSIVITY + strength * (uniform(n, *SET_EMISSIVITY, stream) - EMISSIVITY)
    reflected_k = uniform(n, *REFLECTED_K, stream)
    wrong_k = strength * uniform(n, -REFLECTED_ERROR_K, REFLECTED_ERROR_K, stream)
    level_k = strength * normal(n, LEVEL_SD_K, stream).clamp(-level_limit_k, level_limit_k)
    gain = EMISSIVITY / emissivity - 1
    return x + gain * (x - reflected_k) - (1 - emissivity) / emissivity * wrong_k + level_k


def largest_change_k(
    x: Float[torch.Tensor, "b 1 h w"], strength: float, level_limit_k: float
) -> Float[torch.Tensor, "b 1 h w"]:
    """The bound: 3.2 % of the distance from the farther end of REFLECTED_K, 0.26 K of reflection, and the level."""
    far = torch.maximum((x - REFLECTED_K[0]).abs(), (x - REFLECTED_K[1]).abs())
    steepest = EMISSIVITY / SET_EMISSIVITY[0] - 1
    return strength * (steepest * far + (1 / SET_EMISSIVITY[0] - 1) * REFLECTED_ERROR_K + level_limit_k) + 1e-3
