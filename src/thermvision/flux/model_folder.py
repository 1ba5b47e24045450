"""From a model's name to a complete folder on this machine: shipped, the user's own, or fetched from the hub once."""

from __future__ import annotations

import json
import os
import re
from pathlib import Path
from typing import Any

from thermvision.flux.families import family_named
from thermvision.types import InputError

MICRO = "micro"
INDEX = "model_index.json"
_REPOSITORY = re.compile(r"[A-Za-z0-9][\w.-]*/[A-Za-z0-9][\w.-]*")
_FETCHED = [INDEX, "thermvision.json", "*/*.json", "*/*.safetensors", "*/*.txt", "*/*.model", "*/*.jinja"]
_SINGLE_FILES = (".safetensors", ".gguf", ".ckpt", ".pt", ".pth", ".bin", ".sft")
_LFS_START = b"version https://git-lfs"
_TOKENIZER_FILES = ("tokenizer.json", "vocab.json", "spiece.model", "tokenizer_config.json")


def find_model(model: str) -> Path:
    """The folder of `micro`, of a path, or of a hub repository, checked to be complete; InputError says what to do instead."""
    if model == MICRO:
        folder = shipped_micro()
        if not (folder / INDEX).is_file():
            raise InputError(
                f"model micro is not in this installation ({folder} has no {INDEX}); install thermvision again or give --model a"
                " folder or a hub repository"
            )
    elif Path(model).is_dir():
        folder = Path(model)
    elif Path(model).is_file() or model.lower().endswith(_SINGLE_FILES):
        raise InputError(_single_file(model))
    elif _REPOSITORY.fullmatch(model) and not model.startswith("."):
        folder = _from_hub(model)
    else:
        raise InputError(
            f"model {model} does not exist; give micro, a folder that FluxPipeline.save_pretrained wrote, or a hub repository"
            " such as black-forest-labs/FLUX.1-dev"
        )
    check_folder(folder)
    return folder


def shipped_micro() -> Path:
    """Where the model that comes with the package lies."""
    return Path(__file__).resolve().parent.parent / "assets" / MICRO


def read_index(folder: Path) -> dict[str, Any]:
    """model_index.json of a pipeline folder; InputError if it is missing or no such file."""
    path = folder / INDEX
    if not path.is_file():
        lora = next(iter(sorted(folder.glob("*.safetensors"))), None)
        hint = f"; is {lora.name} a LoRA? give it with --lora" if lora else ""
        raise InputError(
            f"model {folder} has no {INDEX}; expected a folder that FluxPipeline.save_pretrained wrote{hint}"
        )
    try:
        index: dict[str, Any] = json.loads(path.read_text())
        family_named(str(index["_class_name"]))
    except InputError as error:
        raise InputError(f"{path}: {error}") from error
    except (ValueError, KeyError, TypeError) as error:
        raise InputError(f"{path} cannot be understood; fetch or save the model again") from error
    return index


def check_folder(folder: Path) -> None:
    """Every component is there with its weights, whole and no Git LFS pointers; InputError names the first that is not."""
    for name, entry in read_index(folder).items():
        if name.startswith("_") or not isinstance(entry, list) or entry[0] is None:
            continue
        part = folder / name
        if not part.is_dir():
            raise InputError(f"model {folder} lacks its {name} (no folder of that name); fetch or save it again, whole")
        if name.startswith("tokenizer"):
            if not any((part / file).is_file() for file in _TOKENIZER_FILES):
                raise InputError(f"model {folder} lacks the files of its {name}; fetch or save it again, whole")
        elif name not in ("scheduler", "feature_extractor"):
            _check_weights(folder, name)


def weight_files(part: Path) -> list[Path]:
    """The safetensors files of one component."""
    return sorted(part.glob("*.safetensors"))


def _check_weights(folder: Path, name: str) -> None:
    part = folder / name
    if not (part / "config.json").is_file():
        raise InputError(f"model {folder} lacks {name}/config.json; fetch or save it again, whole")
    files = weight_files(part)
    for index in part.glob("*.safetensors.index.json"):
        named = set(json.loads(index.read_text())["weight_map"].values())
        if missing := sorted(named - {file.name for file in files}):
            raise InputError(f"model {folder} lacks {name}/{missing[0]}; fetch it again, whole")
    if not files:
        pickled = any(part.glob("*.bin"))
        why = "weights only as pickles, which are not read" if pickled else "no weights (*.safetensors)"
        raise InputError(f"model {folder} has {why} in {name}; fetch or save it again with safetensors")
    for file in files:
        with file.open("rb") as opened:
            if opened.read(len(_LFS_START)) == _LFS_START:
                raise InputError(f"{file} is a Git LFS pointer, not the weights; run `git lfs pull` in {folder}")


def _single_file(model: str) -> str:
    if not Path(model).exists():
        return f"model {model} does not exist; give micro, a folder that FluxPipeline.save_pretrained wrote, or a hub repository"
    return (
        f"model {model} is a single file; expected a folder in diffusers' layout: if it is a LoRA give it with --lora, if it is"
        " a whole model give --model the hub repository it comes from, such as black-forest-labs/FLUX.1-dev"
    )


def _from_hub(repository: str) -> Path:
    """The snapshot of a repository, fetched if it is not in the hub's cache yet; only what a pipeline needs."""
    import huggingface_hub
    from huggingface_hub import errors

    offline = os.environ.get("HF_HUB_OFFLINE", "").upper() in ("1", "ON", "YES", "TRUE")
    try:
        return Path(huggingface_hub.snapshot_download(repository, allow_patterns=_FETCHED, local_files_only=offline))
    except errors.GatedRepoError as error:
        raise InputError(
            f"the licence of model {repository} is not accepted on the hub; open https://huggingface.co/{repository}, accept it,"
            " then log in with `hf auth login` or set HF_TOKEN"
        ) from error
    except errors.RepositoryNotFoundError as error:
        raise InputError(
            f"model {repository} is neither a folder here nor a repository on the hub that you may see; check the name, or log in"
            " with `hf auth login`"
        ) from error
    except (errors.LocalEntryNotFoundError, errors.OfflineModeIsEnabled) as error:
        why = "HF_HUB_OFFLINE is set" if offline else "the hub cannot be reached"
        raise InputError(
            f"the weights of model {repository} are not on this machine and {why}; fetch them where there is a connection with"
            f" `hf download {repository}`, or use --model micro"
        ) from error
    except errors.HFValidationError as error:
        raise InputError(f"model {repository} is no name that the hub knows; give OWNER/NAME or a folder") from error
    except errors.HfHubHTTPError as error:
        raise InputError(
            f"the hub refused model {repository} ({' '.join(str(error).split())[:120]}); try again later, or log in with `hf auth login`"
        ) from error
    except OSError as error:  # no connection, no disk
        raise InputError(
            f"model {repository} cannot be fetched ({' '.join(str(error).split())[:120]}); check connection and free space,"
            " or use --model micro"
        ) from error
