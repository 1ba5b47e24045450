"""What the networks are asked for."""

from __future__ import annotations

import torch
from torch.nn import functional

# Eyes, lids, irises and lips count more: expressions and gaze are read from them.
_EYES = (33, 7, 163, 144, 145, 153, 154, 155, 133, 246, 161, 160, 159, 158, 157, 173,
         263, 249, 390, 373, 374, 380, 381, 382, 362, 466, 388, 387, 386, 385, 384, 398, *range(468, 478))  # fmt: skip
_MOUTH = (61, 146, 91, 181, 84, 17, 314, 405, 321, 375, 291, 185, 40, 39, 37, 0, 267, 269, 270, 409,
          78, 95, 88, 178, 87, 14, 317, 402, 318, 324, 308, 191, 80, 81, 82, 13, 312, 311, 310, 415)  # fmt: skip
_BROWS = (70, 63, 105, 66, 107, 55, 65, 52, 53, 46, 300, 293, 334, 296, 336, 285, 295, 282, 283, 276)
# Pairs whose difference tells how open eyes and mouth are.
_PAIRS = ((159, 145), (158, 153), (160, 144), (386, 374), (385, 380), (387, 373), (13, 14), (81, 178), (311, 402), (61, 291),
          (0, 17), (105, 159), (334, 386), (1, 13), (468, 133), (473, 362))  # fmt: skip


def point_weights():
    weights = torch.ones(478)
    for members, value in ((_EYES, 2.5), (_MOUTH, 2.0), (_BROWS, 1.5)):
        weights[list(members)] = value
    return weights / weights.mean()


def crop_losses(found, batch, weights):
    """Named losses of a `crops.Batch`."""
    landmarks, log_sd, seen, pose, kind = found
    faces = batch.is_face.sum().clamp(min=1)
    off = landmarks - batch.landmarks
    each = weights * torch.where(batch.is_still[:, None] > 0, 0.5 + 0.5 * batch.seen, torch.ones(()))
    absolute = functional.smooth_l1_loss(landmarks, batch.landmarks, beta=0.01, reduction="none").sum(-1)
    place = ((absolute * each).mean(dim=1) * batch.is_face).sum() / faces
    first, second = zip(*_PAIRS, strict=True)
    apart = off[:, list(first)] - off[:, list(second)]
    pairs = (apart.abs().sum(-1).mean(dim=1) * batch.is_face).sum() / faces
    squared = off.detach().square().sum(-1)
    log_sd = log_sd.clamp(-6, 1)
    certainty = (
        (0.5 * squared * torch.exp(-2 * log_sd) + 2 * log_sd).clamp(max=20).mean(dim=1) * batch.is_face
    ).sum() / faces
    stills = batch.is_still.sum().clamp(min=1)
    visibility = functional.binary_cross_entropy_with_logits(seen, batch.seen, reduction="none")
    visibility = (visibility.mean(dim=1) * batch.is_still).sum() / stills
    turned = ((pose - batch.pose).abs().sum(dim=1) * batch.is_still).sum() / stills
    logits = functional.binary_cross_entropy_with_logits(kind, batch.kind, reduction="none")
    thermal, every = batch.thermal_face, torch.ones_like(batch.is_face)
    known = torch.stack([every, thermal, batch.is_still], -1)
    logits = (logits * known).sum() / known.sum()
    return {
        "place": 10 * place, "pairs": 4 * pairs, "certainty": 0.05 * certainty, "seen": 0.2 * visibility,
        "pose": 0.5 * turned, "kind": 0.3 * logits,
    }  # fmt: skip


def finder_losses(maps, heat, boxes, near):
    """Maps (b, 5, h, w); heat (b, h, w) 0-1, -1 where nothing counts; boxes (b, 4, h, w) and where they count (b, h, w)."""
    logit = maps[:, 0]
    share = torch.sigmoid(logit).clamp(1e-4, 1 - 1e-4)
    peak = (heat >= 0.999).float()
    found = -torch.log(share) * (1 - share) ** 2 * peak
    nothing = -torch.log(1 - share) * share**2 * (1 - heat.clamp(min=0)) ** 4 * (1 - peak) * (heat >= 0)
    count = peak.sum().clamp(min=1)
    off = (maps[:, 1:] - boxes).abs() * torch.tensor([1.0, 1.0, 1.5, 1.5])[None, :, None, None]
    scale = torch.exp(-boxes[:, 2:].mean(dim=1, keepdim=True)).clamp(0.1, 2)  # a pixel counts less for a large face
    off[:, :2] *= scale
    return {
        "heat": (found.sum() + nothing.sum()) / count,
        "box": (off.sum(dim=1) * near).sum() / near.sum().clamp(min=1),
    }
