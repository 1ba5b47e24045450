"""Stills of simulated people as files, with landmarks beside them, as a user would have them; and the command to move them."""

import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from thermvision.head.landmarks import landmark_positions_mm, visible
from thermvision.portraits.simulator import draw_session, draw_subject, make_portrait
from thermvision.portraits.still import frontal_still
from thermvision.thermal.radiometric_files import TLinear, write_tlinear
from thermvision.types import Portrait

SEED = 11


@dataclass(frozen=True)
class StillFiles:
    """A still of 128x128 px as TIFF, its landmarks as npz, and the truth behind them."""

    tiff: Path
    landmarks: Path
    temperature_k: np.ndarray
    points_px: np.ndarray
    seen: np.ndarray
    portrait: Portrait


def write_still(folder: Path, index: int, gender: str, size_px: int = 128) -> StillFiles:
    subject = draw_subject(SEED, index, gender)
    portrait = make_portrait(subject, draw_session(SEED, subject, 0), SEED)
    head, still = portrait.head, frontal_still(portrait.head, size_px)
    own = np.ascontiguousarray(still.vertices_mm[: head.model.num_vertices])
    points = still.view.project(landmark_positions_mm(head.model, own, "478"))
    seen = visible(points, still.inverse_depth)
    tiff, landmarks = folder / f"{gender}.tiff", folder / f"{gender}.npz"
    write_tlinear(tiff, still.temperature_k, TLinear())
    np.savez(landmarks, landmarks_px=points[:, :2].astype(float), weights=seen.astype(float))
    return StillFiles(tiff, landmarks, still.temperature_k, points[:, :2].astype(float), seen, portrait)


def call(*arguments, cwd=None, **environment) -> subprocess.CompletedProcess:
    command = [sys.executable, "-m", "thermvision.cli", *map(str, arguments)]
    return subprocess.run(
        command, capture_output=True, text=True, cwd=cwd, env={**os.environ, **environment}, timeout=500, check=False
    )
