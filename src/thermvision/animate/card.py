"""The data card of moved portraits: whose they are, what their temperatures mean, where the labels come from."""

from __future__ import annotations

from typing import Any

from thermvision.dataset.card import column_table, front_matter

_SOURCES = {
    "measured": "kelvin as the file holds them",
    "span": "8-bit greys decoded over a fixed span",
    "assumed": "8-bit greys decoded over a span that was assumed: differences mean something, levels do not",
    "physics": "of the simulator",
}
_LABELS = {
    "mesh": "`geometry`: exact for the head that was fitted to the portrait and rendered; how well it fits stands in the table",
    "liveportrait": "`transferred`: pose, expression and gaze from the motion parameters, landmarks carried along",
}


def animated_card(index: dict[str, Any]) -> str:
    """README.md of a run of `thermvision animate`, with the front matter that the Hugging Face hub reads. `index` as in dataset.json."""
    portraits = "\n".join(
        f"| {one['subject']} | {one['file']} | {one['temperature_source']} | {100 * one['fit']['landmark_error_share']:.1f} | {one['fit']['turned_deg']:.0f} |"
        for one in index["portraits"]
    )
    sources = sorted({one["temperature_source"] for one in index["portraits"]})
    meaning = "\n".join(f"- `{source}`: {_SOURCES[source]}." for source in sources)
    split = "\n".join(f"| {name} | {', '.join(ids) or '-'} |" for name, ids in index["split"].items())
    motions = ", ".join(f"{motion['name']} ({motion['kind']})" for motion in index["motions"])
    return f"""---
{front_matter("Thermal portraits, moved", index["frames"], "other")}
---

# Thermal portraits, moved

{index["clips"]} clips, {index["frames"]} frames of {index["subjects"]} portraits, moved by ThermVision {index["thermvision"]} (run `{index["config_hash"]}`).
Motions: {motions}.

**Whether a real person is shown, and under which licence, depends on the portraits**: this run was given them and does not know.

## Portraits

| subject | file | temperatures | fit error, % of the eyes' distance | turned, degrees |
|---|---|---|---|---|
{portraits}

{meaning}

Labels: {_LABELS[index["retarget"]]}. The frames beyond what the portrait shows (far side, inside of the mouth, behind the hair) are
made up, as warm as physiology says. The gender label is the user's, the prompt's, or that of the fitted head.

## Read it

```python
from datasets import load_dataset
data = load_dataset("parquet", data_files="clips/*/frames.parquet", split="train")
kelvin = np.asarray(data[0]["image"]) * 0.01
```

Each clip also has `preview.mp4`, `side_by_side.mp4` (driver, portrait, result) and `clip.json`.

## Split (no portrait in two)

| split | subjects |
|---|---|
{split}

## Columns

{column_table(tuple(index["regions"]))}
"""
