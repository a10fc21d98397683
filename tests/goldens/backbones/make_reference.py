#!/usr/bin/env python3
"""Writes what backbones that torchvision lacks compute, by a second implementation of their papers: plain functions on tensors.

  make_reference.py            remakes backbones.json, beside this script

Weights and pictures are those of ../parity/make_reference.py: a formula of a name and an element's index.
"position_embeddings" is torchvision's interpolate_embeddings. Needs torch and torchvision (Debian: python3-torchvision).
"""
import json
import os
import sys

import numpy as np
import torch
import torch.nn.functional as F
from torchvision.models.mobilenetv3 import MobileNetV3, _mobilenet_v3_conf
from torchvision.models.vision_transformer import interpolate_embeddings

FOLDER = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(FOLDER, "..", "parity"))
from make_reference import formula_image, formula_values  # noqa: E402

CLASSES = 10
# Of the weights: at the usual one, the scores of two pictures hardly differ in some networks.
GAIN = 3.0
OWN_GAINS = {"mobilenet_v1_x0_25": 9.0, "mobilenet_v3_small_dilated": 7.0}
GAINS = (1.0, 2.0, 3.0, 4.0, 6.0, 9.0)
gain = GAIN
parameters = 0                                          # of the network that runs; running statistics are none


def weight(name, *shape):
    global parameters
    if "running_" not in name:
        parameters += int(np.prod(shape))
    return torch.from_numpy(formula_values(name, shape, gain))


def batch_norm(x, name):
    c = x.shape[1]
    return F.batch_norm(x, weight(name + ".running_mean", c), weight(name + ".running_var", c),
                        weight(name + ".weight", c), weight(name + ".bias", c))


def layer_norm(x, name):
    c = x.shape[-1]
    return F.layer_norm(x, (c,), weight(name + ".weight", c), weight(name + ".bias", c), 1e-6)


def linear(x, name, out):
    return F.linear(x, weight(name + ".weight", out, x.shape[-1]), weight(name + ".bias", out))


