"""ComfyUI workflows: our own two, the published two where they are at hand, and graphs that are wired in unusual ways or broken."""

import copy
import json
from pathlib import Path

import pytest
from flux.test_portraits_cli import WORKFLOW

from thermvision.flux.comfy.graph import read_graph
from thermvision.flux.comfy.inference import inference_settings
from thermvision.types import InputError

OURS = Path(__file__).resolve().parents[2] / "comfyui" / "workflows"
ENDS = ("SaveImage", "PreviewImage", "FluxTrainEnd", "Display Any (rgthree)")


def written(tmp_path, graph):
    (tmp_path / "w.json").write_text(json.dumps(graph))
    return read_graph(tmp_path / "w.json")


def changed(**widgets):
    """The small workflow with widget values of some nodes replaced: n6={2: 30}."""
    graph = copy.deepcopy(WORKFLOW)
    for node in graph["nodes"]:
        for place, value in widgets.get(f"n{node['id']}", {}).items():
            node["widgets_values"][place] = value
    return graph


@pytest.mark.parametrize("name", ["thermal_portraits.json", "thermal_lora_training.json"])
def test_our_workflows_are_whole_graphs(name):
    told = json.loads((OURS / name).read_text())
    nodes = {node["id"]: node for node in told["nodes"]}
    for link, origin, out_slot, target, in_slot, kind in told["links"]:
        assert link in nodes[origin]["outputs"][out_slot]["links"], link
        taken = nodes[target]["inputs"][in_slot]
        assert taken["link"] == link and (taken["type"] == kind or "*" in (kind, taken["type"])), link
    known = {link[0] for link in told["links"]}
    assert all(
        one.get("link") is None or one["link"] in known for node in nodes.values() for one in node.get("inputs") or []
    )
    assert told["last_node_id"] >= max(nodes) and told["last_link_id"] >= max(known)
    graph = read_graph(OURS / name)
    assert list(graph.idle(graph.upstream(graph.of_type(*ENDS)))) == []
    assert any("thermvision" in str(node.widgets[0]) for node in graph.of_type("Note"))


def test_our_inference_workflow_has_settings_for_thermal_portraits():
    settings, notes = inference_settings(read_graph(OURS / "thermal_portraits.json"))
    expected = {
        "denoise": 1.0,
        "true_cfg": 1.0,
        "guidance": 3.0,
        "width": 512,
        "height": 512,
        "lora_strength": 1.0,
        "steps": 20,
    }
    assert {name: settings[name] for name in expected} == expected
    assert settings["cfg_start_step"] >= settings["steps"] and settings["prompt"] == settings["clip_prompt"]
    assert len(notes) == 2  # what no workflow with these nodes can leave out


def test_our_training_workflow_has_settings_for_thermal_faces():
    graph = read_graph(OURS / "thermal_lora_training.json")
    (start,) = graph.of_type("InitFluxLoRATraining")
    rank, alpha, sampling = start.widgets[2], start.widgets[3], start.widgets[14]
    assert rank == alpha and sampling == "flux_shift" and len(start.widgets) == 30
    (data,) = graph.of_type("TrainDatasetAdd")  # one resolution
    assert graph.source(start, "dataset") is data and data.widgets[:2] == (512, 512) and data.widgets[6] is True
    assert graph.of_type("FluxTrainValidationSettings")[0].widgets[:4] == (20, 512, 512, 3)


def test_the_published_inference_workflow(shared_dir):
    settings, notes = inference_settings(read_graph(shared_dir / "data" / "comfyui" / "Inference_lora_workflow.json"))
    assert settings == {
        "mode": "comfy-compat", "seed": 749840386044620, "steps": 40, "cfg_start_step": 3, "true_cfg": 3.5, "denoise": 0.88, "count": 2,
        "prompt": "surprice face ", "clip_prompt": "Hihh quality thermal male and female face data.", "negative_prompt": "",
        "negative_clip_prompt": "artefact, watermarks", "guidance": 4.5, "width": 512, "height": 512, "lora_strength": 0.9,
        "lora": "flux_lora_file_name_rank16_bf16-step03250_thermal1.safetensors", "model": "flux1-dev-fp8.safetensors",
    }  # fmt: skip
    for fragment in ("FluxLoraLoader", "ControlNetLoader", "ControlNetApplySD3", "guidance 4 has no effect", "image_to_image_strength 0 has no effect",
                     "strength_clip 1.05 has no effect: its CLIP output is not linked"):  # fmt: skip
        assert any(fragment in note for note in notes), fragment


