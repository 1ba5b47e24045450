"""Move a simulated person's mesh by a motion and render it: frames of radiance with labels from geometry."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from jaxtyping import Float

from thermvision.head.pose import pose_vertices
from thermvision.head.projection import View
from thermvision.head.thermal_head import ThermalHead
from thermvision.motion.arkit import ARKIT_INDEX, ARKIT_NAMES
from thermvision.motion.euler import euler_deg
from thermvision.motion.line_of_sight import sight_turn
from thermvision.motion.placing import FACE_HEIGHT_MM, FRAME_CENTRE_MM, LIDS_AT_REST
from thermvision.retarget.labels import frame_labels
from thermvision.retarget.scene import Scene
from thermvision.retarget.warmth_in_time import WarmthInTime
from thermvision.thermal.radiometry import band_radiance
from thermvision.types import Frame, FrameLabels, InputError, Motion, Portrait

SMALLEST_FACE_PX = 4.0
REACH = 0.42  # how far from its place, as a share of the visible width, a motion may carry the head


def retarget(
    portrait: Portrait,
    motion: Motion,
    *,
    width_px: int,
    height_px: int,
    horizontal_fov_deg: float,
    place_mm: Float[np.ndarray, " 3"] | None = None,
) -> Iterator[tuple[Frame, FrameLabels]]:
    """Frames of `portrait` moved by `motion`, whose rotations (against the line of sight) and positions are relative to neutral.

    Each frame has the passes `radiance_w` (h, w) float32, ideal band radiance in W m^-2 sr^-1 before any camera, and
    `face_mask` (h, w) bool. Labels are exact: they come from the mesh that was rendered. place_mm: where the head joint is
    at rest, camera frame; None puts it in the middle of the frame at the head's own distance.
    """
    head: ThermalHead = portrait.head
    view = View.from_fov(width_px, height_px, horizontal_fov_deg)
    _face_fits(head.distance_mm if place_mm is None else float(place_mm[2]), view)
    background = band_radiance(stretch(head.background_k, height_px, width_px)).astype(np.float32)
    scene = Scene([head], view, float(band_radiance(head.reflected_k)))
    warmth = WarmthInTime(head, portrait.dynamics, motion)
    unit_order = [ARKIT_NAMES.index(name) for name in head.model.unit_names]
    # For all frames at once: scipy takes longer to be called than to compute.
    rest = np.array([0.0, FRAME_CENTRE_MM, head.distance_mm]) if place_mm is None else place_mm
    positions = _place(motion.head_position_mm, rest, view)
    ahead = rest if place_mm is None else np.array([0.0, 0.0, 1.0])  # which way the camera looks at a face
    turns = sight_turn(ahead, positions) @ motion.sight_from_head
    angles_deg = euler_deg(turns)
    for index in range(len(motion)):
        vertices = pose_vertices(
            head.rig,
            lids_meet_once(motion.arkit[index])[unit_order],
            motion.gaze_deg[index],
            turns[index],
            positions[index],
        )
        drawn = scene.draw([vertices], [warmth.offset_k(index)], background)
        labels = frame_labels(portrait, motion, index, angles_deg[index], vertices, view, drawn.inverse_depth, warmth)
        yield {"radiance_w": drawn.radiance_w, "face_mask": drawn.face_mask}, labels


def _face_fits(distance_mm: float, view: View) -> None:
    """InputError for a head so near that its face is larger than the frame, or so far that nothing of it is seen."""
    nearest = view.focal_px * FACE_HEIGHT_MM / min(view.height_px, view.width_px)
    farthest = view.focal_px * FACE_HEIGHT_MM / SMALLEST_FACE_PX
    if not nearest <= distance_mm <= farthest:
        raise InputError(
            f"distance_mm of the head is {distance_mm:g}: its face would be {'larger than the frame' if distance_mm < nearest else 'too small to see'};"
            f" expected {nearest:.0f} to {farthest:.0f} mm in a frame of {view.width_px}x{view.height_px} px"
        )


def lids_meet_once(arkit: np.ndarray) -> np.ndarray:
    """Coefficients in which a shut eye is shut by the blink alone.

    At rest lids hang a little lower than in the head model, whose eyes are wide open. Trackers report a lowered gaze and a squint together with a blink; face units add up, so the upper lid would pass the
    lower one by millimetres.
    """
    settled = arkit.copy()
    for side in ("Left", "Right"):
        open_share = 1 - settled[ARKIT_INDEX[f"eyeBlink{side}"]]
        settled[ARKIT_INDEX[f"eyeBlink{side}"]] = 1 - (1 - LIDS_AT_REST) * open_share
        settled[ARKIT_INDEX[f"eyeLookDown{side}"]] *= open_share
        settled[ARKIT_INDEX[f"eyeSquint{side}"]] *= 0.4 + 0.6 * open_share
    return settled


def _place(displacement_mm: np.ndarray, rest_mm: np.ndarray, view: View) -> np.ndarray:
    """Camera-frame position of the head joint; displacements fade out before they carry the head off the frame."""
    half_mm = rest_mm[2] * 0.5 * np.array([view.width_px, view.height_px, view.width_px]) / view.focal_px
    limit = half_mm * np.array([REACH, REACH, 1.0])
    return rest_mm + limit * np.tanh(displacement_mm / limit)


def stretch(image: np.ndarray, height_px: int, width_px: int) -> np.ndarray:
    """Bilinear resize to the frame, corners on corners."""
    rows, columns = np.linspace(0, image.shape[0] - 1, height_px), np.linspace(0, image.shape[1] - 1, width_px)
    top, left = np.minimum(rows.astype(int), image.shape[0] - 2), np.minimum(columns.astype(int), image.shape[1] - 2)
    down, right = (rows - top)[:, None], (columns - left)[None]
    upper = image[top][:, left] * (1 - right) + image[top][:, left + 1] * right
    lower = image[top + 1][:, left] * (1 - right) + image[top + 1][:, left + 1] * right
    return np.ascontiguousarray(upper * (1 - down) + lower * down, np.float32)
