"""What all rows of a clip have in common: the values of the columns that say who, when and under which motion."""

from __future__ import annotations

from typing import Any

from thermvision.types import Session, Subject


def session_row(subject: Subject, session: Session, motion: str, split: str) -> dict[str, Any]:
    """Column -> value of a clip's subject, session, motion and split."""
    return {
        "subject": subject.id,
        "session": session.id,
        "motion": motion,
        "gender": subject.gender,
        "room_temperature_c": session.room_temperature_c,
        "core_temperature_c": session.core_temperature_c,
        "hair_style": session.hair,
        "glasses": session.glasses,
        "headwear": session.headwear,
        "mask_worn": session.face_mask,
        "background": session.background,
        "camera": session.camera,
        "split": split,
    }
