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
    return Crowds(**read_all(folder))
