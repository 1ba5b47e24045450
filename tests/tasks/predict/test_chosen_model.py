"""What --model may name, and what is said of everything else; what the models say of pictures."""

import numpy as np
import pytest
from tasks.onnx_made import finder_everywhere, gender_by_contrast, write_info

from thermvision.tasks.foreign.detectors import face_class
from thermvision.tasks.predict.chosen import chosen_model
from thermvision.tasks.predict.look import make_look
from thermvision.types import InputError


@pytest.fixture
def run(tmp_path):
    """A run folder of a gender network."""
    gender_by_contrast(tmp_path / "run" / "model.onnx")
    return write_info(tmp_path / "run", "gender", "gender", ["F001"])


def test_shipped_models_are_known_to_be_synthetic(run):
    assert chosen_model("detect", "shipped").synthetic_only and not chosen_model("detect", "shipped").alone
    assert chosen_model("detect", "shipped-finder").alone
    mine = chosen_model("gender", str(run), "mine")
    assert mine.name == "mine" and not mine.synthetic_only and mine.info.seen_people == {"F001"}
    assert (mine.room, mine.crop_px) == (1.7, 128)
    write_info(run, "gender", "gender", ["simulated-3/F001"])
    assert chosen_model("gender", str(run)).synthetic_only
    write_info(run, "gender", "gender", ["simulated-3/F001", "tufts_001"])
    assert not chosen_model("gender", str(run)).synthetic_only
    write_info(run, "gender", "gender", people={"simulator": 5})
    assert chosen_model("gender", str(run)).synthetic_only


def test_a_file_alone_and_one_with_its_model_json(run, tmp_path):
    assert chosen_model("gender", str(run / "model.onnx")).info.seen_people == {"F001"}
    bare = gender_by_contrast(tmp_path / "bare.onnx")
    assert (one := chosen_model("gender", str(bare))).info is None and one.name == "bare"


@pytest.mark.parametrize(
    ("task", "asked", "says"),
    [
        ("detect", "shiped", "is no model; expected shipped, a run folder.*did you mean 'shipped'"),
        ("landmarks", "shipped-finder", "is no model"),
        ("detect", "nowhere.onnx", "does not exist"),
        ("gender", "transformers:x", "is a detector"),
        ("detect", "transformers:", "names no model"),
        ("detect", "RUN", "is a model for gender; expected one for detect"),
        ("detect", "EMPTY", "holds no model.json"),
        ("gender", "UNFINISHED", "its training has not ended"),
        ("landmarks", "BARE", "takes x and gives 1 outputs; expected the input x and 5"),
        ("detect", "ODD", "input_px is 130; expected a multiple of 32"),
    ],
)
def test_what_is_refused(run, tmp_path, task, asked, says):
    (tmp_path / "empty").mkdir()
    (tmp_path / "unfinished").mkdir()
    write_info(tmp_path / "unfinished", "gender", "gender")
    finder_everywhere(tmp_path / "odd" / "model.onnx")
    write_info(tmp_path / "odd", "detect", "finder", input_px=[130, 130])
    places = {"RUN": run, "EMPTY": tmp_path / "empty", "UNFINISHED": tmp_path / "unfinished", "ODD": tmp_path / "odd", "BARE": gender_by_contrast(tmp_path / "bare.onnx")}  # fmt: skip
    with pytest.raises(InputError, match=says):
        chosen_model(task, str(places.get(asked, asked)))


def test_gender_is_read_in_the_true_box_with_its_room(run):
    look = make_look(chosen_model("gender", str(run)))
    picture = np.full((120, 120), 300, np.float32)
    picture[30:60, 30:90] = 310  # the upper half of the box is warm
    box = np.array([30.0, 30, 90, 90])
    (face,) = look(picture, kelvin=True, true_box_xyxy_px=box)
    (other,) = look(picture[::-1].copy(), kelvin=True, true_box_xyxy_px=box)
    assert face.box_from == "label" and face.p_male > 0.9 and other.p_male < 0.1
    (whole,) = look(picture, kelvin=True)  # no label and no face to be found
    assert whole.box_from == "whole" and whole.bbox_xyxy_px.tolist() == [0, 0, 120, 120]
    (beyond,) = look(picture, kelvin=True, true_box_xyxy_px=np.array([200.0, 0, 240, 20]))
    assert beyond.box_from == "whole"


def test_a_finder_alone_tells_many_faces_cut_to_the_picture(tmp_path):
    finder_everywhere(tmp_path / "f" / "model.onnx")
    write_info(tmp_path / "f", "detect", "finder", input_px=[64, 64])
    faces = make_look(chosen_model("detect", str(tmp_path / "f")))(np.random.default_rng(0).normal(300, 1, (64, 80)).astype(np.float32), kelvin=True)  # fmt: skip
    boxes = np.array([face.bbox_xyxy_px for face in faces])
    assert len(faces) >= 4 and boxes.min() >= 0 and boxes[:, 2].max() <= 80 and boxes[:, 3].max() <= 64


@pytest.mark.parametrize("picture", [np.zeros((1, 1), np.float32), np.full((32, 32), np.nan, np.float32)])
def test_pictures_that_no_network_takes(run, picture):
    with pytest.raises(InputError, match=r"expected \(height, width\)|not finite"):
        make_look(chosen_model("gender", str(run)))(picture, kelvin=False)


def test_the_class_of_faces():
    assert face_class({0: "hand", 1: "Human face"}, "m") == 1 and face_class({7: "LABEL_0"}, "m") == 7
    with pytest.raises(InputError, match=r"knows 2 classes \(person, car, ...\), 0 of them faces"):
        face_class({0: "person", 1: "car"}, "m")


def test_a_detector_of_transformers_from_a_folder_is_run(tmp_path):
    """Tiny and random: what it finds is nothing, but everything up to the boxes is the library's own."""
    transformers = pytest.importorskip("transformers")
    torch = pytest.importorskip("torch")
    torch.manual_seed(0)
    config = transformers.YolosConfig(
        hidden_size=16, num_hidden_layers=1, num_attention_heads=2, intermediate_size=16, image_size=[64, 64], patch_size=16,
        num_detection_tokens=5, num_labels=1, id2label={0: "face"}, label2id={"face": 0}, use_mid_position_embeddings=False,
    )  # fmt: skip
    transformers.YolosForObjectDetection(config).save_pretrained(tmp_path)
    transformers.YolosImageProcessor(size={"height": 64, "width": 64}).save_pretrained(tmp_path)
    look = make_look(chosen_model("detect", f"transformers:{tmp_path}"))
    faces = look(np.random.default_rng(0).normal(300, 2, (48, 80)).astype(np.float32), kelvin=True)
    assert 0 < len(faces) <= 5 and all(0 <= face.score <= 1 for face in faces)
    assert [face.score for face in faces] == sorted((face.score for face in faces), reverse=True)
    boxes = np.array([face.bbox_xyxy_px for face in faces])
    assert boxes.min() >= 0 and boxes[:, 2].max() <= 80 and boxes[:, 3].max() <= 48
    with pytest.raises(InputError, match=r"transformers:.*cannot be loaded as a detector"):
        make_look(chosen_model("detect", f"transformers:{tmp_path / 'nothing'}"))
