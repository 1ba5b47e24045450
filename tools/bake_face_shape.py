"""Bake how MediaPipe's 468 points move with its own 52 coefficients: what the tracker needs to tell a turn from a smile.

Renders synthetic people in random poses with random expressions (the true pose is known), tracks them, turns the points
back by the true rotation and regresses them on the coefficients that the tracker gave. Run after bake_head.py and
bake_landmarks.py, with the Face Landmarker bundle; writes src/thermvision/assets/motion/face_shape.npz in about 2 minutes.

    python tools/bake_face_shape.py --model face_landmarker.task
"""

import argparse
from pathlib import Path

import numpy as np
from scipy.spatial import cKDTree

from head_bake.babble import babble
from thermvision.head.landmarks import landmark_positions_mm
from thermvision.head.model import load_head_model
from thermvision.motion.arkit import ARKIT_INDEX, ARKIT_NAMES
from thermvision.motion.head_turn import NUM_POINTS
from thermvision.motion.track import still_landmarker
from thermvision.portraits.simulator import draw_session, draw_subject, make_portrait
from thermvision.retarget.mesh import retarget
from thermvision.rng import rng
from thermvision.thermal.agc import make_agc
from thermvision.thermal.camera import camera_state, observe, to_centikelvin
from thermvision.thermal.presets import camera_model

ASSET = Path(__file__).parents[1] / "src/thermvision/assets/motion/face_shape.npz"
SEED, PEOPLE, FRAMES, SIZE_PX = 77, 14, 120, 512
RIDGE = 20.0  # in frames: a coefficient that was seldom used says little


def main() -> None:
    """Write the asset."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--model", type=Path, required=True, help="Face Landmarker bundle")
    model = load_head_model()
    shape = landmark_positions_mm(model, model.base_mm[: model.num_vertices], "478")[:NUM_POINTS].astype(np.float64)
    points, scores = [], []
    with still_landmarker(parser.parse_args().model) as detect:
        index = 100
        while len(points) < PEOPLE:
            seen = _tracked(index, detect, shape)
            index += 1
            if seen is None:
                continue
            points.append(seen[0] - seen[0].mean(axis=0))
            scores.append(seen[1] - seen[1].mean(axis=0))
            print(f"{len(points)} of {PEOPLE}: {len(seen[1])} frames of {FRAMES}", flush=True)
    response = _regress(np.concatenate(points), np.concatenate(scores))
    np.savez_compressed(
        ASSET,
        points_mm=shape.astype(np.float32),
        unit_names=np.array(ARKIT_NAMES),
        unit_mm=_symmetric(response, shape).astype(np.float16),
    )


def _tracked(index: int, detect, shape: np.ndarray) -> tuple[np.ndarray, np.ndarray] | None:  # type: ignore[no-untyped-def]
    """Points (f, 468, 3) in the head's axes at the scale of `shape`, and coefficients (f, 52), of a bare-faced person."""
    subject = draw_subject(SEED, index, "female" if index % 2 == 0 else "male")
    session = draw_session(SEED, subject, 0)
    if session.face_mask or session.glasses:
        return None
    motion = babble(FRAMES, rng(SEED, "babble", index))
    camera = camera_model(session.camera, SIZE_PX, SIZE_PX)
    stream = rng(SEED, "camera", index)
    state = camera_state(camera, session.room_temperature_c + 273.15, stream, motion.rate_hz)
    frames = retarget(
        make_portrait(subject, session, SEED), motion, width_px=SIZE_PX, height_px=SIZE_PX,
        horizontal_fov_deg=camera.horizontal_fov_deg,
    )  # fmt: skip
    points, scores = [], []
    spread = np.sqrt(((shape - shape.mean(axis=0)) ** 2).sum())
    for (frame, _), turn in zip(frames, motion.sight_from_head, strict=True):
        view = make_agc("detail")(to_centikelvin(observe(frame["radiance_w"], state, stream)))
        faces = detect(np.repeat(view[:, :, None], 3, axis=2))
        if len(faces) != 1:
            continue
        centred = faces[0].points_px - faces[0].points_px.mean(axis=0)
        points.append(centred @ turn * (spread / np.sqrt((centred**2).sum())))
        scores.append(faces[0].arkit)
    return np.array(points), np.array(scores)


def _regress(points: np.ndarray, scores: np.ndarray) -> np.ndarray:
    """Displacements (52, 468, 3) of the points for each coefficient, ridge regression; both are free of means."""
    inner = scores.T @ scores + RIDGE * np.eye(scores.shape[1])
    return np.linalg.solve(inner, scores.T @ points.reshape(len(points), -1)).reshape(-1, NUM_POINTS, 3)


def _symmetric(response: np.ndarray, shape: np.ndarray) -> np.ndarray:
    """The mean of the response and its mirror image: left and right are learned together."""
    flip = np.array([-1.0, 1.0, 1.0])
    twin = cKDTree(shape).query(shape * flip)[1]
    other = [ARKIT_INDEX.get(_mirrored(name), ARKIT_INDEX[name]) for name in ARKIT_NAMES]
    return (response + response[other][:, twin] * flip) / 2


def _mirrored(name: str) -> str:
    for side, opposite in (("Left", "Right"), ("Right", "Left")):
        if name.endswith(side):
            return name.removesuffix(side) + opposite
    return name


if __name__ == "__main__":
    main()
