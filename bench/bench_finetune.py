"""A training step of ours against the work of a step of diffusers' train_dreambooth_lora_flux.py: same model, pictures, rank, layers.

python bench/bench_finetune.py --model micro --batch-size 4 --steps 12

The script is stated anew here by what one of its steps does, with mixed_precision bf16 (LoRA in bf16, autocast around the
transformer), AdamW, max_grad_norm 1, no gradient checkpointing. `defaults`: captions of one's own are encoded in every step, T5
padded to 512 tokens, pictures encoded in every step. `captions`: the fastest it can do with a caption for each picture, which is what
ours does: --cache_latents, --max_sequence_length as short as the model reads; texts are encoded in every step. `fastest`: that
with one --instance_prompt for all pictures instead, encoded once. They take turns, so that a busy machine hits all alike; times
are the least and the median, in seconds of this process's CPU time and of the clock.
"""

from __future__ import annotations

import argparse
import copy
import tempfile
import time
from pathlib import Path
from typing import Any

import numpy as np
import torch
from PIL import Image

from thermvision.finetune.batches import Batches
from thermvision.finetune.config import FinetuneConfig
from thermvision.finetune.data import encode_all, read_pictures
from thermvision.finetune.learner import add_lora
from thermvision.finetune.loop import Trainer
from thermvision.finetune.optimizers import make_optimizer
from thermvision.finetune.run_files import RunLog
from thermvision.finetune.workers import start_workers
from thermvision.flux.families import FLUX1
from thermvision.flux.load import open_pipeline

CAPTION = "a smiling woman with long hair, frontal view, white-hot thermal image, number {}"


def pictures(folder: Path, count: int, size: int) -> None:
    """Warm blobs before a cool wall, 8-bit."""
    stream = np.random.default_rng(0)
    rows, columns = np.mgrid[:size, :size] / size
    for number in range(count):
        x, y, wide = (*stream.uniform(0.4, 0.6, 2).tolist(), stream.uniform(0.1, 0.2))
        grey = 70 + 130 * np.exp(-(((columns - x) / wide) ** 2) - ((rows - y) / wide / 1.3) ** 2)
        Image.fromarray((grey + stream.normal(0, 2, grey.shape)).clip(0, 255).astype(np.uint8)).save(
            folder / f"p{number:03d}.png"
        )
        (folder / f"p{number:03d}.txt").write_text(CAPTION.format(number))


