"""What the crop network is asked for: landmarks, how sure they are, what is seen, pose and kind, as far as each is labelled."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from jaxtyping import Float
from torch import Tensor
from torch.nn import functional

from thermvision.faces.landmark_sets import pairs_of

# Eyes, lids, irises and lips count more: expressions and gaze are read from them.
_EYES = (33, 7, 163, 144, 145, 153, 154, 155, 133, 246, 161, 160, 159, 158, 157, 173,
         263, 249, 390, 373, 374, 380, 381, 382, 362, 466, 388, 387, 386, 385, 384, 398, *range(468, 478))  # fmt: skip
_MOUTH = (61, 146, 91, 181, 84, 17, 314, 405, 321, 375, 291, 185, 40, 39, 37, 0, 267, 269, 270, 409,
          78, 95, 88, 178, 87, 14, 317, 402, 318, 324, 308, 191, 80, 81, 82, 13, 312, 311, 310, 415)  # fmt: skip
_BROWS = (70, 63, 105, 66, 107, 55, 65, 52, 53, 46, 300, 293, 334, 296, 336, 285, 295, 282, 283, 276)
# Pairs whose difference tells how open eyes and mouth are.
_PAIRS = ((159, 145), (158, 153), (160, 144), (386, 374), (385, 380), (387, 373), (13, 14), (81, 178), (311, 402), (61, 291),
          (0, 17), (105, 159), (334, 386), (1, 13), (468, 133), (473, 362))  # fmt: skip


@dataclass
class CropTargets:
    """What is known of a batch of crops; NaN where nothing is."""

    landmarks: Float[Tensor, "b 478 2"]  # crop units -1..1
    seen: Float[Tensor, "b 478"]  # 1 or 0
    pose: Float[Tensor, "b 4"]  # as CropNet has it
    kind: Float[Tensor, "b 3"]  # a face, inverted, visible light
    landmarks_68: Float[Tensor, "b 68 2"] | None = None  # crop units


def point_weights() -> Float[Tensor, " 478"]:
    """How much each landmark counts, 1 on average."""
    weights = torch.ones(478)
    for members, value in ((_EYES, 2.5), (_MOUTH, 2.0), (_BROWS, 1.5)):
        weights[list(members)] = value
    return weights / weights.mean()


def crop_losses(
    found: tuple[Tensor, Tensor, Tensor, Tensor, Tensor], targets: CropTargets, weights: Float[Tensor, " 478"]
) -> dict[str, Tensor]:
    """Named losses; each is a mean over the crops of which it is known, so few labels weigh as much as many.

    Of the 68 points, those that are one of the 478 are asked for as such; the six between two of them as the middle
    that the network's 478 give.
    """
    landmarks, log_sd, seen, pose, kind = found
    known = torch.isfinite(targets.landmarks).all(dim=-1)
    truth = torch.nan_to_num(targets.landmarks)
    has = known.any(dim=1).float()
    faces = has.sum().clamp(min=1)
    share = known.float()
    points = share.sum(dim=1).clamp(min=1)
    off = (landmarks - truth) * share[..., None]
    told = torch.isfinite(targets.seen)
    visible = torch.nan_to_num(targets.seen)
    each = weights * torch.where(told, 0.5 + 0.5 * visible, torch.ones((), device=landmarks.device))
    absolute = functional.smooth_l1_loss(off, torch.zeros_like(off), beta=0.01, reduction="none").sum(-1)
    place = ((absolute * each).sum(dim=1) / points).sum() / faces
    place = place + _between(landmarks, targets.landmarks_68, has)
    first, second = (list(ends) for ends in zip(*_PAIRS, strict=True))
    both = share[:, first] * share[:, second]
    apart = (off[:, first] - off[:, second]).abs().sum(-1) * both
    pairs = (apart.sum(dim=1) / both.sum(dim=1).clamp(min=1)).sum() / faces
    squared = off.detach().square().sum(-1)
    log_sd = log_sd.clamp(-6, 1)
    unsure = (0.5 * squared * torch.exp(-2 * log_sd) + 2 * log_sd).clamp(max=60) * share
    certainty = (unsure.sum(dim=1) / points).sum() / faces
    return {
        "place": 10 * place,
        "pairs": 4 * pairs,
        "certainty": 0.05 * certainty,
        "seen": 0.2 * _of_known(functional.binary_cross_entropy_with_logits(seen, visible, reduction="none"), told),
        "pose": 0.5 * _of_known((pose - torch.nan_to_num(targets.pose)).abs(), torch.isfinite(targets.pose), whole=4),
        "kind": 0.3 * _of_known(
            functional.binary_cross_entropy_with_logits(kind, torch.nan_to_num(targets.kind), reduction="none"),
            torch.isfinite(targets.kind),
        ),
    }  # fmt: skip


def _of_known(values: Tensor, known: Tensor, whole: int = 1) -> Tensor:
    """Mean over what is known; `whole` values count as one."""
    return whole * (values * known).sum() / known.sum().clamp(min=1)


def _between(landmarks: Tensor, targets_68: Tensor | None, has: Tensor) -> Tensor:
    """Distance of the points of the 68 that lie between two of the 478, as a share of all 68."""
    if targets_68 is None:
        return landmarks.new_zeros(())
    pairs = torch.from_numpy(pairs_of("68"))
    middle = torch.nonzero(pairs[:, 0] != pairs[:, 1]).flatten()
    truth = targets_68[:, middle]
    known = torch.isfinite(truth).all(dim=-1).float()
    off = 0.5 * (landmarks[:, pairs[middle, 0]] + landmarks[:, pairs[middle, 1]]) - torch.nan_to_num(truth)
    off = off * known[..., None]
    absolute = functional.smooth_l1_loss(off, torch.zeros_like(off), beta=0.01, reduction="none").sum(-1)
    return (absolute.sum(dim=1) / 68).sum() / has.sum().clamp(min=1)
