"""torchvision.ops.nms."""
import torch
from torchvision.ops import nms

import inputs
from inputs import versions  # noqa: F401


class Workload:
    def __init__(self, settings):
        torch.set_num_threads(settings["threads"])
        tensors = inputs.read(settings["folder"])
        self.boxes, self.scores, self.threshold = tensors["boxes"], tensors["scores"], settings["iou_threshold"]

    def before(self):
        pass

    def run(self):
        return nms(self.boxes, self.scores, self.threshold)

    def outcome(self):
        return {"kept": self.run().tolist()}
