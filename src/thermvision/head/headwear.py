"""What covers the head: hats, hood and scarf by name."""

from __future__ import annotations

import numpy as np
from jaxtyping import Float32

from thermvision.head.drapes import hood, scarf
from thermvision.head.hats import baseball_cap, beanie, bucket_hat
from thermvision.head.head_measures import measure_head
from thermvision.head.model import HeadModel
from thermvision.head.worn import WornMesh

_BUILDERS = {"cap": baseball_cap, "beanie": beanie, "bucket": bucket_hat, "hood": hood, "scarf": scarf}
HEADWEAR_STYLES = tuple(_BUILDERS)
HIDES_HAIR = frozenset({"hood", "scarf"})  # hair is best left out under these
PRESSED_HAIR_MM = 5.0  # under the others hair is best built no thicker than this: a hat presses it down


def build_headwear(
    style: str,
    model: HeadModel,
    neutral_mm: Float32[np.ndarray, "v 3"],
    hair_thickness_mm: float,
    rng: np.random.Generator,
) -> list[WornMesh]:
    """Headwear of a style named in `HEADWEAR_STYLES` on a neutral head.

    neutral_mm: the head's vertices without joints, mm, head frame. hair_thickness_mm: of the cap of hair underneath, 0 if
    there is none, best no more than `PRESSED_HAIR_MM`; styles in `HIDES_HAIR` cover all hair and take no notice of it.
    Raises KeyError for an unknown style.
    """
    thickness = 0.0 if style in HIDES_HAIR else hair_thickness_mm
    return _BUILDERS[style](measure_head(model, neutral_mm, thickness), rng)
