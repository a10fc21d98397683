#!/usr/bin/env python3
"""Writes what encoder-decoder networks compute, by a second implementation of their papers: plain functions on tensors.

  make_encoder_decoders.py     remakes encoder_decoders.json, beside this script

Weights and pictures are those of ../parity/make_reference.py: a formula of a name and an element's index. Networks that can be narrow are,
so that the tests are quick. Every few rows and columns of the scores are kept. Needs torch (Debian: python3-torch).
"""
import json
import os
import sys

import numpy as np
import torch
import torch.nn.functional as F

FOLDER = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(FOLDER, "..", "parity"))
from make_reference import formula_image, formula_values  # noqa: E402

CLASSES = 5
HEIGHT, WIDTH = 37, 53                                  # odd sizes show how padding and cutting go
ROWS, COLUMNS = 9, 13                                   # steps between what is kept
GAINS = (1.0, 2.0, 3.0, 4.0, 6.0, 9.0)
gain = 0.0
parameters = 0                                          # of the network that runs


def weight(name, *shape):
    global parameters
    if "running_" not in name:
        parameters += int(np.prod(shape))
    return torch.from_numpy(formula_values(name, shape, gain))


def norm(x, name):
    c = x.shape[1]
    return F.batch_norm(x, weight(name + ".running_mean", c), weight(name + ".running_var", c),
                        weight(name + ".weight", c), weight(name + ".bias", c))


def conv(x, name, out, kernel, stride=1, padding=0, dilation=1, bias=False):
    height, width = kernel if isinstance(kernel, tuple) else (kernel, kernel)
    return F.conv2d(x, weight(name + ".weight", out, x.shape[1], height, width), weight(name + ".bias", out) if bias else None,
                    stride=stride, padding=padding, dilation=dilation)


def deconv(x, name, out, kernel, stride, padding=0, output_padding=0, bias=True):
    return F.conv_transpose2d(x, weight(name + ".weight", x.shape[1], out, kernel, kernel), weight(name + ".bias", out) if bias else None,
                              stride=stride, padding=padding, output_padding=output_padding)


def brick(x, name, out, kernel, stride=1, padding=None, dilation=1, relu=True):
    """A convolution named 0 and batch norm named 1."""
    padding = (kernel - 1) // 2 * dilation if padding is None else padding
    x = norm(conv(x, name + ".0", out, kernel, stride, padding, dilation), name + ".1")
    return F.relu(x) if relu else x


def pool(x):
    return F.max_pool2d(x, 2, 2, return_indices=True)


def images():
    return (torch.stack([formula_image(index, HEIGHT, WIDTH) for index in (31, 32)]) - 0.5) / 0.25


