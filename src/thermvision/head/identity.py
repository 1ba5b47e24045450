"""Who a head is: drawing and applying phenotypes and shape axes."""

from __future__ import annotations

import numpy as np
from jaxtyping import Float32

from thermvision.head.model import HeadModel
from thermvision.types import Gender

ANCESTRIES = ("african", "asian", "caucasian")

# Standard deviations of the shape axes. A MakeHuman target at 1 is an artist's extreme; these keep a face within what
# one meets in a street (looked at on sheets of 64). Axes not named take the entry of their folder.
AXIS_SD = {
    "head": 0.11, "forehead": 0.12, "eye": 0.2, "nose": 0.2, "mouth": 0.2, "ear": 0.22, "chin": 0.2, "cheek": 0.22,
    "neck": 0.15, "measure": 0.15,
    "nose-trans": 0.1, "mouth-trans": 0.1, "forehead-trans": 0.12, "ear-trans": 0.12, "eye-trans": 0.12,
    "nose-scale-vert": 0.2, "nose-compression": 0.12, "nose-septumangle": 0.15, "nose-point": 0.18, "nose-greek": 0.15,
    "eye-push1": 0.12, "eye-push2": 0.12, "eye-corner1": 0.18, "eye-corner2": 0.18, "eye-height1": 0.18, "eye-height2": 0.18,
    "eye-height3": 0.18, "eye-bag": 0.3, "eye-scale": 0.15, "ear-shape-pointed": 0.08, "ear-wing": 0.3,
    "mouth-scale-depth": 0.12, "mouth-laugh-lines": 0.2, "mouth-dimples": 0.15, "chin-jaw-drop": 0.15, "chin-prognathism": 0.15,
    "chin-cleft": 0.15, "chin-height": 0.2, "head-angle": 0.1, "head-scale-vert": 0.1, "head-scale-depth": 0.12,
    "head-scale-horiz": 0.14, "head-fat": 0.28, "neck-double": 0.2,
}  # fmt: skip
ONE_SIDED = (
    "head-diamond",
    "head-inverted",
    "head-oval",
    "head-rect",
    "head-round",
    "head-square",
    "head-triang",
    "ear-shape",
    "chin-triangle",
)
LIMIT_SD = 2.2  # draws beyond so many standard deviations are cut
ASYMMETRY = 0.18  # share of a paired axis' standard deviation that left and right do not share


def draw_identity(rng: np.random.Generator, gender: Gender, model: HeadModel) -> dict[str, float]:
    """Values of all phenotype and shape axes of one person, by name.

    Gender runs 0 (female) to 1 (male) and stays near its end; ages are adult (0 = 25 years, 1 = 90); ancestry is a
    Dirichlet mixture in which one component usually leads; weights lie around the average.
    """
    towards_male = 0.06 + 0.1 * abs(rng.standard_normal())
    ancestry = rng.dirichlet((0.45, 0.45, 0.45))
    identity = {
        "gender": float(np.clip(1 - towards_male if gender == "male" else towards_male, 0, 1)),
        "age": float(np.clip(rng.beta(1.2, 2.6) * 0.85, 0, 0.8)),
        "weight": float(np.clip(0.5 + 0.17 * rng.standard_normal(), 0.1, 0.95)),
        **{name: float(share) for name, share in zip(ANCESTRIES, ancestry, strict=True)},
    }
    for name in model.shapes:
        if name.startswith("r-"):
            continue  # drawn with its left twin
        sd = axis_sd(name.removeprefix("l-"))
        value = float(np.clip(rng.standard_normal(), -LIMIT_SD, LIMIT_SD)) * sd
        if name.removeprefix("l-").startswith(ONE_SIDED):
            value = abs(value)
        identity[name] = value
        if name.startswith("l-"):
            identity[name] = value + float(rng.standard_normal()) * sd * ASYMMETRY
            identity["r-" + name[2:]] = value + float(rng.standard_normal()) * sd * ASYMMETRY
    return identity


def axis_sd(axis: str) -> float:
    """Standard deviation of a shape axis over people, by its name without the side (`l-`, `r-`)."""
    exact = AXIS_SD.get(axis)
    return exact if exact is not None else AXIS_SD[axis.split("-", maxsplit=1)[0]]


def neutral_mesh(model: HeadModel, identity: dict[str, float]) -> Float32[np.ndarray, "vj 3"]:
    """Vertices and joints of a person's neutral face, mm, head frame with the origin at this person's head joint."""
    vertices = model.base_mm.copy()
    for name, weight in corner_weights(identity).items():
        if weight:
            vertices += np.float32(weight) * model.corners[name]
    for name, pair in model.shapes.items():
        value = identity.get(name, 0.0)
        vertices += np.float32(abs(value)) * pair[int(value > 0)]
    origin = vertices[model.num_vertices + model.joint_names.index("head")]
    return vertices - origin


def corner_weights(identity: dict[str, float]) -> dict[str, float]:
    """Multilinear weights of the phenotype corners (MakeHuman's macro system with average muscle)."""
    gender = {"female": 1 - identity["gender"], "male": identity["gender"]}
    age = {"young": 1 - identity["age"], "old": identity["age"]}
    weight = {
        "min": max(0.0, 1 - 2 * identity["weight"]),
        "average": 1 - abs(2 * identity["weight"] - 1),
        "max": max(0.0, 2 * identity["weight"] - 1),
    }
    weights = {}
    for g, a in ((g, a) for g in gender for a in age):
        for name in ANCESTRIES:
            weights[f"{name}-{g}-{a}"] = identity[name] * gender[g] * age[a]
        for name, share in weight.items():
            weights[f"{name}weight-{g}-{a}"] = share * gender[g] * age[a]
    return weights
