"""The data card: what the data set is, how to read it, what it is not for."""

from __future__ import annotations

from typing import Any

import yaml

from thermvision.dataset.schema import Column, columns


def data_card(index: dict[str, Any], region_names: tuple[str, ...]) -> str:
    """README.md of a data set, with the front matter that the Hugging Face hub reads. `index` as in dataset.json."""
    split = "\n".join(f"| {name} | {', '.join(ids) or '-'} |" for name, ids in index["split"].items())
    motions = ", ".join(f"{m['name']} ({m['kind']})" for m in index["motions"])
    return f"""---
{front_matter("ThermVision synthetic thermal faces", index["frames"])}
---

# Synthetic thermal faces

{index["clips"]} clips, {index["frames"]} frames of {index["subjects"]} synthetic people, made by ThermVision {index["thermvision"]} (run `{index["config_hash"]}`).
**No real person is shown.** Heads, skin temperatures, hair and clothes are simulated; motions: {motions}.

## Read it

```python
from datasets import load_dataset
data = load_dataset("parquet", data_files="clips/*/frames.parquet", split="train")
kelvin = np.asarray(data[0]["image"]) * 0.01
```

`split="train"` is what the loader calls everything; the split by people is the column `split`. Each clip also has `preview.mp4` to look at
and `clip.json` that says who, when, and with which motion. Never convert the 16-bit image with `.convert("L")`: it saturates.

## Split (no person in two)

| split | subjects |
|---|---|
{split}

## Columns

{column_table(region_names)}

## Where it comes from

Temperatures: `physics`, a simulator whose region temperatures follow 987 measured people (Wang et al. 2023, PhysioNet
face-oral-temp-data, CC0); pixels are apparent temperatures of a camera set to emissivity 0.98 and the room's reflected temperature.
Labels: `geometry`, exact for the mesh that was rendered. Head: MakeHuman's CC0 data. Motions of kind `tracked` carry how a real
person moved in a video (no image of them); check that you may use the video. The pixels and labels themselves are CC0-1.0.

## What it is not for

Identifying or judging real people; medical use; claims about real women and men (the gender label is the simulator's setting).
Known gaps to real cameras are listed in ThermVision's README.
"""


def front_matter(name: str, frames: int, licence: str = "cc0-1.0", *, synthetic: bool = True) -> str:
    """The YAML at the head of a card that the hub reads."""
    front = {
        "pretty_name": name,
        "license": licence,
        "tags": ["thermal", "infrared", "lwir", "face", *(["synthetic"] if synthetic else [])],
        "task_categories": ["object-detection", "keypoint-detection", "image-classification"],
        "size_categories": [_size_category(frames)],
        "configs": [{"config_name": "default", "data_files": "clips/*/frames.parquet"}],
    }
    return yaml.safe_dump(front, sort_keys=False).strip()


def column_table(region_names: tuple[str, ...]) -> str:
    """All columns with shape, unit and meaning."""
    return table_of(columns(region_names))


def table_of(table: list[Column]) -> str:
    """Columns with shape, unit and meaning."""
    rows = "\n".join(
        f"| `{c.name}` | {'x'.join(map(str, c.shape)) if c.kind not in ('regions', 'image') else c.kind} | {c.unit} | {c.meaning} |"
        for c in table
    )
    return f"| column | shape | unit | meaning |\n|---|---|---|---|\n{rows}"


def _size_category(frames: int) -> str:
    for limit, name in ((1_000, "n<1K"), (10_000, "1K<n<10K"), (100_000, "10K<n<100K"), (1_000_000, "100K<n<1M")):
        if frames < limit:
            return name
    return "n>1M"
