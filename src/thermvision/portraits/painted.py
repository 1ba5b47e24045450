"""Portraits from FLUX: a prompt made from the person, painted over a still of them, carried onto the head that moves.

Painting over a still (image to image) keeps the geometry, so the labels of the moved frames stay those of the mesh; how
much is painted anew is `strength`. A portrait painted without such a still cannot be moved yet: nothing fits a head to it.
"""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
from jaxtyping import Float32

from thermvision.flux.appearance import appearance_of
from thermvision.flux.captions import plain_caption
from thermvision.flux.fingerprint import weights_hash
from thermvision.flux.model_folder import find_model, weight_files
from thermvision.flux.needed import need
from thermvision.portraits.carry import carry
from thermvision.portraits.simulator import make_portrait as simulate
from thermvision.portraits.still import frontal_still
from thermvision.rng import rng
from thermvision.types import InputError, Portrait, Session, Subject

AGE_YEARS = (25.0, 65.0)  # the phenotype's 0, and years to its 1
SMALLEST_SHARE = 0.5  # of the shown skin that must have been painted as skin


@dataclass(frozen=True, slots=True)
class PaintWith:
    """Which model paints, with which LoRA, and how much is painted anew (0 nothing, 1 everything)."""

    model: str = "micro"
    lora: Path | None = None
    lora_strength: float = 1.0
    strength: float = 0.5


def make_portrait(
    subject: Subject, session: Session, seed: int, *, full_body: bool = False, paint_with: PaintWith | None = None
) -> Portrait:
    """The person of `subject` in `session` as FLUX paints them, ready to be moved.

    The same (subject, session, seed, model) give the same bytes: one thread paints. InputError: see `open_pipeline`; and if
    so little of the face was painted that the model cannot know faces.
    """
    paint_with = paint_with or PaintWith()
    portrait = simulate(subject, session, seed, full_body=full_body)
    painter = _painter(paint_with)
    still = frontal_still(portrait.head, painter.settings.height)
    place = int(rng(seed, "paint", subject.index, session.index).integers(1 << 31))
    painted_k = _over(painter, still.temperature_k, prompt_of(subject, session), place)
    head, facts = carry(portrait.head, still, painted_k)
    if facts["painted_share"] < SMALLEST_SHARE:
        raise InputError(
            f"model {paint_with.model} painted no face over {subject.id} ({100 * facts['painted_share']:.0f} % of the skin fits); lower"
            " --paint-strength, or give a model that knows thermal faces"
        )
    return dataclasses.replace(portrait, head=head, temperature_source="span")


def painted_by(model: str, lora: Path | None) -> dict[str, str]:
    """The files that paint, by what they hold: other weights under the same name are another run.

    InputError for what is missing: packages, the model, the LoRA.
    """
    need("torch", "diffusers", "transformers", *(["peft"] if lora else []))
    told = {"paint_weights": weights_hash(weight_files(find_model(model) / "transformer"))}
    return told if lora is None else {**told, "paint_lora": weights_hash([lora])}


def prompt_of(subject: Subject, session: Session) -> str:
    """What the model is asked for: the person's looks and what they wear, facing the camera with a calm face."""
    row = {
        "gender": subject.gender, "age_years": AGE_YEARS[0] + AGE_YEARS[1] * subject.identity["age"],
        "beard": subject.identity["beard"], "moustache": subject.identity["moustache"], "hair_style": session.hair,
        "glasses": session.glasses, "headwear": session.headwear, "mask_worn": session.face_mask,
        "room_temperature_c": session.room_temperature_c, "expression": "neutral", "yaw_deg": 0.0,
    }  # fmt: skip
    return plain_caption(appearance_of(row))


def _over(
    painter: Any, temperature_k: Float32[np.ndarray, "h w"], prompt: str, place: int
) -> Float32[np.ndarray, "h w"]:
    """Paint over a picture; one thread, as sums in another order are other bytes."""
    import torch

    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        painter.paint_over(painter.settings.span.to_unit(temperature_k), prompt)
        (painted,) = painter.portraits([place])
    finally:
        torch.set_num_threads(threads)
    return painter.settings.span.to_kelvin(painted.unit)


@lru_cache(maxsize=1)
def _painter(paint_with: PaintWith) -> Any:
    """The opened model, kept for the next person."""
    from thermvision.portraits.paint import Painter, prepare
    from thermvision.portraits.paint_config import PaintConfig

    config = PaintConfig(
        out=Path(), prompt="a person", model=paint_with.model, lora=None if paint_with.lora is None else str(paint_with.lora), lora_strength=paint_with.lora_strength,
        strength=paint_with.strength, dtype="float32", batch=1,
    )  # fmt: skip
    opened, settings, _ = prepare(config)
    if settings.span is None:
        raise InputError(
            f"model {paint_with.model} does not say what its greys mean in kelvin; tune it with `thermvision finetune --span LOW HIGH`"
        )
    return Painter(opened, dataclasses.replace(settings, strength=paint_with.strength), config)
