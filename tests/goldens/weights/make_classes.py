"""Writes the class lists beside src/Fovea/Weights/Published/torchvision.json: imagenet.txt, coco.txt, coco_person.txt and voc.txt.
Run: python3 make_classes.py

Names are those in torchvision 0.14.1's tables of weights. A line of coco.txt, coco_person.txt and voc.txt is the number of a network's
output and the name of its class; output 0 is the background, and outputs without a line (COCO's gaps) stand for nothing.
A line of imagenet.txt is WordNet's number of a class and its name; the order is that of the outputs and of the numbers. The numbers, and
the head of the file, are kept from the file that is there: they are those of the ILSVRC 2012 classification challenge (Russakovsky et al.,
"ImageNet Large Scale Visual Recognition Challenge", IJCV 2015) and were read from imagenet_lsvrc_2015_synsets.txt in tensorflow/models.
"""
import pathlib
import re

from torchvision.models import _meta
from torchvision.models.detection import KeypointRCNN_ResNet50_FPN_Weights

FOLDER = pathlib.Path(__file__).parents[3] / "src/Fovea/Weights/Published"


def by_output(file, title, categories):
    lines = [f"{i} {name}" for i, name in enumerate(categories) if i > 0 and name != "N/A"]
    head = f"# {title}: the number of the output and the name, from torchvision 0.14.1 by tests/goldens/weights/make_classes.py."
    (FOLDER / file).write_text("\n".join([head, *lines]) + "\n")
    print(file, len(lines))


def imagenet():
    old = (FOLDER / "imagenet.txt").read_text()
    head = [line for line in old.splitlines() if line.startswith("#")]
    numbers = re.findall(r"^n\d{8}", old, re.MULTILINE)
    assert len(numbers) == len(set(numbers)) == 1000 and numbers == sorted(numbers)
    lines = [f"{number} {name}" for number, name in zip(numbers, _meta._IMAGENET_CATEGORIES, strict=True)]
    (FOLDER / "imagenet.txt").write_text("\n".join(head + lines) + "\n")
    print("imagenet.txt", len(lines))


imagenet()
by_output("coco.txt", "The 80 classes of COCO's boxes", _meta._COCO_CATEGORIES)
by_output("coco_person.txt", "The class of COCO's key points", KeypointRCNN_ResNet50_FPN_Weights.COCO_V1.meta["categories"])
by_output("voc.txt", "The 20 classes of PASCAL VOC", _meta._VOC_CATEGORIES)
