"""Writes ops.json: what torchvision 0.14.1 (torch 1.13.0, CPU) answers for small inputs.

Run: python3 make_goldens.py
Inputs are filled by a formula of the index (see `fill`), so that the tests can make them again and the file holds results only.
"""
import json
import os

import torch
import torchvision
from torchvision.models.detection._utils import BoxCoder, Matcher
from torchvision.models.detection.anchor_utils import AnchorGenerator
from torchvision.models.detection.image_list import ImageList


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


def rois(n, images, width, height, seed):
    index = (torch.arange(n) % images).to(torch.float32)
    return torch.cat([index[:, None], boxes(n, width, height, seed)], 1)


def numbers(t):
    return [float(f"{v:.9g}") for v in t.detach().flatten().tolist()]


def align(n, c, h, w, r, ph, pw, scale, ratio, aligned):
    x = fill((n, c, h, w), 1).requires_grad_()
    out = torchvision.ops.roi_align(x, rois(r, n, w / scale, h / scale, 2), (ph, pw), scale, ratio, aligned)
    out.backward(fill(out.shape, 3))
    return dict(n=n, c=c, h=h, w=w, r=r, ph=ph, pw=pw, scale=scale, ratio=ratio, aligned=aligned, out=numbers(out), grad=numbers(x.grad))


def pool(n, c, h, w, r, ph, pw, scale):
    x = fill((n, c, h, w), 1).requires_grad_()
    out = torchvision.ops.roi_pool(x, rois(r, n, w / scale, h / scale, 2), (ph, pw), scale)
    out.backward(fill(out.shape, 3))
    return dict(n=n, c=c, h=h, w=w, r=r, ph=ph, pw=pw, scale=scale, out=numbers(out), grad=numbers(x.grad))


def nms(n, threshold, steps):
    b, s = boxes(n, 100, 80, 4), fill((n,), 5).add(1).mul(steps / 2).round().div(steps)
    k = torch.arange(n) % 3
    return dict(n=n, threshold=threshold, steps=steps, keep=torchvision.ops.nms(b, s, threshold).tolist(),
                batched=torchvision.ops.batched_nms(b, s, k, threshold).tolist())


def matcher(m, n, high, low, best):
    t, a = boxes(m, 100, 80, 6), boxes(n, 100, 80, 7)
    return dict(m=m, n=n, high=high, low=low, best=best, matches=Matcher(high, low, best)(torchvision.ops.box_iou(t, a)).tolist())


def anchors():
    generator = AnchorGenerator(((32, 64), (100, 45)), ((0.5, 1.0, 2.0),) * 2)
    maps = [torch.zeros(1, 1, 2, 3), torch.zeros(1, 1, 1, 2)]
    return numbers(generator(ImageList(torch.zeros(1, 3, 33, 50), [(33, 50)]), maps)[0])


def coder():
    c = BoxCoder((10.0, 10.0, 5.0, 5.0))
    a, b = boxes(5, 100, 80, 8), boxes(5, 100, 80, 9)
    deltas = fill((5, 8), 10).mul(30)
    return dict(encoded=numbers(c.encode_single(a, b)), decoded=numbers(c.decode_single(deltas, b)))


golden = dict(
    align=[align(2, 3, 6, 7, 4, 2, 3, 0.5, 2, False), align(1, 9, 5, 6, 3, 2, 2, 0.25, -1, True), align(2, 17, 4, 5, 3, 1, 2, 1.0, 3, True)],
    pool=[pool(2, 3, 6, 7, 4, 2, 3, 0.5), pool(1, 5, 5, 6, 3, 2, 2, 0.25)],
    nms=[nms(60, 0.3, 1000), nms(80, 0.5, 7), nms(40, 0.0, 5)],
    iou=numbers(torchvision.ops.box_iou(boxes(3, 100, 80, 6), boxes(4, 100, 80, 7))),
    giou=numbers(torchvision.ops.generalized_box_iou(boxes(3, 100, 80, 6), boxes(4, 100, 80, 7))),
    matcher=[matcher(4, 50, 0.5, 0.3, True), matcher(4, 50, 0.5, 0.3, False), matcher(7, 40, 0.3, 0.1, True)],
    anchors=anchors(), coder=coder())
with open(os.path.join(os.path.dirname(os.path.abspath(__file__)), "ops.json"), "w") as f:
    f.write("{\n" + ",\n".join(f" {json.dumps(k)}: {json.dumps(v)}" for k, v in golden.items()) + "\n}\n")
