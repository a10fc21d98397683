#!/usr/bin/env python3
"""Writes what torchvision's segmentation networks compute, for the parity tests.

Weights and pictures are those of ../parity/make_reference.py: a formula of a name and an element's index; gains are chosen as in
../classification/make_reference.py. Of the scores every STEP-th number is kept. Examples:

  make_reference.py fcn_resnet50             remakes this entry of segmentation.json, beside this script
  make_reference.py all                      all of them
  make_reference.py verify fcn_resnet50 --weights fcn.pth --out reference.safetensors
                                             weights saved by torch, and a reference for `fovea verify`

Needs torch and torchvision (Debian: python3-torchvision).
"""
import importlib.util
import json
import os
import sys

import torch
import torch.nn.functional as F
from torchvision import models

FOLDER = os.path.dirname(os.path.abspath(__file__))


def neighbour(area):
    """The script of this name in another folder."""
    spec = importlib.util.spec_from_file_location(f"{area}_reference", os.path.join(FOLDER, "..", area, "make_reference.py"))
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


classification, parity = neighbour("classification"), neighbour("parity")
CLASSES = 5
SIZE = (65, 83)
STEP = 499
IGNORE = 255
AUXILIARY_WEIGHT = 0.5                                  # of torchvision's training recipe
GRADIENT_GAIN = 1.0
# Parameters whose gradients are kept, and whose initial deviation: the first and the last of the network, and some between.
GRADIENTS = {
    "fcn_resnet50": ("backbone.conv1.weight", "backbone.layer4.1.conv2.weight", "classifier.0.weight", "classifier.4.bias",
                     "aux_classifier.4.weight"),
    "fcn_resnet101": ("backbone.layer3.22.conv2.weight", "classifier.1.weight"),
    "deeplabv3_resnet50": ("backbone.conv1.weight", "classifier.0.convs.0.0.weight", "classifier.0.convs.3.0.weight",
                           "classifier.0.convs.4.1.weight", "classifier.0.project.1.bias", "classifier.1.weight", "classifier.4.weight"),
    "deeplabv3_resnet101": ("backbone.layer3.22.conv2.weight", "aux_classifier.0.weight"),
    "deeplabv3_mobilenet_v3_large": ("backbone.0.0.weight", "backbone.4.block.1.0.weight", "backbone.15.block.1.0.weight",
                                     "classifier.0.convs.2.0.weight", "aux_classifier.0.weight"),
    "lraspp_mobilenet_v3_large": ("backbone.0.0.weight", "backbone.16.0.weight", "classifier.cbr.0.weight", "classifier.scale.1.weight",
                                  "classifier.low_classifier.weight", "classifier.high_classifier.bias"),
}


def build(name, classes):
    options = {} if name.startswith("lraspp") else {"aux_loss": True}
    return models.segmentation.__dict__[name](weights=None, weights_backbone=None, num_classes=classes, **options)


def pictures():
    images = torch.stack([parity.formula_image(index, *SIZE) for index in (41, 42)])
    return (images - 0.5) / 0.25


def target():
    """Blocks of 8 x 8 pixels, classes in turn, and no class."""
    n, y, x = torch.meshgrid(torch.arange(2), torch.arange(SIZE[0]), torch.arange(SIZE[1]), indexing="ij")
    labels = (3 * n + y // 8 + 2 * (x // 8)) % (CLASSES + 1)
    return torch.where(labels == CLASSES, torch.full_like(labels, IGNORE), labels)


def loss_of(outputs):
    loss = F.cross_entropy(outputs["out"], target(), ignore_index=IGNORE)
    if "aux" in outputs:
        loss = loss + AUXILIARY_WEIGHT * F.cross_entropy(outputs["aux"], target(), ignore_index=IGNORE)
    return loss


def kept(scores):
    return [float(v) for v in scores.flatten()[::STEP]]


def entry(name):
    parameters = sum(p.numel() for p in build(name, 21).parameters())
    torch.manual_seed(0)
    model = build(name, CLASSES).eval()
    result = dict(classification.keys(model), parameters=parameters, size=list(SIZE), step=STEP)
    state = model.state_dict()
    result["deviations"] = {p: float(state[p].std()) for p in GRADIENTS[name] if state[p].numel() > 1000}
    images = pictures()
    exact = build(name, CLASSES).double().eval()
    best = None
    for gain in classification.GAINS:
        classification.fill(model, gain)
        with torch.no_grad():
            outputs = model(images)
        out = outputs["out"]
        spread = float((out[0] - out[1]).norm() / out.norm())
        if not all(torch.isfinite(map).all() for map in outputs.values()) or (best is not None and spread <= best[0]):
            continue
        exact.load_state_dict(model.state_dict())
        with torch.no_grad():
            truth = exact(images.double())
        if all((outputs[key] - truth[key]).abs().max() < classification.ROUNDING * truth[key].abs().max() for key in outputs):
            best = (spread, gain, outputs)
    spread, gain, outputs = best
    result.update(gain=gain, spread=round(spread, 4), **{key: kept(map) for key, map in outputs.items()})
    classification.fill(model, GRADIENT_GAIN)
    loss = loss_of(classification.without_chance(model)(images))
    loss.backward()
    gradients = {p: value.grad for p, value in model.named_parameters()}
    result["loss"] = float(loss)
    result["gradients"] = {p: {"norm": float(gradients[p].norm()), "first": [float(v) for v in gradients[p].flatten()[:8]]}
                           for p in GRADIENTS[name]}
    return result


def verify(name, weights, out):
    model = build(name, CLASSES)
    classification.fill(model, GRADIENT_GAIN)
    torch.save(model.state_dict(), weights)
    images = pictures()
    outputs = classification.without_chance(model)(images)
    loss = loss_of(outputs)
    loss.backward()
    gradients = {f"grad.{p}": value.grad for p, value in model.named_parameters() if p in GRADIENTS[name]}
    parity.write_safetensors(out, {"input": images, **{key: map.detach() for key, map in outputs.items()}, "target": target(),
                            "loss": loss.detach(), **gradients}, {})


def main():
    torch.set_num_threads(2)
    if sys.argv[1] == "verify":
        verify(sys.argv[2], sys.argv[sys.argv.index("--weights") + 1], sys.argv[sys.argv.index("--out") + 1])
        return
    path = os.path.join(FOLDER, "segmentation.json")
    for name in GRADIENTS if sys.argv[1] == "all" else sys.argv[1:]:
        made = entry(name)
        goldens = json.load(open(path)) if os.path.exists(path) else {}
        goldens[name] = made
        with open(path, "w") as file:
            file.write("{\n" + ",\n".join(f"{json.dumps(key)}: {json.dumps(goldens[key])}" for key in sorted(goldens)) + "\n}\n")
        print(name, made["parameters"], "gain", made["gain"], "spread", made["spread"], "loss", made["loss"], flush=True)


if __name__ == "__main__":
    main()
