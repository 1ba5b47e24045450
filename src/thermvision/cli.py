"""The command line: verbs, each a thin call into the package. Exit 0 done, 1 a check failed, 2 something to mend."""

from __future__ import annotations

import importlib
import json
import os
import sys
from collections.abc import Callable, Sequence
from typing import Any

from thermvision import __version__

VERBS = {
    "build": "make a data set of thermal sequences with labels",
    "animate": "move any thermal portrait by a video, a motion file or a built-in motion",
    "annotate": "find faces, landmarks, pose and temperatures on thermal pictures and videos",
    "track": "turn a video of a real face into a motion file",
    "finetune": "teach FLUX a thermal look: LoRA on a folder of thermal images or a data set",
    "portraits": "paint thermal portraits with FLUX from a prompt or a description",
    "import": "read a real set of thermal faces into a data set",
    "train": "train a face detector, a landmark or a gender network on data sets or on the simulator",
    "predict": "let a model look for faces, landmarks or gender on a data set or on pictures",
    "evaluate": "measure a model on a labelled data set, beside the baselines",
    "study": "train and measure many models in one go, as a YAML file says",
    "export": "write a data set in another program's layout",
    "check": "measure what is physically implausible, leaked or painted in a data set or in images",
    "lora": "say what a LoRA file of FLUX is, convert it between layouts, verify it",
    "weights": "list or fetch model files",
    "doctor": "say what is installed, what is missing and what to do",
}
_OWN_MODULE = (
    "animate",
    "annotate",
    "evaluate",
    "export",
    "finetune",
    "import",
    "lora",
    "portraits",
    "predict",
    "study",
    "train",
)  # verbs that are a module verb_NAME; the others are in verbs
_HELP = f"""thermvision {__version__}: synthetic thermal (long-wave infrared) faces

usage: thermvision VERB [options]

{chr(10).join(f"  {verb:<9} {what}" for verb, what in VERBS.items())}

`thermvision VERB --help` lists a verb's options. THERMVISION_DEBUG=1 shows tracebacks.
"""


def main(argv: Sequence[str] | None = None) -> int:
    """Entry point of the command; returns the exit code."""
    arguments = list(sys.argv[1:] if argv is None else argv)
    if not arguments or arguments[0] in ("-h", "--help", "help"):
        print(_HELP, end="")
        return 0
    if arguments[0] in ("-V", "--version"):
        print(__version__)
        return 0
    verb, rest = arguments[0], arguments[1:]
    as_json = "--json" in rest
    if verb not in VERBS:
        return _fail(
            f"'{verb}' is no verb{_did_you_mean(verb, VERBS)}; choose from {', '.join(VERBS)}", as_json=as_json
        )
    try:
        home = importlib.import_module(f"thermvision.verb_{verb}" if verb in _OWN_MODULE else "thermvision.verbs")
        action: Callable[[list[str]], int] = getattr(home, f"run_{verb}")
        return action(rest)
    except KeyboardInterrupt:
        return _fail("stopped; what is finished stays, and the same command goes on from there", as_json=as_json)
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    except (ValueError, OSError) as error:  # InputError is a ValueError
        if os.environ.get("THERMVISION_DEBUG"):
            raise
        return _fail(" ".join(str(error).split()), as_json=as_json)
    except ModuleNotFoundError as error:
        if os.environ.get("THERMVISION_DEBUG"):
            raise
        return _fail(
            f"the Python package {error.name} is not installed; pip install thermvision brings it", as_json=as_json
        )


def _did_you_mean(word: str, known: Any) -> str:
    import difflib

    close = difflib.get_close_matches(word, list(known), n=1)
    return f"; did you mean '{close[0]}'?" if close else ""


def _fail(message: str, *, as_json: bool) -> int:
    """One sentence for people; with --json also an object for programs, whose standard output stays readable."""
    if as_json:
        print(json.dumps({"error": message}, indent=1))
    print(f"thermvision: error: {message}", file=sys.stderr)
    return 2


def show(result: dict[str, Any], *, as_json: bool, lines: Sequence[str]) -> None:
    """Print a result for people or, with --json, for programs."""
    print(json.dumps(result, indent=1) if as_json else "\n".join(lines))


def show_refused(sentences: Sequence[str]) -> None:
    """Say what was refused while the rest was made, a sentence a line."""
    for sentence in sentences:
        print(f"thermvision: error: {sentence}", file=sys.stderr)


if __name__ == "__main__":
    sys.exit(main())
