"""Hair that hangs: two sheets from a parting, over the temples and down both sides of the face, with thin ragged tips."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float

from thermvision.head.hair.cap import LENGTH_MM
from thermvision.head.hair.mesh import AXIS_Z_MM, HairMesh, sheet, strips
from thermvision.head.hair.skull import CENTRE_MM, Skull, direction
from thermvision.head.hair.styles import Drape, HairStyle
from thermvision.head.sheets import smooth_step

_COLUMNS, _ARC, _HANG = 31, 15, 20  # odd, so that the inner sheet of every second row and column ends on the same edges
_TIPS, _FINE = 80, 14  # strips a side
_SIDES = (-1.0, 1.0)
_TORSO_FROM_MM = 62.0
_CHEST_CLEAR_MM = 12.0  # cloth lies on the torso
_IN_FRONT_DEG = 108.0  # what hangs further back falls behind the shoulders
_FRINGE_RAD = 0.32  # the hair before this becomes the fringe


@dataclass(frozen=True, slots=True)
class _Fall:
    """The paths of a person's hanging hair; `roll` and `tips` are random functions of the place along the parting."""

    style: HairStyle
    drape: Drape
    skull: Skull
    opening_rad: np.ndarray | float
    phases: Float[np.ndarray, "2 3 6"]  # side, use, order

    def wander(self, share: np.ndarray, side: int, use: int, low: int) -> np.ndarray:
        """A smooth random function of the place along the parting, about unit variance."""
        order = low + np.arange(6)
        return np.cos(np.pi * share[..., None] * order + self.phases[side, use]).sum(axis=-1) / np.sqrt(3)


def build_drape(style: HairStyle, drape: Drape, skull: Skull, rng: np.random.Generator) -> list[HairMesh]:
    """Both sheets, seen from outside and from inside, their tips and the fine strands over them."""
    fall = _Fall(
        style,
        drape,
        skull,
        float(np.radians(drape.opening_deg + rng.uniform(-5, 5))),
        rng.uniform(0, 2 * np.pi, (2, 3, 6)),
    )
    out = []
    for side in (0, 1):
        columns = np.linspace(0, 1, _COLUMNS) ** 1.15  # closer in front, where they are seen
        end = _tip_y(fall, side, columns)
        points, along = _paths(fall, side, columns, end)
        strand, warmth = _strand(fall, side, columns, along), _warmth(along, columns)
        thin = 1 - smooth_step(np.linspace(0, 1, points.shape[1]), 0.75, 1.0)[None] * 0.9
        inner = points.copy()
        inner[..., [0, 2]] += np.minimum(4.0, 30.0 * columns)[:, None, None] * thin[..., None] * _inwards(points)
        out += [
            sheet(points, strand, warmth),
            sheet(inner[::2, ::2], strand[::2, ::2], warmth[::2, ::2] + 0.06, inside=True),
            _tips(fall, side, rng),
        ]
        if not drape.pressed:
            out.append(_fine(fall, side, rng))
    return out


def _inwards(points: np.ndarray) -> np.ndarray:
    to_axis = np.array([0.0, AXIS_Z_MM]) - points[..., [0, 2]]
    return to_axis / (np.linalg.norm(to_axis, axis=-1, keepdims=True) + 1e-9)


def _tip_y(fall: _Fall, side: int, share: np.ndarray) -> np.ndarray:
    drape = fall.drape
    ragged = (0.012 + 0.03 * (drape.layers_mm > 0)) * (drape.tips_below_joint_mm + 60)
    end = drape.tips_below_joint_mm - drape.layers_mm * (1 - share) ** 2
    return end + ragged * (0.8 * fall.wander(share, side, 0, 1) + 0.5 * fall.wander(share, side, 1, 9)) - 5


def _paths(
    fall: _Fall, side: int, share: np.ndarray, end_y: np.ndarray, raised_mm: np.ndarray | float = 0.0
) -> tuple[Float[np.ndarray, "n steps 3"], Float[np.ndarray, "n steps"]]:
    """Paths of strands from the parting to their tips, and the length along them, mm.

    share: (n,) place along the parting, 0 at the hairline in front, 1 at the back of the head; end_y: (n,) height of the tip.
    """
    arc = _arcs(fall, side, share)
    radius = fall.skull.radius(arc)
    t = np.linspace(0, 1, _ARC)[None]
    radius = radius + (fall.skull.radius(arc, ears=True) - radius) * (t**8 if fall.drape.pressed else t**2)
    from_part = np.linalg.norm(arc - arc[:, :1], axis=-1) * 100.0
    edge = 0.22 + 0.78 * smooth_step(share, -0.02, 0.16)[:, None]
    bulge = 1 + 0.10 * (fall.wander(share, side, 2, 2) + 0.5 * fall.wander(share, side, 2, 9))[:, None]
    rise = 0.3 + 0.7 * smooth_step(from_part, -4.0, 48.0)
    lift = 2.4 + fall.drape.volume_mm * edge * rise * bulge + np.reshape(raised_mm, (-1, 1))
    if fall.drape.pressed:
        lift = np.minimum(lift, 1.2 + 3.0 * t**8)
    top = CENTRE_MM + arc * (radius + lift)[..., None]
    hang = _hanging(fall, side, share, top[:, -1], lift[:, -1], end_y)
    path = np.concatenate([top, hang], axis=1)
    for _ in range(2):  # a strand has no kinks
        path[:, 1:-1] = 0.25 * path[:, :-2] + 0.5 * path[:, 1:-1] + 0.25 * path[:, 2:]
    # Least of all where it meets the shoulders.
    path[:, _ARC:-1] = 0.25 * path[:, _ARC - 1 : -2] + 0.5 * path[:, _ARC:-1] + 0.25 * path[:, _ARC + 1 :]
    step = np.linalg.norm(np.diff(path, axis=1), axis=2)
    return path, np.concatenate([0 * step[:, :1], np.cumsum(step, axis=1)], axis=1)