def test_the_published_training_workflow(shared_dir):
    graph = read_graph(shared_dir / "data" / "comfyui" / "flux_lora_train_thermal.json")
    idle = list(graph.idle(graph.upstream(graph.of_type(*ENDS))))
    assert len(idle) == 2 and all("it is muted" in one for one in idle) and "UploadToHuggingFace" in idle[1]
    (validate, *_) = graph.of_type("FluxTrainValidate")
    assert graph.source(validate, "validation_settings").type == "FluxTrainValidationSettings"  # through set and get


def test_reroutes_and_bypassed_nodes_are_seen_through(tmp_path):
    graph = changed()
    graph["nodes"] += [
        {"id": 20, "type": "Reroute", "mode": 0, "inputs": [{"name": "", "type": "*", "link": 1}], "outputs": [{"type": "MODEL"}]},
        {"id": 21, "type": "LoraLoader", "mode": 4, "inputs": [{"name": "model", "type": "MODEL", "link": 20}, {"name": "clip", "type": "CLIP", "link": 2}],
         "outputs": [{"type": "MODEL"}, {"type": "CLIP"}], "widgets_values": ["a.safetensors", 1, 1]},
    ]  # fmt: skip
    graph["links"] += [[20, 20, 0, 21, 0, "MODEL"], [21, 21, 0, 6, 0, "MODEL"]]
    next(node for node in graph["nodes"] if node["id"] == 6)["inputs"][0]["link"] = 21
    settings, notes = inference_settings(written(tmp_path, graph))
    assert settings["model"] == "flux1-dev-fp8.safetensors" and "lora" not in settings
    assert any("LoraLoader (a.safetensors) has no effect: it is bypassed" in note for note in notes)


def test_brackets_are_told(tmp_path):
    _, notes = inference_settings(written(tmp_path, changed(n3={1: "a (smiling:1.3) woman"})))
    assert any("brackets are weights in ComfyUI" in note for note in notes)


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        (lambda g: g["nodes"].pop(5), "has no XlabsSampler"),
        (lambda g: g["nodes"].append({**g["nodes"][5], "id": 9}) or g["nodes"].append(
            {"id": 10, "type": "SaveImage", "inputs": [{"name": "images", "type": "IMAGE", "link": 30}]}) or g["links"].append([30, 9, 0, 10, 0, "IMAGE"]),
         "has 2 XlabsSampler"),
        (lambda g: g["nodes"][5]["inputs"][2].update(link=None), "neg_conditioning of node 6 XlabsSampler comes from nothing"),
        (lambda g: g["nodes"][5]["widgets_values"].pop(), "another version of this node"),
        (lambda g: g["nodes"][5]["widgets_values"].__setitem__(2, "many"), "steps is 'many'"),
        (lambda g: g["nodes"][5].update(mode=2), "has no XlabsSampler"),
    ],
)  # fmt: skip
def test_graphs_that_cannot_be_run(tmp_path, change, sentence):
    graph = changed()
    change(graph)
    with pytest.raises(InputError, match=sentence):
        inference_settings(written(tmp_path, graph))


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("no json", "is not JSON"),
        ("[1, 2]", "is not what ComfyUI saves"),
        ('{"3": {"class_type": "KSampler", "inputs": {}}}', "API format"),
        ('{"nodes": [{"type": "Note"}]}', "is not what ComfyUI saves"),
    ],
)
def test_files_that_are_no_workflow(tmp_path, text, sentence):
    (tmp_path / "w.json").write_text(text)
    with pytest.raises(InputError, match=sentence):
        read_graph(tmp_path / "w.json")
    with pytest.raises(InputError, match="is a folder"):
        read_graph(tmp_path)
