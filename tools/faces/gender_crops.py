"""Batches for the gender network. What a simulated person wears on the head tells the gender far better than it does among
people, so the surroundings of many faces are another person's, covered, or cut off.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch
from crops import covered
from gender_pack import PACK_PX, PACK_ROOM, turns
from torch.nn import functional

from thermvision.tasks.training.augment.draws import chance, normal, uniform
from thermvision.tasks.training.augment.recipe import through_camera
from thermvision.tasks.training.augment.smooth_fields import smooth_noise
from thermvision.tasks.training.augment.stretch import stretched

CROP_PX, LEAST_PX = 128, 18
ROOMS, TIGHT_ROOMS = (1.25, 1.9), (0.95, 1.25)  # side of a crop over the longer side of the face box
DONOR, HIDDEN, TIGHT = 0.26, 0.16, 0.18  # shares of crops whose surroundings are another's, covered, cut off
SMOOTHED = 0.04  # of the labels, since the ends of the simulator's axis of gender are further apart than people are
_DIRECTIONS, _COARSE = 40, 80
_KNOTS = (-25.0, -9.0, -4.5, -1.5, 0.5, 6.0, 25.0)  # kelvin against the face's mean
_KNOT_SD = (5.0, 4.0, 2.5, 0.8, 0.3, 2.0, 5.0)
_ENTRIES = 4  # a kelvin, of the table of shifts
_WARM = ((30, 33, 2.0), (39, 42, 0.8), (2, 14, 0.8), (8, 8, 0.7), (51, 57, 0.8), (19, 24, 0.8))  # two places and kelvin


def weights_between(knots, entries):
    """(knots, entries): how much each knot counts at each entry of a table over their span, linear between neighbours."""
    at = knots[0] + (torch.arange(round((knots[-1] - knots[0]) * entries)) + 0.5) / entries
    return torch.stack([torch.from_numpy(np.interp(at.numpy(), knots, row)) for row in np.eye(len(knots))]).float()


_BETWEEN = weights_between(_KNOTS, _ENTRIES)


@dataclass
class Pack:
    """Crops of `gender_pack`, of the folds that are asked for."""

    centikelvin: list
    place: np.ndarray  # (n, 2): which file, which crop in it
    points: torch.Tensor
    pose_deg: torch.Tensor
    male: torch.Tensor
    worn: np.ndarray
    person: np.ndarray
    source: np.ndarray

    def __len__(self):
        return len(self.place)

    def __post_init__(self):
        """Order by how far a face is turned, so that those next to each other are turned alike."""
        self.by_yaw = np.argsort(self.pose_deg[:, 0].abs().numpy(), kind="stable")
        self.rank = np.empty(len(self), int)
        self.rank[self.by_yaw] = np.arange(len(self))

    def kelvin(self, picks):
        crops = np.stack([self.centikelvin[file][row] for file, row in self.place[picks]])
        return torch.from_numpy(crops.astype(np.float32))[:, None] * 0.01


def read_packs(folders, folds, most=None):
    """Crops of the folds in all packs, or `most` of them at random; a person has another number in each pack."""
    files, parts = [], []
    for number, folder in enumerate(folders):
        rows = dict(np.load(folder / "rows.npz", allow_pickle=False))
        kept = np.isin(rows["fold"], folds)
        files.append(np.load(folder / "centikelvin.npy", mmap_mode="r"))
        rows["place"] = np.stack([np.full(len(kept), number), np.arange(len(kept))], axis=1)
        rows["person"] = rows["person"] + 10_000_000 * number
        rows["source"] = rows["source"] + 10 * number
        parts.append({name: values[kept] for name, values in rows.items()})
    told = {name: np.concatenate([part[name] for part in parts]) for name in parts[0] if name != "fold"}
    if most is not None and most < len(told["place"]):
        kept = np.sort(np.random.default_rng(0).choice(len(told["place"]), most, replace=False))
        told = {name: values[kept] for name, values in told.items()}
    for name in ("points", "pose_deg", "male"):
        told[name] = torch.from_numpy(told[name]).float()
    return Pack(centikelvin=files, **told)


def face_masks(points, forehead, sharpness):
    """1 within a face and 0 about it (b, 1, 160, 160): the hull of its 68 landmarks and of the brows moved up.

    forehead: how far, of the way from chin to brows (b,). sharpness: of the edge, 1 / crop units (b,).
    """
    up = points[:, 17:27].mean(dim=1) - points[:, 8]
    hull = torch.cat([points, points[:, 17:27] + forehead[:, None, None] * up[:, None]], dim=1)
    angle = torch.arange(_DIRECTIONS) * (2 * torch.pi / _DIRECTIONS)
    ways = torch.stack([torch.cos(angle), torch.sin(angle)])
    reach = (hull @ ways).amax(dim=1)
    axis = (torch.arange(_COARSE) + 0.5) / _COARSE * 2 - 1
    y, x = torch.meshgrid(axis, axis, indexing="ij")
    at = (torch.stack([x, y], -1).reshape(-1, 2) @ ways).T
    away = torch.full((len(points), at.shape[1]), -9.0)
    for k in range(_DIRECTIONS):
        away = torch.maximum(away, at[k] - reach[:, k, None])
    mask = torch.sigmoid(-sharpness[:, None] * away).reshape(-1, 1, _COARSE, _COARSE)
    return functional.interpolate(mask, scale_factor=2, mode="bilinear", align_corners=False)


def with_others_surroundings(kelvin, points, masks, pack, picks, stream):
    """The faces before what other people, turned alike, have about theirs."""
    n = len(picks)
    reach = max(1, len(pack) // 40)
    step = torch.randint(-reach, reach + 1, (n,), generator=stream).numpy()
    others = pack.by_yaw[np.clip(pack.rank[picks] + step, 0, len(pack) - 1)]
    donors, theirs = pack.kelvin(others), pack.points[others].clone()
    flip = (pack.pose_deg[others, 0] * pack.pose_deg[picks, 0] < 0).float()
    sign = 1 - 2 * flip
    theirs[..., 0] = theirs[..., 0] * sign[:, None]
    low, high, their_low, their_high = (
        *(end(points, dim=1) for end in (torch.amin, torch.amax)), *(end(theirs, dim=1) for end in (torch.amin, torch.amax)),
    )  # fmt: skip
    scale = (their_high - their_low) / (high - low)
    axis = (torch.arange(PACK_PX) + 0.5) / PACK_PX * 2 - 1
    y, x = torch.meshgrid(axis, axis, indexing="ij")
    place = (torch.stack([x, y], -1)[None] - low[:, None, None]) * scale[:, None, None] + their_low[:, None, None]
    place[..., 0] = place[..., 0] * sign[:, None, None]
    moved = functional.grid_sample(donors, place, padding_mode="border", align_corners=False)
    level = (masks * (kelvin - moved)).sum(dim=(2, 3), keepdim=True) / masks.sum(dim=(2, 3), keepdim=True).clamp(min=1)
    return masks * kelvin + (1 - masks) * (moved + level)


def with_hidden_surroundings(kelvin, points, masks, stream):
    """What lies about the faces covered by one thing: all of it, what is above the brows, below the mouth, or on one side."""
    n = len(kelvin)
    axis = (torch.arange(PACK_PX) + 0.5) / PACK_PX * 2 - 1
    y, x = torch.meshgrid(axis, axis, indexing="ij")
    brows, mouth, nose = points[:, 17:27, 1].mean(dim=1), points[:, 48:60, 1].mean(dim=1), points[:, 30, 0]
    side = torch.where(torch.rand(n, generator=stream) < 0.5, -1.0, 1.0)
    which = torch.randint(0, 5, (n,), generator=stream)[:, None, None]
    part = torch.ones(n, PACK_PX, PACK_PX)
    part = torch.where(which == 1, ((brows[:, None, None] - y) * 12).sigmoid(), part)
    part = torch.where(which == 2, ((y - mouth[:, None, None]) * 12).sigmoid(), part)
    part = torch.where(which == 3, (((x - nose[:, None, None]) * side[:, None, None]) * 12).sigmoid(), part)
    mean = (masks * kelvin).sum(dim=(2, 3), keepdim=True) / masks.sum(dim=(2, 3), keepdim=True)
    fill = mean + normal(n, 5, stream) - 2.5 + uniform(n, 0, 1.5, stream) * smooth_noise(n, PACK_PX, 7, stream)
    covers = (1 - masks) * part[:, None]
    return kelvin + covers * (fill - kelvin)


def other_temperatures(kelvin, points, masks, stream):
    """Warmer, colder and patchier faces, and whatever lies about them at other temperatures."""
    n = len(kelvin)
    mean = (masks * kelvin).sum(dim=(2, 3), keepdim=True) / masks.sum(dim=(2, 3), keepdim=True)
    apart = kelvin - mean
    sd = torch.tensor(_KNOT_SD) * (torch.rand(n, 1, generator=stream) < 0.8)
    moved = torch.randn(n, len(_KNOT_SD), generator=stream) * sd
    entry = ((apart.flatten(1) - _KNOTS[0]) * _ENTRIES).long().clamp(0, len(_BETWEEN[0]) - 1)
    shift = (moved @ _BETWEEN).gather(1, entry).reshape(apart.shape)
    contrast = torch.exp(normal(n, 0.35, stream))
    about = apart + shift
    kelvin = mean + about + masks * (contrast * apart + 0.3 * shift - about)
    patches = uniform(n, 0, 0.8, stream) * smooth_noise(n, PACK_PX, 9, stream)
    patches = patches + uniform(n, 0, 0.35, stream) * smooth_noise(n, PACK_PX, 28, stream) + warm_places(points, stream)
    clutter = uniform(n, 0, 2.0, stream) * chance(n, 0.4, stream) * smooth_noise(n, PACK_PX, 12, stream)
    return kelvin + clutter + masks * (patches - clutter)


def warm_places(points, stream):
    """Warm and cold spots at nose, canthi, cheeks, chin, mouth, brows (b, 1, 160, 160), kelvin."""
    n, spots = len(points), len(_WARM)
    pick = (torch.rand(n, spots, generator=stream) < 0.5).long()
    middle = points[:, torch.tensor([one[:2] for one in _WARM]).flatten()].reshape(n, spots, 2, 2)
    middle = middle.gather(2, pick[..., None, None].expand(-1, -1, 1, 2))[:, :, 0]
    height = torch.randn(n, spots, generator=stream) * torch.tensor([one[2] for one in _WARM])
    height = height * (torch.rand(n, spots, generator=stream) < 0.6)
    radius = 0.05 + 0.2 * torch.rand(n, spots, generator=stream)
    axis = (torch.arange(40) + 0.5) / 40 * 2 - 1
    across, down = (torch.exp(-0.5 * ((axis - middle[..., k : k + 1]) / radius[..., None]) ** 2) for k in (0, 1))
    field = torch.einsum("ns,nsy,nsx->nyx", height, down, across)[:, None]
    return functional.interpolate(field, size=(PACK_PX, PACK_PX), mode="bilinear", align_corners=False)


def cut(kelvin, room, lean_deg, shift, aspect):
    """Crops (b, 1, 128, 128) of side `room` times the face box, leaning, shifted by `shift` of their half side."""
    axis = (torch.arange(CROP_PX) + 0.5) / CROP_PX * 2 - 1
    y, x = torch.meshgrid(axis, axis, indexing="ij")
    half = (room / PACK_ROOM)[:, None, None]
    axes = turns(lean_deg) * half * torch.stack([aspect, 1 / aspect], -1)[:, None, :]
    grid = torch.einsum("nij,hwj->nhwi", axes, torch.stack([x, y], -1)) + (shift * half[:, 0])[:, None, None]
    return functional.grid_sample(kelvin, grid, padding_mode="border", align_corners=False)


def make_batch(pack, count, stream):
    """`x` (count, 1, 128, 128) as the network takes it and `male` (count,), smoothed."""
    picks = torch.randint(0, len(pack), (count,), generator=stream).numpy()
    kelvin, points = pack.kelvin(picks), pack.points[picks]
    size = torch.rand(count, 2, generator=stream)
    masks = face_masks(points, 0.05 + 0.5 * size[:, 0], 14 + 60 * size[:, 1])
    donors = round(DONOR * count)
    hidden = donors + round(HIDDEN * count)
    kelvin[:donors] = with_others_surroundings(
        kelvin[:donors], points[:donors], masks[:donors], pack, picks[:donors], stream
    )
    covers = slice(donors, hidden)
    kelvin[covers] = with_hidden_surroundings(kelvin[covers], points[covers], masks[covers], stream)
    kelvin = other_temperatures(kelvin, points, masks, stream)

    def gauss(sd):
        return sd * torch.randn(count, generator=stream)

    tight, where = torch.rand(count, generator=stream) < TIGHT, torch.rand(count, generator=stream)
    (low, high), (tight_low, tight_high) = ROOMS, TIGHT_ROOMS
    room = torch.where(tight, tight_low + where * (tight_high - tight_low), low * (high / low) ** where)
    shift = torch.stack([gauss(0.05), gauss(0.06)], -1)
    x = cut(kelvin, room, gauss(6), shift, torch.exp(gauss(0.05)))
    x = torch.where((torch.rand(count, generator=stream) < 0.5)[:, None, None, None], x.flip(3), x)
    fifth = len(x) // 5
    x[-fifth:] = covered(x[-fifth:], torch.zeros(fifth, 1, 2), stream, 0.35)[0]
    x, _ = through_camera(x, stream, LEAST_PX)
    return stretched(x), pack.male[picks] * (1 - SMOOTHED) + 0.5 * SMOOTHED
