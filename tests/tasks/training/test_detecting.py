"""The finder learns where faces are; a detector of transformers goes through the same loop and is read back."""

import json

import numpy as np
import pytest
import torch

from thermvision.faces.boxes import face_boxes
from thermvision.faces.networks import Networks
from thermvision.tasks.foreign.detectors import hub_detector
from thermvision.tasks.models import HUB_FOLDER, MODEL_ONNX, read_model_info
from thermvision.tasks.training.run_folder import write_model

TINY = {  # random RT-DETRv2 of 60,000 parameters
    "model_type": "rt_detr_v2", "encoder_hidden_dim": 16, "encoder_in_channels": [16, 16, 32], "feat_strides": [8, 16, 32], "encoder_ffn_dim": 32,
    "encoder_attention_heads": 2, "d_model": 16, "decoder_in_channels": [16, 16, 16], "decoder_ffn_dim": 32, "decoder_layers": 2,
    "decoder_attention_heads": 2, "num_queries": 20, "num_denoising": 10,
    "backbone_config": {
        "model_type": "rt_detr_resnet", "embedding_size": 8, "hidden_sizes": [8, 16, 16, 32], "depths": [1, 1, 1, 1], "layer_type": "basic",
        "out_features": ["stage2", "stage3", "stage4"],
    },
}  # fmt: skip


def test_the_finder_learns_a_small_set_and_its_file_finds_the_faces(overfitted, settings):
    config = settings("detect", steps=100, validate_every=25, learning_rate=4e-3)
    learner, source = overfitted(config)
    assert learner.best.figures["AP50"] >= 0.9
    config.out.mkdir()
    write_model(learner, source)
    info = read_model_info(config.out)
    assert (info.kind, info.input_px, info.more["onnx_difference"] < 1e-4) == ("finder", (96, 96), True)
    networks = Networks(finder=config.out / MODEL_ONNX, finder_long_side_px=96)
    sample = source.validation[0]
    boxes, _ = face_boxes(sample.picture, networks)
    true = sample.faces_xyxy_px[0]
    assert np.abs(boxes[0] - true).max() < 0.25 * (true[3] - true[1])


def test_a_transformers_detector_is_trained_and_found_again(overfitted, settings, tmp_path):
    folder = tmp_path / "tiny"
    folder.mkdir()
    (folder / "config.json").write_text(json.dumps(TINY))
    config = settings("detect", steps=4, validate_every=2, model=str(folder), most_validation=4)
    learner, source = overfitted(config)
    start = learner.task.network()
    moved = [name for name, one in learner.net.state_dict().items() if not torch.equal(one, start.state_dict()[name])]
    assert len(moved) > 100
    config.out.mkdir()
    write_model(learner, source)
    info = read_model_info(config.out)
    assert (info.kind, info.classes, info.more["onnx_difference"]) == ("transformers", ("face",), None)
    faces = hub_detector(str(config.out / HUB_FOLDER))(source.validation[0].picture)
    assert all(0 <= one.score <= 1 for one in faces)


@pytest.mark.parametrize("name", ["mobilenet_v2", "efficientnet-b0", "resnet-18", "resnet-50"])
def test_gender_networks_of_transformers_take_crops(name):
    from thermvision.tasks.training.networks.by_name import gender_network

    net = gender_network(name).eval()
    with torch.no_grad():
        assert net(torch.zeros(2, 1, 128, 128)).shape == (2,)
