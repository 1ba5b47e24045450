"""The loss curve as a PNG: each step, a centred moving average, validation, and where checkpoints were saved."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from jaxtyping import Float64

from thermvision.disk import plain_disk_errors

_SIZE, _LEFT, _TOP, _RIGHT, _BOTTOM = (900, 540), 70, 40, 20, 50
_STEP, _MEAN, _VALIDATION, _SAVED, _INK = (190, 205, 225), (30, 80, 160), (200, 80, 30), (130, 170, 130), (60, 60, 60)
_WINDOW_SHARE, _MOST_WINDOW = 0.05, 201


def moving_average(values: Float64[np.ndarray, " n"], window: int) -> Float64[np.ndarray, " n"]:
    """Means over `window` values around each (an odd number); at the ends over as many as are there on both sides."""
    half = max(0, window // 2)
    sums = np.concatenate([[0.0], np.cumsum(values)])
    place = np.arange(len(values))
    reach = np.minimum(half, np.minimum(place, len(values) - 1 - place))
    return (sums[place + reach + 1] - sums[place - reach]) / (2 * reach + 1)


def window_for(count: int) -> int:
    """A twentieth of the steps, odd, at most 201."""
    return min(_MOST_WINDOW, max(1, int(count * _WINDOW_SHARE) // 2 * 2 + 1))


def draw_loss(
    path: Path,
    steps: Float64[np.ndarray, " n"],
    losses: Float64[np.ndarray, " n"],
    validation: list[tuple[float, float]],
    saved: list[int],
) -> None:
    """Write the plot; steps and losses (n,), validation as (step, loss), steps of the checkpoints."""
    from PIL import Image, ImageDraw

    picture = Image.new("RGB", _SIZE, "white")
    draw = ImageDraw.Draw(picture)
    if len(steps) == 0:
        return
    mean = moving_average(losses, window_for(len(losses)))
    shown = np.concatenate([np.percentile(losses, [0.5, 99.5]), mean, [value for _, value in validation]])
    low, high = float(shown.min()), float(shown.max())
    low, high = low - 0.05 * (high - low + 1e-9), high + 0.05 * (high - low + 1e-9)
    first, last = float(min(steps[0], 0)), float(max(steps[-1], 1))
    width, height = _SIZE[0] - _LEFT - _RIGHT, _SIZE[1] - _TOP - _BOTTOM

    def at(step: float, loss: float) -> tuple[float, float]:
        share = min(1.0, max(0.0, (loss - low) / (high - low)))
        return _LEFT + width * (step - first) / (last - first), _TOP + height * (1 - share)

    for tick in np.linspace(low, high, 6):
        y = at(first, tick)[1]
        draw.line([(_LEFT, y), (_LEFT + width, y)], fill=(235, 235, 235))
        draw.text((_LEFT - 8, y), f"{tick:.3g}", fill=_INK, anchor="rm")
    for tick in np.linspace(first, last, 6):
        x = at(tick, low)[0]
        draw.text((x, _TOP + height + 8), f"{tick:.0f}", fill=_INK, anchor="mt")
    for step in saved:
        x = at(step, low)[0]
        draw.line([(x, _TOP + height), (x, _TOP + height - 12)], fill=_SAVED, width=2)
    draw.line(
        [at(a, b) for a, b in zip(steps, losses, strict=True)] * (2 if len(steps) == 1 else 1), fill=_STEP, width=1
    )
    if len(steps) > 1:
        draw.line([at(a, b) for a, b in zip(steps, mean, strict=True)], fill=_MEAN, width=3)
    for place, loss in validation:
        x, y = at(place, loss)
        draw.ellipse([x - 4, y - 4, x + 4, y + 4], fill=_VALIDATION)
    draw.rectangle([_LEFT, _TOP, _LEFT + width, _TOP + height], outline=_INK)
    left_edge = float(_LEFT)
    for colour, words in (
        (_STEP, "loss of each step"), (_MEAN, f"mean of {window_for(len(losses))} around it"),
        (_VALIDATION, "held-out people"), (_SAVED, "checkpoint"),
    ):  # fmt: skip
        draw.rectangle([left_edge, 14, left_edge + 16, 24], fill=colour)
        draw.text((left_edge + 22, 19), words, fill=_INK, anchor="lm")
        left_edge += 40 + draw.textlength(words)
    draw.text((_LEFT + width / 2, _SIZE[1] - 12), "step", fill=_INK, anchor="mm")
    with plain_disk_errors(path.parent, "the checkpoints stay"):
        picture.save(path)
