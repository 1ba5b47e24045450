"""A simulated or painted person as one still, moved by LivePortrait's networks: for `build --retarget liveportrait`."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np

from thermvision.animate.by_networks import NetworkWishes, shown_by_networks
from thermvision.animate.held import held_straight
from thermvision.animate.prepare import Prepared
from thermvision.head.landmarks import landmark_positions_mm
from thermvision.portraits.given_picture import GivenPicture
from thermvision.portraits.still import frontal_still
from thermvision.types import Frame, FrameLabels, Motion, Portrait


def still_driven(
    portrait: Portrait, driving: Path | Motion, size_px: int, model: Path | None, stream: np.random.Generator
) -> Iterator[tuple[Frame, FrameLabels]]:
    """Frames and labels of the person's frontal still, size_px square, through the session's camera at that size."""
    prepared = prepared_still(portrait, size_px)
    return shown_by_networks(prepared, driving, NetworkWishes(camera=portrait.session.camera, model=model), stream)


def prepared_still(portrait: Portrait, size_px: int) -> Prepared:
    """The frontal still of a person in three dimensions, whose landmarks are known."""
    head = portrait.head
    still = frontal_still(head, size_px)
    own = np.ascontiguousarray(still.vertices_mm[: head.model.num_vertices])
    points = still.view.project(landmark_positions_mm(head.model, own, "478"))
    name = f"the still of {portrait.subject.id}"
    picture = GivenPicture(
        name, still.temperature_k, portrait.temperature_source, True, None, False, portrait.subject.gender, ""
    )
    return Prepared(held_straight(portrait, size_px), picture, points[:, :2].astype(np.float64), {})
