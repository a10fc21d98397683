"""Writes old_names.json beside it: names in torchvision's older files, and what torchvision makes of them. Run: python3 make_old_names.py

Each model is filled from a state dictionary under the old names, as its published file has them, in which every tensor has a value of its
own; where that value arrives, there leads the name. Only names that differ are kept, and the first of each kind.
"""
import json
import pathlib
import re

import torch
from torchvision import models
from torchvision.models import densenet, detection

TARGET = pathlib.Path(__file__).parent / "old_names.json"
MOST = 30


def old_name(name):
    """What a tensor of today was called."""
    name = re.sub(r"(denselayer\d+\.\w+?)([12])(?=\.)", r"\1.\2", name)
    name = re.sub(r"mlp\.([03])\.", lambda m: "mlp.linear_" + ("1" if m[1] == "0" else "2") + ".", name)
    name = re.sub(r"(fpn\.\w+_blocks\.\d)\.0\.", r"\1.", name)
    name = name.replace("rpn.head.conv.0.0.", "rpn.head.conv.")
    name = re.sub(r"mask_head\.(\d)\.0\.", lambda m: f"mask_head.mask_fcn{int(m[1]) + 1}.", name)
    return re.sub(r"(_head\.conv)\.(\d)\.0\.", lambda m: f"{m[1]}.{2 * int(m[2])}.", name)


class Published:
    """Stands for an entry of a table of weights."""

    def __init__(self, state):
        self.state = state

    def get_state_dict(self, progress):
        return self.state


def names(build, load):
    model = build()
    today = [name for name, value in model.state_dict().items() if value.is_floating_point()]
    old = {old_name(name): torch.full_like(model.state_dict()[name], float(i)) for i, name in enumerate(today)}
    by_value = {float(i): name for i, name in enumerate(old)}
    old |= {name: value for name, value in model.state_dict().items() if not value.is_floating_point()}
    load(model, old)
    state = model.state_dict()
    found = {by_value[state[name].flatten()[0].item()]: name for name in today}
    assert len(found) == len(today)
    return {before: after for before, after in found.items() if before != after}


def plain(model, state):
    model.load_state_dict(state)


def shortened(found):
    """Names of all kinds, of each the first that differ in numbers only."""
    kinds = {}
    for before, after in found.items():
        kinds.setdefault(re.sub(r"(layer|block)_?\d+|_\d+\.(?=self|mlp|ln)", "", before), (before, after))
    return dict(list(kinds.values())[:MOST])


none = dict(weights=None, weights_backbone=None)
result = {
    "densenet121": names(models.densenet121, lambda model, state: densenet._load_state_dict(model, Published(state), False)),
    "vit_b_16": names(models.vit_b_16, plain),
    "fasterrcnn_resnet50_fpn": names(lambda: detection.fasterrcnn_resnet50_fpn(**none), plain),
    "maskrcnn_resnet50_fpn": names(lambda: detection.maskrcnn_resnet50_fpn(**none), plain),
    "keypointrcnn_resnet50_fpn": names(lambda: detection.keypointrcnn_resnet50_fpn(**none), plain),
    "retinanet_resnet50_fpn": names(lambda: detection.retinanet_resnet50_fpn(**none), plain),
}
TARGET.write_text(json.dumps({model: shortened(found) for model, found in result.items()}, indent=1) + "\n")
print({model: len(found) for model, found in result.items()}, TARGET.stat().st_size)
