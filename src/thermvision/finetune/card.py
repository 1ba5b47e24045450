"""The model card of a run: README.md as the hub shows it."""

from __future__ import annotations

import json

import numpy as np

from thermvision.disk import plain_disk_errors, write_text
from thermvision.finetune.data import TrainingData
from thermvision.finetune.loop import Trainer
from thermvision.finetune.run_files import CARD, LORA_FILE, PLOT, SAMPLES

_LAST = 100


def write_card(
    trainer: Trainer, data: TrainingData, name: str, losses: list[dict[str, float]], validation: list[dict[str, float]]
) -> None:
    """Write it from the run's settings and tables."""
    config, pictures = trainer.config, data.encoded.pictures
    last = float(np.mean([row["loss"] for row in losses[-_LAST:]])) if losses else float("nan")
    span = (
        f"{data.span.low_c:g} to {data.span.high_c:g} C are black to white"
        if data.span
        else "not known: greys are no temperatures"
    )
    held = (
        f"{validation[0]['loss']:.4f} before training, {validation[-1]['loss']:.4f} after"
        if validation
        else "none held out"
    )
    picture = f"{SAMPLES}/step-{config.steps:06d}.png"
    rows = {
        "base model": config.model, "temperature span": span, "steps": f"{config.steps}, batches of {config.batch_size}",
        "pictures": f"{len(pictures)} of {len({one.person for one in pictures})} people, at {', '.join(map(str, data.resolutions))} px",
        "LoRA": f"rank {config.rank}, alpha {config.alpha or config.rank:g}, {config.targets} layers, {len(trainer.parameters) // 2} modules",
        "optimiser": f"{config.optimizer}, {config.learning_rate:g}, {config.schedule}", "times": data.sampling,
        "texts": f"{data.rule.tokens} tokens at most, {data.rule.padding}", "guidance in training": f"{config.guidance:g}",
        "loss": f"{last:.4f} (mean of the last {min(_LAST, len(losses))} steps)", "loss on held-out people": held, "run": name,
    }  # fmt: skip
    front = ["---", f"base_model: {json.dumps(config.model)}", "library_name: diffusers", "pipeline_tag: text-to-image"]
    if config.trigger:
        front.append(f"instance_prompt: {json.dumps(config.trigger)}")
    front += ["tags: [text-to-image, lora, flux, thermal, infrared, thermvision]", "---"]
    shown = (
        [f"![samples]({picture})", "", *(f"- {prompt}" for prompt in data.prompts), ""]
        if (config.out / picture).is_file()
        else []
    )
    text = [
        *front, "", f"# {config.out.name}", "",
        "A LoRA that teaches a FLUX model thermal (long-wave infrared) pictures in a fixed temperature span.", "",
        *shown, "| | |", "|---|---|", *(f"| {key} | {value} |" for key, value in rows.items()), "",
        f"![loss]({PLOT})", "", "## Use", "", "```",
        f"thermvision portraits --model {config.model} --lora {config.out / LORA_FILE} --prompt \"{(data.prompts or ('',))[0]}\" --out DIR", "```", "",
        f"In diffusers: `pipeline.load_lora_weights(\"{config.out.name}\", weight_name=\"{LORA_FILE}\")`. The scale (alpha / rank) is folded into the",
        "weights, so strength 1 is what was trained, in diffusers and in ComfyUI alike. The licence of the base model holds for what is made with it.",
    ]  # fmt: skip
    with plain_disk_errors(config.out, "the checkpoints stay"):
        write_text(config.out / CARD, "\n".join(text) + "\n")
