"""The small networks and the multiplier, in the order of the original where it makes sense (reference 2.3)."""

from __future__ import annotations

import numpy as np
import torch
from jaxtyping import Float
from torch import Tensor

from thermvision.motion.liveportrait_template import MotionTemplate
from thermvision.retarget.liveportrait.networks import LivePortraitNetworks
from thermvision.retarget.liveportrait.options import LivePortraitOptions
from thermvision.retarget.liveportrait.parts import IMAGE_LEFT_EYE, IMAGE_RIGHT_EYE

OPEN_EYES = 0.39  # where the first frame of a moving portrait has its eyes shut
_SHUT_BELOW = 0.18


def finished_keypoints(
    networks: LivePortraitNetworks,
    source: Float[np.ndarray, "#f 21 3"],
    driven: Float[np.ndarray, "f 21 3"],
    source_ratios: tuple[Float[np.ndarray, "#f 2"], Float[np.ndarray, "#f"]],
    driver: MotionTemplate,
    options: LivePortraitOptions,
) -> Float[np.ndarray, "f 21 3"]:
    """Driven keypoints after retargeting of eyes and lips, stitching, normalised lips, held eyes, and the multiplier.

    source_ratios: openness of the portrait's eyes (image left, right) and lips. Retargeting adds to the driven keypoints; the
    original throws their motion away in relative mode (a face that freezes). Each eye has its own target; the original gives
    both the driver's left.
    """
    own = np.broadcast_to(source, driven.shape)
    x_s, x_d = (torch.tensor(points, dtype=torch.float32, device=networks.device) for points in (own, driven))
    eyes, lips = (np.broadcast_to(ratio, (len(driven), *ratio.shape[1:])) for ratio in source_ratios)
    if options.eye_retargeting and driver.eye_ratio is not None:
        x_d = x_d + eye_deltas(networks, x_s, eyes, driver.eye_ratio)
    retargets_lips = options.lip_retargeting and driver.lip_ratio is not None
    if options.lip_retargeting and driver.lip_ratio is not None:
        x_d = x_d + networks.retarget_lip(x_s, _columns(x_s, lips, driver.lip_ratio))
    if options.stitching:
        x_d = networks.stitch(x_s, x_d)
    if options.normalise_lips and options.motion == "relative" and not retargets_lips:
        x_d = x_d + normalising_deltas(networks, x_s, lips, options.lip_threshold)
    if options.hold_source_eyes and len(source) > 1:
        first = float(eyes[0].mean())
        target = np.full(len(driven), first if first >= _SHUT_BELOW else OPEN_EYES)
        x_d = x_d + networks.retarget_eye(x_s, _columns(x_s, eyes[:, 0], eyes[:, 1], target))
    x_d = x_s + options.multiplier * (x_d - x_s)
    return x_d.cpu().numpy().astype(np.float64)


def eye_deltas(
    networks: LivePortraitNetworks, x_s: Tensor, source: Float[np.ndarray, "f 2"], target: Float[np.ndarray, "f 2"]
) -> Tensor:
    """Deltas that open each eye to its own target: the network knows one target, so it is asked twice.

    An eye's own keypoints come from its answer, all others from the mean of both.
    """
    left, right = (
        networks.retarget_eye(x_s, _columns(x_s, source[:, 0], source[:, 1], target[:, side])) for side in (0, 1)
    )
    deltas = (left + right) / 2
    deltas[:, list(IMAGE_LEFT_EYE)] = left[:, list(IMAGE_LEFT_EYE)]
    deltas[:, list(IMAGE_RIGHT_EYE)] = right[:, list(IMAGE_RIGHT_EYE)]
    return deltas


def normalising_deltas(
    networks: LivePortraitNetworks, x_s: Tensor, lips: Float[np.ndarray, " f"], threshold: float
) -> Tensor:
    """Deltas that close the portrait's mouth if it is open; a moving portrait's is judged over all frames, once.

    The original judges every frame of a video, so that the lips jump where a ratio crosses the threshold.
    """
    if float(np.median(lips)) < threshold:
        return torch.zeros_like(x_s)
    return networks.retarget_lip(x_s, _columns(x_s, lips, np.zeros(len(lips))))


def _columns(like: Tensor, *values: np.ndarray) -> Tensor:
    return torch.tensor(np.stack(values, axis=1), dtype=torch.float32, device=like.device)
