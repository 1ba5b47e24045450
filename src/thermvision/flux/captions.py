"""Sentences for an appearance: many for training, so that a model understands more than one; one plain one for a user's subject."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from thermvision.flux.appearance import Appearance

_PERSON: dict[tuple[str | None, str | None], tuple[str, ...]] = {
    ("female", None): ("woman", "woman", "woman", "lady", "female", "female person", "female face"),
    ("male", None): ("man", "man", "man", "guy", "male", "male person", "male face", "gentleman"),
    (None, None): ("person", "person", "someone", "face", "human face"),
    ("female", "young"): ("young woman", "young woman", "girl", "young lady", "woman in her twenties"),
    ("male", "young"): ("young man", "young man", "young guy", "young male", "man in his twenties"),
    (None, "young"): ("young person", "young adult"),
    ("female", "middle_aged"): ("middle-aged woman", "middle-aged woman", "woman in her forties", "middle aged lady"),
    ("male", "middle_aged"): ("middle-aged man", "middle-aged man", "man in his forties", "middle aged man"),
    (None, "middle_aged"): ("middle-aged person", "middle aged person"),
    ("female", "old"): ("old woman", "elderly woman", "older woman", "senior woman", "old lady"),
    ("male", "old"): ("old man", "elderly man", "older man", "senior man"),
    (None, "old"): ("old person", "elderly person", "older person"),
}
_EXPRESSION: dict[str, tuple[tuple[str, ...], tuple[str, ...]]] = {  # before the person, after the person
    "neutral": (("calm", "neutral", "relaxed"), ("with a neutral expression", "neutral expression", "looking calm", "neutral face")),
    "happy": (("smiling", "smiling", "happy", "laughing", "grinning"), ("with a smile", "smiling", "who smiles", "happy expression", "looking happy")),
    "sad": (("sad", "unhappy", "sad"), ("with a sad expression", "looking sad", "sad face", "frowning sadly")),
    "surprised": (("surprised", "astonished"), ("with a surprised expression", "looking surprised", "surprised face", "raised eyebrows in surprise")),
    "angry": (("angry", "furious", "angry"), ("with an angry expression", "looking angry", "angry face")),
    "fearful": (("fearful", "scared", "frightened", "afraid"), ("with a fearful expression", "looking scared", "fearful face", "fear")),
    "disgusted": (("disgusted", "disgusted"), ("with a disgusted expression", "looking disgusted", "disgusted face", "disgust")),
}  # fmt: skip
_VIEW = {
    "frontal": (
        "frontal view",
        "front view",
        "facing the camera",
        "looking at the camera",
        "from the front",
        "frontal portrait",
    ),
    "left": ("turned to the left", "head turned left", "three-quarter view to the left", "turned slightly left"),
    "right": ("turned to the right", "head turned right", "three-quarter view to the right", "turned slightly right"),
    "far_left": ("profile to the left", "left profile", "head turned far to the left", "side view facing left"),
    "far_right": ("profile to the right", "right profile", "head turned far to the right", "side view facing right"),
}
_HAIR = {
    "shaved": ("bald", "with a shaved head", "no hair", "bald head"),
    "cropped": ("with cropped hair", "very short hair", "buzz cut", "with closely cropped hair"),
    "receding": ("with receding hair", "receding hairline", "thinning hair"),
    "short": ("with short hair", "short hair", "short-haired"),
    "fringe": ("with short hair and a fringe", "with a fringe", "hair with bangs"),
    "curly": ("with curly hair", "short curly hair", "curly hair"),
    "bob": ("with a bob", "chin-length hair", "with a bob haircut", "medium hair"),
    "long": ("with long hair", "long hair", "long loose hair", "with long hair down"),
    "tied": ("with hair in a bun", "with tied hair", "hair tied up", "hair bun"),
    "ponytail": ("with a ponytail", "ponytail", "hair in a ponytail"),
}
_BEARD = {
    "none": ("clean-shaven", "no beard", "without a beard"),
    "stubble": ("with stubble", "stubble", "unshaven"),
    "beard": ("with a beard", "bearded", "full beard", "beard"),
    "moustache": ("with a moustache", "moustache", "with a mustache"),
}
_EYEWEAR = {
    "none": ("without glasses", "no glasses", "no eyewear", "bare eyes"),
    "glasses": ("wearing glasses", "with glasses", "glasses", "with eyeglasses", "wearing spectacles", "eyewear"),
    "sunglasses": ("wearing sunglasses", "with sunglasses", "sunglasses", "dark glasses"),
}
_HEADWEAR = {
    "none": ("bareheaded", "no hat", "without a hat", "no headwear"),
    "cap": ("wearing a cap", "with a baseball cap", "cap"),
    "beanie": ("wearing a beanie", "in a knitted hat", "beanie", "woolly hat"),
    "hat": ("wearing a hat", "with a bucket hat", "hat"),
    "hood": ("wearing a hood", "in a hood", "hooded", "hood up"),
    "scarf": ("wearing a headscarf", "with a headscarf", "hijab", "head covered by a scarf"),
}
_MOUTH = {
    "closed": ("mouth closed", "with closed mouth", "lips closed"),
    "open": ("mouth open", "with open mouth", "open mouth"),
}
_EYES = {"open": ("eyes open", "with open eyes"), "closed": ("eyes closed", "with closed eyes", "shut eyes")}
_MASK = {
    "none": ("without a mask", "no mask"),
    "mask": ("wearing a face mask", "with a face mask", "face mask", "surgical mask"),
}
_ROOM = {
    "cold": ("in a cold room", "cold room", "cold surroundings"),
    "cool": ("in a cool room", "cool room"),
    "mild": ("at room temperature", "in a mild room", "normal room temperature"),
    "warm": ("in a warm room", "warm room", "hot room", "warm surroundings"),
}
_KIND = (
    "white-hot thermal image", "thermal image", "thermal portrait", "infrared portrait", "thermal photograph", "LWIR image",
    "long-wave infrared image", "thermal infrared face", "white hot thermal portrait", "thermal camera image", "",
)  # fmt: skip
_OPENING = (
    "",
    "",
    "",
    "thermal image of ",
    "thermal portrait of ",
    "infrared image of ",
    "a thermal photo of ",
    "portrait of ",
)
_FILLER = (
    "high detail",
    "close-up",
    "head and shoulders",
    "studio",
    "photo",
    "indoors",
    "high quality",
    "sharp",
    "realistic",
    "face",
)
# How often a thing is named: what is worn nearly always, so that what is not named is not there.
NAMED_IF_PRESENT, NAMED_IF_ABSENT, NAMED_OTHERWISE = 0.96, 0.16, 0.6
_Table = Mapping[str, tuple[str, ...]]
_OPTIONAL: dict[str, _Table] = {"beard": _BEARD, "eyewear": _EYEWEAR, "headwear": _HEADWEAR, "face_mask": _MASK}
_PLAIN: dict[str, _Table] = {"mouth": _MOUTH, "eyes": _EYES, "view": _VIEW, "hair": _HAIR, "room": _ROOM}
_RARELY = {("mouth", "closed"): 0.15, ("eyes", "open"): 0.05, ("eyes", "closed"): 0.97, ("mouth", "open"): 0.7, ("view", "frontal"): 0.4,
           ("expression", "neutral"): 0.5, ("room", "mild"): 0.3}  # fmt: skip

Pick = Callable[[tuple[str, ...]], str]


def training_caption(appearance: Appearance, stream: np.random.Generator) -> str:
    """One of very many sentences for it: some things left out, other words, other order, letter case varied."""
    return phrase(thin_out(appearance, stream), stream)


def thin_out(appearance: Appearance, stream: np.random.Generator) -> Appearance:
    """What one caption says of it: what is worn nearly always, what is not worn seldom, the rest often."""
    return Appearance(**{name: _said(appearance, name, stream) for name in _names()})


def phrase(appearance: Appearance, stream: np.random.Generator) -> str:
    """A sentence that says all of it, in words and order drawn from the stream."""

    def pick(words: tuple[str, ...]) -> str:
        return words[int(stream.integers(len(words)))]

    text = _sentence(_given(appearance), pick, order=stream.permutation, filler=stream.random() < 0.25, opening=True)
    letters = stream.random()
    return text.lower() if letters < 0.2 else (text[0].upper() + text[1:] if letters < 0.45 else text)


def plain_caption(appearance: Appearance) -> str:
    """The sentence that a subject specification stands for: the first word of each list, always in the same order."""
    return _sentence(_given(appearance), lambda words: words[0], order=lambda parts: parts, filler=False, opening=False)


def _given(appearance: Appearance) -> dict[str, str]:
    return {name: value for name in _names() if (value := getattr(appearance, name)) is not None}


def _names() -> tuple[str, ...]:
    return ("gender", "age", "expression", *_OPTIONAL, *_PLAIN)


def _said(appearance: Appearance, name: str, stream: np.random.Generator) -> str | None:
    value, chance = getattr(appearance, name), stream.random()
    if value is None:
        return None
    if name in _OPTIONAL:
        often = NAMED_IF_ABSENT if value == "none" else NAMED_IF_PRESENT
    else:
        often = _RARELY.get(
            (name, value), {"gender": 0.95, "age": 0.45, "expression": 0.93, "view": 0.85}.get(name, NAMED_OTHERWISE)
        )
    return str(value) if chance < often else None


def _sentence(
    said: dict[str, str], pick: Pick, order: Callable[[list[str]], Any], *, filler: bool, opening: bool
) -> str:
    person = pick(_PERSON[(said.get("gender"), said.get("age"))])
    parts = [pick(table[said[name]]) for name, table in (_OPTIONAL | _PLAIN).items() if name in said]
    if "expression" in said:
        before, after = _EXPRESSION[said["expression"]]
        if not opening or pick(("before", "after")) == "before":
            person = f"{pick(before)} {person}"
        else:
            parts.append(pick(after))
    if filler:
        parts.append(pick(_FILLER))
    article = "" if person == "someone" else ("an " if person[0] in "aeiou" else "a ")
    start = (pick(_OPENING) if opening else "") + article + person
    kind = pick(_KIND)
    parts = [str(part) for part in order(parts)] + ([kind] if kind else [])
    text = start
    for part in parts:
        text += (" " if part.startswith(("with ", "wearing ", "in ", "who ")) and "," not in text else ", ") + part
    return text
