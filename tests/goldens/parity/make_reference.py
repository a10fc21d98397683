#!/usr/bin/env python3
"""Writes what torchvision's two-stage detectors compute, for `fovea verify` and for the parity tests.

Weights and pictures are made by a formula of a name and an element's index, so that no weight file is
needed; Fovea.Weights.FormulaWeights is the same formula in C#, bit for bit. Examples:

  make_reference.py predict --body resnet50 --sizes 480x640,640x427 --out reference.safetensors
  make_reference.py losses --body resnet18 --frozen --sizes 96x128 --gradients body.conv1.weight,fc6.bias --out ...
  make_reference.py predict ... --weights weights.pth        also saves the weights, as torch.save does
  make_reference.py predict --model maskrcnn_resnet50_fpn --sizes 40x48 --out reference.safetensors
  make_reference.py keys --body resnet50                     names and shapes of the state dictionary
  make_reference.py goldens                                  remakes the files beside this script

Needs torch and torchvision (Debian: python3-torchvision).
"""
import argparse
import hashlib
import json
import os
import struct
import sys

import numpy as np
import torch
from torchvision.models import detection, resnet
from torchvision.models.detection import FasterRCNN, fasterrcnn_resnet50_fpn
from torchvision.models.detection.backbone_utils import _resnet_fpn_extractor
from torchvision.ops.misc import FrozenBatchNorm2d

HALF = 1 << 19   # formula numbers are 20-bit integers k in [-HALF, HALF), and u = k / HALF


# The formula. Integers only, and one float32 multiplication at the end, so that it is exact in any language.

def hash_of_name(name):
    """FNV-1a, 64 bits, of the UTF-8 name."""
    value = 0xCBF29CE484222325
    for byte in name.encode("utf-8"):
        value = ((value ^ byte) * 0x100000001B3) & 0xFFFFFFFFFFFFFFFF
    return value


