"""The peer's side of a benchmark in a process of its own: worker.py MODULE SETTINGS.json

A module has a class Workload(settings) with run(), before() (not measured) and outcome() (numbers by which the work is
known to be the same), and a function versions(). This process warms up, says that it is ready, and then answers every
line "run N" with N times, until its input ends. Fovea.Benchmarks/Running/Worker.cs is its twin.
"""
import importlib
import json
import math
import os
import sys
import time

ORIGINS = {
    **dict.fromkeys(["torch", "torchvision", "numpy", "PIL"], "On Debian: apt-get install python3-torchvision"),
    "pycocotools": "Build it from github.com/ppwwyyxx/cocoapi or install it with pip",
}


def plain(value):
    """JSON has no name for what is no finite number."""
    value = float(value)
    if math.isfinite(value):
        return value
    return "NaN" if math.isnan(value) else "Infinity" if value > 0 else "-Infinity"


def measure(workload):
    workload.before()
    start = time.perf_counter()
    workload.run()
    return time.perf_counter() - start


def main():
    module_name, settings_path = sys.argv[1:]
    with open(settings_path, encoding="utf-8") as file:
        settings = json.load(file)
    # What libraries print must not get between the answers.
    channel = os.fdopen(os.dup(1), "w", buffering=1)
    os.dup2(2, 1)

    def say(message):
        channel.write(json.dumps(message) + "\n")
        channel.flush()

    try:
        module = importlib.import_module(module_name)
    except ModuleNotFoundError as error:
        sys.exit(f"{sys.executable} has no module {error.name}. {ORIGINS.get(error.name, 'Install it')}, choose another "
                 "Python with --python, or name the folder that holds the module with --python-path.")
    workload = module.Workload(settings)
    for _ in range(settings["warm_ups"]):
        measure(workload)
    outcome = {name: [plain(value) for value in values] for name, values in workload.outcome().items()}
    say({"versions": {"Python": sys.version.split()[0], **module.versions()}, "outcome": outcome})
    for line in sys.stdin:
        say({"seconds": [measure(workload) for _ in range(int(line.split()[1]))]})


if __name__ == "__main__":
    main()
