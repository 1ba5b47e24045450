"""Train the transformer from scratch: rectified flow on cached latents, with a new caption for every picture of every step."""

from __future__ import annotations

import json
import time
from pathlib import Path

import numpy as np
import rough
import torch
from critic import Critic, even_chance, face_shows
from feature_weight import raised_at_features
from known import COUPLED, known_numbers, look_everywhere_alike, noise_that_knows
from linear_encoder import decode, encode, shift_and_scale
from muon import Muon
from obey import ANOTHER_ROOM, EXPRESSIONS, Obedience
from pictures import chance_of
from reading_tasks import KNOWN_SHARE, LANDMARK_SHARE, SAID_SHARE, CaptionTask, ReadingTask, landmark_targets
from train_text import TEXT_TOKENS, WIDTH, targets, token_ids

from thermvision.flux.appearance import Appearance, appearance_of
from thermvision.flux.captions import phrase, thin_out, training_caption

HEADS, HEAD_DIM, DOUBLE, SINGLE = 4, 64, 2, 4
BATCH, RATE, WARMUP, DROPOUT = 64, 1.5e-3, 200, 0.1
ALL_SAID = 0.25  # of the captions say all there is to say, as people do who want one thing and not another
EMA_DECAY, SAVE_EVERY, LOOK_EVERY = 0.995, 200, 500
CHANNELS, SIDE = 32, 16  # of the latents
TIME_CENTRE, TIME_SPREAD = -0.6, 1.1  # of the logit of the time: eyes, nose and mouth are decided below 0.3
EARLY_SHARE, EARLY_FROM = 0.4, 0.6  # of the times, even between here and 1: a face is drawn from what its noise knows
VALIDATION_TIMES = (0.1, 0.3, 0.5, 0.8, 1.0)
DECAY_SHARE = 0.3  # of the steps at the end, in which the rate falls to nothing


def token_weight():
    """(64, 1), mean 1: the face, framed alike in every still, matters more than cloth and wall. For measuring, and the second tasks."""
    y, x = torch.meshgrid(torch.arange(8) + 0.5, torch.arange(8) + 0.5, indexing="ij")
    near_face = torch.exp(-(((x - 4.0) / 1.8) ** 2) - ((y - 4.3) / 1.9) ** 2)
    weight = 0.45 + 2.0 * near_face
    return (weight / weight.mean()).reshape(64, 1)


# Of the 68 points: which, how far around them in latent cells of 16 pixels, how much more they count.
FEATURES = ((slice(36, 48), 0.6, 7.0), (slice(17, 27), 0.6, 3.0), (slice(31, 36), 0.7, 3.0), (slice(48, 60), 0.8, 4.0))


def cell_weight(rows):
    """(n, 16, 16) float16, each of mean 1: eyes, brows, nose and mouth over cheeks, these over cloth and wall.

    Eyes are two hundredths of a picture and vary by one kelvin where hair and hats vary by eight: counted alike, all they may
    gain is less than what goes on at the outline. A picture's own landmarks say where they are; noise and caption tell them to the
    network too, so the best velocity is nearly the same.
    """
    centres = torch.arange(SIDE) + 0.5
    y, x = torch.meshgrid(centres, centres, indexing="ij")
    near_face = torch.exp(-(((x - 8) / 4.0) ** 2) - ((y - 8.7) / 4.4) ** 2)
    return raised_at_features(0.35 + near_face, rows, FEATURES, 256 / SIDE).half()


def new_transformer():
    """FLUX.1's architecture at width 256; gates and the last layer start at zero, so blocks begin as the identity."""
    from diffusers import FluxTransformer2DModel

    model = FluxTransformer2DModel(
        patch_size=1, in_channels=4 * CHANNELS, num_layers=DOUBLE, num_single_layers=SINGLE, attention_head_dim=HEAD_DIM, num_attention_heads=HEADS,
        joint_attention_dim=WIDTH, pooled_projection_dim=WIDTH, guidance_embeds=False, axes_dims_rope=(8, 28, 28))  # fmt: skip
    for name, module in model.named_modules():
        if (
            name.endswith(("norm1.linear", "norm1_context.linear", "norm.linear", "norm_out.linear"))
            or name == "proj_out"
        ):
            torch.nn.init.zeros_(module.weight)
            torch.nn.init.zeros_(module.bias)
    look_everywhere_alike(model.transformer_blocks[0].attn)
    return model


