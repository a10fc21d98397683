"""torchvision's fasterrcnn_resnet50_fpn: a prediction or a training step, from decoded pixels."""
import math

import torch
from torchvision.models.detection import fasterrcnn_resnet50_fpn
from torchvision.transforms.functional import to_tensor

import inputs
from inputs import versions  # noqa: F401


class Workload:
    def __init__(self, settings):
        torch.set_num_threads(settings["threads"])
        torch.manual_seed(1)
        self.training = bool(settings["training"])
        self.model = fasterrcnn_resnet50_fpn(weights=None, weights_backbone=None, num_classes=int(settings["classes"]),
                                             min_size=int(settings["min_size"]), max_size=int(settings["max_size"]))
        self.model.load_state_dict(inputs.read(settings["folder"], "weights"))
        self.model.train(self.training)
        tensors = inputs.read(settings["folder"])
        count = int(settings.get("batch", 1))
        self.pictures = [tensors[f"image.{n}"].numpy() for n in range(count)]
        self.targets = [{"boxes": tensors[f"boxes.{n}"], "labels": tensors[f"labels.{n}"]} for n in range(count)]
        self.found, self.losses = None, None
        if self.training:
            self.optimizer = torch.optim.SGD(self.model.parameters(), lr=settings["learning_rate"],
                                             momentum=settings["momentum"], weight_decay=settings["weight_decay"])

    def before(self):
        pass

    def run(self):
        if self.training:
            self.step()
        else:
            with torch.inference_mode():
                self.found = self.model([to_tensor(picture) for picture in self.pictures])[0]

    def step(self):
        losses = self.model([to_tensor(picture) for picture in self.pictures], self.targets)
        total = sum(losses.values())
        if not math.isfinite(total.item()):
            raise ValueError("The loss is not a finite number.")
        self.optimizer.zero_grad(set_to_none=True)
        total.backward()
        self.optimizer.step()
        if self.losses is None:
            self.losses = [losses[name].item() for name in sorted(losses)]

    def outcome(self):
        if self.training:
            return {"losses": self.losses}
        return {"count": [len(self.found["scores"])], "scores": self.found["scores"].tolist()}
