"""Compares src/Fovea/Weights/Published with the torchvision that is installed (0.14 or later); exit code 1 where they differ.
Run: python3 check_published.py

Independent of make_published.py: it asks every public enumeration of weights instead of the list of models, and reads the source of no
table. Weights that later versions added are counted, not compared.
"""
import json
import pathlib
import re
import sys

import torchvision
from torchvision import models
from torchvision.models import detection, segmentation
from torchvision.models._meta import _COCO_CATEGORIES, _IMAGENET_CATEGORIES, _VOC_CATEGORIES

ROOT = pathlib.Path(__file__).parents[3]
FOLDER = ROOT / "src/Fovea/Weights/Published"
mistakes = []


def expect(what, ours, theirs):
    if ours != theirs:
        mistakes.append(f"{what}: {ours!r}, but torchvision has {theirs!r}")


def plain(name):
    """An identifier without case, and without underscores but for those between digits: what ResNet50_Weights and resnet50 share."""
    return re.sub(r"(?<!\d)_|_(?!\d)", "", name.lower())


def published():
    for module in (models, detection, segmentation):
        for attribute in dir(module):
            if attribute.endswith("_Weights") and "QuantizedWeights" not in attribute:
                yield plain(attribute.removesuffix("_Weights")), getattr(module, attribute)


def compare(ours, weights):
    what, meta = f"{ours['model']} {ours['name']}", weights.meta
    expect(f"{what} url", ours["url"], weights.url)
    expect(f"{what} hash", True, f"-{ours['sha256_prefix']}." in weights.url and len(ours["sha256_prefix"]) >= 8)
    expect(f"{what} parameters", ours["parameters"], meta["num_params"])
    expect(f"{what} classes", ours["class_count"], len(meta["categories"] or []))
    expect(f"{what} licence", ours.get("licence"), meta.get("license"))
    theirs = [value for group in meta["_metrics"].values() for value in group.values() if value == value]
    expect(f"{what} metrics", sorted(ours["metrics"].values()), sorted(theirs))
    made, facts = weights.transforms(), ours["preprocessing"]
    for name in ("mean", "std"):
        if hasattr(made, name):
            expect(f"{what} {name}", facts[name], list(getattr(made, name)))
    if hasattr(made, "resize_size"):
        expect(f"{what} resize", [facts["resize"]], list(made.resize_size))
        expect(f"{what} interpolation", facts["interpolation"], made.interpolation.value)
    expect(f"{what} crop", facts.get("crop"), made.crop_size[0] if hasattr(made, "crop_size") else None)


def class_list(file, expected):
    lines = [line.split(" ", 1) for line in (FOLDER / file).read_text().splitlines() if not line.startswith("#")]
    if lines[0][0].startswith("n"):
        expect(file, [name for _, name in lines], expected)
        expect(f"{file} numbers", [number for number, _ in lines], sorted({number for number, _ in lines}))
    else:
        ours = {int(number): name for number, name in lines}
        expect(file, ours, {i: name for i, name in enumerate(expected) if i > 0 and name != "N/A"})


def main():
    data = json.loads((FOLDER / "torchvision.json").read_text())
    ours = {(plain(entry["model"]), entry["name"]): entry for entry in data["weights"]}
    expect("entries with a name of their own", len(ours), len(data["weights"]))
    defaults = {plain(entry["model"]): entry["name"] for entry in data["weights"] if entry["default"]}
    seen, later = set(), 0
    for model, table in published():
        for weights in table:
            if (model, weights.name) not in ours:
                later += 1
                continue
            seen.add((model, weights.name))
            compare(ours[model, weights.name], weights)
        if any(entry == model for entry, _ in ours):
            expect(f"{model} default", defaults.get(model), table.DEFAULT.name)
    for missing in sorted(set(ours) - seen):
        mistakes.append(f"torchvision has no {missing}")
    if torchvision.__version__.startswith("0.14"):
        expect("weights that torchvision has and we have not", later, 0)

    class_list("imagenet.txt", _IMAGENET_CATEGORIES)
    class_list("coco.txt", _COCO_CATEGORIES)
    class_list("voc.txt", _VOC_CATEGORIES)
    keypoints = detection.KeypointRCNN_ResNet50_FPN_Weights.COCO_V1.meta
    class_list("coco_person.txt", keypoints["categories"])
    skeleton = (ROOT / "src/Fovea/Structures/Skeleton.cs").read_text()
    expect("key points of Skeleton.CocoPerson", re.findall(r'"([a-z_]+)"', skeleton), keypoints["keypoint_names"])

    print(*mistakes, sep="\n")
    print(f"{len(seen)} weights compared with torchvision {torchvision.__version__}, {later} only there; {len(mistakes)} mistakes")
    sys.exit(1 if mistakes else 0)


if __name__ == "__main__":
    main()
