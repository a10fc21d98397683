#!/usr/bin/env python3
"""Writes what torchvision's one-stage detectors compute, for the parity tests and for `fovea verify`.

  make_goldens.py                                       remakes the files beside this script
  make_goldens.py goldens ssd300                        those whose name begins so
  make_goldens.py predict --model fcos_resnet50_fpn --sizes 480x640 --out reference.safetensors --weights weights.pth
  make_goldens.py losses --model ssd300_vgg16 --sizes 300x300,200x400 --gradients scale_weight --out ...

Weights and pictures are the formula's of ../parity/make_reference.py, and so is what is not here. The networks of RetinaNet and FCOS have
an output for the background that never learns; torchvision would tell what it says as label 0, Fovea never does. It is silenced here.
"""
import argparse
import functools
import hashlib
import json
import os
import sys

FOLDER = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(FOLDER, "..", "parity"))

import torch
import torchvision
from torchvision.models import resnet
from torchvision.models.detection import FCOS, RetinaNet, fcos, retinanet, ssd, ssdlite
from torchvision.models.detection.backbone_utils import _resnet_fpn_extractor
from torchvision.ops.feature_pyramid_network import LastLevelP6P7

import make_reference as shared


def pyramid(depth, channels):
    body = resnet.__dict__[f"resnet{depth}"](weights=None)
    return _resnet_fpn_extractor(body, 5, returned_layers=[2, 3, 4], extra_blocks=LastLevelP6P7(channels, 256))


def retinanet_v2_on_18(classes, **options):
    """The second version's head and pyramid on the smallest body: what the large one adds is blocks alone."""
    anchors = retinanet._default_anchorgen()
    head = retinanet.RetinaNetHead(256, 9, classes, norm_layer=functools.partial(torch.nn.GroupNorm, 32))
    head.regression_head._loss_type = "giou"
    return RetinaNet(pyramid(18, 512), classes, anchor_generator=anchors, head=head, **options)


NONE = dict(weights=None, weights_backbone=None)
MODELS = {
    "retinanet_resnet18_fpn": lambda classes, **o: RetinaNet(pyramid(18, 256), classes, **o),
    "retinanet_resnet18_fpn_v2": retinanet_v2_on_18,
    "retinanet_resnet50_fpn": lambda classes, **o: retinanet.retinanet_resnet50_fpn(num_classes=classes, **NONE, **o),
    "retinanet_resnet50_fpn_v2": lambda classes, **o: retinanet.retinanet_resnet50_fpn_v2(num_classes=classes, **NONE, **o),
    "fcos_resnet18_fpn": lambda classes, **o: FCOS(pyramid(18, 256), classes, **o),
    "fcos_resnet50_fpn": lambda classes, **o: fcos.fcos_resnet50_fpn(num_classes=classes, **NONE, **o),
    "ssd300_vgg16": lambda classes, **o: ssd.ssd300_vgg16(num_classes=classes, **NONE, **o),
    "ssdlite320_mobilenet_v3_large": lambda classes, **o: ssdlite.ssdlite320_mobilenet_v3_large(num_classes=classes, **NONE, **o),
}


def build(args):
    options = {"score_thresh": args.score_threshold}
    if args.nms_threshold is not None:
        options["nms_thresh"] = args.nms_threshold
    if not args.model.startswith("ssd"):
        options.update(min_size=args.min_size, max_size=args.max_size)
    if args.model == "ssdlite320_mobilenet_v3_large":
        options = {"score_thresh": args.score_threshold}
    model = MODELS[args.model](args.classes, **options)
    shared.fill(model)
    if args.what == "predict" and not args.model.startswith("ssd"):
        logits = model.head.classification_head.cls_logits
        with torch.no_grad():
            logits.bias.view(-1, args.classes)[:, 0] = -1000
    return model


def losses(model, images, targets, names, names_per_loss, tensors):
    """Training mode with running statistics; nothing is random."""
    model.train()
    for module in model.modules():
        if isinstance(module, torch.nn.BatchNorm2d):
            module.eval()
    for i, target in enumerate(targets):
        tensors[f"target.boxes.{i}"], tensors[f"target.labels.{i}"] = target["boxes"], target["labels"]
    found = model(images, targets)
    for name, value in found.items():
        tensors[f"loss.{name}"] = value
    shared.gradients(model, "", sum(found.values()), names, tensors)
    for name, value in found.items():
        shared.gradients(model, name + ".", value, names_per_loss, tensors)


