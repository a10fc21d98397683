"""torch's DataLoader over folders of classes with torchvision's transforms, worker processes kept from epoch to epoch."""
import os

import torch
from torch.utils.data import DataLoader
from torchvision import transforms
from torchvision.datasets import ImageFolder

import inputs

MEAN, DEVIATION = (0.485, 0.456, 0.406), (0.229, 0.224, 0.225)


def versions():
    import PIL
    return {**inputs.versions(), "Pillow": PIL.__version__}


class Workload:
    def __init__(self, settings):
        torch.set_num_threads(settings["threads"])
        steps = [transforms.RandomResizedCrop(int(settings["side"])), transforms.RandomHorizontalFlip(), transforms.ToTensor(),
                 transforms.Normalize(MEAN, DEVIATION)]
        data = ImageFolder(os.path.join(settings["folder"], "train"), transforms.Compose(steps))
        self.loader = DataLoader(data, batch_size=int(settings["batch"]), shuffle=True, num_workers=int(settings["workers"]),
                                 persistent_workers=True)

    def before(self):
        pass

    def run(self):
        for _ in self.loader:
            pass

    def outcome(self):
        pictures = labels = total = squares = values = 0
        for images, targets in self.loader:
            pictures += len(images)
            labels += targets.sum().item()
            values += images.numel()
            total += images.sum().item()
            squares += (images * images).sum().item()
        return {"pictures": [pictures], "labels": [labels], "mean": [total / values], "square": [squares / values]}
