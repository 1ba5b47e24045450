"""Which model `--model` names: a shipped one, a run folder, an ONNX file, or a detector of the transformers library."""

from __future__ import annotations

from dataclasses import dataclass
from importlib import resources
from pathlib import Path

from thermvision.faces.gender_reading import ROOM_GENDER
from thermvision.faces.networks import FINDER_LONG_SIDE_PX, SHIPPED, Networks, session
from thermvision.tasks.models import HUB_FOLDER, MODEL_JSON, MODEL_ONNX, ModelInfo, read_model_info
from thermvision.tasks.training.crops import CROP_PX
from thermvision.types import InputError
from thermvision.wording import did_you_mean

SHIPPED_NAME, SHIPPED_FINDER, HUB_PREFIX = "shipped", "shipped-finder", "transformers:"
SIMULATED = "simulated-"  # begins the names that training gives to people of simulated sets
_MULTIPLE = 32


@dataclass(frozen=True, slots=True)
class ChosenModel:
    """A model to run. networks: the files that stand in for shipped ones; hub: name or folder of a transformers detector."""

    task: str
    name: str  # as it stands in tables
    networks: Networks = SHIPPED
    hub: str = ""
    shipped: bool = False
    alone: bool = False  # detect: the finder's boxes as they are, without the landmark network's second look
    info: ModelInfo | None = None  # None: nothing is known of its training
    room: float = ROOM_GENDER
    crop_px: int = CROP_PX

    @property
    def synthetic_only(self) -> bool:
        """Whether it is known to have learnt from simulated people alone."""
        if self.info is None:
            return self.shipped
        known = self.info.simulator_seed is not None or bool(self.info.seen_people)
        return known and all(name.startswith(SIMULATED) for name in self.info.seen_people)


def chosen_model(task: str, asked: str, name: str = "") -> ChosenModel:
    """The model that `asked` names; InputError if it is none, or one of another task.

    asked: `shipped`; `shipped-finder` (detect: boxes of the first network alone); a run folder; an .onnx file with the inputs and outputs of a shipped
    network (of a `model.json` beside it more is known); `transformers:NAME_OR_FOLDER` (detect). name: for tables, by default the file's.
    """
    if asked == SHIPPED_NAME or (asked == SHIPPED_FINDER and task == "detect"):
        if task == "gender" and not (resources.files("thermvision") / "assets" / "faces" / "gender.onnx").is_file():
            raise InputError(
                "no gender network is shipped with this version; give a run folder of `thermvision train gender`"
            )
        return ChosenModel(task, name or asked, shipped=True, alone=asked == SHIPPED_FINDER)
    if asked.startswith(HUB_PREFIX):
        if task != "detect":
            raise InputError(f"--model {asked} is a detector; expected shipped, a run folder or an ONNX file for {task}")  # fmt: skip
        hub = asked.removeprefix(HUB_PREFIX)
        if not hub:
            raise InputError("--model transformers: names no model; give transformers:NAME or transformers:FOLDER")
        return ChosenModel(task, name or Path(hub).name, hub=hub, alone=True)
    path = Path(asked)
    if path.is_dir():
        return _of_run(task, path, name)
    if path.suffix.lower() == ".onnx":
        if not path.is_file():
            raise InputError(f"--model {path} does not exist; check the path")
        info = read_model_info(path.parent) if (path.parent / MODEL_JSON).is_file() else None
        return _of_file(task, path, info, name or path.stem)
    hint = did_you_mean(asked, (SHIPPED_NAME, SHIPPED_FINDER))
    raise InputError(f"--model {asked} is no model; expected shipped, a run folder of `thermvision train`, an .onnx file, or transformers:NAME{hint}")  # fmt: skip


def _of_run(task: str, folder: Path, name: str) -> ChosenModel:
    info = read_model_info(folder)
    if info.kind == "transformers" and info.task == "detect" and task == "detect":
        return ChosenModel(task, name or folder.name, hub=str(folder / HUB_FOLDER), alone=True, info=info)
    if not (folder / MODEL_ONNX).is_file():
        raise InputError(f"{folder} holds no {MODEL_ONNX}; its training has not ended: let it go on with the same command")  # fmt: skip
    return _of_file(task, folder / MODEL_ONNX, info, name or folder.name)


def _of_file(task: str, file: Path, info: ModelInfo | None, name: str) -> ChosenModel:
    if info is not None and info.task != task:
        raise InputError(
            f"{file.parent} is a model for {info.task}; expected one for {task}: give that, or use `{info.task}`"
        )
    room, crop_px, side = ROOM_GENDER, CROP_PX, FINDER_LONG_SIDE_PX
    if info is not None:
        room, crop_px, side = info.room, info.input_px[0], max(info.input_px)
    if task == "detect" and side % _MULTIPLE:
        raise InputError(f"{file.parent / MODEL_JSON}: input_px is {side}; expected a multiple of {_MULTIPLE}")
    networks = {
        "detect": Networks(finder=file, finder_long_side_px=side),
        "landmarks": Networks(landmarks=file),
        "gender": Networks(gender=file),
    }[task]
    _check_ends(task, file, networks)
    return ChosenModel(task, name, networks, alone=task == "detect", info=info, room=room, crop_px=crop_px)


def _check_ends(task: str, file: Path, networks: Networks) -> None:
    """InputError for an ONNX file that is another kind of network."""
    role = {"detect": "finder", "landmarks": "landmarks", "gender": "gender"}[task]
    running = session(role, networks)  # type: ignore[arg-type]
    inputs, outputs = [one.name for one in running.get_inputs()], len(running.get_outputs())
    wanted = {"detect": 1, "landmarks": 5, "gender": 1}[task]
    if inputs != ["x"] or outputs != wanted:
        raise InputError(f"network {file} takes {', '.join(inputs)} and gives {outputs} outputs; expected the input x and {wanted} of a network for {task}: is it for another task?")  # fmt: skip
