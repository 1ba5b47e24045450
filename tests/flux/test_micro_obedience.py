"""How the small FLUX is led to what was asked: the prompts, the reader of latents, and a model that does as the reader says."""

from dataclasses import replace

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
    said, roomy = ([one for one in asked if getattr(one, name) is not None] for name in ("view", "room"))
    for name, among, shares in (
        ("expression", asked, obey.EXPRESSIONS),
        ("eyewear", asked, dict.fromkeys(VALUES["eyewear"], 1 / 3)),
        ("view", said, dict.fromkeys(("frontal", "left", "right"), 1 / 3)),
        (
            "room",
            roomy,
            {"warm": 1 - 3 / 4 * obey.ANOTHER_ROOM} | dict.fromkeys(("cold", "cool", "mild"), obey.ANOTHER_ROOM / 4),
        ),
    ):
        counts = {value: sum(getattr(one, name) == value for one in among) / len(among) for value in shares}
        assert sum(counts.values()) == pytest.approx(1), f"another {name} than these is asked"
        assert counts == {value: pytest.approx(share, rel=0.25) for value, share in shares.items()}
    assert set(obey.EXPRESSIONS) == set(VALUES["expression"]) and sum(obey.EXPRESSIONS.values()) == pytest.approx(1)
    assert {one.gender for one in asked} == {"female"}
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
    linear = np.random.default_rng(0)
    directions = np.linalg.qr(linear.standard_normal((256, 32)))[0].T
    reader, other = recipe("readers").LatentReader(), recipe("readers").PixelReader(np.zeros(256), directions, 0.0, 1.0)
    readers = [one.eval().requires_grad_(False) for one in (reader, other)]
    reader.heads[0].bias.copy_(torch.tensor([-0.5, 0.5]))  # who is left alone is a man
    model = Deaf(4 * train.CHANNELS)
    said_nothing = lambda texts: (torch.zeros(len(texts), 4), torch.zeros(len(texts), 1, 4))  # noqa: E731
    cold = recipe("critic").Critic()  # for its first steps it has no say
    stills = lambda count, stream: torch.zeros(count, train.CHANNELS, train.SIDE, train.SIDE)  # noqa: E731
    ob = obey.Obedience(readers, cold, said_nothing, "", [WOMAN], np.array([0]), stills, train.ids(), train.unpack)
    optimizer = torch.optim.Adam(model.parameters(), lr=0.1)
    shares = []
    for step in range(20):
        loss, seen = ob.loss(model, np.random.default_rng(step), torch.Generator().manual_seed(step))
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        shares.append(seen[0])
    assert np.mean(shares[-3:]) > 0.9
    assert shares[0] < 0.1


def test_a_critic_that_knows_nothing_has_no_say_and_then_tells_paintings_apart(recipe):
    critic, generator = recipe("critic"), torch.Generator().manual_seed(0)
    torch.manual_seed(0)
    one = critic.Critic()

    def sharp():
        return torch.randn(32, 32, 16, 16, generator=generator)

    def soft():
        return torch.nn.functional.avg_pool2d(sharp(), 3, 1, 1) * 2

    assert one.cost(soft()) == 0
    told = [one.learn(sharp(), soft()) for _ in range(critic.WARM_TO)]
    assert np.mean(told[-10:]) > 0.95
    assert one.cost(soft()) > 1 > -1 > one.cost(sharp())
    z = soft().requires_grad_()
    (gradient,) = torch.autograd.grad(one.cost(z), z)
    assert one.cost(z - 3 * gradient) < one.cost(z), "its gradient leads away from what gives a painting away"
    assert all(not p.requires_grad and torch.isfinite(p).all() for p in one.parameters())


def test_a_critic_goes_on_where_it_was(recipe, tmp_path):
    critic, generator = recipe("critic"), torch.Generator().manual_seed(0)
    torch.manual_seed(0)
    first, second = critic.Critic(), critic.Critic()
    batches = [torch.randn(2, 4, 32, 16, 16, generator=generator) for _ in range(4)]
    for batch in batches[:2]:
        first.learn(*batch)
    torch.save(first.saved(), tmp_path / "critic.pt")
    second.load(torch.load(tmp_path / "critic.pt", weights_only=True))
    for batch in batches[2:]:
        first.learn(*batch)
        second.learn(*batch)
    for a, b in zip(first.state_dict().values(), second.state_dict().values(), strict=True):
        assert torch.equal(a, b)


def test_the_critic_sees_stills_in_the_shares_of_what_is_asked(recipe):
    kinds = [replace(WOMAN, expression=expression, eyewear=worn, view=view, face_mask="none")
             for expression, worn, view, count in (
                ("sad", "none", "left", 4), ("sad", "none", "frontal", 2), ("happy", "glasses", "left", 1), (None, "none", "left", 5), ("sad", "none", "left", 2))
             for _ in range(count)]  # fmt: skip
    usable = [k < 12 for k in range(14)]
    chance = recipe("critic").even_chance(kinds, usable, {"sad": 0.2, "happy": 0.6}, another_room=0.5)
    np.testing.assert_allclose(chance, [0.05] * 4 + [0.1] * 2 + [0.6] + [0] * 7, err_msg="all rooms alike")


@pytest.mark.parametrize(("another_room", "cold_share"), [(0.0, 0.1), (0.5, 0.3), (1.0, 0.5)])
def test_the_critic_sees_as_many_cold_rooms_as_are_asked_for(recipe, another_room, cold_share):
    kinds = [replace(WOMAN, room="cold" if k == 0 else "mild") for k in range(10)]
    chance = recipe("critic").even_chance(kinds, [True] * 10, {"happy": 1.0}, another_room)
    np.testing.assert_allclose(chance, [cold_share] + [(1 - cold_share) / 9] * 9)


@pytest.mark.parametrize(("lens", "cold"), [(0.3, False), (0.02, True), (-0.1, True)])
@pytest.mark.parametrize(("view", "moved_px"), [("frontal", 0), ("left", -14), ("right", 14)])
def test_lenses_as_cold_as_the_room_cost_where_the_view_is_known(recipe, view, moved_px, lens, cold):
    """Levels between room (0) and skin (1), for a room of 20 and skin of 34 degrees in the span; a turned face lies aside."""
    room, skin = -0.375, 0.5
    level = torch.zeros(2, 1, 256, 256)
    level[:, :, 60:220, 70 + moved_px : 186 + moved_px] = 1.0
    lenses = (slice(98 + moved_px, 124 + moved_px), slice(132 + moved_px, 158 + moved_px))
    for columns in lenses:
        level[:, :, 104:128, columns] = lens
    unit = (room + (skin - room) * level).requires_grad_()
    cost = recipe("lenses").cold_before_eyes(unit, [view, None])
    assert (cost > 0) == cold
    (gradient,) = torch.autograd.grad(cost + 0 * unit.sum(), unit)
    assert not gradient[1].any(), "where nobody said how the head is turned, the room may show before the eyes"
    warmer = {"within": (gradient[0, 0, 104:128, lenses[0]] < 0).any().item(), "anywhere": (gradient < 0).any().item()}
    assert warmer == {"within": cold, "anywhere": cold}
