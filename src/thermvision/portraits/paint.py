"""Paint portraits: open the model, encode the texts, denoise batch by batch, write each portrait as soon as it is there."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

import numpy as np
from jaxtyping import Float32

from thermvision.disk import only_one, plain_disk_errors
from thermvision.flux.denoise import denoise
from thermvision.flux.load import OpenedModel, open_pipeline
from thermvision.flux.model_folder import MICRO
from thermvision.flux.noise import noise_of_batch, noise_of_each, portrait_seed
from thermvision.flux.picture_files import read_start
from thermvision.flux.text import TextEmbedding
from thermvision.portraits import paint_files
from thermvision.portraits.paint_config import PaintConfig
from thermvision.portraits.paint_files import Painted
from thermvision.portraits.paint_settings import PaintSettings, resolve, times_of, wants_lora
from thermvision.types import InputError

Progress = Callable[[str, int, int], None]


@dataclass(frozen=True, slots=True)
class PaintReport:
    """What a run made."""

    out: Path
    count: int
    new: int
    settings: PaintSettings
    notes: list[str] = field(default_factory=list)


def paint(
    config: PaintConfig, on_progress: Progress | None = None, on_note: Callable[[str], None] | None = None
) -> PaintReport:
    """Paint `config.count` portraits into `config.out`, those that are not there yet.

    on_note gets each sentence on what has no effect, before the work. Ctrl-C (KeyboardInterrupt) leaves what is finished. InputError: see
    `open_pipeline`, `read_lora`, and every setting that cannot be.
    """
    paint_files.check_out(config.out)
    opened, settings, notes = prepare(config)
    for note in notes:
        (on_note or (lambda _: None))(note)
    painter = Painter(opened, settings, config)
    content = settings.content()
    with plain_disk_errors(config.out, "finished portraits stay"), only_one(config.out, "run"):
        done = paint_files.prepare_folder(config.out, content, config.count)
        paint_files.write_settings(config.out, content, versions())
        missing = [index for index in range(config.count) if index not in done]
        extra = {"sigmas_end": painter.end, "versions": versions()}
        try:
            for painted in painter.portraits(missing, on_progress, len(done)):
                paint_files.write_portrait(config.out, painted, content, extra, settings.span)
        finally:
            paint_files.sort_lines(config.out)
            paint_files.write_grid(config.out)
    return PaintReport(config.out, config.count, len(missing), settings, notes)


def prepare(config: PaintConfig) -> tuple[OpenedModel, PaintSettings, list[str]]:
    """Open the model, put the LoRA on it, and settle every number."""
    if config.image is not None and not config.image.is_file():
        raise InputError(f"image {config.image} does not exist; give a picture file to start from")
    lora = wants_lora(config)
    metadata, lora_notes = None, []
    if lora is not None:
        from thermvision.flux.lora import apply_lora, read_lora

        if not lora.is_file():
            raise InputError(f"lora {lora} does not exist; give a LoRA file (.safetensors), or --lora none")
        file = read_lora(lora)
        metadata = dict(file.metadata)
    opened = open_pipeline(
        config.model or MICRO, dtype=None if config.dtype == "auto" else config.dtype, device=config.device
    )
    if lora is not None:
        applied = apply_lora(opened.pipeline, file, config.lora_strength, family=opened.family)
        lora_notes = [f"{lora.name}: {note}" for note in applied.notes]
    settings, notes = resolve(config, opened, metadata)
    return opened, settings, [*lora_notes, *notes]


class Painter:
    """An opened model with encoded texts, ready to paint portraits of one run by their places."""

    def __init__(self, opened: OpenedModel, settings: PaintSettings, config: PaintConfig):
        self.opened, self.settings, self.batch = opened, settings, config.batch
        family, pipeline = opened.family, opened.pipeline
        self.times = times_of(settings, opened)
        self.end = float(self.times[-1])
        self.device = pipeline.device
        self.latent = family.latent_size(pipeline, settings.width, settings.height)
        self.shape = (family.latent_channels(pipeline), *self.latent)
        self.text = family.encode_text(pipeline, [settings.clip_prompt], [settings.prompt], settings.rule)
        self.negative: TextEmbedding | None = None
        if any(settings.guide.uses_negative(step) for step in range(len(self.times) - 1)):
            self.negative = family.encode_text(
                pipeline, [settings.negative_clip_prompt], [settings.negative_prompt], settings.rule
            )
        self.start: Any = None
        if config.image is not None:
            self.paint_over(read_start(config.image, settings.span, settings.width, settings.height))

    def paint_over(self, unit: Float32[np.ndarray, "h w"], prompt: str | None = None) -> None:
        """Start from this picture (-1 to 1) from now on, with another prompt if one is given."""
        import torch

        family, pipeline = self.opened.family, self.opened.pipeline
        with torch.no_grad():
            picture = torch.from_numpy(np.ascontiguousarray(unit))[None, None].expand(1, 3, -1, -1)
            self.start = family.encode_picture(pipeline, picture).float()
        if prompt is not None:
            self.text = family.encode_text(pipeline, [prompt], [prompt], self.settings.rule)

    def portraits(
        self, places: list[int], on_progress: Progress | None = None, done_before: int = 0
    ) -> Iterator[Painted]:
        """Paint these places (0-based), a batch at a time; progress is told in denoising steps."""
        steps = max(1, len(self.times) - 1)
        batches = [places[k : k + self.batch] for k in range(0, len(places), self.batch)]
        total = (done_before + len(places)) * steps
        made = done_before
        for batch in batches:

            def tell(done: int, _of: int, before: int = made, size: int = len(batch)) -> None:
                if on_progress is not None:
                    on_progress("steps", before * steps + done * size, total)

            yield from self._paint(batch, tell)
            made += len(batch)

    def _paint(self, places: list[int], on_step: Callable[[int, int], None]) -> list[Painted]:
        import torch

        family, pipeline, settings = self.opened.family, self.opened.pipeline, self.settings
        noise = self._noise(places)
        state = noise if self.start is None else self._between(noise)
        tokens, ids = family.pack(state)
        each = [0] * len(places)
        try:
            done = denoise(
                family,
                pipeline.transformer,
                tokens,
                ids,
                self.times,
                self.text.pick(each),
                None if self.negative is None else self.negative.pick(each),
                settings.guide,
                return_x0=settings.mode != "comfy-compat",
                on_step=on_step,
            )
            with torch.no_grad():
                unit = family.decode(pipeline, family.unpack(done.tokens, *self.latent)).float()
        except (torch.OutOfMemoryError, MemoryError) as error:
            raise InputError(
                f"the memory of {self.device} is too small for {len(places)} portraits of {settings.width}x{settings.height} px at"
                " once; give --batch 1 or a smaller --size"
            ) from error
        grey = unit.mean(dim=1).cpu().numpy()
        if not np.isfinite(grey).all():
            raise InputError("the VAE gave values that are not finite (NaN); give --dtype float32")
        return [Painted(place, self._seed(place), picture) for place, picture in zip(places, grey, strict=True)]

    def _seed(self, place: int) -> int:
        """Its own seed; in one draw for all of them there is only the run's."""
        return portrait_seed(self.settings.seed, place) if self.settings.batch_draw is None else self.settings.seed

    def _noise(self, places: list[int]) -> Any:
        settings = self.settings
        if settings.batch_draw is None:
            return noise_of_each([self._seed(place) for place in places], self.shape).to(self.device)
        dtype = self.opened.pipeline.transformer.dtype
        drawn = noise_of_batch(settings.seed, settings.batch_draw, self.shape, dtype=dtype, device=self.device)
        return drawn[places]

    def _between(self, noise: Any) -> Any:
        first = float(self.times[0])
        return first * noise + (1 - first) * self.start.to(device=noise.device, dtype=noise.dtype)


def versions() -> dict[str, str]:
    """Of the packages that decide the bytes."""
    found = {}
    for package in ("thermvision", "torch", "diffusers", "transformers", "peft"):
        try:
            found[package] = version(package)
        except PackageNotFoundError:
            continue
    return found
