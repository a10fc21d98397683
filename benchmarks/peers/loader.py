"""torch's DataLoader over a VOC folder with torchvision's transforms, worker processes kept from epoch to epoch."""
import os
import random
import xml.etree.ElementTree as xml

import torch
from PIL import Image
from torch.utils.data import DataLoader, Dataset
from torchvision.transforms import InterpolationMode
from torchvision.transforms import functional as F

import inputs

MEAN, DEVIATION = (0.485, 0.456, 0.406), (0.229, 0.224, 0.225)
CLASSES = {name: label + 1 for label, name in enumerate(["house", "tree", "car", "boat", "person"])}


def versions():
    import PIL
    return {**inputs.versions(), "Pillow": PIL.__version__}


class Voc(Dataset):
    def __init__(self, folder, size):
        self.folder, self.size = folder, size
        with open(os.path.join(folder, "ImageSets", "Main", "train.txt"), encoding="utf-8") as file:
            self.names = file.read().split()

    def __len__(self):
        return len(self.names)

    def __getitem__(self, index):
        name = self.names[index]
        image = Image.open(os.path.join(self.folder, "JPEGImages", name + ".jpg")).convert("RGB")
        width, height = image.size
        boxes, labels = [], []
        for item in xml.parse(os.path.join(self.folder, "Annotations", name + ".xml")).getroot().iter("object"):
            box = item.find("bndbox")
            edges = [float(box.findtext(key)) for key in ("xmin", "ymin", "xmax", "ymax")]
            boxes.append([edges[0] - 1, edges[1] - 1, edges[2], edges[3]])
            labels.append(CLASSES[item.findtext("name")])
        boxes = torch.tensor(boxes, dtype=torch.float32).reshape(-1, 4)
        boxes *= torch.tensor([self.size[1] / width, self.size[0] / height] * 2)

        image = F.resize(image, self.size, InterpolationMode.BILINEAR)
        if random.random() < 0.5:
            image = F.hflip(image)
            boxes = torch.stack([self.size[1] - boxes[:, 2], boxes[:, 1], self.size[1] - boxes[:, 0], boxes[:, 3]], 1)
        return F.normalize(F.to_tensor(image), MEAN, DEVIATION), {"boxes": boxes, "labels": torch.tensor(labels)}


def collate(samples):
    return torch.stack([image for image, _ in samples]), [target for _, target in samples]


class Workload:
    def __init__(self, settings):
        torch.set_num_threads(settings["threads"])
        size = [int(settings["height"]), int(settings["width"])]
        self.loader = DataLoader(Voc(settings["folder"], size), batch_size=int(settings["batch"]), shuffle=True,
                                 num_workers=int(settings["workers"]), collate_fn=collate, persistent_workers=True)

    def before(self):
        pass

    def run(self):
        for _ in self.loader:
            pass

    def outcome(self):
        pictures = boxes = area = total = squares = values = 0
        for images, targets in self.loader:
            pictures += len(images)
            values += images.numel()
            total += images.sum().item()
            squares += (images * images).sum().item()
            for target in targets:
                edges = target["boxes"]
                boxes += len(edges)
                area += ((edges[:, 2] - edges[:, 0]) * (edges[:, 3] - edges[:, 1])).sum().item()
        return {"pictures": [pictures], "boxes": [boxes], "area": [area / boxes], "mean": [total / values], "square": [squares / values]}
