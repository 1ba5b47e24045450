"""What a still's noise already knows: the numbers that made a simulated person and moment, as standard normal draws.

Rectified flow may couple noise and data as it likes, as long as the noise alone is standard normal (Liu et al. 2022, section 2.2:
any coupling). Here a few numbers of the noise are those that the simulator drew: the main directions of the face's shape, age,
weight, ancestry, turn and strength of the expression within what a caption says, warmth of skin regions. The network then learns
at the noisiest time already to draw a whole face from numbers, in place of the mean of all faces, and both eyes come from the
same ones. Who paints draws all noise at random, as ever, and thereby a person.
"""

from __future__ import annotations

import math

import numpy as np
import torch

from thermvision.flux.appearance import appearance_of

SHAPE_DIRECTIONS, WARMTH_DIRECTIONS = 32, 8
COUPLED = 0.85  # share of training pairs; the others' noise knows nothing, as when a given picture is painted over


def normal_by_rank(values, classes, stream):
    """Standard normal numbers in the order of `values` among rows of one class; equal values in random order."""
    out, values = np.zeros(len(values), np.float32), np.asarray(values)
    labels = np.array([str(c) for c in classes])
    for label in np.unique(labels):
        rows = np.flatnonzero(labels == label)
        order = rows[np.lexsort((stream.random(len(rows)), values[rows]))]
        share = (np.arange(len(rows)) + 0.5) / len(rows)
        out[order] = torch.special.ndtri(torch.from_numpy(share)).numpy()
    return out


def shape_axes(model):
    """Names of the axes a person's two sides share, and the move of the framed face's front (axes, numbers) a deviation makes."""
    from thermvision.head.identity import axis_sd
    from thermvision.head.landmarks import landmark_positions_mm

    axes = [name for name in model.shapes if not name.startswith("r-")]
    front = model.base_mm[: model.num_vertices, 2] < np.quantile(model.base_mm[: model.num_vertices, 2], 0.5)

    def framed(vertices):
        points = landmark_positions_mm(model, vertices[: model.num_vertices], "68")
        eyes, chin = points[36:48].mean(axis=0), points[8]
        return ((vertices[: model.num_vertices][front] - eyes)[:, :2] / (chin[1] - eyes[1])).ravel()

    moves = []
    for name in axes:
        twins = [name] + (["r-" + name[2:]] if name.startswith("l-") else [])
        ends = []
        for side in (0, 1):
            sd = axis_sd(name.removeprefix("l-"))
            ends.append(framed(model.base_mm + np.float32(sd) * sum(model.shapes[twin][side] for twin in twins)))
        moves.append((ends[1] - ends[0]) / 2)
    return axes, np.stack(moves)


def shape_numbers(people):
    """(people, SHAPE_DIRECTIONS): the shape along the directions that move the framed face most, standard normal."""
    from thermvision.head.identity import ONE_SIDED, axis_sd
    from thermvision.head.model import load_head_model

    model = load_head_model()
    axes, moves = shape_axes(model)
    drawn = np.zeros((len(people), len(axes)))
    for k, name in enumerate(axes):
        both = [name] + (["r-" + name[2:]] if name.startswith("l-") else [])
        values = np.array([np.mean([subject.identity[n] for n in both]) for subject in people])
        values /= axis_sd(name.removeprefix("l-"))
        if name.removeprefix("l-").startswith(ONE_SIDED):  # half a normal distribution to a whole one
            share = np.clip(np.array([math.erf(v / 2**0.5) for v in values]), 1e-4, 1 - 1e-4)
            values = torch.special.ndtri(torch.from_numpy(share)).numpy()
        drawn[:, k] = values
    directions = np.linalg.svd(moves.T, full_matrices=False)[2][:SHAPE_DIRECTIONS]
    return drawn @ directions.T


def warmth_numbers(sessions):
    """(people, WARMTH_DIRECTIONS): main directions of the regions' temperatures beyond what the room explains; of two sides their mean."""
    names = sorted(sessions[0].region_temperature_k)
    twins = [name.replace("_right", "_left") if name.endswith("_right") else name for name in names]
    regions = np.array([[float(session.region_temperature_k[name]) for name in names] for session in sessions])
    regions = np.stack([regions[:, [t == one for t in twins]].mean(axis=1) for one in sorted(set(twins))], 1)
    room = np.array([session.room_temperature_c for session in sessions])
    basis = np.stack([np.ones_like(room), room, room**2], 1)
    rest = regions - basis @ np.linalg.lstsq(basis, regions, rcond=None)[0]
    return rest @ np.linalg.svd(rest, full_matrices=False)[2][:WARMTH_DIRECTIONS].T


