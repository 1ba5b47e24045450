"""10,000 damaged templates, tables and motion files: each is read or refused in one sentence, and nothing is run."""

import json
import os
import pickle
import pickletools
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest
from template_files import template_data, write_template

from thermvision.motion.edit import trim
from thermvision.motion.formats import save_motion
from thermvision.motion.live_link_csv import write_live_link_csv
from thermvision.motion.liveportrait_template import read_template, save_template
from thermvision.motion.programs import make_program
from thermvision.rng import rng

WORKER = Path(__file__).with_name("mutation_worker.py")
COUNTS = {"pkl": 4000, "csv": 3000, "npz": 3000}


class Calls:
    """Unpickled by Python, it calls a function."""

    def __init__(self, function, *arguments):
        self.function, self.arguments = function, arguments

    def __reduce__(self):
        return self.function, self.arguments


def short(text):
    return b"\x8c" + bytes([len(text)]) + text


def array_with(state):
    """A numpy array, in the words of a pickle, whose state is what is given."""
    names = (
        short(b"numpy.core.multiarray")
        + short(b"_reconstruct")
        + b"\x93"
        + short(b"numpy")
        + short(b"ndarray")
        + b"\x93"
    )
    return b"\x80\x04" + names + b"K\x00\x85C\x01b\x87R" + state + b"b."


F4 = short(b"numpy") + short(b"dtype") + b"\x93" + short(b"f4") + b"\x89\x88\x87R"
SYSTEM = short(b"os") + short(b"system") + b"\x93"


def doubled(n):
    return bytes([n]), bytes([n]), bytes([n + 1])


def hostile_pickles(canary):
    command = f"touch {canary}"
    say = command.encode()
    run = SYSTEM + short(say) + b"\x85R"
    poisoned = template_data()
    poisoned["motion"][1]["exp"] = Calls(os.system, command)
    big = (2**62).to_bytes(8, "little")
    return {
        **{f"system-{p}": pickle.dumps(Calls(os.system, command), p) for p in range(6)},
        "eval": pickle.dumps(Calls(eval, f"open({str(canary)!r}, 'w')")),
        "exec-in-template": pickle.dumps(poisoned),
        "getattr": pickle.dumps(Calls(getattr, (), "index")),
        "nested": pickle.dumps([{"a": (Calls(eval, "1"), Calls(Calls, 1))}]),
        "protocol-0": b"cos\nsystem\n(S'" + say + b"'\ntR.",
        "inst": b"(S'" + say + b"'\nios\nsystem\n.",
        "obj": b"(cos\nsystem\nS'" + say + b"'\no.",
        "newobj": b"\x80\x02cos\nsystem\n(S'" + say + b"'\nt\x81.",
        "newobj-ex": b"\x80\x04" + SYSTEM + short(say) + b"\x85}\x92.",
        "dotted": b"\x80\x04" + short(b"numpy") + short(b"f2py.os.system") + b"\x93" + short(say) + b"\x85R.",
        "globals-of-allowed": b"\x80\x04" + short(b"numpy.core.multiarray") + short(b"_reconstruct.__globals__") + b"\x93.",
        "build-on-name": b"\x80\x04" + short(b"numpy") + short(b"ndarray") + b"\x93}b.",
        "build-on-dict": b"\x80\x04}" + short(b"__class__") + short(b"x") + b"s}b.",
        "call-ndarray": b"\x80\x04" + short(b"numpy") + short(b"ndarray") + b"\x93K\x02\x85\x85R.",
        "call-a-list": b"\x80\x04])R.",
        "call-in-state": array_with(run),
        "call-in-shape": array_with(b"(K\x01" + run + F4 + b"\x89C\x04abcdt"),
        "dtype-of-objects": array_with(b"(K\x01K\x01\x85" + F4.replace(b"f4", b"O8") + b"\x89C\x08abcdefght"),
        "dtype-by-eval": b"\x80\x04" + short(b"numpy") + short(b"dtype") + b"\x93" + short(b"f4,(2,)O") + b"\x85R.",
        "shape-too-large": array_with(b"(K\x01\x8a\x08" + big + b"\x85" + F4 + b"\x89C\x04abcdt"),
        "shape-negative": array_with(b"(K\x01J\xff\xff\xff\xff\x85" + F4 + b"\x89C\x04abcdt"),
        "shape-of-nothing": array_with(b"(K\x01K\x00\x8a\x08" + big + b"\x86" + F4 + b"\x89C\x00t"),
        **{f"ext-{n}": b"\x80\x02" + code + b"." for n, code in enumerate((b"\x82\x01", b"\x83\x01\x00", b"\x84\x01\x00\x00\x00"))},
        "persid": b"Pos.system\n.",
        "binpersid": b"\x80\x02K\x01Q.",
        "next-buffer": b"\x80\x05\x97.",
        "huge-bytes": b"\x80\x04\x8e" + big + b"x.",
        "huge-text": b"\x80\x04\x8d" + big + b"x.",
        "huge-bytearray": b"\x80\x05\x96" + big + b"x.",
        "huge-integer": b"\x80\x04\x8b\xff\xff\xff\x7fx.",
        "huge-frame": b"\x80\x04\x95" + big + b"N.",
        "huge-memo": b"\x80\x04Nr\xff\xff\xff\xff.",
        "written-integer": b"I" + b"9" * 100_000 + b"\n.",
        "deep-lists": b"\x80\x04" + b"]" * 300_000 + b"a" * 299_999 + b".",
        "deep-tuples": b"\x80\x04N" + b"\x85" * 300_000 + b".",
        "deep-key": b"\x80\x04}N" + b"\x85" * 300_000 + b"Ns.",
        "deep-marks": b"\x80\x04" + b"(" * 300_000 + b"l" * 300_000 + b".",
        "in-itself": b"\x80\x04]\x94h\x00a.",
        "in-itself-deeper": b"\x80\x04}\x94" + short(b"motion") + b"]h\x00ash\x00.",
        "doubling-lists": b"\x80\x04]q\x00" + b"".join(b"](h%bh%beq%b" % doubled(n) for n in range(28)) + b".",
        "doubling-tuples": b"\x80\x04)q\x00" + b"".join(b"h%bh%b\x86q%b" % doubled(n) for n in range(60)) + b".",
        "no-stop": b"\x80\x04N" + b"N0" * 50_000,
        "endless": b"\x80\x04" + b"N0" * 2_000_000,
        "only-stop": b".",
        "mark-on-top": b"(.",
        "not-a-pickle": b"\x7fELF" + bytes(range(256)),
        "text": b"hello",
        "empty": b"",
    }  # fmt: skip


