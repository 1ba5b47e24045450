"""Batches for the crop network: faces cut out as the finder or the first pass would have cut them, other temperatures, another
camera each, things before the face, people in visible light, and what is no face.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from mirror import mirror_half
from osd import with_text
from torch.nn import functional
from warmth import in_visible_light, other_temperatures

from thermvision.tasks.training.augment.draws import uniform
from thermvision.tasks.training.augment.recipe import through_camera
from thermvision.tasks.training.augment.smooth_fields import smooth_noise
from thermvision.tasks.training.augment.stretch import stretched
from thermvision.tasks.training.losses.crop_loss import CropTargets
from thermvision.tasks.training.networks.crop_net import CROP_PX

ROOM = 1.45  # side of a crop over the longer side of the face box, as thermvision.faces.reading has it
VISIBLE_SHARE, CROWD_SHARE, NOTHING_SHARE, TEXT_SHARE = 0.13, 0.1, 0.17, 0.05


@dataclass
class Batch:
    """`x` (b, 1, 128, 128) as the network takes it, and what it has to say; a weight of zero where it is not known."""

    x: torch.Tensor
    landmarks: torch.Tensor  # (b, 478, 2) crop units -1..1
    seen: torch.Tensor  # (b, 478)
    pose: torch.Tensor  # (b, 4)
    kind: torch.Tensor  # (b, 3): a face, inverted, visible light
    is_face: torch.Tensor  # (b,) landmarks count
    is_still: torch.Tensor  # (b,) pose and visibility count
    thermal_face: torch.Tensor  # (b,) polarity counts

    def targets(self):
        """What the loss is told: NaN where nothing is known."""

        def known(values, where):
            return torch.where(where.bool().reshape(-1, *[1] * (values.dim() - 1)), values, torch.nan)

        asked = torch.stack([torch.ones_like(self.is_face), self.thermal_face, self.is_still], -1).bool()
        return CropTargets(
            known(self.landmarks, self.is_face), known(self.seen, self.is_still), known(self.pose, self.is_still),
            torch.where(asked, self.kind, torch.nan),
        )  # fmt: skip


def turn(angle):
    cos, sin = torch.cos(angle), torch.sin(angle)
    return torch.stack([torch.stack([cos, -sin], -1), torch.stack([sin, cos], -1)], -2)


def windows(landmarks_px, roll_deg, stream, *, tight):
    """Middle (n, 2) px, axes (n, 2, 2) px from the middle to the crop's borders, and the crop's turn (n,) in degrees."""
    n = len(landmarks_px)

    def rand(low, high):
        return low + (high - low) * torch.rand(n, generator=stream)

    def gauss(sd):
        return sd * torch.randn(n, generator=stream)

    wide = ~tight
    lean = torch.where(tight, gauss(4), torch.where(rand(0, 1) < 0.55, gauss(9), rand(-42, 42)))
    theta = roll_deg - lean
    frame = turn(torch.deg2rad(theta))
    inside = landmarks_px[:, :468] @ frame
    low, high = inside.amin(dim=1), inside.amax(dim=1)
    side = ROOM * (high - low).amax(dim=1)
    middle = 0.5 * (low + high) + side[:, None] * torch.stack(
        [torch.where(wide, gauss(0.06), gauss(0.02)), torch.where(wide, gauss(0.06), gauss(0.02))], -1
    )
    side = side * torch.exp(torch.where(wide, gauss(0.13), gauss(0.05)))
    aspect = torch.exp(0.5 * gauss(0.07))
    axes = frame * 0.5 * side[:, None, None] * torch.stack([aspect, 1 / aspect], -1)[:, None, :]
    return torch.einsum("nij,nj->ni", frame, middle), axes, theta


def cut(pictures, middle, axes, stream, limits=None):
    """Crops (n, 1, 128, 128) by bilinear sampling; outside the picture its border goes on."""
    height, width = pictures.shape[-2:]
    axis = (torch.arange(CROP_PX) + 0.5) / CROP_PX * 2 - 1
    y, x = torch.meshgrid(axis, axis, indexing="ij")
    place = torch.einsum("nij,hwj->nhwi", axes, torch.stack([x, y], -1)) + middle[:, None, None]
    if limits is not None:
        place = torch.maximum(torch.minimum(place, limits[1][:, None, None]), limits[0][:, None, None])
    grid = place * torch.tensor([2 / width, 2 / height]) - 1
    return functional.grid_sample(pictures, grid, mode="bilinear", padding_mode="border", align_corners=False)


def picture_borders(landmarks_px, size, stream):
    """Lowest and highest x and y of a picture that ends near or within the face; mostly the frame's own."""
    n = len(landmarks_px)
    low, high = landmarks_px[:, :468].amin(dim=1), landmarks_px[:, :468].amax(dim=1)
    side = (high - low).amax(dim=1, keepdim=True)

    def ends(share):
        return torch.rand(n, 2, generator=stream) < share

    near = low - side * (-0.15 + 0.4 * torch.rand(n, 2, generator=stream))
    far = high + side * (-0.15 + 0.4 * torch.rand(n, 2, generator=stream))
    return torch.where(ends(0.12), near, torch.zeros(())), torch.where(ends(0.12), far, torch.full((), float(size)))


