"""A data set as a study uses it: labels of every image, samples to learn from, pictures to test on, all through one view."""

from __future__ import annotations

import dataclasses
from collections import Counter
from collections.abc import Collection, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from jaxtyping import Float32

from thermvision.tasks.evaluate.truth import cleaned, is_labelled, slim
from thermvision.tasks.labelled import UNKNOWN, LabelledImage, labelled_images
from thermvision.tasks.people_names import people_prefix
from thermvision.tasks.study_run.spec import SetSpec
from thermvision.tasks.training.files.rows import LabelledRow, LeftOut, read_labelled_rows
from thermvision.tasks.training.files.shelf import Kept, Shelf
from thermvision.tasks.training.files.usable import usable
from thermvision.thermal.agc import make_agc
from thermvision.thermal.camera import to_centikelvin
from thermvision.types import InputError

MOST_PIXELS_HELD = (
    64_000_000  # of a set's pictures kept in memory for testing; larger sets are read anew for each model
)


@dataclass(frozen=True, slots=True)
class Entry:
    """One sample to learn from and whose it is."""

    person: str
    everyone: frozenset[str]
    kept: Kept


@dataclass
class Material:
    """One set for one task. People are told apart between sets: those of simulated ones carry their seed."""

    name: str
    spec: SetSpec
    folder: Path
    task: str
    images: list[LabelledImage] = field(default_factory=list)  # cleaned, labelled for the task, without pictures
    counts: Counter[str] = field(default_factory=Counter)
    skipped: list[tuple[str, str]] = field(default_factory=list)
    _pictures: dict[str, np.ndarray] | None = None
    _entries: list[Entry] | None = None
    _shelf: Shelf | None = None

    @property
    def classes(self) -> dict[str, str]:
        """Person -> female or male for gender, else one class for all."""
        return {one.person: one.gender if self.task == "gender" else "person" for one in self.images}

    @property
    def own_split(self) -> dict[str, str]:
        """Person -> the split that the set gives."""
        return {one.person: one.split for one in self.images}

    def of_people(self, people: Collection[str]) -> list[LabelledImage]:
        """The images whose own person is among them."""
        chosen = frozenset(people)
        return [one for one in self.images if one.person in chosen]

    def with_pictures(self, names: Collection[str]) -> Iterator[LabelledImage]:
        """Those images, each with its picture through the set's view."""
        chosen = frozenset(names)
        if self._pictures is not None:
            for one in self.images:
                if one.image in chosen:
                    yield dataclasses.replace(one, temperature_k=self._pictures[one.image])
            return
        for one in _read(self):
            if one.image in chosen:
                yield one

    def entries(self) -> list[Entry]:
        """The samples to learn from, read once and kept on the disk while the study lasts."""
        if self._entries is None:
            self._shelf = Shelf()
            left_out, found, prefix = LeftOut(), list[Entry](), people_prefix(self.folder)
            for row in read_labelled_rows(self.folder, left_out, self.spec.every):
                for one, person, _ in usable(self._through_view(row), self.task, left_out.counts):
                    own = person or f"{prefix}{UNKNOWN}{row.image}"
                    seen = frozenset({own, *(name for name in one.people if name)})
                    found.append(Entry(own, seen, self._shelf.put(one)))
            self._shelf.finish()
            self._entries = found
        return self._entries

    def _through_view(self, row: LabelledRow) -> LabelledRow:
        if self.spec.view == "stored" or not row.radiometric:
            return row
        grey = viewed(row.sample.picture, self.spec.view) / np.float32(255)
        sample = dataclasses.replace(row.sample, picture=grey, radiometric=False)
        return dataclasses.replace(row, sample=sample, radiometric=False)

    @property
    def shelf(self) -> Shelf:
        """Where the samples' pictures lie."""
        self.entries()
        if self._shelf is None:
            raise InputError(f"the set {self.name} has no samples")
        return self._shelf

    def close(self) -> None:
        """Let the pictures go."""
        if self._shelf is not None:
            self._shelf.close()


def read_material(name: str, spec: SetSpec, folder: Path, task: str, least_visible: float = 0.0) -> Material:
    """Read a set's labels, and its pictures as far as they are to be held; InputError if it is none, or has no label for the task."""
    material = Material(name, spec, folder, task)
    held: dict[str, np.ndarray] | None = {}
    pixels = 0
    for one in _read(material, least_visible, count=True):
        if not is_labelled(task, one):
            continue
        if held is not None and one.temperature_k is not None:
            pixels += one.temperature_k.size
            held[one.image] = one.temperature_k
            if pixels > MOST_PIXELS_HELD:
                held = None
        material.images.append(slim(one))
    material._pictures = held
    if not material.images:
        raise InputError(f"the set {name} ({folder}) holds no image with a label for {task}; give another set, or import it with its labels")  # fmt: skip
    return material


def viewed(temperature_k: Float32[np.ndarray, "h w"], view: str) -> Float32[np.ndarray, "h w"]:
    """Kelvin as greys 0-255 of a gain control, which takes each picture by itself."""
    return make_agc(view)(to_centikelvin(temperature_k)).astype(np.float32)


def _read(material: Material, least_visible: float = 0.0, *, count: bool = False) -> Iterator[LabelledImage]:
    prefix, spec = people_prefix(material.folder), material.spec
    counts: Counter[str] = material.counts if count else Counter()
    skipped: list[tuple[str, str]] = material.skipped if count else []
    for image in labelled_images(
        material.folder, every=spec.every, pictures=True, least_visible=least_visible, skipped=skipped
    ):
        one = cleaned(image, counts)
        picture, kelvin = one.temperature_k, one.kelvin
        if spec.view != "stored" and kelvin and picture is not None:
            picture, kelvin = viewed(picture, spec.view), False
        yield dataclasses.replace(
            one,
            person=prefix + one.person,
            everyone=frozenset(prefix + name for name in one.everyone),
            temperature_k=picture,
            kelvin=kelvin,
        )
