"""Run lengths of masks with pycocotools: the peer of MaskBenchmark."""
import json
import os

import numpy
import pycocotools
from pycocotools import mask as api


def versions():
    tools = getattr(pycocotools, "__version__", None) or "from source"
    return {"pycocotools": tools, "numpy": numpy.__version__}


def counts(rle):
    """The run lengths of a compressed string, as numbers."""
    text, numbers, at = rle["counts"], [], 0
    while at < len(text):
        value, shift = 0, 0
        while True:
            piece = text[at] - 48
            value |= (piece & 31) << shift
            shift += 5
            at += 1
            if not piece & 32:
                break
        if piece & 16:
            value -= 1 << shift
        numbers.append(value + (numbers[-2] if len(numbers) > 2 else 0))
    return numbers


class Workload:
    def __init__(self, settings):
        with open(os.path.join(settings["folder"], "outlines.json"), encoding="utf-8") as file:
            self.outlines = json.load(file)
        self.work = ["encode", "decode", "outlines", "iou"][int(settings["work"])]
        self.height, self.width, self.repeats = int(settings["height"]), int(settings["width"]), int(settings["repeats"])
        self.masks = api.frPyObjects(self.outlines, self.height, self.width)
        # In the order that encode asks for, so that it need not turn them.
        self.bitmaps = numpy.asfortranarray(api.decode(self.masks))
        self.overlaps = None

    def before(self):
        pass

    def run(self):
        for _ in range(self.repeats):
            if self.work == "encode":
                self.masks = api.encode(self.bitmaps)
            elif self.work == "decode":
                self.bitmaps = api.decode(self.masks)
            elif self.work == "outlines":
                self.masks = api.frPyObjects(self.outlines, self.height, self.width)
            else:
                self.overlaps = api.iou(self.masks, self.masks, [0] * len(self.masks))

    def outcome(self):
        if self.work == "iou":
            return {"values": self.overlaps.ravel().tolist()}
        if self.work == "decode":
            return {"values": self.bitmaps.sum(axis=(0, 1), dtype=float).tolist()}
        return {"values": [value for mask in self.masks for value in counts(mask)]}
