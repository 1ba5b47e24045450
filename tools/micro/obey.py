"""What is painted must be what was asked: two readers of latents say so, and the transformer is led where they agree.

An expression changes so little of a picture that velocities alone hardly speak of it. Portraits are painted in a few steps with the
guidance that painters use; the readers' gradient at the finished latents is then passed to the velocities of two steps, as if each
velocity moved the result by its own share (Clark et al. 2023, DRaFT; Wu et al. 2024, DRTune: inputs are left out of the gradient,
so early steps can be taught as well as late ones). The readers saw simulator stills only (`train_readers.py`), as the judge did
(`train_judge.py`), but they are other networks, and no portrait is judged by them. A critic beside them (`critic.py`) keeps portraits like stills.
"""

from __future__ import annotations

from dataclasses import replace

import torch
from lenses import cold_before_eyes
from readers import FIELDS
from train_readers import field_loss, targets

from thermvision.flux.appearance import VALUES
from thermvision.flux.captions import phrase, thin_out

BATCH, STEPS, TAUGHT, SCALE = 32, 8, 2, 3.0  # portraits, steps, of these taught, guidance
WEIGHT = 0.004  # of the readers' loss: its gradient is then as long as the velocities'
ALL_SAID, READ_NOISE = 0.5, 0.25  # of the prompts; most noise when portraits are read
COLD_SHARE = 80.0  # of lenses as cold as the room: about twice as long a gradient
LESSONS = 3  # of the critic for each of the painter's: with one it told 58 % right, so well did the painter follow
CRITIC_SHARE = 1.0  # of the critic's gradient beside the readers'
EXPRESSIONS = {
    "surprised": 0.2,
    "angry": 0.18,
    "happy": 0.16,
    "disgusted": 0.15,
    "fearful": 0.11,
    "neutral": 0.1,
    "sad": 0.1,
}
VIEWS = ("frontal", "left", "right")  # of stills three in five look ahead: turned heads were learnt last
ANOTHER_ROOM = 0.5  # of the portraits: one still in ten is cold, where expressions came out worst
ALWAYS_SAID = ("gender", "expression", "eyewear")
HAIR = {
    "female": ("short", "fringe", "bob", "long", "tied", "ponytail"),
    "male": ("shaved", "cropped", "receding", "short", "fringe", "curly"),
}  # what the simulator's people wear


def asked_of(appearance, stream):
    """Another expression, eyewear and view that shows the face, now and then another hair or room, for a person of the training stills."""
    asked = replace(
        appearance,
        expression=str(stream.choice(list(EXPRESSIONS), p=list(EXPRESSIONS.values()))),
        eyewear=str(stream.choice(VALUES["eyewear"])),
        mouth=None,
        eyes=None,
        face_mask="none",
        view=str(stream.choice(VIEWS)),
    )
    if asked.hair is not None and stream.random() < 0.5:
        asked = replace(asked, hair=str(stream.choice(HAIR[asked.gender])))
    if stream.random() < ANOTHER_ROOM:
        asked = replace(asked, room=str(stream.choice(VALUES["room"])))
    if stream.random() < ALL_SAID:
        return asked
    return replace(thin_out(asked, stream), **{name: getattr(asked, name) for name in ALWAYS_SAID})


class Obedience:
    """Paints with a model and tells what its velocities cost the readers and the critic."""

    def __init__(self, readers, critic, text, negative, appearances, training, stills, packing, unpack):
        self.picture = next(reader.picture for reader in readers if hasattr(reader, "picture"))
        self.readers, self.text, self.appearances, self.training = readers, text, appearances, training
        self.critic, self.stills = critic, stills
        self.negative, self.packing, self.unpack = negative, packing, unpack

    def loss(self, model, stream, generator):
        """A scalar whose gradient is the readers' and the critic's; shares of gender, expression, eyewear that each reader sees as asked; the critic's."""
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
        gradient, seen = self.gradient(x, asked, stream, generator)
        velocity = model(hidden_states=torch.cat([x for x, _, _ in kept]), timestep=torch.stack([now for _, now, _ in kept]).repeat_interleave(BATCH),
                         pooled_projections=pooled[:BATCH].repeat(TAUGHT, 1), encoder_hidden_states=words[:BATCH].repeat(TAUGHT, 1, 1), **call)[0]  # fmt: skip
        moves = sum(
            (then - now) * SCALE * v for (_, now, then), v in zip(kept, velocity.float().chunk(TAUGHT), strict=True)
        )
        return WEIGHT * STEPS / TAUGHT * (gradient * moves).sum() / BATCH, seen

    def gradient(self, tokens, asked, stream, generator):
        """Of each portrait's cost with respect to its tokens, what is seen as asked, and what the critic told right; the critic learns."""
        t = READ_NOISE * torch.rand(BATCH, 1, 1, 1, generator=generator)

        def noisy(z):
            return (1 - t) * z + t * torch.randn(z.shape, generator=generator)

        wanted, tokens = targets(asked), tokens.detach().requires_grad_()
        clean = self.unpack(tokens)
        z = noisy(clean)
        every = [reader(z) for reader in self.readers]
        misread = sum(field_loss(seen, wanted, reduction="sum") for seen in every) / len(every)
        with torch.autocast("cpu", enabled=False):
            cold = COLD_SHARE * cold_before_eyes(self.picture(clean.float()), [one.view for one in asked])
        (gradient,) = torch.autograd.grad(misread + CRITIC_SHARE * self.critic.cost(z) + cold, tokens)
        z = clean.detach()
        told, *_ = [self.critic.learn(noisy(self.stills(BATCH, stream)), noisy(z)) for _ in range(LESSONS)]
        asked_for = [
            (seen[FIELDS.index(name)].argmax(1) == wanted[:, FIELDS.index(name)]).float().mean().item()
            for seen in every
            for name in ALWAYS_SAID
        ]
        return gradient, [*asked_for, told]
