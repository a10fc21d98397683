"""Writes losses.json: what torch 1.13.0 and torchvision 0.14.1 (CPU, float64) answer for small inputs; where they have no such loss, what
its formula gives when it is written out in plain loops.

Run: python3 make_goldens.py
Inputs are filled by formulas of the index (`fill`, `classes`, `shares`, `yes_no`), so that the tests can make them again and the file
holds results only.
"""
import json
import math
import os

import torch
import torch.nn.functional as F
import torchvision

VOID = 255


def fill(shape, seed):
    i = torch.arange(math.prod(shape), dtype=torch.int64)
    return ((i * i * 31 + i * 7919 + seed * 104729) % 1009).to(torch.float64).div(512).sub(1).view(shape)


def classes(shape, void):
    """shape: N,K,... The last of every four is void where there are voids."""
    positions = [shape[0], *shape[2:]]
    i = torch.arange(math.prod(positions), dtype=torch.int64)
    y = (i * 5 + i // 3 + 1) % shape[1]
    return (torch.where(i % 4 == 3, VOID, y) if void else y).view(positions)


def shares(shape):
    u = fill(shape, 5) + 1.1
    return u / u.sum(1, keepdim=True)


def yes_no(shape):
    return (fill(shape, 6) > 0.25).double()


def class_weights(k):
    return torch.arange(1, k + 1, dtype=torch.float64) / 2


def along_classes(w, x):
    return w.view(-1, *[1] * (x.dim() - 2))


def numbers(t):
    return [float(f"{v:.12g}") for v in t.detach().flatten().tolist()]


def cross_entropy(x, y, c):
    w = class_weights(x.size(1)) if c["weights"] else None
    if y.is_floating_point():
        return F.cross_entropy(x, y, w, reduction=c["reduction"], label_smoothing=c["smoothing"])
    return F.cross_entropy(x, y, w, ignore_index=VOID, reduction=c["reduction"], label_smoothing=c["smoothing"])


def softmax_focal(x, y, c):
    w = class_weights(x.size(1)) if c["weights"] else torch.ones(x.size(1), dtype=torch.float64)
    p = x.softmax(1)
    terms = -along_classes(w, x) * (1 - p) ** c["gamma"] * p.log()
    if y.is_floating_point():
        return reduced((terms * y).sum(1), c["reduction"])
    counts = y != VOID
    known = torch.where(counts, y, 0)
    loss = terms.gather(1, known.unsqueeze(1)).squeeze(1) * counts
    return loss.sum() / (w[known] * counts).sum() if c["reduction"] == "mean" else reduced(loss, c["reduction"])


def sigmoid_focal(x, y, c):
    alpha = -1 if c["alpha"] is None else c["alpha"]
    return torchvision.ops.sigmoid_focal_loss(x, y, alpha, c["gamma"], c["reduction"])


def binary_cross_entropy(x, y, c):
    w = along_classes(class_weights(x.size(1)), x)
    return F.binary_cross_entropy_with_logits(x, y, w if c["weights"] else None, None, None, c["reduction"], 2 * w if c["positive"] else None)


def mean_squared_error(x, y, c):
    return F.mse_loss(x.sigmoid(), y, reduction=c["reduction"]) / 2


def smooth_l1(x, y, c):
    return F.smooth_l1_loss(x, y, reduction=c["reduction"], beta=c["beta"])


def entropy(x, y, c):
    return reduced(torch.distributions.Categorical(logits=x.movedim(1, -1)).entropy(), c["reduction"])


def overlap(x, y, c):
    """Class after class, pixel after pixel."""
    n, k = x.shape[:2]
    p = (x.softmax(1) if c["probability"] == "softmax" else x.sigmoid()).reshape(n, k, -1)
    soft = y.is_floating_point()
    y = y.reshape(n, k, -1) if soft else y.reshape(n, -1)
    losses = []
    for j in range(k):
        common = predicted = true = 0.0
        for i in range(n):
            for q in range(p.size(2)):
                if not soft and y[i, q] == VOID:
                    continue
                t = float(y[i, j, q]) if soft else float(y[i, q] == j)
                common, predicted, true = common + p[i, j, q] * t, predicted + p[i, j, q], true + t
        s = c["smoothing"]
        if true > 0 or c["absent"]:
            losses.append(1 - ((common + s) / (predicted + true - common + s) if c["loss"] == "soft_iou"
                               else (2 * common + s) / (predicted + true + s)))
    return sum(losses) / len(losses)


def circle(similarities, m, gamma):
    """Sun et al. 2020, equation 6, for one picture: similarities are (s, whether alike)."""
    inner = 0.0
    for s_p, p_alike in similarities:
        for s_n, n_alike in similarities:
            if p_alike and not n_alike:
                a_p, a_n = max(0.0, 1 + m - float(s_p)), max(0.0, float(s_n) + m)
                inner = inner + torch.exp(gamma * (a_n * (s_n - m) - a_p * (s_p - (1 - m))))
    return torch.log(1 + inner) if torch.is_tensor(inner) else torch.zeros(())


def circle_class(x, y, c):
    losses = [circle([(x[i, k], k == int(y[i])) for k in range(x.size(1))], c["margin"], c["scale"]) for i in range(x.size(0))]
    return reduced(torch.stack(losses), c["reduction"])


def circle_pair(x, y, c):
    n = x.size(0)
    losses, counted = [], 0
    for i in range(n):
        pairs = [(F.cosine_similarity(x[i], x[j], 0), bool(y[i] == y[j])) for j in range(n) if j != i]
        losses.append(circle(pairs, c["margin"], c["scale"]))
        counted += len({alike for _, alike in pairs}) == 2
    total = torch.stack(losses)
    return total.sum() / counted if c["reduction"] == "mean" else reduced(total, c["reduction"])


def reduced(t, how):
    return {"none": t, "sum": t.sum(), "mean": t.mean()}[how]


def case(loss, shape, target, reduction="mean", factor=3.0, **settings):
    c = dict(loss=loss.__name__, shape=shape, target=target, reduction=reduction, factor=factor, **settings)
    x = (fill(shape, 1) * factor).requires_grad_()
    y = {"classes": lambda: classes(shape, False), "void": lambda: classes(shape, True), "shares": lambda: shares(shape),
         "yes_no": lambda: yes_no(shape), "numbers": lambda: fill(shape, 7), "none": lambda: None}[target]()
    out = loss(x, y, c)
    out.backward(fill(out.shape, 3) if reduction == "none" else None)
    return c | dict(out=numbers(out), grad=numbers(x.grad))


def iou_or_dice(name, shape, target, probability="softmax", smoothing=0.0, absent=False):
    def loss(x, y, c):
        return overlap(x, y, c)
    loss.__name__ = name
    return case(loss, shape, target, probability=probability, smoothing=smoothing, absent=absent)


flat, maps = [5, 3], [2, 4, 2, 3]
goldens = [
    case(cross_entropy, flat, "classes", weights=False, smoothing=0.0),
    case(cross_entropy, flat, "classes", weights=True, smoothing=0.1),
    case(cross_entropy, maps, "void", weights=True, smoothing=0.0),
    case(cross_entropy, maps, "void", weights=True, smoothing=0.1),
    case(cross_entropy, maps, "void", weights=False, smoothing=0.1),
    case(cross_entropy, maps, "void", "sum", weights=False, smoothing=0.2),
    case(cross_entropy, maps, "void", "none", weights=True, smoothing=0.2),
    case(cross_entropy, flat, "shares", weights=True, smoothing=0.1),
    case(cross_entropy, maps, "shares", "none", weights=False, smoothing=0.0),
    case(softmax_focal, flat, "classes", gamma=2.0, weights=False),
    case(softmax_focal, maps, "void", gamma=0.5, weights=True),
    case(softmax_focal, maps, "shares", "none", gamma=2.0, weights=True),
    case(sigmoid_focal, flat, "yes_no", "none", gamma=2.0, alpha=0.25),
    case(sigmoid_focal, maps, "yes_no", "sum", gamma=1.5, alpha=None),
    case(sigmoid_focal, flat, "shares", gamma=0.0, alpha=0.75),
    case(binary_cross_entropy, flat, "yes_no", weights=False, positive=False),
    case(binary_cross_entropy, maps, "yes_no", "none", weights=True, positive=True),
    case(binary_cross_entropy, flat, "shares", "sum", weights=False, positive=True),
    case(mean_squared_error, flat, "yes_no"),
    case(mean_squared_error, maps, "shares", "none"),
    case(smooth_l1, flat, "numbers", beta=1.0),
    case(smooth_l1, flat, "numbers", "none", beta=1 / 9),
    case(smooth_l1, flat, "numbers", "sum", beta=0.0),
    case(entropy, flat, "none"),
    case(entropy, maps, "none", "none"),
    iou_or_dice("soft_iou", maps, "void"),
    iou_or_dice("soft_iou", [2, 6, 2, 2], "classes", smoothing=1.0, absent=True),
    iou_or_dice("soft_iou", [3, 1, 2, 2], "yes_no", "sigmoid"),
    iou_or_dice("dice", maps, "void"),
    iou_or_dice("dice", [2, 9, 2, 2], "classes", smoothing=0.5),
    iou_or_dice("dice", [2, 3, 2, 2], "shares", "sigmoid", smoothing=1.0),
    case(circle_class, flat, "classes", factor=0.9, margin=0.25, scale=32.0),
    case(circle_class, flat, "classes", "none", factor=0.9, margin=0.4, scale=80.0),
    case(circle_pair, [7, 3], "classes", margin=0.25, scale=16.0),
    case(circle_pair, [4, 4], "classes", "none", margin=0.4, scale=8.0),
]
path = os.path.join(os.path.dirname(os.path.abspath(__file__)), "losses.json")
with open(path, "w") as file:
    file.write("[\n" + ",\n".join(json.dumps(g) for g in goldens) + "\n]\n")