def _arcs(fall: _Fall, side: int, share: np.ndarray) -> np.ndarray:
    """Directions of the part of each path that lies on the skull."""
    sign, front = _SIDES[side], fall.skull.hairline(np.zeros(1))[0] - 0.02
    if fall.style.fringe > 0:
        front = front - _FRINGE_RAD
    over = front + (np.radians(-92.0) - front) * share  # angle from the top towards the face
    aside = 0.45 * fall.style.parting * (1 - smooth_step(share, 0.4, 0.9))
    # Behind the crown the sides overlap: nobody sees through the parting against the wall.
    aside = aside + sign * (0.011 - 0.034 * smooth_step(share, 0.16, 0.34))
    start = np.stack([aside, -np.cos(over), -np.sin(over)], axis=-1)
    start /= np.linalg.norm(start, axis=-1, keepdims=True)
    azimuth = sign * (fall.opening_rad + (np.pi - fall.opening_rad) * share)
    end = direction(np.radians(84.0 + 10.0 * share), azimuth)
    angle = np.arccos(np.clip((start * end).sum(axis=-1), -1, 1))[:, None, None] + 1e-6
    t = np.linspace(0, 1, _ARC)[None, :, None]
    return (np.sin((1 - t) * angle) * start[:, None] + np.sin(t * angle) * end[:, None]) / np.sin(angle)


def _hanging(
    fall: _Fall, side: int, share: np.ndarray, start: np.ndarray, lift: np.ndarray, end_y: np.ndarray
) -> np.ndarray:
    drape = fall.drape
    t = np.linspace(0, 1, _HANG + 1)[None, 1:]
    y = start[:, 1:2] + t * (end_y[:, None] - start[:, 1:2])
    fallen = y - start[:, 1:2]
    out = start[:, [0, 2]] - [0.0, AXIS_Z_MM]
    rho = np.linalg.norm(out, axis=1)
    azimuth = np.arctan2(out[:, 0], -out[:, 1])
    polar = np.radians(np.linspace(75, 150, 16))[None]
    around = fall.skull.radius(direction(np.broadcast_to(polar, (len(share), 16)), azimuth[:, None]), ears=True)
    body = (around * np.sin(polar)).max(axis=1) + 5.0 + 0.4 * lift
    wide = rho[:, None] + np.maximum(body - rho, 0)[:, None] * smooth_step(fallen, 0.0, 45.0)
    wide = wide + 0.8 * drape.volume_mm * smooth_step(fallen, 10.0, 110.0) * smooth_step(share, 0.75, 0.1)[:, None]
    wide = wide * (1 - drape.turned_in * smooth_step(t, 0.45, 1.0) - 0.05 * smooth_step(y, 20.0, 120.0))
    swing = 0.03 * fall.wander(share, side, 1, 3)[:, None] * smooth_step(t, 0.2, 1.0)
    phase = fall.phases[side, 0, 0] + 1.2 * fall.wander(share, side, 2, 3)[:, None]
    wave = drape.wave_mm * smooth_step(fallen, -20.0, 90.0) * np.sin(2 * np.pi * y / 74.0 + phase)
    azimuth = azimuth[:, None] + swing + 0.6 * wave / wide
    wide = wide + 0.7 * drape.wave_mm * smooth_step(fallen, -20.0, 90.0) * np.sin(2 * np.pi * y / 62.0 + phase + 1.0)
    place = np.stack([wide * np.sin(azimuth), y, AXIS_Z_MM - wide * np.cos(azimuth)], axis=-1)
    first = np.abs(azimuth[:, 0])
    in_front = first < np.radians(_IN_FRONT_DEG)
    # What falls before the shoulder spreads over the chest instead of standing on edge.
    rank = ((first - fall.opening_rad) / (np.radians(_IN_FRONT_DEG) - fall.opening_rad)).clip(-0.3, 1)
    chest_x = _SIDES[side] * (52.0 + 50.0 * rank[:, None])
    place[..., 0] += (in_front[:, None] * smooth_step(y, 25.0, 190.0)) * (chest_x - place[..., 0])
    return _off_the_torso(fall.skull, place, in_front)


