"""From settings to training data: pictures read, held-out people set apart, everything encoded, and a hash of it all."""

from __future__ import annotations

import contextlib
import dataclasses
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from thermvision.finetune.batches import Item, held_out
from thermvision.finetune.buckets import bucket_rule
from thermvision.finetune.cache import TensorCache, entry_key
from thermvision.finetune.captions_beside import pictures_of_folder
from thermvision.finetune.config import FinetuneConfig
from thermvision.finetune.dataset_pictures import is_dataset, pictures_of_dataset
from thermvision.finetune.encoded import Encoded, encode_pictures, encode_texts
from thermvision.finetune.pictures import Picture
from thermvision.finetune.run_files import RunLog
from thermvision.finetune.workers import Workers
from thermvision.flux.load import OpenedModel
from thermvision.flux.span import Span
from thermvision.flux.text import TextEmbedding, TextRule
from thermvision.types import InputError
from thermvision.weights import cache_folder

USUAL_RESOLUTIONS = (512, 768, 1024)
_SAMPLES = 3


@dataclass(frozen=True)
class TrainingData:
    """What is trained on and what is only looked at."""

    encoded: Encoded
    training: list[Item]
    validation: list[Item]
    prompts: tuple[str, ...]  # of the sample pictures
    empty: TextEmbedding
    negative: TextEmbedding  # of the samples' true CFG
    span: Span | None
    rule: TextRule
    resolutions: tuple[int, ...]
    sampling: str
    hash: str  # of pictures, sizes and captions


def resolutions_of(config: FinetuneConfig, size_px: int | None) -> tuple[int, ...]:
    """The settings', else the model's own, else the usual three."""
    return tuple(sorted(set(config.resolution))) or ((size_px,) if size_px else USUAL_RESOLUTIONS)


def read_pictures(config: FinetuneConfig, own: Span | None, log: RunLog) -> list[Picture]:
    """The pictures and captions that the settings name; nothing is decoded yet. `own` is the model's span.

    InputError: no folder, an empty one, a single picture.
    """
    span = span_of(config, own)
    if config.span is not None and own is not None and own != span:
        log.warn(
            f"the span is {config.span[0]:g} to {config.span[1]:g} C and the model's own is {own.low_c:g} to {own.high_c:g} C:"
            " the model has to learn the other one"
        )
    if not config.images.is_dir():
        what = "is a file" if config.images.exists() else "does not exist"
        raise InputError(f"--images {config.images} {what}; give a folder of thermal pictures, or a data set of ours")
    if is_dataset(config.images):
        pictures = pictures_of_dataset(
            config.images,
            span,
            frames_per_clip=config.frames_per_clip,
            captions=config.captions_per_picture,
            trigger=config.trigger,
            seed=config.seed,
        )
    else:
        pictures = pictures_of_folder(config.images, span, config.trigger, config.caption, log.warn)
    if len(pictures) < 2:
        raise InputError(
            f"folder {config.images} holds a single picture, which a LoRA would only repeat; give at least 2, better 20 or more"
        )
    return pictures


def span_of(config: FinetuneConfig, own: Span | None) -> Span | None:
    """The settings' span, else the model's own, else none."""
    return Span(*config.span) if config.span is not None else own


def rule_of(config: FinetuneConfig, opened: OpenedModel) -> TextRule:
    """The settings' wishes over the model's own rule of padding texts."""
    own = opened.text_rule
    return TextRule(config.text_tokens or own.tokens, config.text_padding or own.padding)


def encode_all(
    config: FinetuneConfig,
    opened: OpenedModel,
    pictures: list[Picture],
    workers: Workers,
    log: RunLog,
    progress: Callable[..., None],
) -> TrainingData:
    """Encode pictures and captions (the first process makes the cache's entries, the others read them) and split by people."""
    span, rule = span_of(config, opened.about.span), rule_of(config, opened)
    sides = resolutions_of(config, opened.about.size_px)
    buckets = bucket_rule(
        sides, opened.family.multiple_px(opened.pipeline), step=config.bucket_step,
        min_side=config.min_side, max_side=config.max_side, upscale=config.upscale,
    )  # fmt: skip
    cache = TensorCache(config.cache or Path(cache_folder()) / "finetune")
    first = contextlib.nullcontext() if workers.accelerator is None else workers.accelerator.main_process_first()
    with first:
        encoded = encode_pictures(opened, pictures, buckets, cache, workers.device, progress)
        apart = held_out(
            [one.person for one in pictures], [one.split for one in pictures], config.validation_share, config.seed
        )
        training = [item for item in encoded.items if pictures[item.picture].person not in apart]
        validation = _first_sizes([item for item in encoded.items if pictures[item.picture].person in apart])
        prompts = config.prompts or _some_captions(pictures, training)
        said = [caption for one in pictures for caption in one.captions]
        away = opened.about.negative_prompt or ""
        encoded.texts |= encode_texts(opened, ["", away, *said, *prompts], rule, cache, workers.device, progress)
    if not training:
        raise InputError(
            "no picture is left to train on: those that are large enough are all held out; set validation_share to 0"
        )
    _tell(encoded, training, validation, apart, span, cache, log)
    for name in ("text_encoder", "text_encoder_2"):  # everything they had to say is encoded
        if getattr(opened.pipeline, name, None) is not None:
            setattr(opened.pipeline, name, None)
    return TrainingData(
        encoded=encoded,
        training=training,
        validation=validation[: config.max_validation],
        prompts=tuple(prompts),
        empty=encoded.texts[""],
        negative=encoded.texts[away],
        span=span,
        rule=rule,
        resolutions=sides,
        sampling=config.timestep_sampling or str(opened.about.sampling.get("timestep_sampling", "flux_shift")),
        hash=entry_key(
            *(entry_key(*encoded.hashes), entry_key(*(dataclasses.astuple(item) for item in encoded.items))),
            *(entry_key(one.person, one.split, *one.captions) for one in pictures),
        )[:16],
    )


def _first_sizes(items: list[Item]) -> list[Item]:
    """One item of each picture."""
    return list({item.picture: item for item in reversed(items)}.values())[::-1]


def _some_captions(pictures: list[Picture], items: list[Item]) -> tuple[str, ...]:
    """Captions of pictures spread over the data, without doubles."""
    spread = [items[len(items) * place // _SAMPLES] for place in range(_SAMPLES)] if items else []
    return tuple(dict.fromkeys(pictures[item.picture].captions[0] for item in spread))


def _tell(
    encoded: Encoded,
    training: list[Item],
    validation: list[Item],
    apart: set[str],
    span: Span | None,
    cache: TensorCache,
    log: RunLog,
) -> None:
    pictures, sizes = encoded.pictures, sorted({(item.width, item.height) for item in encoded.items})
    log.say(
        f"{len(pictures)} pictures at {len(sizes)} sizes ({', '.join(f'{w}x{h}' for w, h in sizes[:8])}{', ...' if len(sizes) > 8 else ''});"
        f" {len(training)} to train on, {len(validation)} of {len(apart)} people held out; {cache.made} newly encoded"
    )
    if unused := len(pictures) - len({item.picture for item in encoded.items}):
        log.warn(f"{unused} of {len(pictures)} pictures are too small and are left out; upscale would enlarge them")
    if encoded.coloured:
        log.warn(
            f"{encoded.coloured} of {len(pictures)} pictures are in colours, which are no temperatures; white-hot greys teach kelvin"
        )
    if span is None:
        log.warn(
            "neither --span nor the model says which temperatures black and white are; what is painted will have no kelvin"
        )
    if not validation:
        log.warn("no one is held out (three people are needed), so there is no validation loss")