def formula_integers(name, count):
    """The upper 20 bits of SplitMix64 seeded with the name's hash, as signed integers."""
    with np.errstate(over="ignore"):
        z = np.uint64(hash_of_name(name)) + np.arange(1, count + 1, dtype=np.uint64) * np.uint64(0x9E3779B97F4A7C15)
        z = (z ^ (z >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
        z = (z ^ (z >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
        z = z ^ (z >> np.uint64(31))
    return (z >> np.uint64(44)).astype(np.int64) - HALF


def gain_of(name):
    """Three times the variance of a layer's output over that of its input; chosen so that scores and boxes spread well."""
    for part, gain in GAINS:
        if part in name:
            return gain
    return 4.0


GAINS = (("cls_score.", 36.0), ("cls_logits.", 16.0), ("bbox_pred.", 0.25), ("bbox_reg.", 0.25), (".body.", 2.0))   # the first that fits


def formula_values(name, shape, gain=None):
    """A float32 array for one entry of a state dictionary."""
    k = formula_integers(name, int(np.prod(shape)))
    step = 2.0 ** -22
    if name.endswith("running_var"):
        k = 4194304 + np.abs(k)                             # 1 + |u| / 8
    elif name.endswith("weight") and len(shape) == 1:
        k = 4194304 + k                                     # batch norm: 1 + u / 8
    elif len(shape) > 1:
        fan_in = int(np.prod(shape[1:]))
        step = np.sqrt((gain or gain_of(name)) / fan_in) / HALF       # sqrt(gain / fan in) * u
    return (k.astype(np.float32) * np.float32(step)).reshape(shape)   # biases and means: u / 8


def fill(model):
    with torch.no_grad():
        for name, value in model.state_dict().items():
            if not name.endswith("num_batches_tracked"):
                value.copy_(torch.from_numpy(formula_values(name, tuple(value.shape))))


def formula_image(index, height, width):
    """3 x H x W in 0..1: flat patches of 24 pixels, finer ones of 5 over them and noise, in steps of 1 / 256."""
    image = np.zeros((3, height, width), dtype=np.int64)
    for size, weight in ((24, 128), (5, 96), (1, 31)):
        rows, columns = -(-height // size), -(-width // size)
        k = formula_integers(f"image.{index}.{size}", 3 * rows * columns).reshape(3, rows, columns) + HALF
        patch = (k * weight) >> 20                          # 0 .. weight - 1
        image += np.repeat(np.repeat(patch, size, 1), size, 2)[:, :height, :width]
    return torch.from_numpy(image.astype(np.float32) * np.float32(1 / 256))


def formula_target(index, height, width, classes, count):
    """Boxes with corners on whole pixels, at least a sixth of the picture long, and labels from 1."""
    k = formula_integers(f"target.{index}", 5 * count).reshape(count, 5) + HALF
    boxes = np.zeros((count, 4), dtype=np.float32)
    for side, length in ((0, width), (1, height)):
        extent = length // 6 + ((k[:, side] * (length // 2)) >> 20)
        start = (k[:, 2 + side] * (length - extent)) >> 20
        boxes[:, side], boxes[:, 2 + side] = start, start + extent
    labels = 1 + ((k[:, 4] * (classes - 1)) >> 20)
    return {"boxes": torch.from_numpy(boxes), "labels": torch.from_numpy(labels)}


def formula_masks(target, height, width):
    """Of each box the pixels inside an ellipse, less a hole of a quarter of its size."""
    y, x = torch.meshgrid(torch.arange(height), torch.arange(width), indexing="ij")
    masks = []
    for x1, y1, x2, y2 in target["boxes"].tolist():
        across, down = (2 * x + 1 - x1 - x2) / (x2 - x1), (2 * y + 1 - y1 - y2) / (y2 - y1)
        radius = across ** 2 + down ** 2
        masks.append((radius <= 1) & (radius > 0.0625))
    return torch.stack(masks).to(torch.uint8) if masks else torch.zeros(0, height, width, dtype=torch.uint8)


def formula_keypoints(index, target, count):
    """On eighths of a box from its corner on, both edges included; every third is not labelled."""
    boxes = target["boxes"]
    k = formula_integers(f"keypoints.{index}", 2 * count * len(boxes)).reshape(len(boxes), count, 2) + HALF
    eighths = torch.from_numpy((k * 9) >> 20).float() / 8
    corner, extent = boxes[:, None, :2], boxes[:, None, 2:] - boxes[:, None, :2]
    seen = torch.ones(len(boxes), count, 1)
    seen[:, ::3] = 0
    return torch.cat([corner + eighths * extent, seen], 2)


def build(args):
    options = {"min_size": args.min_size, "max_size": args.max_size, "box_score_thresh": args.score_threshold}
    if args.model:
        extra = {"num_keypoints": args.keypoints} if args.model.startswith("keypoint") else {}
        model = detection.__dict__[args.model](weights=None, weights_backbone=None, num_classes=args.classes, **options, **extra)
    elif args.body == "resnet50" and not args.frozen:
        model = fasterrcnn_resnet50_fpn(weights=None, weights_backbone=None, num_classes=args.classes, **options)
    else:
        norm = FrozenBatchNorm2d if args.frozen else torch.nn.BatchNorm2d
        body = resnet.__dict__[args.body](weights=None, norm_layer=norm)
        model = FasterRCNN(_resnet_fpn_extractor(body, 5), num_classes=args.classes, **options)
    fill(model)
    return model


def write_safetensors(path, tensors, metadata):
    """The format: 8 bytes of length, a JSON header, then the data without holes."""
    names = {torch.float32: "F32", torch.int64: "I64", torch.uint8: "U8"}
    header, data, offset = {"__metadata__": metadata}, [], 0
    for name, tensor in tensors.items():
        content = tensor.detach().contiguous().numpy().tobytes()
        header[name] = {"dtype": names[tensor.dtype], "shape": list(tensor.shape), "data_offsets": [offset, offset + len(content)]}
        data.append(content)
        offset += len(content)
    text = json.dumps(header, separators=(",", ":")).encode("utf-8")
    text += b" " * (-len(text) % 8)
    with open(path, "wb") as file:
        file.write(struct.pack("<Q", len(text)))
        file.write(text)
        for content in data:
            file.write(content)


def predict(model, images, tensors):
    model.eval()
    with torch.no_grad():
        for i, found in enumerate(model(images)):
            tensors[f"boxes.{i}"] = found["boxes"]
            tensors[f"scores.{i}"] = found["scores"]
            tensors[f"labels.{i}"] = found["labels"]
            for more in ("masks", "keypoints", "keypoints_scores"):
                if more in found:
                    tensors[f"{more}.{i}"] = found[more]


def losses(model, images, targets, names, names_per_loss, tensors):
    """Training mode and its proposal counts, but nothing random: running statistics, and samplers that take all."""
    model.train()
    for module in model.modules():
        if isinstance(module, (torch.nn.BatchNorm2d, torch.nn.Dropout)):
            module.eval()
    for sampler in (model.rpn.fg_bg_sampler, model.roi_heads.fg_bg_sampler):
        sampler.batch_size_per_image, sampler.positive_fraction = 1 << 31, 1.0
    for i, target in enumerate(targets):
        tensors.update({f"target.{name}.{i}": value for name, value in target.items()})
    found = model(images, targets)
    for name, value in found.items():
        tensors[f"loss.{name}"] = value
    gradients(model, "", sum(found.values()), names, tensors)
    for name, value in found.items():
        gradients(model, name + ".", value, names_per_loss, tensors)


def gradients(model, prefix, loss, names, tensors):
    parameters = {name: value for name, value in model.named_parameters() if name.endswith(names)}
    if parameters:
        found = torch.autograd.grad(loss, list(parameters.values()), retain_graph=True, allow_unused=True)
        tensors.update({f"grad.{prefix}{name}": value for name, value in zip(parameters, found) if value is not None})


def compute(args, double=False):
    model = build(args)
    sizes = [tuple(int(side) for side in size.split("x")) for size in args.sizes.split(",")]
    images = [formula_image(args.first + i, *size) for i, size in enumerate(sizes)]
    counts = [int(count) for count in args.objects.split(",")]
    targets = [formula_target(args.first + i, *size, args.classes, counts[i % len(counts)]) for i, size in enumerate(sizes)]
    for i, target in enumerate(targets):
        if (args.model or "").startswith("mask"):
            target["masks"] = formula_masks(target, *sizes[i])
        if (args.model or "").startswith("keypoint"):
            target["keypoints"] = formula_keypoints(args.first + i, target, args.keypoints)
    if double:
        model.double()
        images = [image.double() for image in images]
        targets = [{name: value.double() if value.is_floating_point() else value for name, value in target.items()} for target in targets]
    tensors = {}
    if args.what == "predict":
        predict(model, images, tensors)
    else:
        names, names_per_loss = (tuple(name for name in text.split(",") if name) for text in (args.gradients, args.loss_gradients))
        losses(model, images, targets, names, names_per_loss, tensors)
    if not args.without_images:
        tensors.update({f"image.{i}": image for i, image in enumerate(images)})
    if args.weights:
        torch.save(model.state_dict(), args.weights)
    return tensors


def report(tensors, precise):
    """How far float32 is from float64 in the peer itself, which says what agreement can be asked for."""
    for name, value in tensors.items():
        if name.startswith(("image.", "target.")):
            continue
        other = precise[name]
        if value.shape != other.shape:
            print(f"{name}: shape {tuple(value.shape)} in float32, {tuple(other.shape)} in float64: NOT STABLE")
        elif value.numel():
            difference = (value.double() - other.double()).abs().max().item()
            print(f"{name} {tuple(value.shape)}: up to {value.double().abs().max().item():.6g}, float32 differs by {difference:.3g}")
        if name.startswith("scores.") and value.numel() > 1:
            gaps = (other[:-1] - other[1:])
            print(f"  {len(other)} scores {other[0]:.4f} .. {other[-1]:.4f}, smallest gap {gaps.min():.3g}")


def keys(args):
    """Names and shapes in order, one a line, of the state dictionary: what strict loading compares."""
    state = build(args).state_dict()
    return "".join(f"{name} {'x'.join(map(str, value.shape)) or 'scalar'}\n" for name, value in state.items())


def parse(arguments):
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("what", choices=["predict", "losses", "keys", "goldens"])
    parser.add_argument("--body", default="resnet50", help="resnet18, resnet34, resnet50 or resnet101")
    parser.add_argument("--model", help="torchvision's id of a detector, instead of --body")
    parser.add_argument("--keypoints", type=int, default=17, help="key points of an object")
    parser.add_argument("--frozen", action="store_true", help="batch norm with fixed statistics, scale and shift")
    parser.add_argument("--classes", type=int, default=91, help="with the background")
    parser.add_argument("--sizes", default="480x640", help="height x width of each picture, all of them one batch")
    parser.add_argument("--first", type=int, default=0, help="number of the first picture in the formula")
    parser.add_argument("--min-size", type=int, default=800)
    parser.add_argument("--max-size", type=int, default=1333)
    parser.add_argument("--score-threshold", type=float, default=0.05)
    parser.add_argument("--objects", default="3", help="objects of each picture, comma-separated, for losses")
    parser.add_argument("--gradients", default="", help="gradients of the sum of the losses: ends of parameters' names, comma-separated")
    parser.add_argument("--loss-gradients", default="", help="the same of each loss by itself")
    parser.add_argument("--without-images", action="store_true", help="leave the pictures out: they are a formula")
    parser.add_argument("--weights", help="also save the weights, with torch.save")
    parser.add_argument("--stability", action="store_true", help="compare with the same in float64")
    parser.add_argument("--only", help="of the goldens, those whose name begins so")
    parser.add_argument("--out")
    return parser.parse_args(arguments)


def run(args):
    torch.set_num_threads(os.cpu_count() or 1)
    if args.what == "goldens":
        return goldens(args)
    if args.what == "keys":
        text = keys(args)
        print(text, end="")
        print(len(text.splitlines()), hashlib.sha256(text.encode()).hexdigest(), file=sys.stderr)
        return None
    tensors = compute(args)
    if args.stability:
        report(tensors, compute(args, double=True))
    if args.out:
        import torchvision
        shown = {key: str(value) for key, value in vars(args).items() if key not in ("out", "weights", "stability", "only")}
        write_safetensors(args.out, tensors, {"made_by": f"torchvision {torchvision.__version__}, torch {torch.__version__}", **shown})
    return tensors


def goldens(args):
    """The files beside this script. Their pictures and weights are the formula's."""
    folder = os.path.dirname(os.path.abspath(__file__))
    common = "--min-size 128 --max-size 213 --without-images" + (" --stability" if args.stability else "")
    for name, options in GOLDENS.items():
        if args.only and not name.startswith(args.only):
            continue
        print(name, flush=True)
        what, _, rest = options.partition(" ")
        run(parse(f"{what} {common} {rest} --out {folder}/{name}.safetensors".split()))
    write_sizes(f"{folder}/resized_sizes.json")
    states = {}
    for body in ("resnet18", "resnet34", "resnet50", "resnet101"):
        for frozen in ("", " --frozen"):
            text = keys(parse(f"keys --body {body}{frozen}".split()))
            states[f"fasterrcnn_{body}_fpn{frozen.replace(' --', ' ')}"] = {
                "entries": len(text.splitlines()), "sha256": hashlib.sha256(text.encode()).hexdigest()}
    for model in MODELS:
        text = keys(parse(f"keys --model {model}".split()))
        states[model] = {"entries": len(text.splitlines()), "sha256": hashlib.sha256(text.encode()).hexdigest()}
    with open(f"{folder}/state_dictionaries.json", "w", encoding="utf-8") as file:
        json.dump(states, file, indent=2)
        file.write("\n")


def write_sizes(path):
    """Height and width of pictures before and after this torchvision resizes them."""
    from torchvision.models.detection.transform import GeneralizedRCNNTransform
    rows = []
    sides = formula_integers("sizes", 2 * 60).reshape(60, 2) + HALF
    for minimum, maximum in ((800, 1333), (320, 640), (128, 213)):
        transform = GeneralizedRCNNTransform(minimum, maximum, [0.0], [1.0]).eval()
        named = [(427, 640), (480, 640), (375, 500), (500, 375), (333, 500), (1080, 1920), (50, 1000), (1, 1)]
        for height, width in named + [(40 + (int(h) * 760 >> 20), 40 + (int(w) * 760 >> 20)) for h, w in sides]:
            image, _ = transform.resize(torch.zeros(1, height, width))
            rows.append([minimum, maximum, height, width, *image.shape[1:]])
    with open(path, "w", encoding="utf-8") as file:
        file.write("[\n" + ",\n".join(json.dumps(row) for row in rows) + "\n]\n")


PARTS = ("body.bn1.weight,body.layer1.0.bn1.bias,body.layer4.1.bn1.weight,inner_blocks.0.0.bias,layer_blocks.1.0.bias,"
         "head.conv.0.0.bias,cls_logits.weight,rpn.head.bbox_pred.bias,fc6.bias,cls_score.bias,box_predictor.bbox_pred.bias")
BATCH = "--sizes 96x128,150x100,64x64 --first 3"
MODELS = ("fasterrcnn_resnet50_fpn_v2", "fasterrcnn_mobilenet_v3_large_fpn", "fasterrcnn_mobilenet_v3_large_320_fpn",
          "maskrcnn_resnet50_fpn", "maskrcnn_resnet50_fpn_v2", "keypointrcnn_resnet50_fpn")
V2_PARTS = PARTS.replace("fc6.bias", "box_head.0.1.weight,box_head.5.bias").replace("layer_blocks.1.0.bias", "layer_blocks.1.1.bias") \
    .replace("inner_blocks.0.0.bias", "inner_blocks.0.1.weight").replace("head.conv.0.0.bias", "head.conv.1.0.bias")
MASK_PARTS = "mask_head.0.0.bias,conv5_mask.bias,mask_fcn_logits.bias"
GOLDENS = {
    "resnet50-landscape": "predict --sizes 96x128 --first 0 --score-threshold 0.5",
    "resnet50-portrait": "predict --sizes 150x100 --first 1 --score-threshold 0.5",
    "resnet50-square": "predict --sizes 64x64 --first 2 --score-threshold 0.5",
    "resnet50-batch": f"predict {BATCH} --score-threshold 0.5",
    "resnet50-frozen-batch": f"predict {BATCH} --score-threshold 0.5 --frozen",
    "resnet50-losses": f"losses --sizes 96x128,150x100 --first 3 --min-size 96 --objects 3,0 --gradients {PARTS}",
    "resnet18-landscape": "predict --body resnet18 --sizes 96x128 --first 0 --score-threshold 0.75",
    "resnet18-portrait": "predict --body resnet18 --sizes 150x100 --first 1 --score-threshold 0.75",
    "resnet18-square": "predict --body resnet18 --sizes 64x64 --first 2 --score-threshold 0.75",
    "resnet18-batch": f"predict --body resnet18 {BATCH} --score-threshold 0.75",
    "resnet18-each-loss": f"losses --body resnet18 --sizes 96x128 --first 6 --min-size 96 --loss-gradients {PARTS}",
    "resnet18-frozen-losses": f"losses --body resnet18 --frozen --sizes 90x96,100x70 --first 9 --min-size 96 --objects 2,4 "
                              f"--gradients body.conv1.weight,{PARTS}",
    "resnet34-batch": f"predict --body resnet34 {BATCH} --score-threshold 0.9",
    "fasterrcnn_resnet50_fpn_v2-batch": f"predict --model fasterrcnn_resnet50_fpn_v2 --classes 4 {BATCH} --score-threshold 0.45",
    "fasterrcnn_resnet50_fpn_v2-losses": f"losses --model fasterrcnn_resnet50_fpn_v2 --sizes 96x128 --first 3 --min-size 96 "
                                         f"--gradients {V2_PARTS}",
    "fasterrcnn_mobilenet_v3_large_fpn-batch": f"predict --model fasterrcnn_mobilenet_v3_large_fpn --classes 4 {BATCH} "
                                               "--score-threshold 0.25",
    "fasterrcnn_mobilenet_v3_large_320_fpn-batch": "predict --model fasterrcnn_mobilenet_v3_large_320_fpn --classes 4 --sizes 96x128,150x100 --first 11 "
                                                   "--score-threshold 0.25",
    "maskrcnn_resnet50_fpn-batch": "predict --model maskrcnn_resnet50_fpn --sizes 40x48,36x30 --first 3 --score-threshold 0.84",
    "maskrcnn_resnet50_fpn-losses": f"losses --model maskrcnn_resnet50_fpn --sizes 48x64,50x40 --first 3 --min-size 96 --objects 3,0 "
                                    f"--gradients {PARTS},{MASK_PARTS}",
    "maskrcnn_resnet50_fpn_v2-batch": "predict --model maskrcnn_resnet50_fpn_v2 --classes 4 --sizes 40x48 --first 3 --score-threshold 0.45",
    "maskrcnn_resnet50_fpn_v2-losses": f"losses --model maskrcnn_resnet50_fpn_v2 --sizes 48x64 --first 3 --min-size 96 --gradients "
                                       f"{V2_PARTS},mask_head.0.1.bias,conv5_mask.bias,mask_fcn_logits.bias",
    "keypointrcnn_resnet50_fpn-batch": "predict --model keypointrcnn_resnet50_fpn --classes 2 --keypoints 5 --sizes 96x128,80x60 "
                                       "--first 3 --score-threshold 0.95",
    "keypointrcnn_resnet50_fpn-losses": f"losses --model keypointrcnn_resnet50_fpn --classes 3 --keypoints 5 --sizes 96x128,80x60 "
                                        f"--first 3 --min-size 96 --objects 3,2 --gradients {PARTS},keypoint_head.0.bias,"
                                        f"keypoint_head.14.bias,kps_score_lowres.bias",
    "resnet101-batch": f"predict --body resnet101 {BATCH} --score-threshold 0.5",
}


if __name__ == "__main__":
    run(parse(sys.argv[1:]))