def _off_the_torso(skull: Skull, place: np.ndarray, in_front: np.ndarray) -> np.ndarray:
    """Below the chin hair lies before the chest or behind the back, never in it."""
    out = place.copy()
    for surface, columns, sign in ((skull.chest_mm, in_front, -1.0), (skull.back_mm, ~in_front, 1.0)):
        there = np.flatnonzero(((place[..., 1] > _TORSO_FROM_MM) & columns[:, None]).ravel())
        if len(there) == 0:
            continue
        x, y, z = place.reshape(-1, 3)[there].T
        apart, near = _nearest(surface[:, :2], np.stack([x, y], axis=1))
        weight = 1 / (apart + 2.0) ** 2
        body = (surface[near, 2] * weight).sum(axis=1) / weight.sum(axis=1)
        behind = np.maximum(sign * (body - z) + _CHEST_CLEAR_MM, 0)
        out.reshape(-1, 3)[there, 2] = z + sign * smooth_step(y, _TORSO_FROM_MM, 132.0) * behind
    return out


def _nearest(places: np.ndarray, points: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Distances to the four nearest of a few hundred places and which they are, (n, 4): quicker than to import a tree."""
    squared = (points[:, :1] - places[:, 0]) ** 2 + (points[:, 1:] - places[:, 1]) ** 2
    near = np.argpartition(squared, 3, axis=1)[:, :4]
    near = np.take_along_axis(near, np.take_along_axis(squared, near, axis=1).argsort(axis=1), axis=1)
    return np.sqrt(np.take_along_axis(squared, near, axis=1)), near


def _strand(fall: _Fall, side: int, share: np.ndarray, along: np.ndarray) -> np.ndarray:
    u = 0.68 - 0.46 * share[:, None] + 0 * along
    return np.stack([u, 0.5 + _SIDES[side] * along / LENGTH_MM], axis=-1)


def _warmth(along: np.ndarray, share: np.ndarray) -> np.ndarray:
    """Warm at the parting and at the edge by the face, cooler towards the tips."""
    near = 0.30 * np.exp(-along / 16.0)
    beside = 0.22 * np.exp(-np.reshape(share, (-1, 1)) / 0.05) * smooth_step(along, 200.0, 60.0)
    return 0.10 + near + beside - 0.14 * smooth_step(along, 90.0, 330.0)


def _tips(fall: _Fall, side: int, rng: np.random.Generator) -> HairMesh:
    """Strips that start above the sheet's lower edge and run out beyond it, thinner and thinner."""
    share = np.sort(rng.uniform(0.0, 1.0, _TIPS)) ** 1.1
    end = _tip_y(fall, side, share)
    long = 4.0 + np.abs(rng.normal(0, 0.05 * (fall.drape.tips_below_joint_mm + 40), _TIPS)).clip(0, 45)
    path, along = _paths(fall, side, share, end + long, rng.uniform(-0.5, 2.0, _TIPS))
    last = slice(-5, None)
    taper = np.array([1.0, 0.95, 0.8, 0.55, 0.15])
    width = rng.uniform(4.0, 8.0, (_TIPS, 1)) * taper
    strand = _strand(fall, side, share, along)[:, last]
    return strips(path[:, last], width, strand, _warmth(along, share)[:, last] - 0.12 * (1 - taper), both_sides=True)


def _fine(fall: _Fall, side: int, rng: np.random.Generator) -> HairMesh:
    """Single strands a little off the sheet, most of them at its edge by the face."""
    share = rng.exponential(0.16, _FINE).clip(0, 1) * (rng.random(_FINE) < 0.8)
    wide = _Fall(fall.style, fall.drape, fall.skull, fall.opening_rad - rng.normal(0.02, 0.05, _FINE), fall.phases)
    end = _tip_y(fall, side, share) - rng.uniform(-12, 60, _FINE)
    path, along = _paths(wide, side, share, end, 0.5 + rng.exponential(0.7, _FINE))
    path, along = path[:, 4:], along[:, 4:]
    t = np.linspace(0, 1, path.shape[1])[None, :, None]
    sway = (rng.normal(0, 3.5, (_FINE, 1, 3)) * t**2 + rng.normal(0, 2.5, (_FINE, 1, 3)) * np.sin(3 * np.pi * t)) * [
        1,
        0,
        1,
    ]
    width = rng.uniform(1.0, 1.7, (_FINE, 1)) * np.linspace(1, 0.8, path.shape[1])
    return strips(
        path + sway,
        width,
        _strand(fall, side, share, along),
        _warmth(along, share) - 0.02,
        to_front=1.0,
    )
