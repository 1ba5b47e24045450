"""One module for each format in which results are written."""

from __future__ import annotations

from pathlib import Path
from typing import Protocol, runtime_checkable

from thermvision.annotate.pictures import Unread
from thermvision.annotate.rows import PictureRow
from thermvision.annotate.settings import AnnotateConfig


@runtime_checkable
class Writer(Protocol):
    """Takes one picture after another; what it was given is on the disk when `add` returns."""

    def add(self, row: PictureRow) -> None:
        """Write one picture's faces."""

    def close(self, skipped: list[Unread], *, complete: bool) -> Path:
        """End the results and say where they lie: at --out if they are complete, else beside it."""


def make_writer(config: AnnotateConfig) -> Writer:
    """The writer of the format that is asked for."""
    if config.kind == "coco":
        from thermvision.annotate.writers.coco import CocoWriter

        return CocoWriter(config.out, config.landmark_set)
    if config.kind == "yolo":
        from thermvision.annotate.writers.yolo import YoloWriter

        return YoloWriter(config.out, config.landmark_set)
    if config.kind == "csv":
        from thermvision.annotate.writers.table import TableWriter

        return TableWriter(config.out, config.landmark_set)
    from thermvision.annotate.writers.everything import EverythingWriter

    return EverythingWriter(config.out)