def conv(x, name, out, kernel, stride=1, padding=0, groups=1, bias=False):
    return F.conv2d(x, weight(name + ".weight", out, x.shape[1] // groups, kernel, kernel), weight(name + ".bias", out) if bias else None,
                    stride=stride, padding=padding, groups=groups)


def images(height, width):
    return (torch.stack([formula_image(index, height, width) for index in (31, 32)]) - 0.5) / 0.25


def mixer(x, patch, layers, width, tokens, channels):
    """Tolstikhin et al. 2021, figure 1; pictures to scores."""
    n = x.shape[0]
    x = F.conv2d(x, weight("stem.proj.weight", width, 3, patch, patch), weight("stem.proj.bias", width), stride=patch)
    x = x.flatten(2).transpose(1, 2)
    count = x.shape[1]
    for i in range(layers):
        block = f"blocks.{i}."
        y = layer_norm(x, block + "norm1").transpose(1, 2)
        y = linear(F.gelu(linear(y, block + "mlp_tokens.fc1", tokens)), block + "mlp_tokens.fc2", count)
        x = x + y.transpose(1, 2)
        y = layer_norm(x, block + "norm2")
        x = x + linear(F.gelu(linear(y, block + "mlp_channels.fc1", channels)), block + "mlp_channels.fc2", width)
    x = layer_norm(x, "norm").mean(1)
    return linear(x, "head", CLASSES)


def cifar_resnet(x, depth):
    """He et al. 2016, section 4.2, with shortcuts of option A."""
    x = F.relu(batch_norm(conv(x, "conv1", 16, 3, padding=1), "bn1"))
    for stage, width in enumerate((16, 32, 64), start=1):
        for i in range((depth - 2) // 6):
            name = f"layer{stage}.{i}."
            stride = 2 if stage > 1 and i == 0 else 1
            y = F.relu(batch_norm(conv(x, name + "conv1", width, 3, stride, 1), name + "bn1"))
            y = batch_norm(conv(y, name + "conv2", width, 3, 1, 1), name + "bn2")
            shortcut = torch.zeros_like(y)
            shortcut[:, :x.shape[1]] = x[:, :, ::stride, ::stride]
            x = F.relu(y + shortcut)
    return linear(x.mean((2, 3)), "fc", CLASSES)


def wide_resnet(x, depth, k):
    """Zagoruyko and Komodakis 2016, table 1."""
    x = conv(x, "conv1", 16, 3, padding=1)
    for stage, width in enumerate((16 * k, 32 * k, 64 * k), start=1):
        for i in range((depth - 4) // 6):
            name = f"layer{stage}.{i}."
            stride = 2 if stage > 1 and i == 0 else 1
            active = F.relu(batch_norm(x, name + "bn1"))
            y = F.relu(batch_norm(conv(active, name + "conv1", width, 3, stride, 1), name + "bn2"))
            y = conv(y, name + "conv2", width, 3, 1, 1)
            x = y + (conv(active, name + "downsample", width, 1, stride) if x.shape[1] != width else x)
    x = F.relu(batch_norm(x, "bn1"))
    return linear(x.mean((2, 3)), "fc", CLASSES)


def bottleneck(x, name, width, out, stride=1, groups=1, squeeze=None):
    """He et al. 2016, figure 5 right, with Hu et al. 2018, figure 3, where a squeeze ratio is given."""
    y = F.relu(batch_norm(conv(x, name + "conv1", width, 1), name + "bn1"))
    y = F.relu(batch_norm(conv(y, name + "conv2", width, 3, stride, 1, groups), name + "bn2"))
    y = batch_norm(conv(y, name + "conv3", out, 1), name + "bn3")
    if squeeze:
        gate = F.relu(conv(y.mean((2, 3), keepdim=True), name + "se.fc1", out // squeeze, 1, bias=True))
        y = y * torch.sigmoid(conv(gate, name + "se.fc2", out, 1, bias=True))
    if x.shape[1] != out or stride != 1:
        x = batch_norm(conv(x, name + "downsample.0", out, 1, stride), name + "downsample.1")
    return F.relu(x + y)


def se_resnet(x, blocks, groups=1, group_width=64):
    """Hu et al. 2018, table 1."""
    x = F.max_pool2d(F.relu(batch_norm(conv(x, "conv1", 64, 7, 2, 3), "bn1")), 3, 2, 1)
    for stage, count in enumerate(blocks):
        for i in range(count):
            x = bottleneck(x, f"layer{stage + 1}.{i}.", groups * group_width << stage, 256 << stage, 2 if stage and not i else 1, groups, 16)
    return linear(x.mean((2, 3)), "fc", CLASSES)


def darknet53(x):
    """Redmon and Farhadi 2018, table 1."""
    def layer(x, name, out, kernel, stride=1):
        return F.leaky_relu(batch_norm(conv(x, name + ".0", out, kernel, stride, kernel // 2), name + ".1"), 0.1)

    x = layer(x, "conv1", 32, 3)
    for stage, count in enumerate((1, 2, 8, 8, 4), start=1):
        out = 32 << stage
        x = layer(x, f"stage{stage}.0", out, 3, 2)
        for i in range(1, count + 1):
            x = x + layer(layer(x, f"stage{stage}.{i}.conv1", out // 2, 1), f"stage{stage}.{i}.conv2", out, 3)
    return linear(x.mean((2, 3)), "fc", CLASSES)


def hrnet(x, width):
    """Wang et al. 2021, figures 2 and 3, and the classification head of their appendix; names of the authors' code."""
    def layer(x, name, out, kernel, stride=1, bias=False):
        return batch_norm(conv(x, name + ".0", out, kernel, stride, kernel // 2, bias=bias), name + ".1")

    x = F.relu(batch_norm(conv(x, "conv1", 64, 3, 2, 1), "bn1"))
    x = F.relu(batch_norm(conv(x, "conv2", 64, 3, 2, 1), "bn2"))
    for i in range(4):
        x = bottleneck(x, f"layer1.{i}.", 64, 256)
    maps = [x]
    for stage, modules in ((2, 1), (3, 4), (4, 3)):
        transition = f"transition{stage - 1}."
        new = F.relu(layer(maps[-1], f"{transition}{stage - 1}.0", width << stage - 1, 3, 2))
        maps = ([F.relu(layer(x, transition + "0", width, 3))] if stage == 2 else maps) + [new]
        for module in range(modules):
            name = f"stage{stage}.{module}."
            for branch, y in enumerate(maps):
                for i in range(4):
                    block = f"{name}branches.{branch}.{i}."
                    z = F.relu(batch_norm(conv(y, block + "conv1", y.shape[1], 3, 1, 1), block + "bn1"))
                    y = F.relu(y + batch_norm(conv(z, block + "conv2", y.shape[1], 3, 1, 1), block + "bn2"))
                maps[branch] = y
            fused = []
            for to in range(stage):
                total = 0
                for source, y in enumerate(maps):
                    fuse = f"{name}fuse_layers.{to}.{source}"
                    if source > to:
                        y = F.interpolate(layer(y, fuse, width << to, 1), scale_factor=2 ** (source - to), mode="nearest")
                    for i in range(to - source):
                        last = i == to - source - 1
                        y = layer(y, f"{fuse}.{i}", width << (to if last else source), 3, 2)
                        y = y if last else F.relu(y)
                    total = total + y
                fused.append(F.relu(total))
            maps = fused
    y = bottleneck(maps[0], "incre_modules.0.0.", 32, 128)
    for i in range(1, 4):
        y = bottleneck(maps[i], f"incre_modules.{i}.0.", 32 << i, 128 << i) + F.relu(layer(y, f"downsamp_modules.{i - 1}", 128 << i, 3, 2, True))
    y = F.relu(layer(y, "final_layer", 2048, 1, bias=True))
    return linear(y.mean((2, 3)), "classifier", CLASSES)


def best(make, gains=GAINS):
    """With the gain that makes the scores of the two pictures differ most."""
    global gain, parameters
    results = []
    for gain in gains:
        parameters = 0
        out = make()
        if torch.isfinite(out).all():
            results.append((float((out[0] - out[1]).norm() / out.norm()), gain, out))
    spread, chosen, out = max(results, key=lambda result: result[0])
    gain = GAIN
    return {"gain": chosen, "spread": round(spread, 4), "parameters": parameters, "out": [float(v) for v in out.flatten()]}


def mobilenet_v1(x, width):
    """Howard et al. 2017, table 1."""
    x = F.relu(batch_norm(conv(x, "features.0.0", int(32 * width), 3, 2, 1), "features.0.1"))
    for i, out in enumerate((64, 128, 128, 256, 256, 512, 512, 512, 512, 512, 512, 1024, 1024), start=1):
        name = f"features.{i}."
        c = x.shape[1]
        x = F.relu(batch_norm(conv(x, name + "0.0", c, 3, 2 if i in (2, 4, 6, 12) else 1, 1, groups=c), name + "0.1"))
        x = F.relu(batch_norm(conv(x, name + "1.0", int(out * width), 1), name + "1.1"))
    return linear(x.mean((2, 3)), "classifier.1", CLASSES)


def shuffle(x, groups):
    n, c, h, w = x.shape
    return x.view(n, groups, c // groups, h, w).transpose(1, 2).reshape(n, c, h, w)


def shufflenet_v1(x, groups):
    """Zhang et al. 2018, table 1, figure 2."""
    x = F.relu(batch_norm(conv(x, "conv1.0", 24, 3, 2, 1), "conv1.1"))
    x = F.max_pool2d(x, 3, 2, 1)
    width = {1: 144, 2: 200, 3: 240, 4: 272, 8: 384}[groups]
    for stage, units in ((2, 4), (3, 8), (4, 4)):
        for i in range(units):
            name = f"stage{stage}.{i}."
            inner = width // 4
            y = conv(x, name + "conv1", inner, 1, groups=1 if (stage, i) == (2, 0) else groups)
            y = shuffle(F.relu(batch_norm(y, name + "bn1")), groups)
            y = batch_norm(conv(y, name + "conv2", inner, 3, 1 if i else 2, 1, groups=inner), name + "bn2")
            y = batch_norm(conv(y, name + "conv3", width if i else width - x.shape[1], 1, groups=groups), name + "bn3")
            x = F.relu(x + y if i else torch.cat((F.avg_pool2d(x, 3, 2, 1), y), 1))
        width *= 2
    return linear(x.mean((2, 3)), "fc", CLASSES)


def mobilenet_v3_small_dilated(x):
    """As torchvision's segmentation networks have it."""
    setting, last = _mobilenet_v3_conf("mobilenet_v3_small", dilated=True)
    model = MobileNetV3(setting, last, CLASSES).eval()
    for name, value in model.state_dict().items():
        if value.is_floating_point():
            value.copy_(weight(name, *value.shape))
    return model(x)


def positions(before, after):
    state = {"encoder.pos_embedding": weight("positions", 1, 1 + before * before, 2)}
    values = interpolate_embeddings(16 * after, 16, state)["encoder.pos_embedding"]
    return {"before": before, "after": after, "values": [float(v) for v in values.flatten()]}


def main():
    torch.set_num_threads(2)
    scores = {
        # Odd sizes show how strides round.
        "mixer": lambda: mixer(images(24, 24), 8, 2, 16, 12, 24),
        "cifar_resnet20": lambda: cifar_resnet(images(27, 33), 20),
        "wrn_16_4": lambda: wide_resnet(images(27, 33), 16, 4),
        "mobilenet_v1_x0_25": lambda: mobilenet_v1(images(75, 107), 0.25),
        "shufflenet_v1_g3": lambda: shufflenet_v1(images(75, 107), 3),
        "mobilenet_v3_small_dilated": lambda: mobilenet_v3_small_dilated(images(75, 107)),
    }
    global gain
    goldens = {}
    with torch.no_grad():
        for name, make in scores.items():
            gain = OWN_GAINS.get(name, GAIN)
            goldens[name] = {"gain": gain, "out": [float(v) for v in make().flatten()]}
        gain = GAIN
        # With greater gains the gates switch all or nothing, and rounding decides which.
        goldens["se_resnet50"] = best(lambda: se_resnet(images(75, 107), (3, 4, 6, 3)), GAINS[:4])
        goldens["se_resnext50_32x4d"] = best(lambda: se_resnet(images(75, 107), (3, 4, 6, 3), 32, 4), GAINS[:4])
        goldens["darknet53"] = best(lambda: darknet53(images(75, 107)))
        goldens["hrnet_w18"] = best(lambda: hrnet(images(64, 96), 18))
    goldens["position_embeddings"] = [positions(3, 5), positions(4, 2)]
    with open(os.path.join(FOLDER, "backbones.json"), "w") as file:
        file.write("{\n" + ",\n".join(f"{json.dumps(key)}: {json.dumps(value)}" for key, value in goldens.items()) + "\n}\n")


if __name__ == "__main__":
    main()
