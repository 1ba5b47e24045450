"""A unit: a few people nobody has seen, and all the samples they appear in."""

from __future__ import annotations

from thermvision.rng import rng
from thermvision.tasks.training.samples import Sample
from thermvision.tasks.training.simulator.people import draw_person
from thermvision.tasks.training.simulator.portrait_frames import portrait_samples
from thermvision.tasks.training.simulator.settings import SimulatorSettings
from thermvision.tasks.training.simulator.warmth import other_warmth
from thermvision.tasks.training.simulator.wild_frames import wild_samples


def person_name(seed: int, subject_id: str) -> str:
    """As `tasks.people_names` has it: the same seed and id is the same person in a data set of `build`."""
    return f"simulated-{seed}/{subject_id}"


def make_unit(settings: SimulatorSettings, number: int) -> list[Sample]:
    """`settings.unit_size` samples, in mixed order; a pure function, so any process may make any unit."""
    seed, count = settings.seed, settings.people_per_unit
    first = settings.first_person + number * count
    stream = rng(seed, "stream unit", settings.first_person, number)
    people = []
    for index in range(first, first + count):
        portrait, _ = draw_person(seed, index, full_body=settings.wild_share > 0)
        portrait = other_warmth(portrait, settings.spread, rng(seed, "stream warmth", index))
        people.append((portrait, person_name(seed, portrait.subject.id)))
    num_wild = round(settings.wild_share * settings.unit_size)
    samples = list(wild_samples(people, num_wild, settings.longest_px, stream)) if num_wild else []
    for place, (portrait, name) in enumerate(people):
        left = settings.unit_size - len(samples)
        samples += portrait_samples(portrait, name, -(-left // (count - place)), settings.longest_px, stream)
    return [samples[k] for k in stream.permutation(len(samples))]