def said_of(appearance, stream):
    """What a training caption says, as an Appearance: now and then all of it, or nothing."""
    if stream.random() < DROPOUT:
        return Appearance()
    return appearance if stream.random() < ALL_SAID else thin_out(appearance, stream)


def pack(latents):
    """(b, c, 16, 16) to 64 tokens of 4 c, as FluxPipeline packs them."""
    b, c, h, w = latents.shape
    return latents.view(b, c, h // 2, 2, w // 2, 2).permute(0, 2, 4, 1, 3, 5).reshape(b, h * w // 4, c * 4)


def unpack(tokens, h=16, w=16):
    b, _, c = tokens.shape
    return tokens.view(b, h // 2, w // 2, c // 4, 2, 2).permute(0, 3, 1, 4, 2, 5).reshape(b, c // 4, h, w)


def ids(h=8, w=8):
    image = torch.zeros(h, w, 3)
    image[..., 1] += torch.arange(h)[:, None]
    image[..., 2] += torch.arange(w)[None]
    return image.reshape(-1, 3), torch.zeros(TEXT_TOKENS, 3)


class Text:
    """The frozen encoders; the empty caption stands for nothing said."""

    def __init__(self, folder: Path):
        from transformers import CLIPTextModel, CLIPTokenizer, T5EncoderModel, T5TokenizerFast

        self.clip_tok, self.t5_tok = (
            CLIPTokenizer.from_pretrained(folder / "tokenizer"),
            T5TokenizerFast.from_pretrained(folder / "tokenizer_2"),
        )
        self.clip, self.t5 = (
            CLIPTextModel.from_pretrained(folder / "text_encoder", dtype=torch.float32).eval(),
            T5EncoderModel.from_pretrained(folder / "text_encoder_2", dtype=torch.float32).eval(),
        )

    @torch.no_grad()
    def __call__(self, texts):
        clip_ids, t5_ids = token_ids(self.clip_tok, self.t5_tok, texts)
        return self.clip(clip_ids).pooler_output, self.t5(t5_ids)[0]


def encode_all(stills, path: Path, mean, directions):
    """Latents of all stills, float16, made once."""
    count = len(stills.rows)
    if not path.exists() or len(np.load(path, mmap_mode="r")) != count:  # stills were added
        latents = np.zeros((count, len(directions), SIDE, SIDE), np.float16)
        mean, directions = mean.astype(np.float32), directions.astype(np.float32)
        for first in range(0, count, 64):
            unit = np.stack([stills.unit(i) for i in range(first, min(first + 64, count))])
            latents[first : first + 64] = encode(unit, mean, directions)
        np.save(path, latents)
    return np.load(path, mmap_mode="r")


def optimizers(model, task, dtype):
    """Muon for the matrices inside the blocks, AdamW for the rest and for the landmark task (Jordan 2024: muon)."""
    matrices, rest = [], []
    for name, parameter in model.named_parameters():
        inside = (
            name.startswith(("transformer_blocks", "single_transformer_blocks"))
            and parameter.ndim == 2
            and "norm" not in name
        )
        (matrices if inside else rest).append(parameter)
    return [Muon(matrices, lr=RATE, dtype=dtype),
            torch.optim.AdamW(rest, lr=RATE, betas=(0.9, 0.98), weight_decay=0.0),
            torch.optim.AdamW(task.parameters(), lr=RATE)]  # fmt: skip


def rate_at(step, steps):
    decay_from = (1 - DECAY_SHARE) * steps
    return (
        RATE
        * min((step + 1) / WARMUP, 1.0)
        * (1.0 if step < decay_from else max(0.01, (steps - step) / (steps - decay_from)))
    )


def draw_times(count, generator):
    """(count,) between 0 and 1."""
    early = EARLY_FROM + (1 - EARLY_FROM) * torch.rand(count, generator=generator)
    late = torch.sigmoid(TIME_CENTRE + TIME_SPREAD * torch.randn(count, generator=generator))
    return torch.where(torch.rand(count, generator=generator) < EARLY_SHARE, early, late)


def flow_loss(model, tokens, t, noise, pooled, words, image_ids, text_ids):
    """Squared error of the velocity noise - data at x_t = (1 - t) data + t noise, (b, 64, d)."""
    at = t[:, None, None]
    velocity = model(hidden_states=(1 - at) * tokens + at * noise, timestep=t, pooled_projections=pooled, encoder_hidden_states=words,
                     img_ids=image_ids, txt_ids=text_ids, return_dict=False)[0]  # fmt: skip
    return (velocity.float() - (noise - tokens)).square()


@torch.no_grad()
def paint(model, text, prompts, generator, negative="", steps=20, scale=3.0):
    """Latents for prompts: Euler steps with true guidance against the negative caption."""
    pooled, words = text(list(prompts) + [negative] * len(prompts))
    image_ids, text_ids = ids()
    x = pack(torch.randn(len(prompts), CHANNELS, SIDE, SIDE, generator=generator))
    sigmas = torch.linspace(1, 0, steps + 1)
    for now, then in zip(sigmas[:-1], sigmas[1:], strict=True):
        v = model(hidden_states=x.repeat(2, 1, 1), timestep=now.expand(2 * len(prompts)), pooled_projections=pooled,
                  encoder_hidden_states=words, img_ids=image_ids, txt_ids=text_ids, return_dict=False)[0]  # fmt: skip
        said, unsaid = v.chunk(2)
        x = x + (then - now) * (unsaid + scale * (said - unsaid))
    return unpack(x)


LOOK_PROMPTS = (
    "a smiling woman with long hair, white-hot thermal image", "a young man with a beard, thermal portrait", "an old man wearing glasses, frontal view",
    "an angry man wearing a cap, thermal image", "a surprised woman with a ponytail, mouth open", "a woman wearing sunglasses, turned to the left",
    "a man, profile to the right, thermal image", "a sad middle-aged woman, hair in a bun, no glasses",
)  # fmt: skip


def train(
    stills,
    mean,
    directions,
    text_folder: Path,
    out: Path,
    steps: int,
    compile_model: bool = False,
    dtype=torch.float32,
    begin: Path | None = None,
    readers=(),
    obey_from: int = 0,
):
    """Averaged weights, shift and scale of the latents; goes on from `transformer_state.pt`, or begins with the weights of a packaged model.

    readers: tell from latents what is painted; from step `obey_from` on the model is also led to where they agree with the caption (`obey.py`).
    """
    latents = encode_all(stills, out / "latents.npy", mean, directions)
    shift, scale = shift_and_scale(latents)
    print(f"latents {latents.shape} shift {shift:.4f} scale {scale:.4f}", flush=True)
    torch.manual_seed(0)  # of the first weights, the landmark task's too
    text, model = Text(text_folder), new_transformer()
    if begin is not None:
        model.load_state_dict(
            type(model).from_pretrained(begin / "transformer", torch_dtype=torch.float32).state_dict()
        )
    ema = {name: p.detach().clone() for name, p in model.named_parameters()}
    appearances, (image_ids, text_ids) = [appearance_of(row) for row in stills.rows], ids()
    training, held_out = np.flatnonzero(~stills.held_out), np.flatnonzero(stills.held_out)
    landmarks, known = torch.from_numpy(landmark_targets(stills.rows)), torch.from_numpy(known_numbers(stills.rows))
    task = torch.nn.ModuleList((
        ReadingTask(model.single_transformer_blocks[0], model.inner_dim, landmarks.shape[1]),
        ReadingTask(model.transformer_blocks[0], model.inner_dim, known.shape[1]),
        CaptionTask(model.transformer_blocks[1], model.inner_dim),
    ))  # fmt: skip
    lesser = None
    if (
        begin is not None or (out / "rough.npz").exists()
    ):  # before a checkpoint is loaded: the earlier model paints these
        lesser = rough.paint_rough(model, text, appearances, known, training, out / "rough.npz", (image_ids, text_ids))
    critic = Critic()
    every, start, history, read, seen = optimizers(model, task, dtype), 0, [], [], []
    state = out / "transformer_state.pt"
    if state.exists():
        saved = torch.load(state, weights_only=True)
        model.load_state_dict(saved["model"])
        ema, start = saved["ema"], saved["step"]
        task.load_state_dict(saved["task"])
        for optimizer, values in zip(every, saved["optimizers"], strict=True):
            optimizer.load_state_dict(values)
        if "critic" in saved:
            critic.load(saved["critic"])
    print(sum(p.numel() for p in model.parameters()) / 1e6, "M parameters, from step", start, flush=True)
    run = torch.compile(model) if compile_model else model
    weight, cells = token_weight(), cell_weight(stills.rows)
    chance = chance_of([appearances[i] for i in training])
    obedience = None
    if readers:
        even = even_chance(
            appearances,
            [not held and face_shows(row) for held, row in zip(stills.held_out, stills.rows, strict=True)],
            EXPRESSIONS,
            ANOTHER_ROOM,
        )

        def in_even_shares(count, stream):
            chosen = stream.choice(len(even), count, p=even)
            return (torch.from_numpy(np.asarray(latents[chosen], np.float32)) - shift) * scale

        negative = rough.WORDS if lesser else ""
        obedience = Obedience(
            readers, critic, text, negative, appearances, training, in_even_shares, (image_ids, text_ids), unpack
        )
    began, generator = time.time(), torch.Generator()
    for step in range(start, steps):
        stream = np.random.default_rng((2, step))
        generator.manual_seed(step + 1)
        for optimizer in every:
            for group in optimizer.param_groups:
                group["lr"] = rate_at(step, steps)
        chosen = stream.choice(training, BATCH, p=chance)
        tokens = pack((torch.from_numpy(np.asarray(latents[chosen], np.float32)) - shift) * scale)
        said = [said_of(appearances[i], stream) for i in chosen]
        captions = ["" if one == Appearance() else phrase(one, stream) for one in said]
        for k in np.flatnonzero(stream.random(BATCH) < (rough.SHARE if lesser else 0)):
            painted = stream.integers(len(lesser[0]))
            chosen[k], tokens[k] = lesser[0][painted], lesser[1][painted].float()
            said[k] = rough.said_of(appearances[chosen[k]], stream)
            captions[k] = rough.caption(said[k], stream)
        pooled, words = text(captions)
        t = draw_times(BATCH, generator)
        uncoupled = torch.rand(BATCH, 1, generator=generator) > COUPLED
        noise = torch.randn(tokens.shape, generator=generator)
        noise = noise_that_knows(noise, known[chosen].masked_fill(uncoupled, float("nan")))
        with torch.autocast("cpu", torch.bfloat16, enabled=dtype is torch.bfloat16):
            error = flow_loss(run, tokens, t, noise, pooled, words, image_ids, text_ids)
        loss = (pack(cells[chosen, None].float())[:, :, None] * error.unflatten(2, (CHANNELS, 4))).mean()
        where, who, what = (
            task[0].loss(landmarks[chosen], weight),
            task[1].loss(known[chosen], (~uncoupled * t[:, None])[:, None]),
            task[2].loss(torch.tensor([targets(one) for one in said])),
        )
        (loss + LANDMARK_SHARE * where + KNOWN_SHARE * who + SAID_SHARE * what).backward()
        if obedience and step >= obey_from:
            with torch.autocast("cpu", torch.bfloat16, enabled=dtype is torch.bfloat16):
                cost, as_asked = obedience.loss(run, np.random.default_rng((3, step)), generator)
            cost.backward()
            seen.append(as_asked)
        torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        for optimizer in every:
            optimizer.step()
            optimizer.zero_grad(set_to_none=True)
        decay = min(EMA_DECAY, (step + 1) / (step + 10))
        with torch.no_grad():
            torch._foreach_lerp_(list(ema.values()), [p.detach() for p in model.parameters()], 1 - decay)
        history.append(loss.item())
        read.append((where.item(), who.item(), what.item()))
        if (step + 1) % 50 == 0:
            print(
                f"transformer {step + 1} loss {np.mean(history[-50:]):.4f} landmarks, known, said {np.mean(read[-50:], axis=0).round(4)} {(time.time() - began) / (step + 1 - start):.3f} s/step",
                flush=True,
            )
            if seen:
                print(f"transformer {step + 1} seen as asked {np.mean(seen[-50:], axis=0).round(3)}", flush=True)
        if (step + 1) % SAVE_EVERY == 0 or step + 1 == steps:
            torch.save(
                {
                    "model": model.state_dict(),
                    "ema": ema,
                    "task": task.state_dict(),
                    "optimizers": [o.state_dict() for o in every],
                    "critic": critic.saved(),
                    "step": step + 1,
                },
                state.with_suffix(".part"),
            )
            state.with_suffix(".part").replace(state)
        if (step + 1) % LOOK_EVERY == 0 or step + 1 == steps:
            look(
                model, ema, text, (mean, directions), latents, appearances, known, held_out, shift, scale, out, step + 1
            )
    return ema, shift, scale


def look(model, ema, text, basis, latents, appearances, known, held_out, shift, scale, out, step):
    """Validation loss of the averaged weights at fixed times and noise, and a sheet of portraits."""
    from PIL import Image

    own = {name: p.detach().clone() for name, p in model.named_parameters()}
    with torch.no_grad():
        for name, p in model.named_parameters():
            p.copy_(ema[name])
        stream, generator, losses = np.random.default_rng(9), torch.Generator().manual_seed(9), []
        image_ids, text_ids = ids()
        face = token_weight()[:, 0] > 1.2
        for first in range(0, min(256, len(held_out)), 64):
            chosen = held_out[first : first + 64]
            tokens = pack((torch.from_numpy(np.asarray(latents[chosen], np.float32)) - shift) * scale)
            pooled, words = text([training_caption(appearances[i], stream) for i in chosen])
            for t in VALIDATION_TIMES:
                noise = noise_that_knows(torch.randn(tokens.shape, generator=generator), known[chosen])
                error = flow_loss(
                    model, tokens, torch.full((len(chosen),), t), noise, pooled, words, image_ids, text_ids
                )
                losses.append((error.mean().item(), error[:, face].mean().item()))
        per_time = [
            [round(float(v), 4) for v in np.mean(losses[k :: len(VALIDATION_TIMES)], axis=0)]
            for k in range(len(VALIDATION_TIMES))
        ]
        z = torch.cat(
            [
                paint(model, text, LOOK_PROMPTS, torch.Generator().manual_seed(0), negative)
                for negative in ("", rough.WORDS)
            ]
        )
        pictures = decode((z / scale + shift).numpy(), *basis)
        for name, p in model.named_parameters():
            p.copy_(own[name])
    rows = [np.concatenate(pictures[k : k + 8], axis=1) for k in (0, 8)]
    sheet = np.concatenate(rows)
    Image.fromarray(np.uint8(np.clip((sheet + 1) / 2 * 1.25 - 0.1, 0, 1) * 255)).save(out / f"look_{step:06d}.png")
    print(f"transformer {step} validation at t .1 .3 .5 .8 1, all and face tokens: {json.dumps(per_time)}", flush=True)
