"""Small data sets: one that the simulator builds, once a process, and any that are written row by row with whatever labels a test needs."""

import functools
import json
import tempfile
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from thermvision.config import make_config
from thermvision.dataset.importers.columns import imported_columns
from thermvision.dataset.schema import arrow_schema
from thermvision.pipeline import build
from thermvision.thermal.png16 import encode_png16

SEED, SUBJECTS = 3, 8


@functools.lru_cache(maxsize=1)
def simulated() -> Path:
    """Eight people, 30 frames each, 96 px, portraits; two of them for test, two for validation."""
    out = Path(tempfile.mkdtemp(prefix="thermvision-set-")) / "set"
    settings = {"subjects": SUBJECTS, "motions": ["natural"], "frames": 30, "size": 96, "seed": SEED, "workers": 1}
    build(make_config({"out": out, **settings}, "test"))
    return out


def picture(level_k: float = 300.0, shape: tuple[int, int] = (60, 80), seed: int = 0) -> np.ndarray:
    """Kelvin: a warm blob on noise."""
    y, x = np.mgrid[: shape[0], : shape[1]]
    blob = 8 * np.exp(-((x - shape[1] / 2) ** 2 + (y - shape[0] / 2) ** 2) / (0.05 * shape[0] * shape[1]))
    return level_k + blob + np.random.default_rng(seed).normal(0, 0.1, shape)


def row(subject, number, box=(20, 10, 60, 50), *, image=None, **more):
    """A row of an imported set; what is not given is null. `faces`: boxes of everyone, by default the own one alone."""
    kelvin = picture(seed=number) if image is None else image
    told = dict.fromkeys(column.name for column in imported_columns(()))
    told |= {"subject": subject, "frame": number, "split": "train", "gender": None, "temperature_source": "measured"}
    told["image"] = {"bytes": encode_png16(np.rint(np.asarray(kelvin) * 100).astype(np.uint16)), "path": None}
    told["bbox_xyxy_px"] = list(map(float, box)) if box is not None else None
    boxes = more.pop("faces", None if box is None else [box])
    told["faces"] = None if boxes is None else [{"bbox_xyxy_px": list(map(float, one)), "visible_share": None, "subject": subject if len(boxes) == 1 else None} for one in boxes]  # fmt: skip
    return told | more


def write_set(folder: Path, clips: dict[str, list[dict]]) -> Path:
    """A data set as importers leave it, without previews."""
    columns = imported_columns(())
    schema = arrow_schema(columns)
    for name, rows in clips.items():
        clip = folder / "clips" / name
        clip.mkdir(parents=True)
        whole = [dict(one) for one in rows]
        for one in whole:
            one["faces"] = None if one["faces"] is None else [
                {field.name: face.get(field.name) for field in schema.field("faces").type.value_type} for face in one["faces"]
            ]  # fmt: skip
        pq.write_table(pa.Table.from_pylist(whole, schema=schema), clip / "frames.parquet")
        size = (clip / "frames.parquet").stat().st_size
        (clip / "clip.json").write_text(json.dumps({"bytes": {"frames.parquet": size}}))
    (folder / "dataset.json").write_text(json.dumps({"imported": {}}))
    return folder
