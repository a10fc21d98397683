"""Makes coco_boxes.json: small made-up data sets and what pycocotools computes for them.

Run with Python 3, numpy and pycocotools (2.0.11 was used): python3 make_coco.py > coco_boxes.json
The data are random from a fixed seed and made to be awkward: few different scores (ties), whole-number boxes (overlaps that
meet thresholds exactly), crowds, twice annotated objects, areas that differ from the box's and lie on the borders between small,
medium and large, pictures without annotations or without detections, categories without either, and more than 100 detections.
"""
import contextlib
import io
import json
import random
import sys

import numpy
from pycocotools.coco import COCO
from pycocotools.cocoeval import COCOeval


def evaluate(images, categories, annotations, detections, max_detections):
    rows = [dict(id=n + 1, image_id=a[0], category_id=a[1], bbox=a[2:6], area=a[6], iscrowd=a[7]) for n, a in enumerate(annotations)]
    found = [dict(image_id=d[0], category_id=d[1], bbox=d[2:6], score=d[6]) for d in detections]
    with contextlib.redirect_stdout(io.StringIO()):
        truth = COCO()
        truth.dataset = dict(info={}, images=[dict(id=i) for i in images], categories=[dict(id=c, name=str(c)) for c in categories],
                             annotations=rows)
        truth.createIndex()
        run = COCOeval(truth, truth.loadRes(found), "bbox")
        run.params.maxDets = max_detections
        run.evaluate()
        run.accumulate()
        if max_detections == [1, 10, 100]:
            run.summarize()
    return run


def average(values):
    values = values[values > -1]
    return float(numpy.mean(values)) if len(values) else -1.0


def case(name, seed, pictures, objects, detections_of, scores, step, max_detections=(1, 10, 100), annotated=3):
    rnd = random.Random(seed)
    images = rnd.sample(range(1, 1000), pictures)
    categories = sorted(rnd.sample(range(1, 91), 4))
    side = rnd.choice([60, 150])
    annotations, detections = [], []

    def box():
        return [round(rnd.randrange(side) * step, 2) for _ in range(4)]

    for image in images:
        mine = []
        for _ in range(rnd.choice(objects)):
            b, category = box(), rnd.choice(categories[:annotated])
            area = rnd.choice([b[2] * b[3], round(b[2] * b[3] * 0.6, 2), 1024, 9216])
            row = [image, category] + b + [area, int(rnd.random() < 0.15)]
            mine.append(row)
            annotations.append(row)
            if rnd.random() < 0.1:
                annotations.append(list(row))
        for _ in range(rnd.choice(detections_of)):
            if mine and rnd.random() < 0.8:
                row = rnd.choice(mine)
                shift = rnd.choice([0, 0, 1, 2, 5])
                b = [round(max(0, v + rnd.choice([-shift, 0, shift])), 2) for v in row[2:6]]
                category = row[1] if rnd.random() < 0.9 else rnd.choice(categories)
            else:
                b, category = box(), rnd.choice(categories)
            detections.append([image, category] + b + [rnd.randrange(1, scores) / scores])
    rnd.shuffle(detections)
    run = evaluate(images, categories, annotations, detections, list(max_detections))
    precision, recall = run.eval["precision"], run.eval["recall"]
    standard = list(max_detections) == [1, 10, 100]
    return dict(
        name=name, images=images, categories=categories, maxDetections=list(max_detections), annotations=annotations, detections=detections,
        # pycocotools' own table exists only for the usual limits.
        stats=run.stats.tolist() if standard else None,
        # For each category and area range: mean precision and, for each limit, mean recall.
        precision=[[average(precision[:, :, k, a, -1]) for a in range(4)] for k in range(4)],
        recall=[[[average(recall[:, k, a, m]) for m in range(len(max_detections))] for a in range(4)] for k in range(4)],
        # One whole curve: the first category, all areas, overlap 0.5.
        curve=precision[0, :, 0, 0, -1].tolist())


cases = [
    case("ties, crowds and empty pictures", 1, 14, [0, 1, 3, 8], [0, 2, 8], 5, 1),
    case("fractions", 2, 10, [0, 1, 4, 8], [0, 3, 10], 1000, 0.1),
    case("more than 100 detections", 3, 3, [5, 12], [170, 220], 20, 1, annotated=1),
    case("few detections", 4, 2, [3], [1], 1000, 1),
    case("other limits", 5, 4, [4, 8], [40], 50, 1, (2, 5, 20)),
]
out = ",\n".join(json.dumps(one, separators=(",", ":")) for one in cases)
sys.stdout.write('{"madeBy":"make_coco.py with pycocotools 2.0.11","cases":[\n' + out + "\n]}\n")