class Script:
    """One step of the diffusers script on a model of its own."""

    def __init__(self, config: FinetuneConfig, data: Any, units: list[Any], *, cached: bool, one_prompt: bool) -> None:
        from accelerate import Accelerator
        from peft import LoraConfig

        self.pipeline = open_pipeline(config.model, dtype="bfloat16", device="cpu").pipeline
        self.pipeline.vae.to(torch.bfloat16)
        self.cached, self.data, self.units = cached, data, units
        self.accelerator = Accelerator(mixed_precision="bf16", cpu=True)
        transformer = self.pipeline.transformer
        transformer.requires_grad_(False)
        transformer.add_adapter(
            LoraConfig(
                r=config.rank, lora_alpha=config.rank, init_lora_weights="gaussian",
                target_modules=FLUX1.lora_targets["diffusers"],
            )
        )  # fmt: skip
        learning = [one for one in transformer.parameters() if one.requires_grad]
        optimizer = torch.optim.AdamW(learning, lr=config.learning_rate, weight_decay=1e-4)
        self.transformer, self.optimizer = self.accelerator.prepare(transformer, optimizer)
        self.scheduler = copy.deepcopy(self.pipeline.scheduler)
        self.text = self._text([CAPTION.format(0)] * config.batch_size) if one_prompt else None
        with torch.no_grad():
            self.posteriors = [self._posterior([number]) for number in range(len(units))] if cached else None

    def _text(self, captions: list[str]) -> Any:
        length = self.data.rule.tokens if self.cached else 512
        with torch.no_grad():
            return self.pipeline.encode_prompt(captions, captions, max_sequence_length=length)

    def _posterior(self, numbers: list[int]) -> Any:
        vae = self.pipeline.vae
        return vae.encode(torch.stack([self.units[number] for number in numbers]).to(vae.dtype)).latent_dist

    def step(self, numbers: list[int]) -> float:
        """Times of 1000 fixed ones, all alike; the loss over unpacked latents."""
        pipeline, vae = self.pipeline, self.pipeline.vae
        captions = [CAPTION.format(number) for number in numbers]
        embeds, pooled, text_ids = self.text or self._text(captions)
        with torch.no_grad():
            if self.cached:
                latents = torch.cat([self.posteriors[number].sample() for number in numbers])
            else:
                latents = self._posterior(numbers).sample()
        latents = ((latents - vae.config.shift_factor) * vae.config.scaling_factor).to(torch.bfloat16)
        batch, channels, height, width = latents.shape
        ids = pipeline._prepare_latent_image_ids(batch, height // 2, width // 2, "cpu", torch.bfloat16)
        noise = torch.randn_like(latents)
        times = self.scheduler.timesteps[(torch.rand(batch) * self.scheduler.config.num_train_timesteps).long()]
        at = (times / 1000).view(-1, 1, 1, 1).to(latents.dtype)
        packed = pipeline._pack_latents((1 - at) * latents + at * noise, batch, channels, height, width)
        predicted = self.transformer(
            hidden_states=packed, timestep=times / 1000, guidance=None, pooled_projections=pooled, encoder_hidden_states=embeds,
            txt_ids=text_ids, img_ids=ids, return_dict=False,
        )[0]  # fmt: skip
        factor = pipeline.vae_scale_factor
        predicted = pipeline._unpack_latents(predicted, height * factor, width * factor, factor)
        loss = ((predicted.float() - (noise - latents).float()) ** 2).reshape(batch, -1).mean(dim=1).mean()
        self.accelerator.backward(loss)
        self.accelerator.clip_grad_norm_(self.transformer.parameters(), 1.0)
        self.optimizer.step()
        self.optimizer.zero_grad()
        return loss.detach().item()


def ours(config: FinetuneConfig) -> tuple[Trainer, Any]:
    """Our trainer, with everything encoded."""
    opened, workers, log = (
        open_pipeline(config.model, dtype="bfloat16", device="cpu"),
        start_workers("cpu"),
        RunLog(None),
    )
    data = encode_all(config, opened, read_pictures(config, opened.about.span, log), workers, log, lambda *_: None)
    parameters = add_lora(config, opened, "cpu")
    optimizer = make_optimizer(config, list(parameters.values()), "cpu")
    batches = Batches(data.training, config.batch_size, config.seed)
    return Trainer(config, opened, data.encoded, batches, parameters, optimizer, None, workers, data.sampling), data


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--model", default="micro")
    parser.add_argument("--batch-size", type=int, default=4)
    parser.add_argument("--rank", type=int, default=8)
    parser.add_argument("--steps", type=int, default=12)
    parser.add_argument("--threads", type=int, default=torch.get_num_threads())
    asked = parser.parse_args()
    torch.set_num_threads(asked.threads)
    with tempfile.TemporaryDirectory() as folder:
        images = Path(folder) / "images"
        images.mkdir()
        config = FinetuneConfig(
            images=images, out=Path(folder) / "run", model=asked.model, rank=asked.rank, batch_size=asked.batch_size, span=(10, 42),
            targets="diffusers", steps=1000, validation_share=0, sample_every=0, cache=Path(folder) / "cache", caption_dropout=0,
        )  # fmt: skip
        pictures(images, 64, 256)
        trainer, data = ours(config)
        units = [torch.from_numpy(np.stack([one.unit()] * 3)) for one in trainer.encoded.pictures]
        contenders = {
            "script, defaults": Script(config, data, units, cached=False, one_prompt=False).step,
            "script, captions": Script(config, data, units, cached=True, one_prompt=False).step,
            "script, fastest": Script(config, data, units, cached=True, one_prompt=True).step,
            "thermvision finetune": None,
        }
        cpu: dict[str, list[float]] = {name: [] for name in contenders}
        clock: dict[str, list[float]] = {name: [] for name in contenders}
        for number in range(asked.steps + 2):  # the first two warm up
            numbers = [item.picture for item in trainer.batches[number]]
            for name, step in contenders.items():
                starts = time.process_time(), time.perf_counter()
                if step is None:
                    trainer._step(number)
                else:
                    step(numbers)
                cpu[name].append(time.process_time() - starts[0])
                clock[name].append(time.perf_counter() - starts[1])
    own = np.median(cpu["thermvision finetune"][2:])
    print(f"{asked.model}, rank {asked.rank}, batch {asked.batch_size}, {asked.threads} threads, {asked.steps} steps")
    for name in contenders:
        used, took = np.array(cpu[name][2:]), np.array(clock[name][2:])
        print(
            f"{name:<22} CPU {used.min():.3f} ({np.median(used):.3f}) s, clock {took.min():.3f} ({np.median(took):.3f}) s,"
            f" {np.median(used) / own:.2f} x ours"
        )


if __name__ == "__main__":
    main()
