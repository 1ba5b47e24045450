"""The columns of a data set, said once: type, shape, unit and meaning."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

import pyarrow as pa

SCHEMA_VERSION = 2
SPLITS = ("train", "validation", "test")


@dataclass(frozen=True, slots=True)
class Column:
    """One column: `kind` is an arrow type's name, `image`, `regions` or `faces`; `shape` of nested fixed-size lists, outermost first."""

    name: str
    kind: str
    shape: tuple[int, ...] = ()
    unit: str = ""
    meaning: str = ""
    fields: tuple[str, ...] = ()  # of a `regions` column, which holds a number for each


# What is said of every person in a frame; the row's own person has much more in the row itself.
FACE_FIELDS = (
    Column("subject", "string"),
    Column("gender", "string"),
    Column("bbox_xyxy_px", "float32", (4,), "px"),
    Column("visible_share", "float32"),
    Column("yaw_deg", "float32", (), "deg"),
    Column("pitch_deg", "float32", (), "deg"),
    Column("roll_deg", "float32", (), "deg"),
    Column("landmarks_5_px", "float32", (5, 2), "px"),
    Column("landmarks_68_px", "float32", (68, 2), "px"),
    Column("landmarks_68_visible", "bool", (68,)),
)


def columns(region_names: tuple[str, ...]) -> list[Column]:
    """All columns in order; region_names are the fields of `region_temperature_k`."""
    landmarks = []
    for name, what in (
        ("68", "iBUG order"), ("5", "pupils, nose tip, mouth corners, image left first"), ("54", "SF-TL54 order"),
        ("70", "68 and the pupils"), ("478", "MediaPipe order"),
    ):  # fmt: skip
        landmarks += [
            Column(
                f"landmarks_{name}_px",
                "float32",
                (int(name), 2),
                "px",
                f"landmarks, {what}; x right, y down, pixel centres at .5; points of the skin, hidden ones too",
            ),
            Column(
                f"landmarks_{name}_visible",
                "bool",
                (int(name),),
                "",
                "whether the point is in the frame and on the surface in front",
            ),
        ]
    return [
        Column("image", "image", (), "0.01 K", "16-bit PNG of apparent temperature; pixel value * 0.01 is kelvin"),
        Column("subject", "string", (), "", "synthetic id, F... women, M... men"),
        Column("session", "string", (), "", "recording occasion of the subject"),
        Column("motion", "string", (), "", "built-in motion or driving video"),
        Column("frame", "int32", (), "", "number of the frame in its clip, from 0"),
        Column("time_s", "float32", (), "s", "time in the clip"),
        Column("gender", "string", (), "", "label of the synthetic person: female or male"),
        Column("bbox_xyxy_px", "float32", (4,), "px", "box around all 468 surface landmarks (forehead to chin, hidden ones too), cut to the frame"),
        *landmarks,
        Column("yaw_deg", "float32", (), "deg", "turn of the head, + to image right"),
        Column("pitch_deg", "float32", (), "deg", "nod, + up"),
        Column("roll_deg", "float32", (), "deg", "tilt, + clockwise on the screen; R = Rz(roll) Ry(-yaw) Rx(-pitch)"),
        Column("expression", "string", (), "", "one of seven basic expressions"),
        Column("expression_intensity", "float32", (), "", "0-1"),
        Column("arkit", "float32", (52,), "", "ARKit coefficients 0-1, MediaPipe's order, tongueOut last"),
        Column("gaze_deg", "float32", (2,), "deg", "yaw and pitch of the eyes in the head frame, signs as above"),
        Column(
            "region_temperature_k",
            "regions",
            (),
            "K",
            "skin temperature of each region as a close, frontal camera would read it",
            region_names,
        ),
        Column("temperature_source", "string", (), "", "where the temperatures come from: physics, measured, span, assumed"),
        Column("label_source", "string", (), "", "where the labels come from: geometry, transferred, detector"),
        Column("measured", "bool", (), "", "false where the driver's face was lost and the motion is bridged"),
        Column("face_mask", "image", (), "", "PNG, 255 = face (MediaPipe's oval: forehead to chin, eyes and mouth included), hair and cloth excluded"),
        Column("visible_share", "float32", (), "", "share of the face turned to the camera that is in the frame and not hidden, 0-1"),
        Column("faces", "faces", (), "", "every face of the frame that is seen at all, the row's own first if it is: subject, gender, bbox_xyxy_px, visible_share, yaw_deg, pitch_deg, roll_deg, landmarks_5_px, landmarks_68_px, landmarks_68_visible"),
        Column("room_temperature_c", "float32", (), "C", "of the session"),
        Column("core_temperature_c", "float32", (), "C", "of the subject in the session"),
        Column("hair_style", "string", (), "", "arrangement of the hair in the session"),
        Column("glasses", "string", (), "", "style of glasses worn, empty for none"),
        Column("headwear", "string", (), "", "hat, hood or scarf worn, empty for none"),
        Column("mask_worn", "string", (), "", "face mask worn, empty for none"),
        Column("background", "string", (), "", "what is behind the person"),
        Column("camera", "string", (), "", "camera preset"),
        Column("split", "string", (), "", "train, validation or test; all frames of a subject are in one"),
    ]  # fmt: skip


def arrow_schema(table: list[Column]) -> pa.Schema:
    """The parquet schema, with the features that Hugging Face `datasets` needs to decode images."""
    fields = [pa.field(column.name, _arrow_type(column)) for column in table]
    features = {column.name: _feature(column) for column in table}
    return pa.schema(
        fields,
        metadata={
            "huggingface": json.dumps({"info": {"features": features}}),
            "thermvision_schema": str(SCHEMA_VERSION),
        },
    )


def _arrow_type(column: Column) -> pa.DataType:
    if column.kind == "image":
        return pa.struct([("bytes", pa.binary()), ("path", pa.string())])
    if column.kind == "regions":
        return pa.struct([(name, pa.float32()) for name in column.fields])
    if column.kind == "faces":
        return pa.list_(pa.struct([(field.name, _arrow_type(field)) for field in FACE_FIELDS]))
    kind: pa.DataType = {"bool": pa.bool_(), "string": pa.string(), "float32": pa.float32(), "int32": pa.int32()}[
        column.kind
    ]
    for length in reversed(column.shape):
        kind = pa.list_(kind, length)
    return kind


def _feature(column: Column) -> dict[str, Any]:
    if column.kind == "image":
        return {"_type": "Image"}
    if column.kind == "regions":
        return {name: {"dtype": "float32", "_type": "Value"} for name in column.fields}
    if column.kind == "faces":
        return {"feature": {field.name: _feature(field) for field in FACE_FIELDS}, "_type": "List"}
    feature: dict[str, Any] = {"dtype": column.kind, "_type": "Value"}
    for length in reversed(column.shape):
        feature = {"feature": feature, "length": length, "_type": "List"}
    return feature
