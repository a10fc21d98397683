"""torchvision's detectors: a prediction or a training step, from decoded pixels."""
import math

import torch
from torchvision.models import detection
from torchvision.transforms.functional import to_tensor

import inputs
from inputs import versions  # noqa: F401

NETWORKS = (
    "fasterrcnn_resnet50_fpn", "fasterrcnn_resnet50_fpn_v2", "fasterrcnn_mobilenet_v3_large_fpn", "fasterrcnn_mobilenet_v3_large_320_fpn",
    "maskrcnn_resnet50_fpn", "maskrcnn_resnet50_fpn_v2", "keypointrcnn_resnet50_fpn", "retinanet_resnet50_fpn", "retinanet_resnet50_fpn_v2",
    "fcos_resnet50_fpn", "ssd300_vgg16", "ssdlite320_mobilenet_v3_large",
)


class Workload:
    def __init__(self, settings):
        torch.set_num_threads(settings["threads"])
        torch.manual_seed(1)
        self.training = bool(settings["training"])
        name = NETWORKS[int(settings["network"])]
        sizes = {} if name.startswith("ssd") else {side: int(settings[side]) for side in ("min_size", "max_size")}
        self.model = detection.__dict__[name](weights=None, weights_backbone=None, num_classes=int(settings["classes"]), **sizes)
        self.model.load_state_dict(inputs.read(settings["folder"], "weights"))
        self.model.train(self.training)
        tensors = inputs.read(settings["folder"])
        count = int(settings.get("batch", 1))
        self.pictures = [tensors[f"image.{n}"].numpy() for n in range(count)]
        self.targets = [{what: tensors[f"{what}.{n}"] for what in ("boxes", "labels", "masks", "keypoints") if f"{what}.{n}" in tensors}
                        for n in range(count)]
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
        found = self.found
        outcome = {"count": [len(found["scores"])], "scores": found["scores"].tolist(), "boxes": found["boxes"].flatten().tolist()}
        if "masks" in found:
            outcome["mask_areas"] = [mask.sum(dtype=torch.float64).item() for mask in found["masks"]]
        if "keypoints" in found:
            outcome["keypoints"] = found["keypoints"][:, :, :2].flatten().tolist()
        return outcome
