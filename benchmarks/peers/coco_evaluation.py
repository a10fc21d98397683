"""pycocotools' evaluation of boxes, masks or key points."""
import os

from pycocotools.coco import COCO
from pycocotools.cocoeval import COCOeval


def versions():
    import numpy
    try:
        from importlib.metadata import version
        tools = version("pycocotools")
    except Exception:   # used from its source folder, where it has no version
        tools = "from source"
    return {"pycocotools": tools, "numpy": numpy.__version__}


class Workload:
    def __init__(self, settings):
        self.truths = COCO(os.path.join(settings["folder"], "truths.json"))
        self.detections = self.truths.loadRes(os.path.join(settings["folder"], "detections.json"))
        self.kind = "segm" if settings.get("masks") else "keypoints" if settings.get("keypoints") else "bbox"
        self.figures = []

    def before(self):
        pass

    def run(self):
        evaluation = COCOeval(self.truths, self.detections, self.kind)
        evaluation.evaluate()
        evaluation.accumulate()
        evaluation.summarize()
        self.figures = evaluation.stats

    def outcome(self):
        return {"figures": list(self.figures)}
