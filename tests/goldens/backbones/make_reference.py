#!/usr/bin/env python3
"""Writes what backbones that torchvision lacks compute, by a second implementation of their papers: plain functions on tensors.

  make_reference.py            remakes backbones.json, beside this script

Weights and pictures are those of ../parity/make_reference.py: a formula of a name and an element's index.
"position_embeddings" is torchvision's interpolate_embeddings. Needs torch and torchvision (Debian: python3-torchvision).
"""
import json
import os
import sys

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
GAINS = {"mobilenet_v1_x0_25": 9.0, "mobilenet_v3_small_dilated": 7.0}
gain = GAIN


def weight(name, *shape):
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


def conv(x, name, out, kernel, stride=1, padding=0, groups=1):
    return F.conv2d(x, weight(name + ".weight", out, x.shape[1] // groups, kernel, kernel), stride=stride, padding=padding, groups=groups)


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
    for name, make in scores.items():
        gain = GAINS.get(name, GAIN)
        with torch.no_grad():
            goldens[name] = {"gain": gain, "out": [float(v) for v in make().flatten()]}
    gain = GAIN
    goldens["position_embeddings"] = [positions(3, 5), positions(4, 2)]
    with open(os.path.join(FOLDER, "backbones.json"), "w") as file:
        file.write("{\n" + ",\n".join(f"{json.dumps(key)}: {json.dumps(value)}" for key, value in goldens.items()) + "\n}\n")


if __name__ == "__main__":
    main()