def within(place, round_one):
    """Whether places (..., 2) lie in the unit circle or, where not round, in the unit square with its corners rounded."""
    squared = place * place
    cubed = squared * squared * squared
    return torch.where(round_one, squared.sum(-1), (cubed * cubed).sum(-1)) < 1


def covered(x, landmarks, stream, share):
    """Up to three things before each crop; which landmarks they hide (n, 478)."""
    n = len(x)
    axis = (torch.arange(CROP_PX) + 0.5) / CROP_PX * 2 - 1
    hidden = torch.zeros(landmarks.shape[:2], dtype=torch.bool)
    span = (x.amax(dim=(2, 3), keepdim=True) - x.amin(dim=(2, 3), keepdim=True)).clamp(min=0.5)
    for _ in range(3):
        there = torch.rand(n, generator=stream) < share
        middle = torch.rand(n, 2, generator=stream) * 1.8 - 0.9
        half = torch.exp(torch.log(torch.tensor(0.06)) + 1.9 * torch.rand(n, 2, generator=stream))
        frame = turn(torch.rand(n, generator=stream) * 3.14159)
        round_one = torch.rand(n, generator=stream) < 0.5
        y, xx = torch.meshgrid(axis, axis, indexing="ij")
        away = torch.einsum("nhwi,nij->nhwj", torch.stack([xx, y], -1)[None] - middle[:, None, None], frame)
        form = within(away / half[:, None, None], round_one[:, None, None])
        mean = x.mean(dim=(2, 3), keepdim=True)
        level = mean + span * uniform(n, -0.7, 0.7, stream)
        fill = level + span * uniform(n, 0, 0.15, stream) * smooth_noise(n, CROP_PX, 8, stream)
        x = torch.where((form & there[:, None, None])[:, None], fill, x)
        point = torch.einsum("npi,nij->npj", landmarks - middle[:, None], frame) / half[:, None]
        hidden |= within(point, round_one[:, None]) & there[:, None]
    return x, hidden


def make_batch(stills, crowds, count, stream, *, tight_share=0.6, plain=False):
    """A batch drawn by `stream`. plain: thermal stills alone, as the simulator has them but for the camera: for judging."""
    n_visible, n_nothing = (0, 0) if plain else (round(VISIBLE_SHARE * count), round(NOTHING_SHARE * count))
    n_crowd = 0 if plain or crowds is None else round(CROWD_SHARE * count)
    n_still = count - n_crowd - n_nothing
    picks = torch.randint(0, len(stills), (n_still,), generator=stream).numpy()
    kelvin, kind, points = stills.kelvin(picks), stills.kinds(picks), stills.landmarks_px[picks]
    pictures = kelvin if plain else other_temperatures(kelvin, kind, points, stream)
    if n_visible:
        grey = in_visible_light(kind[:n_visible], stills.facings(picks[:n_visible]), stream)
        pictures = torch.cat([grey, pictures[n_visible:]])
    tight = torch.rand(n_still, generator=stream) < tight_share
    middle, axes, theta = windows(points, stills.pose_deg[picks][:, 2], stream, tight=tight)
    limits = picture_borders(points, kelvin.shape[-1], stream)
    x = cut(pictures, middle, axes, stream, None if plain else limits)
    landmarks = torch.einsum("nij,npj->npi", torch.linalg.inv(axes), points - middle[:, None])
    seen = stills.visible[picks].bool()
    if not plain:
        within = ((points > limits[0][:, None]) & (points < limits[1][:, None])).all(-1)
        seen = seen & within
    yaw, pitch, roll = stills.pose_deg[picks].T
    lean = torch.deg2rad(roll - theta)
    pose = torch.stack([yaw / 90, pitch / 90, torch.sin(lean), torch.cos(lean)], -1)
    if n_crowd:
        more, places = crowd_faces(crowds, n_crowd, stream)
        x, landmarks = torch.cat([x, more]), torch.cat([landmarks, places])
    if n_nothing:
        x = torch.cat([x, no_faces(stills, crowds, n_nothing, stream)])
        landmarks = torch.cat([landmarks, torch.zeros(n_nothing, 478, 2)])
    if not plain:
        x, hidden = covered(x, landmarks, stream, 0.16)
        seen = seen & ~hidden[:n_still]
    x, inverted = through_camera(x, stream, 16)
    if not plain:
        x = with_text(x, TEXT_SHARE, stream)
        x[count - n_nothing :] = with_text(x[count - n_nothing :], 5 * TEXT_SHARE, stream, (40, 150), 1, centred=True)
    number = torch.arange(count)
    is_face, is_still = number < n_still + n_crowd, number < n_still
    filled = torch.zeros(count - n_still, 478)
    batch = Batch(
        x=stretched(x),
        landmarks=landmarks,
        seen=torch.cat([seen.float(), filled]),
        pose=torch.cat([pose, torch.zeros(count - n_still, 4)]),
        kind=torch.stack([is_face, inverted, number < n_visible], -1).float(),
        is_face=is_face.float(),
        is_still=is_still.float(),
        thermal_face=(is_face & (number >= n_visible)).float(),
    )
    return batch if plain else mirror_half(batch, stream)


