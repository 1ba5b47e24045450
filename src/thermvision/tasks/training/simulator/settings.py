"""What is streamed from the simulator."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass

from thermvision.types import InputError

# field -> lowest and highest value
SIMULATOR_LIMITS: dict[str, tuple[float, float]] = {
    "seed": (0, 2**63), "first_person": (0, 2**40), "people_per_unit": (2, 24), "samples_per_person": (1, 200), "wild_share": (0, 1),
    "longest_px": (64, 1024), "spread": (0, 1.5), "fresh_per_step": (0, 4096), "window": (1, 1_000_000), "start_with": (1, 1_000_000),
}  # fmt: skip
VALIDATION_PERSON = 10_000_000  # training would have to run for months to reach it


@dataclass(frozen=True, slots=True)
class SimulatorSettings:
    """Decides every sample; workers and speed do not. Values outside SIMULATOR_LIMITS raise InputError.

    Samples are numbered. A step draws from the window of the last `window` of the first `start_with + step * fresh_per_step`.
    A person costs as much to make as 30 to 50 pictures, so each appears in about `samples_per_person` of them.
    """

    seed: int = 0
    first_person: int = 0  # place of the first person; women at even places
    people_per_unit: int = 6  # made together; the company of a wild frame is drawn among them
    samples_per_person: int = 32
    wild_share: float = 0.5  # of samples that are frames of rooms and streets; the others are portraits
    longest_px: int = 320  # pictures of larger cameras are made this long
    spread: float = (
        1.0  # of skin, hair and background temperatures beyond those measured; 0: as the data sets have them
    )
    fresh_per_step: int = 8  # samples that are new to the window after a step
    window: int = 2000
    start_with: int = 384  # made before the first step

    def __post_init__(self) -> None:
        for field in dataclasses.fields(self):
            low, high = SIMULATOR_LIMITS[field.name]
            value = getattr(self, field.name)
            if not low <= value <= high:  # also catches NaN
                raise InputError(
                    f"{field.name} of the simulator's stream is {value:g}; expected {low:g} to {high:g}: change it in the config"
                )
        if self.people_per_unit % 2:
            raise InputError(
                f"people_per_unit is {self.people_per_unit}; expected an even number, as many women as men"
            )

    @property
    def unit_size(self) -> int:
        """Samples of a unit."""
        return self.people_per_unit * self.samples_per_person

    def of_step(self, step: int) -> range:
        """Numbers of the samples that a step (0 and up) draws from."""
        end = self.start_with + step * self.fresh_per_step
        return range(max(0, end - self.window), end)


def for_validation(settings: SimulatorSettings) -> SimulatorSettings:
    """The same kind of samples of other people, always the same ones whatever the step."""
    return dataclasses.replace(settings, first_person=settings.first_person + VALIDATION_PERSON, fresh_per_step=0)
