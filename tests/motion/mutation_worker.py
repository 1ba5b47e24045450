"""Reads thousands of damaged motion files in a process of its own, which watches what the reading does.

Run as a script: mutation_worker.py FOLDER SEED KIND=COUNT... FOLDER holds the originals (*.pkl, *.csv, *.npz) and any hostile
files (hostile/*). Writes one JSON object. Python's audit hooks, which nothing can remove, see every import, exec, process,
socket and opened file; an alarm ends a reading that computes too long; the memory is limited.
"""

import contextlib
import io
import json
import resource
import signal
import sys
import warnings
import zipfile
from pathlib import Path

import numpy as np

from thermvision.motion.read_any import read_motion
from thermvision.types import InputError

MOST_CPU_S, MOST_BYTES = 15.0, 3 * 2**30
WATCHED = (
    "exec",
    "compile",
    "import",
    "os.",
    "subprocess.",
    "pickle.",
    "socket.",
    "ctypes.",
    "shutil.",
    "marshal.",
    "code.",
)
state = {"reading": "", "seen": []}


def watch(event, args):
    if not state["reading"]:
        return
    if event == "open":
        if str(args[0]) != state["reading"] or (args[1] and set(str(args[1])) & set("wax+")):
            state["seen"].append(f"open {args[0]} {args[1]}")
    elif event.startswith(WATCHED):
        state["seen"].append(f"{event} {str(args)[:100]}")


class TooLongError(BaseException):
    pass


def ring(*_):
    raise TooLongError


def reading(path):
    """'read', 'refused' or what went wrong."""
    state["reading"] = str(path)
    state["seen"].clear()
    signal.setitimer(signal.ITIMER_PROF, MOST_CPU_S)
    try:
        result = "read" if len(read_motion(path)) else "empty"
    except InputError as error:
        text = str(error)
        result = "refused" if text and "\n" not in text and len(text) < 600 else f"not one sentence: {text[:200]!r}"
    except (Exception, TooLongError) as error:
        result = f"{type(error).__name__}: {str(error)[:200]}"
    finally:
        signal.setitimer(signal.ITIMER_PROF, 0)
        state["reading"] = ""
    return f"did {state['seen'][0]}" if state["seen"] else result


def mutated(content, random):
    """One to three changes: bits flipped, set or dropped, the end cut off, a chunk repeated, bytes put in."""
    data = bytearray(content)
    for _ in range(random.choice([1, 1, 1, 2, 3])):
        place = int(random.integers(0, max(len(data), 1)))
        length = int(random.integers(1, 40))
        match int(random.choice([0, 0, 0, 1, 2, 3, 4, 5])):
            case 0:
                for at in random.integers(0, len(data), length % 3 + 1):
                    data[at] ^= 1 << int(random.integers(0, 8))
            case 1:
                data = data[: max(place, 1)]
            case 2:
                data[place:place] = random.bytes(length)
            case 3:
                data[place:place] = data[place : place + length]
            case 4:
                del data[place : min(place + length, len(data) - 1)]
            case 5:
                data[place] = int(random.choice([0, 0xFF, 0x2E, 0x52, 0x62, 0x63, 0x68, 0x93, 0x94, 0x39, 0x2D]))
    return bytes(data)


def mutated_inside(content, random):
    """An .npz whose members are damaged but whose check sums are right."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(content)) as old, zipfile.ZipFile(buffer, "w") as new:
        names = old.namelist()
        hit = names[int(random.integers(0, len(names)))]
        for name in names:
            member = old.read(name)
            if name == hit and random.random() < 0.6:  # the header, where a byte in ten means something
                member = mutated(member[:128], random) + member[128:]
            elif name == hit:
                member = mutated(member, random)
            new.writestr(name, member)
    return buffer.getvalue()


def main(folder, seed, counts):
    originals = {kind: sorted(folder.glob(f"*.{kind}")) for kind in counts}
    tally, wrong = {kind: {"read": 0, "refused": 0} for kind in counts}, []
    random = np.random.default_rng(seed)

    def note(kind, path, label):
        result = reading(path)
        if result in tally[kind]:
            tally[kind][result] += 1
        else:
            wrong.append(f"{label}: {result}")

    for kind, files in originals.items():  # once before the watch begins: codecs and parts of scipy are loaded
        for path in files:
            read_motion(path)
        for junk in (b"", b"\xff\x00\n,", b"\x80\x04c\xff\n."):
            (folder / f"junk.{kind}").write_bytes(junk)
            with contextlib.suppress(InputError):
                read_motion(folder / f"junk.{kind}")
    warnings.simplefilter("error")
    sys.addaudithook(watch)
    for kind, count in counts.items():
        contents = [path.read_bytes() for path in originals[kind]]
        path = folder / f"mutant.{kind}"
        with path.open(
            "wb", buffering=0
        ) as file:  # one file written over: making 10,000 takes longer than reading them
            for index in range(count):
                change = mutated_inside if kind == "npz" and index % 2 else mutated
                file.seek(0)
                file.truncate(file.write(change(contents[index % len(contents)], random)))
                note(kind, path, f"{kind} {index}")
    hostile = {path.name: reading(path) for path in sorted((folder / "hostile").glob("*"))}
    used = resource.getrusage(resource.RUSAGE_SELF)
    cpu_s = round(used.ru_utime + used.ru_stime, 1)
    return {"tally": tally, "cpu_s": cpu_s, "wrong": wrong[:20], "num_wrong": len(wrong), "hostile": hostile}


if __name__ == "__main__":
    signal.signal(signal.SIGPROF, ring)
    resource.setrlimit(resource.RLIMIT_AS, (MOST_BYTES, MOST_BYTES))
    numbers = {kind: int(count) for kind, count in (word.split("=") for word in sys.argv[3:])}
    sys.stdout.write(json.dumps(main(Path(sys.argv[1]), int(sys.argv[2]), numbers)))
