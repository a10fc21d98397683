"""Writes detection.json: what the parts of torchvision 0.14.1's Faster R-CNN (torch 1.13.0, CPU) answer for small inputs.

Run: python3 make_goldens.py
Inputs and weights are filled by the formulas of ../ops/make_goldens.py, so that the tests can make them again and the file holds
results only. The tests that read it name the same sizes and seeds.
"""
import json
import os
from collections import OrderedDict

import torch
from torchvision.models.detection._utils import BalancedPositiveNegativeSampler
from torchvision.models.detection.anchor_utils import AnchorGenerator
from torchvision.models.detection.image_list import ImageList
from torchvision.models.detection.roi_heads import RoIHeads, fastrcnn_loss
from torchvision.models.detection.rpn import RegionProposalNetwork, RPNHead, permute_and_flatten
from torchvision.models.detection.transform import GeneralizedRCNNTransform
from torchvision.ops import FeaturePyramidNetwork, MultiScaleRoIAlign
from torchvision.ops.feature_pyramid_network import LastLevelMaxPool

EVERYTHING = 10 ** 6


def fill(shape, seed):
    n = 1
    for s in shape:
        n *= s
    i = torch.arange(n, dtype=torch.int64)
    return ((i * 7919 + seed * 104729) % 1009).to(torch.float32).div(512).sub(1).view(shape)


def boxes(n, width, height, seed):
    u = fill((n, 4), seed).add(1).div(2)
    x, y = u[:, 0] * width * 0.7, u[:, 1] * height * 0.7
    return torch.stack([x, y, x + u[:, 2] * width * 0.5 + 1, y + u[:, 3] * height * 0.5 + 1], 1)


def numbers(*tensors):
    return [float(f"{v:.9g}") for t in tensors for v in t.detach().flatten().tolist()]


def weigh(module):
    for i, p in enumerate(module.state_dict().values()):
        p.copy_(fill(p.shape, 100 + i) * 0.5)
    return module


def pyramid():
    network = weigh(FeaturePyramidNetwork([2, 3], 4, LastLevelMaxPool()))
    c2, c3 = fill((1, 2, 5, 6), 1).requires_grad_(), fill((1, 3, 3, 3), 2).requires_grad_()
    levels = list(network(OrderedDict([("0", c2), ("1", c3)])).values())
    sum((level * fill(level.shape, 3 + i)).sum() for i, level in enumerate(levels)).backward()
    return dict(levels=numbers(*levels), gradients=numbers(c2.grad, c3.grad))


def rpn_head():
    head = weigh(RPNHead(3, 2))
    maps = [fill((2, 3, 2, 3), 1), fill((2, 3, 1, 2), 2)]
    objectness, deltas = head(maps)
    flat = [permute_and_flatten(t, 2, 2, c, *t.shape[-2:]) for pair in zip(objectness, deltas) for t, c in zip(pair, (1, 4))]
    return numbers(*flat)


def rpn():
    sizes = [(32, 40), (20, 30)]
    network = RegionProposalNetwork(AnchorGenerator(((8,), (16,)), ((0.5, 1.0, 2.0),) * 2), RPNHead(3, 3), 0.7, 0.3, EVERYTHING, 0.5,
                                    dict(training=8, testing=8), dict(training=6, testing=6), 0.7).eval()
    network.fg_bg_sampler = BalancedPositiveNegativeSampler(EVERYTHING, 0.5)
    maps = [torch.zeros(2, 3, 4, 5), torch.zeros(2, 3, 2, 3)]
    anchors = network.anchor_generator(ImageList(torch.zeros(2, 3, 32, 40), sizes), maps)
    objectness, deltas = fill((2, 78), 5).mul(4), fill((2, 78, 4), 6).mul(0.5)
    proposals = network.box_coder.decode(deltas.view(-1, 4), anchors).view(2, -1, 4)
    regions, _ = network.filter_proposals(proposals, objectness.reshape(-1, 1), sizes, [60, 18])
    targets = [dict(boxes=torch.tensor([[3.0, 2, 12, 10], [10, 5, 30, 25]])), dict(boxes=torch.zeros(0, 4))]
    labels, matched = network.assign_targets_to_anchors(anchors, targets)
    wanted = network.box_coder.encode(matched, anchors)
    losses = network.compute_loss(objectness.reshape(-1, 1), deltas.view(-1, 4), labels, wanted)
    return dict(counts=[len(r) for r in regions], regions=numbers(*regions), losses=numbers(*losses))


