"""Which pictures, captions and random numbers a step gets: a pure function of seed and batch number, so resuming needs no state."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import Any

from thermvision.rng import rng


@dataclass(frozen=True, slots=True)
class Item:
    """A picture at one size, px."""

    picture: int
    width: int
    height: int


class Batches:
    """An endless row of batches of one size each; every epoch shows each item once, in a new order."""

    def __init__(self, items: list[Item], batch_size: int, seed: int) -> None:
        self._seed, self._size = seed, batch_size
        groups: dict[tuple[int, int], list[Item]] = defaultdict(list)
        for item in items:
            groups[item.width, item.height].append(item)
        self._groups = [groups[size] for size in sorted(groups)]
        self.per_epoch = sum(-(-len(group) // batch_size) for group in self._groups)
        self._epoch: tuple[int, list[list[Item]]] = (-1, [])

    def __getitem__(self, number: int) -> list[Item]:
        """Batch `number`, from 0."""
        epoch, place = divmod(number, self.per_epoch)
        if self._epoch[0] != epoch:
            self._epoch = (epoch, self._shuffled(epoch))
        return self._epoch[1][place]

    def _shuffled(self, epoch: int) -> list[list[Item]]:
        stream, batches = rng(self._seed, "epoch", epoch), []
        for group in self._groups:
            order = [group[place] for place in stream.permutation(len(group))]
            batches += [order[start : start + self._size] for start in range(0, len(order), self._size)]
        return [batches[place] for place in stream.permutation(len(batches))]


def captions_of(
    batch: list[Item], captions: list[tuple[str, ...]], dropout: float, seed: int, number: int
) -> list[str]:
    """One caption for each picture of batch `number`; '' for the share `dropout` of them."""
    stream = rng(seed, "captions", number)
    chosen = []
    for item in batch:
        said = captions[item.picture]
        dropped, which = stream.random() < dropout, int(stream.integers(len(said)))
        chosen.append("" if dropped else said[which])
    return chosen


def torch_stream(seed: int, *keys: int | str) -> Any:
    """A CPU generator of torch for the thing that `keys` names."""
    import torch

    return torch.Generator().manual_seed(int(rng(seed, *keys).integers(2**63 - 1)))


def held_out(people: list[str], splits: list[str], share: float, seed: int) -> set[str]:
    """People whose pictures are for validation: a data set's own, else a share of them, at least one of three or more.

    Nobody is held out of fewer than three people, or if the share is 0.
    """
    if share == 0:
        return set()
    named = {person for person, split in zip(people, splits, strict=True) if split == "validation"}
    known = sorted(set(people))
    if named and len(named) < len(known):
        return named
    if len(known) < 3:
        return set()
    count = max(1, round(share * len(known)))
    return {known[place] for place in rng(seed, "held out").permutation(len(known))[:count]}
