"""Bake what the tracker needs of the head: MediaPipe's 468 points on the average head and how face units move them.

Run after bake_head.py and bake_landmarks.py; writes src/thermvision/assets/motion/face_shape.npz.
"""

from pathlib import Path

import numpy as np

from thermvision.head.landmarks import landmark_positions_mm
from thermvision.head.model import load_head_model

ASSET = Path(__file__).parents[1] / "src/thermvision/assets/motion/face_shape.npz"
POINTS = 468  # the face; the ten iris points turn with the gaze


def main() -> None:
    """Write the asset."""
    model = load_head_model()
    base = model.base_mm[: model.num_vertices]
    points = landmark_positions_mm(model, base, "478")[:POINTS]
    units = [landmark_positions_mm(model, base + unit[: model.num_vertices], "478")[:POINTS] for unit in model.unit_mm]
    np.savez_compressed(
        ASSET,
        points_mm=points.astype(np.float32),
        unit_names=np.array(model.unit_names),
        unit_mm=(np.stack(units) - points).astype(np.float16),
    )


if __name__ == "__main__":
    main()