@pytest.fixture(scope="module")
def outcome(tmp_path_factory):
    folder = tmp_path_factory.mktemp("damaged")
    write_template(folder / "new.pkl", newer=True, frames=2)
    write_template(folder / "old.pkl", older=True, protocol=2, frames=2)
    write_template(folder / "text.pkl", ratios=False, protocol=0, frames=2)
    motion = trim(make_program("talking", rng(0), 60), 0, 0.2)
    save_motion(folder / "motion.npz", motion)
    save_template(folder / "template.npz", read_template(folder / "old.pkl"))
    write_live_link_csv(folder / "table.csv", motion)
    (folder / "hostile").mkdir()
    for name, content in hostile_pickles(folder / "canary").items():
        (folder / "hostile" / f"{name}.pkl").write_bytes(content)
    with zipfile.ZipFile(folder / "hostile" / "bomb.npz", "w", zipfile.ZIP_DEFLATED) as bomb:
        bomb.writestr("arkit.npy", bytes(600 * 2**20))
    with zipfile.ZipFile(folder / "hostile" / "objects.npz", "w") as objects:
        head = b"\x93NUMPY\x01\x00v\x00{'descr': '|O', 'fortran_order': False, 'shape': (1,), }".ljust(127) + b"\n"
        objects.writestr("arkit.npy", head + pickle.dumps(Calls(os.system, f"touch {folder / 'canary'}")))
    words = [f"{kind}={count}" for kind, count in COUNTS.items()]
    run = subprocess.run(
        [sys.executable, str(WORKER), str(folder), "7", *words],
        capture_output=True, text=True, timeout=300, check=False, env={**os.environ, "OMP_NUM_THREADS": "1"},
    )  # fmt: skip
    assert run.returncode == 0, run.stderr[-2000:]
    return {**json.loads(run.stdout), "canary": (folder / "canary").exists()}


def test_every_damaged_file_is_read_or_refused(outcome):
    assert outcome["num_wrong"] == 0, outcome["wrong"]
    for kind, count in COUNTS.items():
        assert sum(outcome["tally"][kind].values()) == count
        assert outcome["tally"][kind]["refused"] > 0.3 * count, outcome["tally"]
        assert outcome["tally"][kind]["read"] > 0, outcome["tally"]


def test_hostile_files_are_refused_and_run_nothing(outcome):
    assert len(outcome["hostile"]) > 50
    assert set(outcome["hostile"].values()) == {"refused"}, {
        k: v for k, v in outcome["hostile"].items() if v != "refused"
    }
    assert not outcome["canary"]


def test_the_watch_sees_what_pickle_would_do(tmp_path):
    """The hostile files are hostile: Python's own reader runs the first one, and the audit hook of the worker sees it."""
    canary = tmp_path / "canary"
    content = hostile_pickles(canary)["system-4"]
    assert any(op.name == "REDUCE" for op, _, _ in pickletools.genops(content))
    code = (
        "import sys, pickle; sys.path.insert(0, sys.argv[1]); import mutation_worker as w; sys.addaudithook(w.watch);"
        "w.state['reading'] = 'x'; pickle.loads(bytes.fromhex(sys.argv[2])); w.state['reading'] = ''; print(w.state['seen'])"
    )
    run = subprocess.run(
        [sys.executable, "-c", code, str(WORKER.parent), content.hex()], capture_output=True, text=True, check=False
    )
    assert canary.exists(), run.stderr
    assert "pickle.find_class" in run.stdout and "os.system" in run.stdout
