"""Batches for the finder: stills cut out and set before other backgrounds, near and far, several in a picture; and crowds."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import torch
from crops import wide_noise
from osd import with_text
from torch.nn import functional
from warmth import in_visible_light, other_temperatures

from thermvision.tasks.training.augment.draws import chance, uniform
from thermvision.tasks.training.augment.recipe import through_camera
from thermvision.tasks.training.augment.smooth_fields import smooth_noise
from thermvision.tasks.training.augment.stretch import stretched
from thermvision.tasks.training.finder_targets import finder_targets

SIZE = 256
CROWD_SHARE, VISIBLE_SHARE = 0.5, 0.06
FACE_PX = (11.0, 220.0)  # a larger face is found with room round the picture
WINDOW_PX = (95.0, 420.0)  # of a crowd frame; more than it is high leaves room at its borders
HARD_SHARE = 0.5  # of windows: about a face in profile or half hidden
CROWD, PASTED = 6, 3  # faces of a crowd frame, and set before it
LEAST_FRAMED_PX, FRAMED_SHARE, TEXT_SHARE = (
    40.0,
    0.16,
    0.12,
)  # side of that face; of pictures that end near or within a large face; with letters over them
BEFORE_CROWDS_SHARE = 0.4  # of people who are set before something: before windows of crowds


@dataclass
class Scenes:
    x: torch.Tensor  # (b, 1, 256, 256)
    heat: torch.Tensor  # (b, 64, 64) 0-1, -1: neither asked for nor held against it
    boxes: torch.Tensor  # (b, 4, 64, 64)
    near: torch.Tensor  # (b, 64, 64) weight of the boxes


def backgrounds(count, stream):
    """Temperatures (n, 1, 256, 256) about 293 K: slow and fine variation, straight edges, warm boxes, hot ground."""
    x = 293 + uniform(count, -8, 8, stream) + uniform(count, 0, 3, stream) * smooth_noise(count, SIZE, 4, stream)
    x = x + uniform(count, 0, 2, stream) * chance(count, 0.5, stream) * smooth_noise(count, SIZE, 24, stream)
    axis = (torch.arange(SIZE) + 0.5) / SIZE
    y, xx = torch.meshgrid(axis, axis, indexing="ij")
    for _ in range(4):
        middle, half = torch.rand(count, 2, generator=stream), 0.02 + 0.3 * torch.rand(count, 2, generator=stream) ** 2
        slant = uniform(count, -0.3, 0.3, stream)[:, 0]
        power = torch.where(torch.rand(count, generator=stream) < 0.3, 2.0, 20.0)[:, None, None]
        away_x = (xx - middle[:, :1, None] + slant * (y - middle[:, 1:, None])) / half[:, :1, None]
        away_y = (y - middle[:, 1:, None]) / half[:, 1:, None]
        there = (away_x.abs() ** power + away_y.abs() ** power < 1)[:, None]
        x = torch.where(there & chance(count, 0.6, stream), x + uniform(count, -7, 16, stream), x)
    horizon = uniform(count, 0.2, 0.9, stream)
    return torch.where((y > horizon) & chance(count, 0.25, stream), x + uniform(count, -5, 20, stream), x)


def set_in(canvas, stills, stream, visible):
    """A person set into each canvas at any size and place: the pictures and the boxes (n, 4) as they then are."""
    n = len(canvas)
    picks = torch.randint(0, len(stills), (n,), generator=stream).numpy()
    kind, points = stills.kinds(picks), stills.landmarks_px[picks]
    person = other_temperatures(stills.kelvin(picks), kind, points, stream)
    if visible:
        grey = in_visible_light(kind[:visible], stills.facings(picks[:visible]), stream)
        person = torch.cat([285 + 30 * grey, person[visible:]])
    low, high = points[:, :468].amin(dim=1), points[:, :468].amax(dim=1)
    long = (high - low).amax(dim=1)
    face = torch.exp(
        math.log(FACE_PX[0]) + torch.rand(n, generator=stream) * math.log(FACE_PX[1] / FACE_PX[0])
    )  # px in the scene
    scale = long / face  # still px for one of the scene
    lean = torch.deg2rad(
        torch.where(torch.rand(n, generator=stream) < 0.7, 6.0, 25.0) * torch.randn(n, generator=stream)
    )
    cos, sin = torch.cos(lean), torch.sin(lean)
    matrix = torch.stack([torch.stack([cos, -sin], -1), torch.stack([sin, cos], -1)], -2) * scale[:, None, None]
    at = torch.rand(n, 2, generator=stream) * 1.04 - 0.02
    share = face[:, None] / SIZE
    at = torch.where(share > 0.47, 0.5 + (at - 0.5) * (1.25 - share).clamp(min=0.15), at) * SIZE
    axis = torch.arange(SIZE) + 0.5
    y, x = torch.meshgrid(axis, axis, indexing="ij")
    place = torch.einsum("nij,nhwj->nhwi", matrix, torch.stack([x, y], -1) - at[:, None, None])
    place = place + (0.5 * (low + high))[:, None, None]
    size = person.shape[-1]
    grid = place * (2 / size) - 1
    small = torch.nonzero(scale > 1.6).flatten()  # against aliasing
    for level in (2, 4, 8):
        part = small[scale[small] > 0.8 * level]
        if len(part):
            mean = functional.avg_pool2d(person[part], level)
            person[part] = functional.interpolate(mean, size=(size, size), mode="bilinear", align_corners=False)
    # The bust's lower border goes on downwards; at the other sides the still ends.
    inside = (place[..., 0] > 1) & (place[..., 0] < size - 1) & (place[..., 1] > 1)
    picture = functional.grid_sample(person, grid, padding_mode="border", align_corners=False)
    alpha = functional.grid_sample((kind[:, None] > 0).float(), grid, padding_mode="border", align_corners=False)
    whole = (torch.rand(n, generator=stream) < 0.35) & (face > 0.29 * SIZE)
    alpha = torch.where(whole[:, None, None, None], torch.ones(()), alpha)
    alpha = alpha * (inside | whole[:, None, None])[:, None]
    moved = torch.einsum("nij,npj->npi", torch.linalg.inv(matrix), points[:, :468] - (0.5 * (low + high))[:, None])
    moved = moved + at[:, None]
    return canvas + alpha * (picture - canvas), torch.cat([moved.amin(dim=1), moved.amax(dim=1)], -1), alpha[:, 0]


def from_crowds(crowds, count, stream):
    """Windows of crowd frames: pictures, boxes (n, 6, 4) and seen shares (n, 6)."""
    picks = torch.randint(0, len(crowds), (count,), generator=stream).numpy()
    if not len(crowds.hard[0]):
        raise SystemExit(
            "no face of the crowds is in profile or half hidden; make more of them (tools/faces/crowds.py)"
        )
    hard = torch.rand(count, generator=stream) < HARD_SHARE
    which = torch.randint(0, len(crowds.hard[0]), (count,), generator=stream).numpy()
    picks = np.where(hard.numpy(), crowds.hard[0][which], picks)
    kelvin = crowds.kelvin(picks)
    kelvin = kelvin + uniform(count, 0, 0.7, stream) * wide_noise(kelvin, 40, stream)
    height, width = crowds.centikelvin.shape[1:]
    size = torch.tensor([float(width), float(height)])
    low, high = WINDOW_PX
    side = torch.exp(math.log(low) + torch.rand(count, generator=stream) * math.log(high / low))
    share = torch.rand(count, 2, generator=stream)
    about = torch.from_numpy(crowds.boxes_px[crowds.hard[0][which], crowds.hard[1][which]])
    about = 0.5 * (about[:, :2] + about[:, 2:]) - side[:, None] * (0.1 + 0.8 * share)
    corner = torch.where(hard[:, None], about, share * (size - side[:, None]))
    axis = (torch.arange(SIZE) + 0.5) / SIZE
    y, x = torch.meshgrid(axis, axis, indexing="ij")
    place = torch.stack([x, y], -1) * side[:, None, None, None] + corner[:, None, None]
    pictures = functional.grid_sample(kelvin, place * (2 / size) - 1, padding_mode="border", align_corners=False)
    boxes = torch.from_numpy(np.nan_to_num(crowds.boxes_px[picks], nan=-1e4))
    boxes = (boxes - torch.cat([corner, corner], -1)[:, None]) * (SIZE / side[:, None, None])
    return pictures, boxes, torch.from_numpy(crowds.visible_share[picks])


def make_scenes(stills, crowds, count, stream):
    """A batch drawn by `stream`: windows of crowds, and people set before other windows and before made-up backgrounds."""
    n_crowd = 0 if crowds is None else round(CROWD_SHARE * count)
    n = count - n_crowd
    n_before = 0 if crowds is None else round(BEFORE_CROWDS_SHARE * n)
    boxes, shares = torch.full((count, CROWD + PASTED, 4), -1e4), torch.zeros(count, CROWD + PASTED)
    pictures = backgrounds(n - n_before, stream)
    if n_crowd + n_before:
        windows, boxes[n - n_before :, :CROWD], shares[n - n_before :, :CROWD] = from_crowds(
            crowds, n_crowd + n_before, stream
        )
        pictures = torch.cat([pictures, windows])
    people = torch.tensor([0.06, 0.56, 0.22, 0.16]).multinomial(n, replacement=True, generator=stream)
    for k in range(PASTED):
        chosen = torch.nonzero(people > k).flatten()
        if len(chosen):
            pictures[chosen], found, alpha = set_in(
                pictures[chosen], stills, stream, round(VISIBLE_SHARE * n) if k == 0 else 0
            )
            shares[chosen] = hidden_by(boxes[chosen], shares[chosen], alpha)
            boxes[chosen, CROWD + k], shares[chosen, CROWD + k] = found, 1.0
    x, _ = through_camera(pictures, stream, 64)
    x = with_text(x, TEXT_SHARE, stream)
    for k in torch.nonzero(torch.rand(count, generator=stream) < FRAMED_SHARE).flatten().tolist():
        ends_by_face(x[k, 0], boxes[k], shares[k], stream)
    return Scenes(stretched(x), *targets(boxes, shares))


def ends_by_face(picture, boxes, shares, stream):
    """Let a picture (h, w) end near the borders of its largest face, or within it, and its border go on; who is outside is gone."""
    sides = (boxes[:, 2:] - boxes[:, :2]).amin(dim=1) * (shares > 0)
    k = int(sides.argmax())
    if sides[k] < LEAST_FRAMED_PX:
        return
    room = float(sides[k]) * (-0.12 + 0.3 * torch.rand(4, generator=stream))
    low = (boxes[k, :2] - room[:2]).clamp(0, SIZE - 8).long()
    high = torch.maximum((boxes[k, 2:] + room[2:]).clamp(8, SIZE).long(), low + 8)
    axis = torch.arange(SIZE)
    picture.copy_(picture[axis.clamp(low[1], high[1] - 1)][:, axis.clamp(low[0], high[0] - 1)])
    middle = 0.5 * (boxes[:, :2] + boxes[:, 2:])
    shares *= ((middle > low) & (middle < high)).all(dim=1)


def hidden_by(boxes, shares, alpha):
    """Seen shares of the faces that were there before somebody was set before them."""
    for k in range(len(boxes)):
        for j in range(boxes.shape[1]):
            if shares[k, j] > 0:
                left, top, right, bottom = (int(v) for v in boxes[k, j].clamp(0, SIZE).round())
                if right > left and bottom > top:
                    shares[k, j] *= 1 - alpha[k, top:bottom, left:right].mean()
    return shares


def targets(boxes, shares):
    """Heat, boxes and weights for boxes (n, m, 4) px of which `shares` (n, m) is seen."""
    return tuple(torch.from_numpy(one) for one in finder_targets(boxes.numpy(), shares.numpy(), SIZE))
