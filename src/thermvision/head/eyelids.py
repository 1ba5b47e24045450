"""Eyelids that meet: the blink of the average head, fitted to the opening of a person's eyes."""

from __future__ import annotations

import numpy as np
from jaxtyping import Float32

from thermvision.head.landmarks import landmark_positions_mm
from thermvision.head.model import HeadModel

# Points of the upper and the lower lid's edge above one another, MediaPipe's numbers.
LIDS = {
    "Right": ((161, 163), (160, 144), (159, 145), (158, 153), (157, 154)),
    "Left": ((388, 390), (387, 373), (386, 374), (385, 380), (384, 381)),
}
OVERLAP_MM = 0.4  # by which the upper lid passes the edge of the lower one, so that no slit is left
LEAST_BLINK, MOST_BLINK = 0.3, 1.6


def units_with_fitted_lids(model: HeadModel, neutral_mm: Float32[np.ndarray, "v 3"]) -> Float32[np.ndarray, "k v 3"]:
    """The model's face units for a person, with blinks that end where this person's lids meet.

    The average blink closes a wide eye; on a narrow one the upper lid would run 2 to 4 mm past the lower, most at the
    outer corner, and draw an angular line across the cheek.
    """
    units = model.unit_mm[:, : model.num_vertices].copy()
    open_mm = landmark_positions_mm(model, neutral_mm, "478")
    for side, lids in LIDS.items():
        blink = units[model.unit_names.index(f"eyeBlink{side}")]
        shut_mm = landmark_positions_mm(model, neutral_mm + blink, "478")
        upper, lower = np.array(lids).T
        gap = open_mm[lower, 1] - open_mm[upper, 1]
        travel = gap - (shut_mm[lower, 1] - shut_mm[upper, 1])
        share = np.clip((gap + OVERLAP_MM) / np.maximum(travel, 0.1), LEAST_BLINK, MOST_BLINK)
        order = np.argsort(open_mm[upper, 0])
        blink *= np.interp(neutral_mm[:, 0], open_mm[upper[order], 0], share[order]).astype(np.float32)[:, None]
    return units