def compute(args, double=False):
    model = build(args)
    sizes = [tuple(int(side) for side in size.split("x")) for size in args.sizes.split(",")]
    counts = [int(count) for count in args.objects.split(",")]
    images = [shared.formula_image(args.first + i, *size) for i, size in enumerate(sizes)]
    targets = [shared.formula_target(args.first + i, *size, args.classes, counts[i % len(counts)]) for i, size in enumerate(sizes)]
    if args.small_objects:
        for target in targets:
            boxes = target["boxes"]
            boxes[::2, 2:] = boxes[::2, :2] + (boxes[::2, 2:] - boxes[::2, :2]) * 0.27
    if double:
        model.double()
        images = [image.double() for image in images]
        targets = [{"boxes": target["boxes"].double(), "labels": target["labels"]} for target in targets]
    tensors = {}
    if args.what == "predict":
        shared.predict(model, images, tensors)
    else:
        losses(model, images, targets, *(tuple(name for name in text.split(",") if name) for text in (args.gradients, args.loss_gradients)), tensors)
    if not args.without_images:
        tensors.update({f"image.{i}": image for i, image in enumerate(images)})
    if args.weights:
        torch.save(model.state_dict(), args.weights)
    return tensors


def keys(model):
    return "".join(f"{name} {'x'.join(map(str, value.shape)) or 'scalar'}\n" for name, value in model.state_dict().items())


