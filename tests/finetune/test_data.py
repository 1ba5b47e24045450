"""Captions, people held out, batches, caches."""

from pathlib import Path

import numpy as np
import pytest
import torch

from thermvision.finetune.batches import Batches, Item, captions_of, held_out
from thermvision.finetune.cache import TensorCache, latent_key, module_id, text_key
from thermvision.finetune.captions_beside import people_of, pictures_of_folder, with_trigger
from thermvision.flux.text import TextRule
from thermvision.types import InputError


def test_captions_beside_pictures(images):
    warned = []
    pictures = pictures_of_folder(images, None, "thermal face", "someone", warned.append)
    assert len(pictures) == 12 and len(warned) == 1 and "4 of 12" in warned[0]
    said = {one.name: one.captions[0] for one in pictures}
    assert said["p0_0.png"] == "thermal face someone"
    assert said["p1_1.png"] == "thermal face a woman smiling"
    assert {one.person for one in pictures} == {f"p{k}" for k in range(5)}


def test_a_caption_with_the_trigger_is_left_alone():
    assert with_trigger("abc", "a photo of abc") == "a photo of abc"
    assert with_trigger("", "x") == "x" and with_trigger("abc", "") == "abc"


def test_whose_a_picture_is():
    assert people_of([Path("anna/1.png"), Path("bob/1.png")]) == ["anna", "bob"]
    assert people_of([Path("a_1.png"), Path("a_2.png"), Path("b_1.png")]) == ["a", "a", "b"]
    assert people_of([Path("img_1.png"), Path("img_2.png")]) == ["img_1.png", "img_2.png"]


def test_an_empty_folder_and_a_caption_that_is_no_text(tmp_path, images):
    with pytest.raises(InputError, match="holds no pictures"):
        pictures_of_folder(tmp_path, None, "", "", print)
    (tmp_path / "a.png").write_bytes((images / "p0_0.png").read_bytes())
    (tmp_path / "a.txt").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(InputError, match="UTF-8"):
        pictures_of_folder(tmp_path, None, "", "", print)


def test_every_epoch_shows_everything_once_in_another_order():
    items = [Item(k, *((64, 64), (64, 96))[k % 2]) for k in range(11)]
    batches = Batches(items, 3, 0)
    assert batches.per_epoch == 4
    epochs = [[batches[number] for number in range(4 * e, 4 * e + 4)] for e in range(2)]
    for epoch in epochs:
        assert sorted(item.picture for batch in epoch for item in batch) == list(range(11))
        assert all(len({(item.width, item.height) for item in batch}) == 1 for batch in epoch)
    assert epochs[0] != epochs[1]
    assert Batches(items, 3, 0)[7] == epochs[1][3]  # any batch without those before it


def test_caption_dropout_and_choice():
    batch = [Item(0, 64, 64)] * 1000
    said = captions_of(batch, [("a", "b")], 0.25, 0, 5)
    assert abs(said.count("") - 250) < 60 and abs(said.count("a") - 375) < 60
    assert said == captions_of(batch, [("a", "b")], 0.25, 0, 5) != captions_of(batch, [("a", "b")], 0.25, 0, 6)
    assert "" not in captions_of(batch, [("a",)], 0.0, 0, 0)


def test_people_are_held_out_whole():
    people = [f"p{k % 10}" for k in range(40)]
    apart = held_out(people, [""] * 40, 0.1, 0)
    assert len(apart) == 1 and apart == held_out(people, [""] * 40, 0.1, 0)
    assert held_out(people, ["validation" if p == "p3" else "train" for p in people], 0.1, 0) == {"p3"}
    assert held_out(["a", "b"], ["", ""], 0.5, 0) == set() == held_out(people, [""] * 40, 0.0, 0)


def test_keys_tell_apart_what_decides_an_entry():
    rules = [TextRule(40, "fixed"), TextRule(40, "truncated"), TextRule(41, "fixed")]
    keys = {text_key(caption, encoder, rule) for caption in ("a", "b") for encoder in ("x", "y") for rule in rules}
    keys |= {latent_key(pixels, size, vae) for pixels in "ab" for size in ((64, 96), (96, 64)) for vae in "xy"}
    assert len(keys) == 12 + 8


def test_weights_name_an_encoder():
    torch.manual_seed(0)
    big = torch.nn.Linear(1100, 1100)
    name = module_id(big)
    assert name == module_id(big)
    with torch.no_grad():
        big.bias[7] += 1e-6
    assert name != module_id(big)


def test_entries_are_made_once_and_again_when_damaged(tmp_path):
    cache, made = TensorCache(tmp_path), []

    def make():
        made.append(1)
        return {"x": torch.arange(4.0)}

    for _ in range(2):
        assert np.array_equal(cache.get("ab12", make)["x"], np.arange(4))
    assert len(made) == 1
    path = next(tmp_path.rglob("*.safetensors"))
    path.write_bytes(path.read_bytes()[:20])
    assert np.array_equal(cache.get("ab12", make)["x"], np.arange(4)) and len(made) == 2
    assert not list(tmp_path.rglob("*.tmp"))