def roi_align():
    maps = {str(i): fill((2, 2, 160 >> i, 160 >> i), 1 + i) for i in range(3)}
    regions = [torch.tensor([[0.0, 0, 50, 50], [10, 20, 122, 132], [100, 100, 324, 324], [5, 5, 635, 600], [30, 30, 30, 60]]),
               torch.tensor([[0.0, 0, 111.9, 111.9], [200, 100, 640, 400]])]
    return numbers(MultiScaleRoIAlign(["0", "1", "2"], 2, 2)(maps, regions, [(640, 640), (600, 640)]))


def roi_align_low():
    maps = {"0": fill((1, 1, 8, 80), 1), "1": fill((1, 1, 4, 40), 2)}
    return numbers(MultiScaleRoIAlign(["0", "1"], 2, 2)(maps, [torch.tensor([[0.0, 0, 100, 20]])], [(20, 300)]))


def roi_heads(**changes):
    return RoIHeads(None, None, None, 0.5, 0.5, EVERYTHING, 0.5, None, 0.05, 0.5, changes.get("detections", 100)).eval()


def detections():
    heads = roi_heads(detections=5)
    regions = [boxes(12, 40, 32, 1), torch.zeros(0, 4), boxes(3, 40, 32, 2)]
    # Squares: with the formula as it is many rows would have the same scores.
    logits, deltas = fill((15, 3), 3).square().mul(4), fill((15, 12), 4).mul(5)
    found = heads.postprocess_detections(logits, deltas, regions, [(32, 40), (30, 30), (24, 36)])
    return [dict(boxes=numbers(b), scores=numbers(s), labels=label.tolist()) for b, s, label in zip(*found)]


def training():
    heads = roi_heads()
    heads.fg_bg_sampler = BalancedPositiveNegativeSampler(EVERYTHING, 0.5)
    targets = [dict(boxes=boxes(2, 40, 32, 7), labels=torch.tensor([2, 1])),
               dict(boxes=torch.zeros(0, 4), labels=torch.zeros(0, dtype=torch.int64))]
    regions, _, labels, wanted = heads.select_training_samples([boxes(12, 40, 32, 1), boxes(3, 40, 32, 2)], targets)
    losses = fastrcnn_loss(fill((17, 3), 3).mul(3), fill((17, 12), 4).mul(5), labels, wanted)
    return dict(labels=torch.cat(labels).tolist(), regions=numbers(*regions), deltas=numbers(wanted[0]), losses=numbers(*losses))


def transform():
    change = GeneralizedRCNNTransform(6, 9, [0.485, 0.456, 0.406], [0.229, 0.224, 0.225])
    pictures = [fill((3, 10, 7), 1).add(1).div(2), fill((3, 4, 4), 2).add(1).div(2)]
    targets = [dict(boxes=torch.tensor([[1.0, 2, 5, 9]]), labels=torch.tensor([1])),
               dict(boxes=torch.tensor([[0.0, 0, 4, 1]]), labels=torch.tensor([2]))]
    batch, targets = change(pictures, targets)
    return dict(sizes=batch.image_sizes, shape=list(batch.tensors.shape), boxes=numbers(*[t["boxes"] for t in targets]),
                pixels=numbers(*[batch.tensors[n, :, :h, :w] for n, (h, w) in enumerate(batch.image_sizes)]))


with torch.no_grad():
    golden = dict(rpn_head=rpn_head(), rpn=rpn(), roi_align=roi_align(), roi_align_low=roi_align_low(), detections=detections(),
                  training=training(), transform=transform())
golden["pyramid"] = pyramid()
with open(os.path.join(os.path.dirname(os.path.abspath(__file__)), "detection.json"), "w") as f:
    f.write("{\n" + ",\n".join(f" {json.dumps(k)}: {json.dumps(v)}" for k, v in golden.items()) + "\n}\n")
