"""Writes optim.json beside it: optimisers, schedules and initialisers of torch 1.13.0. Run: python3 make.py

Parameters: w, 2 x 3, (i - 2) / 4; b, 3, (i + 1) / 8. Gradient of element i in step t (from 0): ((7 i + 3 t) mod 11 - 5) / 8 for w, ((5 i + 2 t) mod 7 - 3) / 4
for b; b has none in step 3. Listed are both parameters, w then b, after each of ten steps.
"""
import json
import pathlib

import torch
from torch import optim
from torch.nn import init
from torch.optim import lr_scheduler as schedules


def run(make):
    w = torch.nn.Parameter(((torch.arange(6) - 2) / 4).reshape(2, 3))
    b = torch.nn.Parameter((torch.arange(3) + 1) / 8)
    optimizer = make([w, b])
    trace = []
    for t in range(10):
        w.grad = (((7 * torch.arange(6) + 3 * t) % 11 - 5) / 8).reshape(2, 3)
        b.grad = None if t == 3 else ((5 * torch.arange(3) + 2 * t) % 7 - 3) / 4
        optimizer.step()
        trace.append(w.detach().flatten().tolist() + b.tolist())
    return trace


def rates(make):
    optimizer = optim.SGD([torch.nn.Parameter(torch.zeros(1))], lr=1.0)
    scheduler = make(optimizer)
    rate = []
    for _ in range(12):
        rate.append(optimizer.param_groups[0]["lr"])
        optimizer.step()
        scheduler.step()
    return rate


PLATEAU = [5.0, 4.0, 4.0, 4.0, 3.9999, 3.5, 3.6, 3.7, 3.8, 3.9, 4.0, 4.1, 4.2, 3.0, 3.1, 3.2, 3.3, 3.4]


def plateau(**options):
    optimizer = optim.SGD([torch.nn.Parameter(torch.zeros(1))], lr=1.0)
    scheduler = schedules.ReduceLROnPlateau(optimizer, factor=0.5, **options)
    rate = []
    for value in PLATEAU:
        scheduler.step(value)
        rate.append(optimizer.param_groups[0]["lr"])
    return rate


def start(fill, *shape):
    torch.manual_seed(7)
    weight = torch.empty(*shape)
    fill(weight)
    return weight.flatten().tolist()


golden = {
    "sgd": run(lambda p: optim.SGD(p, lr=0.1)),
    "sgd decay": run(lambda p: optim.SGD(p, lr=0.1, weight_decay=0.01)),
    "sgd momentum": run(lambda p: optim.SGD(p, lr=0.1, momentum=0.9, weight_decay=0.01)),
    "sgd dampening": run(lambda p: optim.SGD(p, lr=0.1, momentum=0.9, dampening=0.3)),
    "sgd nesterov": run(lambda p: optim.SGD(p, lr=0.1, momentum=0.9, weight_decay=0.01, nesterov=True)),
    "adam": run(lambda p: optim.Adam(p, lr=0.05)),
    "adam decay": run(lambda p: optim.Adam(p, lr=0.05, betas=(0.8, 0.9), eps=1e-3, weight_decay=0.1)),
    "adamw": run(lambda p: optim.AdamW(p, lr=0.05, weight_decay=0.1)),
    "two groups": run(lambda p: optim.SGD([{"params": p[:1]}, {"params": p[1:], "lr": 0.01, "weight_decay": 0.1}], lr=0.1, momentum=0.9)),
    "step": rates(lambda o: schedules.StepLR(o, 3, 0.5)),
    "multistep": rates(lambda o: schedules.MultiStepLR(o, [2, 7, 7], 0.1)),
    "poly": rates(lambda o: schedules.PolynomialLR(o, 8, 0.9)),
    "cosine": rates(lambda o: schedules.CosineAnnealingLR(o, 11, 0.05)),
    "warmup": rates(lambda o: schedules.LinearLR(o, 0.001, 1.0, 5)),
    "warmup multistep": rates(lambda o: schedules.ChainedScheduler([schedules.LinearLR(o, 0.001, 1.0, 5), schedules.MultiStepLR(o, [3, 8])])),
    "plateau values": PLATEAU,
    "plateau": plateau(mode="min", patience=2),
    "plateau cooldown": plateau(mode="min", patience=1, cooldown=2, threshold=0.01),
    "plateau max": plateau(mode="max", patience=1, threshold=0.05),
    "kaiming normal": start(lambda w: init.kaiming_normal_(w, mode="fan_out", nonlinearity="relu"), 4, 3, 2, 2),
    "kaiming uniform": start(lambda w: init.kaiming_uniform_(w, a=0.2), 4, 3, 2, 2),
    "xavier normal": start(lambda w: init.xavier_normal_(w, 1.5), 4, 3, 2, 2),
    "xavier uniform": start(lambda w: init.xavier_uniform_(w), 4, 3, 2, 2),
    "trunc normal": start(lambda w: init.trunc_normal_(w, 0.1, 0.5, -0.6, 1.0), 4, 3, 2, 2),
    "orthogonal wide": start(lambda w: init.orthogonal_(w, 2.0), 4, 3, 2),
    "orthogonal tall": start(lambda w: init.orthogonal_(w), 6, 3),
}
lines = ",\n".join(f"  {json.dumps(name)}: {json.dumps(values)}" for name, values in golden.items())
(pathlib.Path(__file__).parent / "optim.json").write_text("{\n" + lines + "\n}\n")
