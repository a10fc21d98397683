"""torchvision.ops.roi_align, forward or backward."""
import torch
from torchvision.ops import roi_align

import inputs
from inputs import versions  # noqa: F401


class Workload:
    def __init__(self, settings):
        torch.set_num_threads(settings["threads"])
        tensors = inputs.read(settings["folder"])
        self.features, self.regions, self.gradient = tensors["features"], tensors["regions"], tensors["gradient"]
        self.settings, self.backward = settings, bool(settings["backward"])
        if self.backward:
            self.features.requires_grad_()
            self.pooled = self.pool()

    def pool(self):
        bins = int(self.settings["bins"])
        return roi_align(self.features, self.regions, (bins, bins), self.settings["scale"], int(self.settings["sampling_ratio"]))

    def before(self):
        self.features.grad = None

    def run(self):
        if self.backward:
            self.pooled.backward(self.gradient, retain_graph=True)
        else:
            self.pool()

    def outcome(self):
        values = (self.features.grad if self.backward else self.pool()).detach().flatten()
        step = max(1, len(values) // int(self.settings["probes"]))
        probes = values[::step][:len(values) // step]
        return {"values": probes.tolist(), "sum": [values.double().abs().mean().item()]}
