"""The stream from worker processes: the same whatever their number, clear when one dies, gone when it is over."""

import os
import signal
import subprocess
import sys
import textwrap
import time
from pathlib import Path

import pytest

from thermvision.rng import rng
from thermvision.tasks.training.simulator.settings import SimulatorSettings
from thermvision.tasks.training.simulator.stored import store
from thermvision.tasks.training.simulator.unit import make_unit
from thermvision.tasks.training.simulator_source import SimulatorSource
from thermvision.types import InputError

TINY = SimulatorSettings(
    seed=1,
    people_per_unit=2,
    samples_per_person=2,
    wild_share=0.0,  # rooms and streets cost more and go the same way
    longest_px=96,
    fresh_per_step=2,
    window=4,
    start_with=4,
)
STEPS = (0, 2, 1)  # back and forth
SCRIPT = """
import sys
from thermvision.rng import rng
from thermvision.tasks.training.simulator.settings import SimulatorSettings
from thermvision.tasks.training.simulator_source import SimulatorSource
settings = SimulatorSettings(people_per_unit=2, samples_per_person=2, wild_share=0.0, longest_px=64, start_with=2)
source = SimulatorSource(settings, workers=1)
print(len(source.draw(0, 2, rng(0, "batch"))), flush=True)
"""


def same(one, other):
    assert one.picture.tobytes() == other.picture.tobytes() and one.people == other.people
    assert one.landmarks_478_px.tobytes() == other.landmarks_478_px.tobytes()


def test_two_workers_give_the_samples_that_this_process_makes():
    with SimulatorSource(TINY, 2) as source:
        drawn = [source.draw(step, 5, rng(0, "batch", step)) for step in STEPS]
    source.close()  # again
    with pytest.raises(InputError, match="closed"):
        source.draw(0, 1, rng(0))
    with pytest.raises(InputError, match="workers"):
        SimulatorSource(TINY, -1)
    here = [store(one).sample() for number in (0, 1) for one in make_unit(TINY, number)]
    for step, samples in zip(STEPS, drawn, strict=True):
        numbers = TINY.of_step(step)
        chosen = numbers.start + rng(0, "batch", step).choice(len(numbers), 5, replace=True)
        for number, sample in zip(chosen.tolist(), samples, strict=True):
            same(sample, here[number])


def test_death_of_a_worker_is_told_in_a_sentence_and_waiting_is_counted():
    with SimulatorSource(TINY, 2) as source:
        source.draw(0, 4, rng(0))
        assert source.waited_s > 0
        workers = source._workers.workers
        os.kill(workers[0].process.pid, signal.SIGKILL)
        with pytest.raises(
            InputError, match=r"worker process of the simulator died \(signal 9.*last checkpoint"
        ) as told:
            for step in range(1, 200):
                source.draw(step, 4, rng(0))
        assert "\n" not in str(told.value)
        running = [worker.process for worker in workers]
    assert not any(process.is_alive() for process in running)


@pytest.mark.parametrize("how", ["standard input", "file without a guard"])
def test_any_kind_of_script_may_stream(how, tmp_path):
    command, given = [sys.executable, "-"], SCRIPT
    if how != "standard input":
        (tmp_path / "script.py").write_text(SCRIPT)
        command, given = [sys.executable, str(tmp_path / "script.py")], None
    done = subprocess.run(command, input=given, capture_output=True, text=True, timeout=300, check=False)
    assert (done.returncode, done.stdout, done.stderr) == (0, "2\n", "")


def children_of(pid):
    return [
        int(child) for task in Path(f"/proc/{pid}/task").iterdir() for child in (task / "children").read_text().split()
    ]


def alive(pid):
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


@pytest.mark.skipif(not Path("/proc/self/task").exists(), reason="needs /proc to see processes")
@pytest.mark.parametrize("with_signal", [signal.SIGINT, signal.SIGKILL])
def test_nothing_is_left_after_ctrl_c_or_a_kill(with_signal):
    script = (
        textwrap.dedent(SCRIPT) + "\nimport itertools\nfor step in itertools.count(): source.draw(step, 2, rng(0))\n"
    )
    running = subprocess.Popen(
        [sys.executable, "-c", script], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, start_new_session=True,
    )  # fmt: skip
    assert running.stdout.readline() == "2\n"
    children = children_of(running.pid)
    assert children
    if with_signal == signal.SIGINT:
        os.killpg(running.pid, signal.SIGINT)  # as a terminal does
    else:
        running.kill()
    _, said = running.communicate(timeout=300)
    assert "Process thermvision" not in said and "BrokenPipe" not in said  # no words of workers
    until = time.monotonic() + 120
    while any(map(alive, children)) and time.monotonic() < until:
        time.sleep(0.1)
    assert not any(map(alive, children))