def padded(multiple, least=1):
    x = images()
    target = [max(least, -(-size // multiple) * multiple) for size in x.shape[2:]]
    return F.pad(x, (0, target[1] - WIDTH, 0, target[0] - HEIGHT))


def resize(x, height, width):
    return F.interpolate(x, size=(height, width), mode="bilinear", align_corners=False)


def vgg_down(x, width):
    places, place, channels = [], 0, 0
    for block, count in enumerate((2, 2, 3, 3, 3)):
        channels = width * 2 ** min(block, 3)
        for _ in range(count):
            x = conv(x, f"backbone.features.{place}", channels, 3, 1, 1, bias=True)
            x = F.relu(norm(x, f"backbone.features.{place + 1}"))
            place += 3
        place += 1
        x, where = pool(x)
        places.append(where)
    return x, places


def vgg_up(x, places, width):
    for block, count in reversed(list(enumerate((2, 2, 3, 3, 3)))):
        x = F.max_unpool2d(x, places[block], 2, 2)
        here, next_ = width * 2 ** min(block, 3), width * 2 ** min(max(block - 1, 0), 3)
        for i in range(count):
            x = brick(x, f"decoder.block{block + 1}.{i}", next_ if i == count - 1 else here, 3)
    return x


def segnet(width):
    x, places = vgg_down(padded(32), width)
    return conv(vgg_up(x, places, width), "classifier", CLASSES, 1, bias=True)


def segnet_basic():
    x, stack = padded(16), []
    for i in range(4):
        x, where = pool(brick(x, f"encoder.{i}", 64, 7))
        stack.append(where)
    for i in range(4):
        x = brick(F.max_unpool2d(x, stack.pop(), 2, 2), f"decoder.{i}", 64, 7, relu=False)
    return conv(x, "classifier", CLASSES, 1, bias=True)


def deconvnet(width):
    x, places = vgg_down(padded(32, 224), width)
    x = brick(brick(x, "fc6", 64 * width, 7, padding=0), "fc7", 64 * width, 1)
    x = F.relu(norm(deconv(x, "deconv_fc6", 8 * width, 7, 1, bias=False), "deconv_fc6_norm"))
    return conv(vgg_up(x, places, width), "classifier", CLASSES, 1, bias=True)


def unet(width):
    # numpy mirrors back and forth as often as it takes; 92 pixels on each side, and the rest to 4 + 16 n on the right and below.
    x = images().numpy()
    more = [-(size - 4) % 16 for size in x.shape[2:]]
    x = torch.from_numpy(np.pad(x, ((0, 0), (0, 0), (92, 92 + more[0]), (92, 92 + more[1])), mode="reflect"))

    def double(x, name, out):
        for part in ("first", "second"):
            x = F.relu(conv(x, f"{name}.{part}.0", out, 3, bias=True))
        return x

    skips = []
    for i in range(5):
        x = double(x if i == 0 else F.max_pool2d(x, 2, 2), f"down{i + 1}", width * 2 ** i)
        skips.append(x)
    for i in (3, 2, 1, 0):
        x = deconv(x, f"up{i + 1}", width * 2 ** i, 2, 2)
        cut = [(a - b) // 2 for a, b in zip(skips[i].shape[2:], x.shape[2:])]
        skip = skips[i][:, :, cut[0]:cut[0] + x.shape[2], cut[1]:cut[1] + x.shape[3]]
        x = double(torch.cat((skip, x), 1), f"merge{i + 1}", width * 2 ** i)
    return conv(x, "classifier", CLASSES, 1, bias=True)


def unet_same(width):
    def double(x, name, between, out):
        return brick(brick(x, name + ".first", between, 3), name + ".second", out, 3)

    x, skips = padded(16), []
    for i in range(5):
        channels = width * 2 ** min(i, 3)
        x = double(x if i == 0 else F.max_pool2d(x, 2, 2), f"down{i + 1}", channels, channels)
        skips.append(x)
    for i in (3, 2, 1, 0):
        joined = torch.cat((skips[i], resize(x, *skips[i].shape[2:])), 1)
        x = double(joined, f"merge{i + 1}", width * 2 ** i, width * 2 ** max(i - 1, 0))
    return conv(x, "classifier", CLASSES, 1, bias=True)


def enet():
    def prelu(x, name):
        return F.prelu(x, weight(name + ".weight", x.shape[1]))

    def unit(x, name, out, kernel, stride=1, padding=0, dilation=1):
        return prelu(norm(conv(x, name + ".conv", out, kernel, stride, padding, dilation), name + ".norm"), name + ".prelu")

    def end(x, name, out, main):
        return prelu(norm(conv(x, name + ".expand", out, 1), name + ".expand_norm") + main, name + ".prelu")

    def bottleneck(x, name, kind):
        channels = x.shape[1]
        y = unit(x, name + ".reduce", channels // 4, 1)
        if kind == "asymmetric":
            y = conv(y, name + ".middle.before", channels // 4, (5, 1), padding=(2, 0))
            y = unit(y, name + ".middle", channels // 4, (1, 5), padding=(0, 2))
        else:
            y = unit(y, name + ".middle", channels // 4, 3, 1, kind, kind)
        return end(y, name, channels, x)

    def down(x, name, out):
        main, where = pool(x)
        y = unit(unit(x, name + ".reduce", out // 4, 2, 2), name + ".middle", out // 4, 3, 1, 1)
        return end(y, name, out, torch.cat((main, torch.zeros(main.shape[0], out - main.shape[1], *main.shape[2:])), 1)), where

    def up(x, name, out, where):
        main = F.max_unpool2d(norm(conv(x, name + ".main", out, 1), name + ".main_norm"), where, 2, 2)
        y = deconv(unit(x, name + ".reduce", out // 4, 1), name + ".enlarge", out // 4, 3, 2, 1, 1, bias=False)
        return end(prelu(norm(y, name + ".enlarge_norm"), name + ".enlarge_prelu"), name, out, main)

    x = padded(8)
    x = torch.cat((conv(x, "initial", 13, 3, 2, 1), F.max_pool2d(x, 2, 2)), 1)
    x = prelu(norm(x, "initial_norm"), "initial_prelu")
    x, where1 = down(x, "down1", 64)
    for i in range(4):
        x = bottleneck(x, f"stage1.{i}", 1)
    x, where2 = down(x, "down2", 128)
    for stage in (2, 3):
        for i, kind in enumerate((1, 2, "asymmetric", 4, 1, 8, "asymmetric", 16)):
            x = bottleneck(x, f"stage{stage}.{i}", kind)
    x = up(x, "up4", 64, where2)
    for i in range(2):
        x = bottleneck(x, f"stage4.{i}", 1)
    x = bottleneck(up(x, "up5", 16, where1), "stage5.0", 1)
    return deconv(x, "fullconv", CLASSES, 2, 2)


def fc_densenet(layers, growth):
    def layer(x, name, out, kernel):
        return conv(F.relu(norm(x, name + ".norm")), name + ".conv", out, kernel, 1, kernel // 2, bias=True)

    def block(x, name, count):
        """All that it sees at its end, and what it has added."""
        new = []
        for i in range(count):
            new.append(layer(x, f"{name}.{i}", growth, 3))
            x = torch.cat((x, new[-1]), 1)
        return x, torch.cat(new, 1)

    x, skips, last = conv(padded(32), "stem", 48, 3, 1, 1, bias=True), [], len(layers) - 1
    for i in range(last):
        x, _ = block(x, f"down{i + 1}", layers[i])
        skips.append(x)
        x = F.max_pool2d(layer(x, f"transition_down{i + 1}", x.shape[1], 1), 2, 2)
    _, new = block(x, "bottleneck", layers[last])
    for i in reversed(range(last)):
        enlarged = deconv(new, f"transition_up{i + 1}", new.shape[1], 3, 2, 1, 1)
        x, new = block(torch.cat((skips[i], enlarged), 1), f"up{i + 1}", layers[i])
    return conv(x, "classifier", CLASSES, 1, bias=True)


def icnet(blocks, width):
    """On a ResNet of bottlenecks; the two auxiliary scores after those of the head, all at the size of the padded pictures."""
    def bottleneck(x, name, inner, stride, dilation):
        y = F.relu(norm(conv(x, name + ".conv1", inner, 1), name + ".bn1"))
        y = F.relu(norm(conv(y, name + ".conv2", inner, 3, stride, dilation, dilation), name + ".bn2"))
        y = norm(conv(y, name + ".conv3", 4 * inner, 1), name + ".bn3")
        if x.shape[1] != 4 * inner or stride > 1:
            x = norm(conv(x, name + ".downsample.0", 4 * inner, 1, stride), name + ".downsample.1")
        return F.relu(x + y)

    def fuse(coarse, fine, name):
        return F.relu(brick(coarse, name + ".coarse", 128, 3, dilation=2, relu=False) + brick(fine, name + ".fine", 128, 1, relu=False))

    def scaled(x, factor):
        return resize(x, int(x.shape[2] * factor), int(x.shape[3] * factor))

    full = padded(32)
    x = F.relu(norm(conv(scaled(full, 0.5), "backbone.conv1", width, 7, 2, 3), "backbone.bn1"))
    x = F.max_pool2d(x, 3, 2, 1)
    for stage, count in enumerate(blocks):
        for i in range(count):
            before, after = ((1, 1), (1, 1), (1, 2), (2, 4))[stage]
            stride = 2 if (stage, i) == (1, 0) else 1
            x = bottleneck(x, f"backbone.layer{stage + 1}.{i}", width * 2 ** stage, stride, before if i == 0 else after)
            if (stage, i) == (1, 0):
                middle, x = x, scaled(x, 0.5)
    x = x + sum(resize(F.adaptive_avg_pool2d(x, bins), *x.shape[2:]) for bins in (1, 2, 3, 6))
    low = scaled(brick(x, "reduce", width * 8, 1), 2)
    detail = full
    for i, channels in enumerate((32, 32, 64)):
        detail = brick(detail, f"detail.{i}", channels, 3, 2)
    fused = scaled(fuse(low, middle, "fuse_low"), 2)
    scores = conv(scaled(fuse(fused, detail, "fuse_middle"), 2), "classifier", CLASSES, 1, bias=True)
    others = conv(low, "low_classifier", CLASSES, 1, bias=True), conv(fused, "middle_classifier", CLASSES, 1, bias=True)
    return torch.cat([resize(s, *full.shape[2:]) for s in (scores, *others)], 1)


def best(make):
    """With the gain at which the scores differ most between pixels, relative to their size."""
    global gain, parameters
    found = None
    for gain in GAINS:
        parameters = 0
        out = make()[:, :, :HEIGHT, :WIDTH][:, :, ::ROWS, ::COLUMNS]
        spread = float(out.std((2, 3)).mean() / out.abs().max())
        if torch.isfinite(out).all() and (found is None or spread > found[0]):
            found = spread, gain, out
    spread, used, out = found
    return {"gain": used, "spread": spread, "parameters": parameters, "shape": list(out.shape),
            "out": [float(f"{v:.7g}") for v in out.flatten()]}


def main():
    torch.set_num_threads(2)
    makers = {
        "segnet_basic": segnet_basic,
        "segnet": lambda: segnet(8),
        "deconvnet": lambda: deconvnet(4),
        "unet": lambda: unet(4),
        "unet_same": lambda: unet_same(4),
        "enet": enet,
        "fc_densenet56": lambda: fc_densenet((4, 4, 4, 4, 4, 4), 12),
        "icnet": lambda: icnet((3, 4, 6, 3), 8),
    }
    with torch.no_grad():
        goldens = {name: best(make) for name, make in makers.items()}
    with open(os.path.join(FOLDER, "encoder_decoders.json"), "w") as file:
        file.write("{\n" + ",\n".join(f"{json.dumps(key)}: {json.dumps(value)}" for key, value in goldens.items()) + "\n}\n")


if __name__ == "__main__":
    main()
