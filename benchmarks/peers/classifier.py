"""torchvision's classification networks: scores or a training step, from normalised pictures."""
import torch
import torch.nn.functional as F
from torchvision import models

import inputs
from inputs import versions  # noqa: F401

NETWORKS = ("resnet50", "mobilenet_v3_large", "vit_b_16", "vgg16")


class Workload:
    def __init__(self, settings):
        torch.set_num_threads(settings["threads"])
        self.training = bool(settings["training"])
        self.model = models.__dict__[NETWORKS[int(settings["network"])]](weights=None, num_classes=int(settings["classes"]))
        self.model.load_state_dict(inputs.read(settings["folder"], "weights"))
        self.model.train(self.training)
        for module in self.model.modules():
            if isinstance(module, torch.nn.Dropout):
                module.p = 0.0
        tensors = inputs.read(settings["folder"])
        self.input, self.targets = tensors["input"], tensors["targets"]
        self.scores, self.loss = None, None
        if self.training:
            self.optimizer = torch.optim.SGD(self.model.parameters(), lr=settings["learning_rate"],
                                             momentum=settings["momentum"], weight_decay=settings["weight_decay"])

    def before(self):
        pass

    def run(self):
        if self.training:
            loss = F.cross_entropy(self.model(self.input), self.targets)
            if self.loss is None:
                self.loss = loss.item()
            self.optimizer.zero_grad(set_to_none=True)
            loss.backward()
            self.optimizer.step()
        else:
            with torch.inference_mode():
                scores = self.model(self.input)
            if self.scores is None:
                self.scores = scores.flatten().tolist()

    def outcome(self):
        return {"loss": [self.loss]} if self.training else {"scores": self.scores}
