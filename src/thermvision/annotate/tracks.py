"""Numbers for faces over the frames of a sequence: the same face keeps its number, and no number is given twice.

Each face is expected where its own motion carries it; pairs of expected and found boxes are taken greedily, the most alike
first. A face that is not found is waited for.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float

from thermvision.annotate.boxes import overlaps
from thermvision.types import InputError

WAITS_FRAMES = 30  # for a face that is not found
GOES_ON_FRAMES = 5  # so long a face that is not found is thought to move on
LEAST_LIKENESS = 0.1
NEAR_COUNTS = 0.5  # boxes that do not overlap: likeness of two whose middles coincide, falling to 0 a box's size away
MOST_GROWTH = 1.7  # of a side, from one frame to the next
_NEWEST = 0.6  # share of the newest step in the speed


@dataclass(slots=True)
class _Track:
    number: int
    box: Float[np.ndarray, " 4"]
    speed: Float[np.ndarray, " 2"]  # px a frame
    frame: int

    def expected(self, frame: int) -> Float[np.ndarray, " 4"]:
        return self.box + np.tile(self.speed * min(frame - self.frame, GOES_ON_FRAMES), 2)


class Tracks:
    """Gives numbers from 1 on to the boxes of one frame after another."""

    def __init__(self) -> None:
        self._given = 0
        self._live: list[_Track] = []
        self._frame: int | None = None

    @property
    def given(self) -> int:
        """How many numbers were given so far."""
        return self._given

    def new_sequence(self) -> None:
        """What follows has nothing to do with what came before; numbers go on."""
        self._live, self._frame = [], None

    def step(self, boxes_xyxy_px: Float[np.ndarray, "n 4"], frame: int) -> list[int]:
        """A number for each box of a frame. Frames count up, gaps allowed; InputError if one does not."""
        if self._frame is not None and frame <= self._frame:
            raise InputError(f"frame {frame} comes after frame {self._frame}; expected frames in order")
        self._frame = frame
        self._live = [track for track in self._live if frame - track.frame <= WAITS_FRAMES]
        boxes = boxes_xyxy_px.reshape(-1, 4).astype(float)
        chosen: dict[int, _Track] = {}
        if self._live and len(boxes):
            likeness = _likeness(np.stack([track.expected(frame) for track in self._live]), boxes)
            for flat in np.argsort(-likeness, axis=None, kind="stable"):
                which, found = divmod(int(flat), len(boxes))
                if likeness[which, found] < LEAST_LIKENESS:
                    break
                if found not in chosen and all(self._live[which] is not other for other in chosen.values()):
                    chosen[found] = self._live[which]
        return [self._follow(chosen.get(place), box, frame) for place, box in enumerate(boxes)]

    def _follow(self, track: _Track | None, box: np.ndarray, frame: int) -> int:
        if track is None:
            self._given += 1
            self._live.append(_Track(self._given, box, np.zeros(2), frame))
            return self._given
        step = (_middle(box) - _middle(track.box)) / (frame - track.frame)
        track.speed = _NEWEST * step + (1 - _NEWEST) * track.speed
        track.box, track.frame = box, frame
        return track.number


def _likeness(expected: np.ndarray, found: np.ndarray) -> Float[np.ndarray, "n m"]:
    """Overlap, or for boxes of like size how near their middles are, whichever is more."""
    apart = np.linalg.norm(_middle(expected)[:, None] - _middle(found)[None], axis=-1)
    sides = [np.sqrt(np.maximum(np.prod(boxes[:, 2:] - boxes[:, :2], axis=1), 1e-9)) for boxes in (expected, found)]
    larger, smaller = (pick(sides[0][:, None], sides[1][None]) for pick in (np.maximum, np.minimum))
    near = NEAR_COUNTS * np.clip(1 - apart / larger, 0, 1) * (larger <= MOST_GROWTH * smaller)
    return np.maximum(overlaps(expected, found), near)


def _middle(boxes: np.ndarray) -> np.ndarray:
    return 0.5 * (boxes[..., :2] + boxes[..., 2:])
