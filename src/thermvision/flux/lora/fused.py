"""One low-rank pair for several layers that share their input, and back: exact in both directions."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from thermvision.flux.lora.extra import needed

Pair = tuple[Any, Any]  # down (rank, in), up (out, rank)


def split(down: Any, up: Any, rows: Sequence[int]) -> list[Pair | None]:
    """Pairs of the parts of a fused layer with the given output rows; their product is the slice of up @ down.

    Where each part uses columns of its own (a block-diagonal `up`), it gets only these, so the rank is the one before
    fusing; else every part keeps the whole `down`. None for a part that nothing changes while others change.
    """
    torch = needed("torch")
    slices = list(torch.split(up, list(rows), dim=0))
    used = [(part != 0).any(dim=0) for part in slices]
    rank, count = down.shape[0], len(rows)
    if rank % count == 0:
        step = rank // count
        ranges: list[tuple[int, int] | None] = [(k * step, (k + 1) * step) for k in range(count)]
        if _inside(used, ranges):
            return [_columns(down, part, one) for part, one in zip(slices, ranges, strict=True)]
    ranges = [_extent(columns) for columns in used]
    ends = sorted(one for one in ranges if one)
    if len(ends) > 1 and all(a[1] <= b[0] for a, b in zip(ends, ends[1:], strict=False)):
        return [_columns(down, part, one) if one else None for part, one in zip(slices, ranges, strict=True)]
    return [(down.clone(), part.contiguous()) for part in slices]


def fuse(parts: Sequence[Pair | None], rows: Sequence[int]) -> Pair:
    """One pair for a fused layer: downs stacked, ups on the diagonal; a part that is None stays unchanged (zero rows).

    Parts that all share one `down` keep it, so the rank does not grow.
    """
    torch = needed("torch")
    present = [part for part in parts if part is not None]
    downs = [down for down, _ in present]
    if len(present) == len(parts) and all(torch.equal(downs[0], down) for down in downs[1:]):
        return downs[0].clone(), torch.cat([up for _, up in present])
    down, column = torch.cat(downs), 0
    up = down.new_zeros(sum(rows), down.shape[0])
    for part, start, count in zip(parts, _starts(rows), rows, strict=True):
        if part is not None:
            up[start : start + count, column : column + part[1].shape[1]] = part[1]
            column += part[1].shape[1]
    return down, up


def swap_halves(up: Any) -> Any:
    """The two halves of the output rows exchanged."""
    torch = needed("torch")
    first, second = torch.chunk(up, 2, dim=0)
    return torch.cat([second, first])


def _columns(down: Any, up: Any, columns: tuple[int, int] | None) -> Pair:
    first, last = columns or (0, down.shape[0])
    return down[first:last].clone(), up[:, first:last].clone()


def _inside(used: Sequence[Any], ranges: Sequence[tuple[int, int] | None]) -> bool:
    return all(
        one is not None and not columns[: one[0]].any() and not columns[one[1] :].any()
        for columns, one in zip(used, ranges, strict=True)
    )


def _extent(columns: Any) -> tuple[int, int] | None:
    """First and one past the last column in use."""
    places = columns.nonzero().flatten()
    return (int(places[0]), int(places[-1]) + 1) if len(places) else None


def _starts(rows: Sequence[int]) -> list[int]:
    return [sum(rows[:k]) for k in range(len(rows))]