def known_numbers(rows, seed=0):
    """(n, k) float32: what the noise of each still knows, every column standard normal within what a caption says."""
    from stills import draw_subject_and_session

    from thermvision.rng import rng

    stream = rng(seed, "micro known")
    persons = sorted({row["person"] for row in rows})
    drawn = {person: draw_subject_and_session(seed, person) for person in persons}
    place = {person: k for k, person in enumerate(persons)}
    per_still = np.array([place[row["person"]] for row in rows])
    people, sessions = [drawn[p][0] for p in persons], [drawn[p][1] for p in persons]
    said = [appearance_of(row) for row in rows]
    first = {row["person"]: k for k, row in enumerate(rows)}
    of_person = [said[first[p]] for p in persons]
    identity = [person.identity for person in people]

    numbers = [
        *shape_numbers(people).T,
        *(normal_by_rank(v, [""] * len(people), stream) for v in warmth_numbers(sessions).T),
    ]
    for values, classes in (
        ([i["age"] for i in identity], [s.age for s in of_person]),
        ([abs(i["gender"] - 0.5) for i in identity], [s.gender for s in of_person]),
        ([i["weight"] for i in identity], [""] * len(people)),
        ([i["african"] for i in identity], [""] * len(people)),
        ([i["asian"] / (i["asian"] + i["caucasian"]) for i in identity], [""] * len(people)),
        ([i["hairline_mm"] for i in identity], [s.gender for s in of_person]),
        ([i["hair_density"] for i in identity], [""] * len(people)),
        ([q.hair for q in sessions], [s.hair for s in of_person]),
        ([q.glasses for q in sessions], [s.eyewear for s in of_person]),
        ([q.headwear for q in sessions], [s.headwear for s in of_person]),
        ([q.face_mask for q in sessions], [s.face_mask for s in of_person]),
        ([q.clothes for q in sessions], [""] * len(people)),
        ([q.background for q in sessions], [""] * len(people)),
        ([q.room_temperature_c for q in sessions], [s.room for s in of_person]),
    ):  # fmt: skip
        numbers.append(normal_by_rank(values, classes, stream))
    known = [np.asarray(column, np.float32)[per_still] for column in numbers]
    for values, classes in (
        ([row["yaw_deg"] for row in rows], [s.view for s in said]),
        ([row["pitch_deg"] for row in rows], [""] * len(rows)),
        ([row["roll_deg"] for row in rows], [""] * len(rows)),
        ([row["expression_intensity"] for row in rows], [s.expression for s in said]),
        (
            [row["jaw_open"] / (0.2 + row["expression_intensity"]) for row in rows],
            [(s.expression, s.mouth) for s in said],
        ),
    ):
        known.append(normal_by_rank(values, classes, stream))
    return np.stack(known, 1)


def noise_that_knows(noise, known):
    """Packed noise (b, 64, d) whose last k of d channels have the known numbers (b, k) as sums over tokens; rows of NaN are left.

    A sum over n tokens divided by sqrt(n) is a unit direction of the noise, so what is standard normal stays so. The finest
    channels are taken, since pictures hardly mix into them; sums, since attention that looks everywhere alike already reads them
    (numbers in one corner's token were not found in 1,200 steps: a network without absolute positions cannot look there at once).
    """
    tokens, count = noise.shape[1], known.shape[1]
    last = noise[..., -count:]
    wanted = known / tokens**0.5 - last.mean(dim=1)
    return torch.cat([noise[..., :-count], last + torch.nan_to_num(wanted)[:, None]], dim=2)


@torch.no_grad()
def look_everywhere_alike(attention):
    """Make the first head of a joint attention begin as the mean over image tokens, which reads what the noise knows.

    Queries and keys are normalised, so a head with small weights is not an even one: here constant biases decide, in the channels
    of the first rope axis, along which all tokens have one place. Text is left out by the opposite sign.
    """
    width, channels = attention.head_dim, 8
    for layer, sign in (
        (attention.to_q, 1),
        (attention.to_k, 1),
        (attention.add_q_proj, 1),
        (attention.add_k_proj, -1),
    ):
        layer.weight[:width] = 0
        layer.bias[:width] = 0
        layer.bias[:channels] = 10.0 * sign
