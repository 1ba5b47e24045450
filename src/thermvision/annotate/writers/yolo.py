"""YOLO's label files: a text file for each picture, `0 xc yc w h` a face, and x y v of each landmark for pose."""

from __future__ import annotations

from pathlib import Path, PurePosixPath

from thermvision.annotate.boxes import yolo_of_xyxy
from thermvision.annotate.pictures import Unread
from thermvision.annotate.rows import SEEN, FaceRow, PictureRow
from thermvision.annotate.settings import LandmarkSet
from thermvision.disk import write_text

FACE_CLASS = 0
DATA_FILE = "data.yaml"


class YoloWriter:
    """Each label file is whole when `add` returns; a picture without a face has an empty one."""

    def __init__(self, out: Path, landmarks: LandmarkSet) -> None:
        self._out, self._landmarks = out, landmarks
        self._names: set[str] = set()
        out.mkdir(parents=True, exist_ok=True)

    def add(self, row: PictureRow) -> None:
        """Write one picture's label file."""
        name = label_name(row)
        if name in self._names:  # a.png and a.jpg
            name = f"{row.file_name}.txt"
        self._names.add(name)
        path = self._out / name
        path.parent.mkdir(parents=True, exist_ok=True)
        write_text(path, "".join(f"{label_line(row, face, self._landmarks)}\n" for face in row.faces))

    def close(self, skipped: list[Unread], *, complete: bool) -> Path:
        """Say beside the labels what the class is and how many landmarks a line has."""
        shape = "" if self._landmarks == "none" else f"kpt_shape: [{self._landmarks}, 3]\n"
        write_text(self._out / DATA_FILE, f"names:\n  {FACE_CLASS}: face\n{shape}")
        return self._out


def label_name(row: PictureRow) -> str:
    """sub/a.png -> sub/a.txt; frame 12 of walk.mp4 -> walk_000012.txt."""
    name = PurePosixPath(row.file_name.rpartition("#")[0] if row.frame is not None else row.file_name)
    if row.frame is None:
        return str(name.with_suffix(".txt"))
    return str(name.with_name(f"{name.stem}_{row.frame:06d}.txt"))


def label_line(row: PictureRow, face: FaceRow, landmarks: LandmarkSet) -> str:
    """One face. Landmarks beyond the picture are `0 0 0`, not labelled: trainers refuse others; hidden ones have v 1."""
    box = yolo_of_xyxy(face.found.bbox_xyxy_px, row.width_px, row.height_px)
    words = [str(FACE_CLASS), *(f"{share:.6f}" for share in box)]
    if landmarks != "none":
        points = face.landmarks[landmarks]
        for (x, y), visible in zip(points.places_px.tolist(), points.visible.tolist(), strict=True):
            across, down = x / row.width_px, y / row.height_px
            inside = 0 <= across <= 1 and 0 <= down <= 1
            words.append(f"{across:.6f} {down:.6f} {2 if visible > SEEN else 1}" if inside else "0 0 0")
    return " ".join(words)
