"""The physiology behind a face that a picture shows in part: region temperatures fitted to the visible skin."""

from __future__ import annotations

import numpy as np
from jaxtyping import Float

from thermvision.head.model import HeadModel
from thermvision.physiology.region_model import CORE_RANGE_C, ROOM_RANGE_C, draw_region_temperatures
from thermvision.physiology.region_table import COLD_NOSE_REACH
from thermvision.rng import rng
from thermvision.types import ZERO_CELSIUS_K, Gender

CORE_C = 36.9
_LEVEL_SD_K, _REGION_SD_K = 12.0, 0.8  # of the whole face, and of one region against the others
_NOSE_SD_K = 2.0  # a third of noses are cold
_VERTEX_SD_K = 0.9  # of skin between the regions' anchors; also brows, beards and strands of hair
_ROUNDS, _PEOPLE = 4, 24


def fit_regions(
    model: HeadModel,
    seen_k: Float[np.ndarray, " v"],
    weight: Float[np.ndarray, " v"],
    room_temperature_k: float,
    gender: Gender,
) -> dict[str, float]:
    """Temperature in kelvin of every region of `region_model`, most probable given the skin that is seen.

    seen_k: skin temperature at the vertices; weight: 0 where it is not seen, 1 where it is. Robust least squares with the
    population's means as prior, apart from the level, which is free: a picture's scale may be off.
    """
    usual = _usual(room_temperature_k, gender)
    names = model.region_names
    mean = np.array([usual[name] for name in names])
    basis = model.region_basis.astype(np.float64)
    own_sd_k = np.array([_NOSE_SD_K if name in COLD_NOSE_REACH else _REGION_SD_K for name in names])
    prior = np.linalg.inv(np.diag(own_sd_k**2) + _LEVEL_SD_K**2)
    off = np.zeros(len(names))
    level = _weighted_median(seen_k - basis @ mean, weight)
    off[:] = level
    for _ in range(_ROUNDS):
        residual = seen_k - basis @ (mean + off)
        trust = weight / (1 + (residual / (2 * _VERTEX_SD_K)) ** 2) ** 2 / _VERTEX_SD_K**2 * 0.1
        normal = (basis.T * trust) @ basis + prior
        off = np.linalg.solve(normal, (basis.T * trust) @ (seen_k - basis @ mean))
    fitted = dict(zip(names, (mean + off).tolist(), strict=True))
    level = float(np.median(off))
    regions = {name: value + level for name, value in usual.items()} | fitted
    for name in ("inner_canthus_max", "mouth_closed_max", "mouth_open_max"):
        regions[name] = usual[name] + level
    regions["inner_canthus_max"] = max(
        regions["inner_canthus_max"], regions["inner_canthus_right"], regions["inner_canthus_left"]
    )
    regions |= {
        "mouth_interior": regions["mouth_open_max"],
        "tongue": regions["mouth_open_max"] - 0.25,
        "teeth": regions["mouth_open_max"] - 1.0,
    }
    regions.pop("torso")
    return {name: float(value) for name, value in regions.items()}


def _usual(room_temperature_k: float, gender: Gender) -> dict[str, float]:
    """The mean over people, from the model that draws them."""
    room_c = float(np.clip(room_temperature_k - ZERO_CELSIUS_K, *ROOM_RANGE_C))
    core_c = float(np.clip(CORE_C, *CORE_RANGE_C))
    drawn = [
        draw_region_temperatures(
            rng(0, "usual", k), room_temperature_c=room_c, core_temperature_c=core_c, gender=gender
        )
        for k in range(_PEOPLE)
    ]
    usual = {name: float(np.median([one[name] for one in drawn])) for name in drawn[0]}
    return usual | {"torso": usual["neck_front"] - 0.3}


def _weighted_median(values: np.ndarray, weight: np.ndarray) -> float:
    order = np.argsort(values, kind="stable")
    cumulated = np.cumsum(weight[order])
    return float(values[order[np.searchsorted(cumulated, 0.5 * cumulated[-1])]])
