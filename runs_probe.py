import sys, pathlib, shutil

sys.path.insert(0, "tests/importers")
import trees
from thermvision.cli import main

root = pathlib.Path("runs/probe")
shutil.rmtree(root, ignore_errors=True)
root.mkdir(parents=True)
for name, make in trees.TREES.items():
    src = trees.as_folder(make(), root / f"src_{name}")
    print("==", name, main(["import", name, str(src), "--out", str(root / name)]))
