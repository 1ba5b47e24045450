"""How the small FLUX is led to what was asked: the prompts, the reader of latents, and a model that does as the reader says."""

import numpy as np
import pytest
import torch

from thermvision.flux.appearance import VALUES, Appearance

WOMAN = Appearance(
    gender="female", age="old", expression="happy", view="far_left", hair="long", eyewear="none", headwear="none",
    mouth="open", eyes="closed", face_mask="mask", room="warm",
)  # fmt: skip


def test_prompts_ask_for_all_that_is_read_of_people_whose_faces_show(recipe):
    obey, stream = recipe("obey"), np.random.default_rng(0)
    asked = [obey.asked_of(WOMAN, stream) for _ in range(2100)]
    for name in ("expression", "eyewear"):
        counts = [sum(getattr(one, name) == value for one in asked) for value in VALUES[name]]
        np.testing.assert_allclose(counts, len(asked) / len(counts), rtol=0.25)
    assert {one.gender for one in asked} == {"female"}
    assert {one.view for one in asked} <= {None, "frontal", "left", "right"}
    assert {one.hair for one in asked} - {None} == set(obey.HAIR["female"])
    assert {one.face_mask for one in asked} <= {None, "none"}
    assert {one.mouth for one in asked} == {None}, "the expression says what the mouth does"


def test_what_is_not_said_costs_nothing(recipe):
    train, fields = recipe("train_readers"), recipe("readers").FIELDS
    wanted = train.targets([WOMAN, Appearance(gender="male", expression="sad", beard="stubble")])
    assert wanted[0, fields.index("expression")] == -1, "a mask hides it"
    seen = [torch.randn(2, len(VALUES[field])) for field in fields]
    other = [logits.clone() for logits in seen]
    for k, logits in enumerate(other):
        logits[wanted[:, k] < 0] = torch.arange(logits.shape[1], dtype=torch.float32)
    assert train.field_loss(seen, wanted) == train.field_loss(other, wanted)
    other[1][1, VALUES["expression"].index("sad")] += 1
    assert train.field_loss(other, wanted) < train.field_loss(seen, wanted)


def test_both_readers_read_every_field_and_pass_a_gradient_on(recipe):
    linear = np.random.default_rng(0)
    basis = {"mean": linear.standard_normal(256), "directions": np.linalg.qr(linear.standard_normal((256, 32)))[0].T}
    for name, reader in recipe("train_readers").new_readers(basis, 0.1, 1.5).items():
        z = torch.randn(3, 32, 16, 16, generator=torch.Generator().manual_seed(0)).requires_grad_()
        seen = reader.eval()(z)
        assert [logits.shape for logits in seen] == [(3, len(VALUES[field])) for field in recipe("readers").FIELDS], (
            name
        )
        (gradient,) = torch.autograd.grad(seen[1].square().sum(), z)
        assert (gradient.abs().amax(dim=(1, 2, 3)) > 0).all(), name


def test_pixels_are_those_that_the_latents_stand_for(recipe):
    """The reader's picture is the encoder's, turned back."""
    encoder, stream = recipe("linear_encoder"), np.random.default_rng(1)
    directions, mean = np.linalg.qr(stream.standard_normal((256, 32)))[0].T, stream.standard_normal(256)
    latents = stream.standard_normal((2, 32, 16, 16)).astype(np.float32)
    reader = recipe("readers").PixelReader(mean, directions, 0.1, 1.5)
    np.testing.assert_allclose(reader.picture((torch.from_numpy(latents) - 0.1) * 1.5)[:, 0].numpy(),
                               encoder.decode(latents, mean, directions), atol=1e-4)  # fmt: skip


def test_some_latents_are_left_as_they_are_but_for_contrast(recipe):
    reader, z = recipe("train_readers"), torch.randn(400, 32, 4, 4, generator=torch.Generator().manual_seed(1))
    spoilt = reader.spoilt(z, torch.Generator().manual_seed(0))
    ratio = spoilt / z
    clean = (ratio.flatten(1).std(dim=1) < 1e-3).float().mean().item()
    assert clean == pytest.approx(reader.CLEAN, abs=0.07)
    assert torch.corrcoef(torch.stack([z.flatten(), spoilt.flatten()]))[0, 1] > 0.9


class Deaf(torch.nn.Module):
    """Noise is all it takes away; and one picture of its own, whatever is said."""

    def __init__(self, channels):
        super().__init__()
        self.config = type("Config", (), {"in_channels": channels})
        self.picture = torch.nn.Parameter(torch.zeros(64, channels))

    def forward(self, hidden_states, timestep, **_):
        return ((hidden_states - self.picture) / timestep[:, None, None].clamp(min=0.1),)


def test_a_model_is_led_to_where_the_reader_agrees(recipe):
    """Even from what the reader says of finished portraits only, the picture becomes one that it calls by the asked gender."""
    obey, train = recipe("obey"), recipe("train_transformer")
    torch.manual_seed(0)
    reader = recipe("readers").LatentReader().eval().requires_grad_(False)
    reader.heads[0].bias.copy_(torch.tensor([-1.0, 1.0]))  # who is left alone is a man
    model = Deaf(4 * train.CHANNELS)
    said_nothing = lambda texts: (torch.zeros(len(texts), 4), torch.zeros(len(texts), 1, 4))  # noqa: E731
    ob = obey.Obedience([reader], said_nothing, "", [WOMAN], np.array([0]), train.ids(), train.unpack)
    optimizer = torch.optim.Adam(model.parameters(), lr=0.05)
    shares = []
    for step in range(16):
        loss, seen = ob.loss(model, np.random.default_rng(step), torch.Generator().manual_seed(step))
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        shares.append(seen[0])
    assert np.mean(shares[-3:]) > 0.9
    assert shares[0] < 0.1
