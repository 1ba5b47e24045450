"""Stills and crowds of the generators, read into memory."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch


@dataclass
class Stills:
    centikelvin: np.ndarray
    kind: np.ndarray
    facing: np.ndarray
    landmarks_px: torch.Tensor
    visible: torch.Tensor
    pose_deg: torch.Tensor
    person: np.ndarray

    def __len__(self):
        return len(self.centikelvin)

    def kelvin(self, picks):
        return torch.from_numpy(self.centikelvin[picks].astype(np.float32))[:, None] * 0.01

    def kinds(self, picks):
        return torch.from_numpy(self.kind[picks].astype(np.int64))

    def facings(self, picks):
        return torch.from_numpy(self.facing[picks].astype(np.float32))


@dataclass
class Crowds:
    centikelvin: np.ndarray
    boxes_px: np.ndarray
    visible_share: np.ndarray
    landmarks_px: np.ndarray
    false_frame: np.ndarray  # where the finder saw faces that are none, and their boxes (n, 4)
    false_px: np.ndarray

    def __post_init__(self):
        """Which faces are worth a crop: frame and person of those large and open enough."""
        longer = np.nan_to_num(self.boxes_px[..., 2:] - self.boxes_px[..., :2]).max(axis=2)
        self.large = np.nonzero((longer > 22) & (self.visible_share > 0.35))
        # The finder's hard ones: turned to profile or beyond, or half hidden.
        eyes, height = (
            np.linalg.norm(self.landmarks_px[:, :, a] - self.landmarks_px[:, :, b], axis=-1)
            for a, b in ((33, 263), (10, 152))
        )
        partly = (self.visible_share > 0.25) & ((self.visible_share < 0.7) | (eyes < 0.35 * height))
        self.hard = np.nonzero((longer > 14) & partly)

    def __len__(self):
        return len(self.centikelvin)

    def kelvin(self, picks):
        return torch.from_numpy(self.centikelvin[picks].astype(np.float32))[:, None] * 0.01


def read_all(folder):
    files = sorted(folder.glob("*_[0-9][0-9][0-9][0-9].npz"))
    if not files:
        raise SystemExit(f"no shards in {folder}")
    parts = [np.load(file, allow_pickle=False) for file in files]
    return {name: np.concatenate([part[name] for part in parts]) for name in parts[0].files}


def read_stills(folder):
    arrays = read_all(folder)
    for name in ("landmarks_px", "visible", "pose_deg"):
        arrays[name] = torch.from_numpy(arrays[name])
    return Stills(**arrays)


def read_crowds(folder):
    mined = folder / "false_boxes.npz"
    false = np.load(mined) if mined.exists() else {"frame": np.zeros(0, int), "boxes_px": np.zeros((0, 4), np.float32)}
    return Crowds(**read_all(folder), false_frame=false["frame"], false_px=false["boxes_px"])