def states():
    """Names, shapes and order of the state dictionaries, the number of parameters, and how far initial weights spread."""
    result = {}
    for name, make in MODELS.items():
        torch.manual_seed(1)
        model = make(91)
        text = keys(model)
        heads = [(key, value) for key, value in model.named_parameters()
                 if key.startswith(("head.", "backbone.extra.", "backbone.fpn.extra")) and value.dim() == 4 and value.numel() > 4000]
        result[name] = {
            "entries": len(text.splitlines()), "sha256": hashlib.sha256(text.encode()).hexdigest(),
            "parameters": sum(p.numel() for p in model.parameters()),
            "deviations": {key: float(f"{value.std().item():.4g}") for key, value in heads[:: max(1, len(heads) // 8)]}}
    with open(f"{FOLDER}/state_dictionaries.json", "w", encoding="utf-8") as file:
        json.dump(result, file, indent=1)
        file.write("\n")


def default_boxes():
    """Some of SSD's default boxes: map, place and box of every 97th."""
    rows = {}
    for name, size in (("ssd300_vgg16", 300), ("ssdlite320_mobilenet_v3_large", 320)):
        model = MODELS[name](2).eval()
        images, _ = model.transform([torch.zeros(3, size, size)])
        maps = list(model.backbone(images.tensors).values())
        boxes = model.anchor_generator(images, maps)[0]
        rows[name] = {"maps": [list(m.shape[1:]) for m in maps], "count": len(boxes),
                      "every_97th": [[float(f"{v:.6g}") for v in box] for box in boxes[::97].tolist()]}
    with open(f"{FOLDER}/default_boxes.json", "w", encoding="utf-8") as file:
        json.dump(rows, file)
        file.write("\n")


def parse(arguments):
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("what", nargs="?", default="goldens", choices=["predict", "losses", "goldens"])
    parser.add_argument("prefix", nargs="?", default="")
    parser.add_argument("--model", choices=list(MODELS))
    parser.add_argument("--classes", type=int, default=11, help="with the background")
    parser.add_argument("--sizes", default="96x128", help="height x width of each picture, all of them one batch")
    parser.add_argument("--first", type=int, default=0, help="number of the first picture in the formula")
    parser.add_argument("--min-size", type=int, default=96)
    parser.add_argument("--max-size", type=int, default=160)
    parser.add_argument("--score-threshold", type=float, default=0.05)
    parser.add_argument("--nms-threshold", type=float)
    parser.add_argument("--objects", default="3", help="objects of each picture, comma-separated, for losses")
    parser.add_argument("--small-objects", action="store_true", help="every second object is 0.27 times as high and wide")
    parser.add_argument("--gradients", default="", help="gradients of the sum of the losses: ends of parameters' names, comma-separated")
    parser.add_argument("--loss-gradients", default="", help="the same of each loss by itself")
    parser.add_argument("--without-images", action="store_true", help="leave the pictures out: they are a formula")
    parser.add_argument("--weights", help="also save the weights, with torch.save")
    parser.add_argument("--stability", action="store_true", help="compare with the same in float64")
    parser.add_argument("--out")
    return parser.parse_args(arguments)


def run(args):
    if args.what == "goldens":
        if not args.prefix:
            states()
            default_boxes()
        for name, options in GOLDENS.items():
            if name.startswith(args.prefix):
                print(name, flush=True)
                run(parse(options.split() + ["--without-images", "--out", f"{FOLDER}/{name}.safetensors"] + (["--stability"] if args.stability else [])))
        return
    tensors = compute(args)
    for name, value in tensors.items():
        if name.startswith(("scores", "loss.")):
            print(" ", name, value.numel(), value.flatten()[:3].tolist(), value.flatten()[-1:].tolist())
    if args.stability:
        shared.report(tensors, compute(args, double=True))
    if args.out:
        shown = {key: str(value) for key, value in vars(args).items() if key not in ("out", "weights", "stability", "prefix")}
        shared.write_safetensors(args.out, tensors, {"made_by": f"torchvision {torchvision.__version__}, torch {torch.__version__}", **shown})


PYRAMID = "body.bn1.weight,layer2.0.bn1.bias,inner_blocks.0.0.bias,extra_blocks.p6.bias,extra_blocks.p7.bias,cls_logits.bias,bbox_reg.bias,bbox_ctrness.bias"
TOWERS = "classification_head.conv.0.0.bias,regression_head.conv.3.0.bias,conv.0.1.weight,conv.0.bias,conv.10.weight"
BATCH = "--sizes 96x128,150x100 --first 3"
GOLDENS = {
    "retinanet18-batch": f"predict --model retinanet_resnet18_fpn {BATCH} --score-threshold 0.95",
    "retinanet18-losses": f"losses --model retinanet_resnet18_fpn {BATCH} --objects 3,0 --gradients {PYRAMID},{TOWERS}",
    "retinanet18-v2-batch": f"predict --model retinanet_resnet18_fpn_v2 {BATCH} --score-threshold 0.998",
    "retinanet18-v2-losses": f"losses --model retinanet_resnet18_fpn_v2 {BATCH} --objects 2,4 --loss-gradients {PYRAMID},{TOWERS}",
    "retinanet50-batch": f"predict --model retinanet_resnet50_fpn {BATCH} --score-threshold 0.86",
    "fcos18-batch": f"predict --model fcos_resnet18_fpn {BATCH} --score-threshold 0.7",
    "fcos18-losses": f"losses --model fcos_resnet18_fpn {BATCH} --objects 3,0 --loss-gradients {PYRAMID},{TOWERS}",
    "fcos50-batch": f"predict --model fcos_resnet50_fpn {BATCH} --score-threshold 0.7",
    "ssd300-batch": "predict --model ssd300_vgg16 --sizes 200x300 --first 3 --score-threshold 0.985",
    "ssd300-losses": "losses --model ssd300_vgg16 --sizes 200x300 --first 3 --objects 9 --small-objects --gradients "
                     "scale_weight,features.19.bias,extra.0.7.1.bias,extra.1.2.bias,module_list.0.bias,module_list.1.bias,"
                     "module_list.3.bias",
    "ssdlite320-batch": f"predict --model ssdlite320_mobilenet_v3_large {BATCH} --score-threshold 0.128",
    "ssdlite320-losses": f"losses --model ssdlite320_mobilenet_v3_large {BATCH} --objects 3,2 --gradients "
                         "features.0.0.0.weight,features.1.0.3.1.bias,extra.0.1.1.bias,extra.3.2.1.weight,module_list.1.1.bias,"
                         "module_list.0.0.1.bias",
}


if __name__ == "__main__":
    run(parse(sys.argv[1:]))
