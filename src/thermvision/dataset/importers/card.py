"""The data card of an imported set: whose it is, what was read, what stays empty."""

from __future__ import annotations

from typing import Any

from thermvision.dataset.card import front_matter, table_of
from thermvision.dataset.importers.columns import imported_columns
from thermvision.dataset.importers.frame import SetFacts


def imported_card(index: dict[str, Any], facts: SetFacts, landmark_sets: tuple[str, ...]) -> str:
    """README.md of an imported set; `index` as in dataset.json."""
    told = index["imported"]
    split = "\n".join(
        f"| {name} | {', '.join(ids) or '-'} | {index['frames_by_split'][name]} |"
        for name, ids in index["split"].items()
    )
    odd = "".join(f"- {what}: {count}\n" for what, count in told["odd"].items()) or "- nothing\n"
    people = (
        "Synthetic people."
        if facts.synthetic
        else "**Real people are shown.** What you may do with their pictures is between you and the set's owners."
    )
    return f"""---
{front_matter(f"{facts.title}, imported by ThermVision", index["frames"], "mit" if facts.licence == "MIT" else "other", synthetic=facts.synthetic)}
---

# {facts.title}, imported

{index["clips"]} clips, {index["frames"]} frames, {index["subjects"]} subjects named, {told["labelled_frames"]} frames labelled with {told["faces"]} faces; imported by
ThermVision {index["thermvision"]} as `{told["format"]}`. {people}

Licence of the source as far as we know: {facts.licence}. Read its own terms; this copy changes nothing about them.

## Temperatures

{_temperatures(told)}

## Read it

```python
from datasets import load_dataset
data = load_dataset("parquet", data_files="clips/*/frames.parquet", split="train")
kelvin = np.asarray(data[0]["image"]) * 0.01
```

What the source does not say is null, in every column. `source_file` names the file that a row comes from. Images keep their own size; previews are
letterboxed to the size of their clip's first one.

## Split

{told["split_source"]}

| split | subjects | frames |
|---|---|---|
{split}

## What was left out or odd

{len(told["skipped"])} files were left out (listed in `dataset.json`).

{odd}
## Columns

{table_of(imported_columns(landmark_sets))}
"""


def _temperatures(told: dict[str, Any]) -> str:
    sources = told["temperature_sources"]
    said = []
    if "measured" in sources:
        said.append(f"`measured` ({sources['measured']} frames): kelvin as the files hold them.")
    grey = [name for name in ("assumed", "span") if name in sources]
    for name in grey:
        low, high = told["grey_span_c"]
        what = (
            "stands for nothing measured: only differences within a picture mean something"
            if name == "assumed"
            else "was given with --span"
        )
        said.append(
            f"`{name}` ({sources[name]} frames): grey levels, black {low:g} C and white {high:g} C, which {what}. The grey level is"
            f" `255 * (kelvin - {low + 273.15:g}) / {high - low:g}`, rounded; polarity {told['polarity']} ({told['polarity_source']})."
        )
    return "\n".join(said)
