"""What is painted must be what was asked: two readers of latents say so, and the transformer is led where they agree.

An expression changes so little of a picture that velocities alone hardly speak of it. Portraits are painted in a few steps with the
guidance that painters use; the readers' gradient at the finished latents is then passed to the velocities of two steps, as if each
velocity moved the result by its own share (Clark et al. 2023, DRaFT; Wu et al. 2024, DRTune: inputs are left out of the gradient,
so early steps can be taught as well as late ones). The readers saw simulator stills only (`train_readers.py`), as the judge did
(`train_judge.py`), but they are other networks, and no portrait is judged by them.
"""

from __future__ import annotations

from dataclasses import replace

import torch
from readers import FIELDS
from train_readers import field_loss, targets

from thermvision.flux.appearance import VALUES
from thermvision.flux.captions import phrase, thin_out

BATCH, STEPS, TAUGHT, SCALE = 32, 8, 2, 2.0  # portraits, steps, of these taught, guidance
WEIGHT = 0.004  # of the readers' loss: its gradient is then as long as the velocities'
ALL_SAID, READ_NOISE = 0.5, 0.25  # of the prompts; most noise when portraits are read
ALWAYS_SAID = ("gender", "expression", "eyewear")
HAIR = {
    "female": ("short", "fringe", "bob", "long", "tied", "ponytail"),
    "male": ("shaved", "cropped", "receding", "short", "fringe", "curly"),
}  # what the simulator's people wear


def asked_of(appearance, stream):
    """Another expression and eyewear, all as likely, now and then another hair, for a person of the training stills; a view that shows the face."""
    asked = replace(
        appearance,
        expression=str(stream.choice(VALUES["expression"])),
        eyewear=str(stream.choice(VALUES["eyewear"])),
        mouth=None,
        eyes=None,
        face_mask="none",
    )
    if asked.view is None or asked.view.startswith("far"):
        asked = replace(asked, view=str(stream.choice(["frontal", "left", "right"])))
    if asked.hair is not None and stream.random() < 0.5:
        asked = replace(asked, hair=str(stream.choice(HAIR[asked.gender])))
    if stream.random() < ALL_SAID:
        return asked
    return replace(thin_out(asked, stream), **{name: getattr(asked, name) for name in ALWAYS_SAID})


class Obedience:
    """Paints with a model and tells what its velocities cost the readers."""

    def __init__(self, readers, text, negative, appearances, training, packing, unpack):
        self.readers, self.text, self.appearances, self.training = readers, text, appearances, training
        self.negative, self.packing, self.unpack = negative, packing, unpack

    def loss(self, model, stream, generator):
        """A scalar whose gradient is the readers', and the shares of gender, expression and eyewear that each sees as asked."""
        asked = [asked_of(self.appearances[i], stream) for i in stream.choice(self.training, BATCH)]
        pooled, words = self.text([phrase(one, stream) for one in asked] + [self.negative] * BATCH)
        image_ids, text_ids = self.packing
        call = dict(img_ids=image_ids, txt_ids=text_ids, return_dict=False)
        x = torch.randn(BATCH, len(image_ids), model.config.in_channels, generator=generator)
        taught = stream.choice(STEPS, TAUGHT, replace=False)
        times, kept = torch.linspace(1, 0, STEPS + 1), []
        with torch.no_grad():
            for step, (now, then) in enumerate(zip(times[:-1], times[1:], strict=True)):
                if step in taught:
                    kept.append((x, now, then))
                said, unsaid = model(hidden_states=x.repeat(2, 1, 1), timestep=now.expand(2 * BATCH),
                                     pooled_projections=pooled, encoder_hidden_states=words, **call)[0].float().chunk(2)  # fmt: skip
                x = x + (then - now) * (unsaid + SCALE * (said - unsaid))
        gradient, seen = self.gradient(x, asked, generator)
        velocity = model(hidden_states=torch.cat([x for x, _, _ in kept]), timestep=torch.stack([now for _, now, _ in kept]).repeat_interleave(BATCH),
                         pooled_projections=pooled[:BATCH].repeat(TAUGHT, 1), encoder_hidden_states=words[:BATCH].repeat(TAUGHT, 1, 1), **call)[0]  # fmt: skip
        moves = sum(
            (then - now) * SCALE * v for (_, now, then), v in zip(kept, velocity.float().chunk(TAUGHT), strict=True)
        )
        return WEIGHT * STEPS / TAUGHT * (gradient * moves).sum() / BATCH, seen

    def gradient(self, tokens, asked, generator):
        """Of each portrait's loss with respect to its tokens, and what is seen as asked."""
        wanted, tokens = targets(asked), tokens.detach().requires_grad_()
        t = READ_NOISE * torch.rand(BATCH, 1, 1, 1, generator=generator)
        z = self.unpack(tokens)
        z = (1 - t) * z + t * torch.randn(z.shape, generator=generator)
        every = [reader(z) for reader in self.readers]
        loss = sum(field_loss(seen, wanted, reduction="sum") for seen in every) / len(every)
        (gradient,) = torch.autograd.grad(loss, tokens)
        right = [
            (seen[FIELDS.index(name)].argmax(1) == wanted[:, FIELDS.index(name)]).float().mean().item()
            for seen in every
            for name in ALWAYS_SAID
        ]
        return gradient, right
