"""What needs no training, and what a split by images would pretend: figures that stand beside every model's."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from jaxtyping import Bool, Float

from thermvision.tasks.splits import check_classes, check_disjoint
from thermvision.types import InputError

MAJORITY, CONSTANT_BOX, MEAN_SHAPE = "majority class", "constant box", "mean shape in the box"
NEAREST_OTHERS, NEAREST_LEAK = "1-NN thumbnails, other people", "1-NN thumbnails, LEAK: same people in train"
THUMBNAIL_PX = 12


def majority_scores(train_is_male: Bool[np.ndarray, " n"], count: int) -> Float[np.ndarray, " m"]:
    """Probability of male, the same for `count` test images: 1 where men are more than half of the training images, else 0."""
    if len(train_is_male) == 0:
        raise InputError("the training labels are empty; expected at least one")
    return np.full(count, float(train_is_male.mean() > 0.5))


@dataclass(frozen=True, slots=True)
class ConstantBox:
    """One box for every image, whatever it shows: the medians of the training boxes' edges, in shares of width and height."""

    edges: Float[np.ndarray, " 4"]  # x0, y0, x1, y1, 0-1

    def box_xyxy_px(self, width_px: int, height_px: int) -> Float[np.ndarray, "1 4"]:
        """The box in an image of that size, as one found box."""
        return (self.edges * [width_px, height_px, width_px, height_px])[None]


def fit_constant_box(
    boxes_xyxy_px: Float[np.ndarray, "n 4"], sizes_px: Float[np.ndarray, "n 2"]
) -> ConstantBox:  # fmt: skip
    """The constant box of training boxes in images of (width, height) px; InputError without boxes."""
    if len(boxes_xyxy_px) == 0:
        raise InputError("the training images hold no face box; expected at least one to fit the constant box")
    return ConstantBox(np.median(boxes_xyxy_px / np.tile(sizes_px, 2), axis=0))


def fit_mean_shape(
    landmarks_px: Float[np.ndarray, "i n 2"], bbox_xyxy_px: Float[np.ndarray, "i 4"]
) -> Float[np.ndarray, "n 2"]:
    """Mean place of each landmark in its box, 0-1 from the left and from the top; InputError without images."""
    if len(landmarks_px) == 0:
        raise InputError("the training images hold no landmarks; expected at least one image to fit the mean shape")
    sides = bbox_xyxy_px[:, None, 2:] - bbox_xyxy_px[:, None, :2]
    return ((landmarks_px - bbox_xyxy_px[:, None, :2]) / np.maximum(sides, 1e-6)).mean(axis=0)


def mean_shape_px(
    shape: Float[np.ndarray, "n 2"], bbox_xyxy_px: Float[np.ndarray, "i 4"]
) -> Float[np.ndarray, "i n 2"]:
    """The mean shape put into each box, px."""
    return bbox_xyxy_px[:, None, :2] + shape * (bbox_xyxy_px[:, None, 2:] - bbox_xyxy_px[:, None, :2])


def thumbnail(image: Float[np.ndarray, "h w"], bbox_xyxy_px: Float[np.ndarray, " 4"]) -> Float[np.ndarray, " t"]:
    """The face box as 12x12 means, mean 0 and deviation 1, so that level and gain do not matter; kelvin or grey.

    Without a box (NaN) the whole picture; a box of no size within the picture gives zeros.
    """
    from PIL import Image

    height, width = image.shape
    x0, y0 = (max(0.0, float(value)) for value in bbox_xyxy_px[:2])
    x1, y1 = min(width, float(bbox_xyxy_px[2])), min(height, float(bbox_xyxy_px[3]))
    if x1 - x0 < 1 or y1 - y0 < 1:
        return np.zeros(THUMBNAIL_PX**2)
    small = Image.fromarray(image.astype(np.float32)).resize(
        (THUMBNAIL_PX, THUMBNAIL_PX), Image.Resampling.BOX, box=(x0, y0, x1, y1)
    )
    values = np.asarray(small, np.float64).ravel()
    return (values - values.mean()) / max(float(values.std()), 1e-9)


@dataclass(frozen=True, slots=True)
class NearestResult:
    """What 1-nearest neighbour said of the test images: numbers of those images, probability of male (0 or 1), true label."""

    test: Sequence[int]
    p_male: Float[np.ndarray, " m"]
    is_male: Bool[np.ndarray, " m"]


def nearest_other_people(
    thumbnails: Float[np.ndarray, "n t"],
    is_male: Bool[np.ndarray, " n"],
    person: Sequence[str],
    train_people: Sequence[str],
    test_people: Sequence[str],
) -> NearestResult:
    """1-NN trained on some people and tested on others: the honest figure. InputError for a person in both, or one class."""
    check_disjoint({"train": train_people, "test": test_people})
    names, learn, ask = np.asarray(person, dtype=str), set(train_people), set(test_people)
    train, test = ([k for k, name in enumerate(names) if name in chosen] for chosen in (learn, ask))
    return _nearest(thumbnails, is_male, train, test)


def nearest_leaking(
    thumbnails: Float[np.ndarray, "n t"],
    is_male: Bool[np.ndarray, " n"],
    images: Sequence[str],
    person: Sequence[str],
    test_people: Sequence[str],
    train_count: int,
    seed: int,
) -> NearestResult:
    """The same with the test people's images dealt to train and test by the hash of the image's name: the leak of a split by images.

    Half of each test person's images are asked about. The other half is in training, filled up with other people's images to at
    most `train_count`, the number the honest figure had.
    """
    asked = set(test_people)
    test: list[int] = []
    known: list[int] = []
    rest: list[int] = []
    order = sorted(range(len(images)), key=lambda k: hashlib.sha256(f"{seed}:{images[k]}".encode()).hexdigest())
    seen: dict[str, int] = {}
    for number in order:
        name = person[number]
        if name not in asked:
            rest.append(number)
            continue
        seen[name] = seen.get(name, 0) + 1
        (test if seen[name] % 2 else known).append(number)
    train = [*known, *rest][: max(train_count, 1)]
    return _nearest(thumbnails, is_male, sorted(train), sorted(test))


def _nearest(thumbnails: np.ndarray, is_male: np.ndarray, train: list[int], test: list[int]) -> NearestResult:
    check_classes(["male" if is_male[k] else "female" for k in train], "the training images")
    if not test:
        raise InputError("no image belongs to the test people; give people with images")
    known, asked = thumbnails[train], thumbnails[test]
    closeness = asked @ known.T - (known**2).sum(axis=1) / 2  # half the negative squared distance, but for a constant
    said = is_male[train][closeness.argmax(axis=1)]
    return NearestResult(test, said.astype(float), is_male[test])