def crowd_faces(crowds, count, stream):
    """Faces of crowds, at least 22 px and mostly seen, and their landmarks in crop units."""
    frame, person = crowds.large
    picks = torch.randint(0, len(frame), (count,), generator=stream).numpy()
    points = torch.from_numpy(crowds.landmarks_px[frame[picks], person[picks]])
    outer = points[:, 263] - points[:, 33]
    roll = torch.rad2deg(torch.atan2(outer[:, 1], outer[:, 0].abs())) * (outer[:, 0].abs() > outer[:, 1].abs())
    middle, axes, _ = windows(points, roll, stream, tight=torch.rand(count, generator=stream) < 0.5)
    kelvin = crowds.kelvin(frame[picks])
    kelvin = kelvin + uniform(count, 0, 0.6, stream) * wide_noise(kelvin, 24, stream)
    places = torch.einsum("nij,npj->npi", torch.linalg.inv(axes), points - middle[:, None])
    return cut(kelvin, middle, axes, stream), places


def wide_noise(pictures, cells, stream):
    coarse = torch.randn(len(pictures), 1, cells, cells, generator=stream)
    return functional.interpolate(coarse, size=pictures.shape[-2:], mode="bicubic", align_corners=False)


def no_faces(stills, crowds, count, stream):
    """Crops (n, 1, 128, 128) without a face: beside it, a detail of it, bodies and rooms, and textures."""
    others = count // 2
    picks = torch.randint(0, len(stills), (count - others,), generator=stream).numpy()
    kelvin = other_temperatures(stills.kelvin(picks), stills.kinds(picks), stills.landmarks_px[picks], stream)
    n = len(picks)
    middle, axes, _ = windows(stills.landmarks_px[picks], stills.pose_deg[picks][:, 2], stream,
                              tight=torch.zeros(n, dtype=torch.bool))  # fmt: skip
    way = torch.rand(n, generator=stream) * 6.2832
    far = (0.85 + 0.6 * torch.rand(n, generator=stream)) * 2 * axes.abs().amax(dim=(1, 2))
    detail = torch.rand(n, generator=stream) < 0.25
    far = torch.where(detail, 0.15 * far, far)
    scale = torch.where(detail, 0.22 * torch.ones(n), torch.exp(torch.rand(n, generator=stream) * 1.2 - 0.8))
    middle = middle + far[:, None] * torch.stack([torch.cos(way), torch.sin(way)], -1)
    x = cut(kelvin, middle, axes * scale[:, None, None], stream)
    if crowds is None:
        y = 300 + 3 * smooth_noise(others, CROP_PX, 6, stream) + smooth_noise(others, CROP_PX, 25, stream)
        return torch.cat([x, y])
    return torch.cat(
        [x, mistaken(crowds, others, stream) if len(crowds.false_frame) else elsewhere(crowds, others, stream)]
    )


def mistaken(crowds, count, stream):
    """Crops where the finder saw faces that are none (tools/faces/mine.py)."""
    picks = torch.randint(0, len(crowds.false_frame), (count,), generator=stream).numpy()
    boxes = torch.from_numpy(crowds.false_px[picks])
    half = (
        0.5 * ROOM * (boxes[:, 2:] - boxes[:, :2]).amax(dim=1) * torch.exp(0.12 * torch.randn(count, generator=stream))
    )
    middles = 0.5 * (boxes[:, :2] + boxes[:, 2:]) + 0.15 * half[:, None] * torch.randn(count, 2, generator=stream)
    frames = turn(torch.deg2rad(15 * torch.randn(count, generator=stream))) * half[:, None, None]
    return cut(crowds.kelvin(crowds.false_frame[picks]), middles, frames, stream)


def elsewhere(crowds, count, stream):
    """Crops of crowds beside all faces."""
    picks = torch.randint(0, len(crowds), (count,), generator=stream).numpy()
    boxes = torch.from_numpy(crowds.boxes_px[picks])
    height, width = crowds.centikelvin.shape[1:]
    size, middles, halves = torch.tensor([float(width), float(height)]), torch.zeros(count, 2), torch.zeros(count)
    for k in range(count):
        face = 0.5 * (boxes[k, :, :2] + boxes[k, :, 2:])
        half = 10.0
        for _ in range(12):
            half = 10 + 60 * float(torch.rand(1, generator=stream)) ** 2
            middles[k] = torch.rand(2, generator=stream) * size
            near = (face - middles[k]).abs().amax(dim=1)
            if not bool((near < 1.1 * half).any()):
                break
        halves[k] = half
    return cut(crowds.kelvin(picks), middles, halves[:, None, None] * torch.eye(2), stream)
