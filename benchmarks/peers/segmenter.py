"""torchvision's segmentation networks: scores or a training step, from normalised pictures."""
import torch
import torch.nn.functional as F
from torchvision.models import segmentation

import inputs
from inputs import versions  # noqa: F401

NETWORKS = ("fcn_resnet50", "deeplabv3_resnet50", "lraspp_mobilenet_v3_large")
AUXILIARY_WEIGHT = 0.5  # torchvision's reference


class Workload:
    def __init__(self, settings):
        torch.set_num_threads(settings["threads"])
        self.training = bool(settings["training"])
        name = NETWORKS[int(settings["network"])]
        auxiliary = {} if name.startswith("lraspp") else {"aux_loss": True}
        self.model = segmentation.__dict__[name](weights=None, weights_backbone=None, num_classes=int(settings["classes"]), **auxiliary)
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
            outputs = self.model(self.input)
            loss = F.cross_entropy(outputs["out"], self.targets, ignore_index=255)
            if "aux" in outputs:
                loss = loss + AUXILIARY_WEIGHT * F.cross_entropy(outputs["aux"], self.targets, ignore_index=255)
            if self.loss is None:
                self.loss = loss.item()
            self.optimizer.zero_grad(set_to_none=True)
            loss.backward()
            self.optimizer.step()
        else:
            with torch.inference_mode():
                scores = self.model(self.input)["out"]
            if self.scores is None:
                self.scores = scores[:, :, ::37, ::37].flatten().tolist()

    def outcome(self):
        return {"loss": [self.loss]} if self.training else {"scores": self.scores}
