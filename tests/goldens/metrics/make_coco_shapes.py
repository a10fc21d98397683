"""Makes coco_masks.json and coco_keypoints.json: small made-up data sets and what pycocotools computes for their masks and key points.

Run with Python 3, numpy and pycocotools (2.0 from its source was used): python3 make_coco_shapes.py
The data are random from a fixed seed and made to be awkward: few different scores (ties), equal masks, empty masks, crowds, areas that
differ from the mask's and lie on the borders between small, medium and large, persons without labelled key points, pictures without
annotations or without detections, and more than 20 or 100 detections.
"""
import contextlib
import io
import json
import os
import random

import numpy
from pycocotools import mask as api
from pycocotools.coco import COCO
from pycocotools.cocoeval import COCOeval

HEIGHT, WIDTH = 90, 130


def evaluate(kind, images, categories, annotations, detections, sigmas=None):
    with contextlib.redirect_stdout(io.StringIO()):
        truth = COCO()
        truth.dataset = dict(info={}, images=[dict(id=i) for i in images], categories=[dict(id=c, name=str(c)) for c in categories],
                             annotations=[dict(a, id=n + 1) for n, a in enumerate(annotations)])
        truth.createIndex()
        run = COCOeval(truth, truth.loadRes([dict(d) for d in detections]), kind)
        if sigmas is not None:
            run.params.kpt_oks_sigmas = numpy.array(sigmas)
        run.evaluate()
        run.accumulate()
        run.summarize()
    return run


def average(values):
    values = values[values > -1]
    return float(numpy.mean(values)) if len(values) else -1.0


def figures(run, categories, areas):
    precision, recall = run.eval["precision"], run.eval["recall"]
    return dict(stats=run.stats.tolist(),
                # For each category and area range: mean precision and mean recall.
                precision=[[average(precision[:, :, k, a, -1]) for a in range(areas)] for k in range(len(categories))],
                recall=[[average(recall[:, k, a, -1]) for a in range(areas)] for k in range(len(categories))])


def blob(rnd):
    y, x = numpy.mgrid[:HEIGHT, :WIDTH]
    cy, cx = rnd.uniform(0, HEIGHT), rnd.uniform(0, WIDTH)
    ry, rx = rnd.uniform(3, 70), rnd.uniform(3, 70)
    if rnd.random() < 0.5:
        return (abs(y - cy) < ry) & (abs(x - cx) < rx)
    return ((y - cy) / ry) ** 2 + ((x - cx) / rx) ** 2 < 1


def encoded(bitmap):
    return api.encode(numpy.asfortranarray(bitmap.astype(numpy.uint8)))["counts"].decode()


def mask_case(name, seed, pictures, objects, detections_of, scores):
    rnd = random.Random(seed)
    images, categories = rnd.sample(range(1, 1000), pictures), sorted(rnd.sample(range(1, 91), 3))
    annotations, detections = [], []
    for image in images:
        mine = []
        for _ in range(rnd.choice(objects)):
            bitmap = blob(rnd) if rnd.random() < 0.92 else numpy.zeros((HEIGHT, WIDTH), bool)
            area = rnd.choice([float(bitmap.sum()), float(bitmap.sum()), 1024.0, 9216.0])
            mine.append((bitmap, rnd.choice(categories[:2])))
            annotations.append([image, mine[-1][1], encoded(bitmap), area, int(rnd.random() < 0.15)])
        for _ in range(rnd.choice(detections_of)):
            if mine and rnd.random() < 0.8:
                bitmap, category = rnd.choice(mine)
                shift = rnd.choice([0, 0, 1, 2, 5])
                bitmap = numpy.roll(bitmap, (rnd.choice([-shift, 0, shift]), rnd.choice([-shift, 0, shift])), (0, 1))
                if rnd.random() < 0.1:
                    category = rnd.choice(categories)
            else:
                bitmap, category = blob(rnd) if rnd.random() < 0.9 else numpy.zeros((HEIGHT, WIDTH), bool), rnd.choice(categories)
            detections.append([image, category, encoded(bitmap), rnd.randrange(1, scores) / scores])

    def rle(text):
        return dict(size=[HEIGHT, WIDTH], counts=text)

    run = evaluate("segm", images, categories,
                   [dict(image_id=a[0], category_id=a[1], segmentation=rle(a[2]), area=a[3], iscrowd=a[4]) for a in annotations],
                   [dict(image_id=d[0], category_id=d[1], segmentation=rle(d[2]), score=d[3]) for d in detections])

    def rows(items, keys):
        return [dict(zip(keys, item)) for item in items]

    return dict(name=name, size=[HEIGHT, WIDTH], images=images, categories=categories,
                annotations=rows(annotations, ["image", "category", "counts", "area", "crowd"]),
                detections=rows(detections, ["image", "category", "counts", "score"]), **figures(run, categories, 4))


PERSON = [.26, .25, .25, .35, .35, .79, .79, .72, .72, .62, .62, 1.07, 1.07, .87, .87, .89, .89]


def keypoint_case(name, seed, pictures, objects, detections_of, scores, points):
    rnd = random.Random(seed)
    images, categories = rnd.sample(range(1, 1000), pictures), sorted(rnd.sample(range(1, 91), 2))
    sigmas = [v / 10 for v in PERSON] if points == 17 else [0.067] * points
    annotations, detections = [], []
    for image in images:
        mine = []
        for _ in range(rnd.choice(objects)):
            x, y, side = rnd.randrange(300), rnd.randrange(300), rnd.choice([20, 40, 90, 150])
            labelled = rnd.choice([0, 0.3, 0.8, 1])
            pose = []
            for _ in range(points):
                v = rnd.choice([1, 2]) if rnd.random() < labelled else 0
                pose += [x + rnd.randrange(side), y + rnd.randrange(side), v] if v else [0, 0, 0]
            box = [x, y, side, side]
            area = rnd.choice([side * side * 0.6, side * side * 0.4, 1024, 9216, 0])
            mine.append((pose, box))
            annotations.append(dict(image=image, category=rnd.choice([categories[0]] * 4 + categories), keypoints=pose, box=box, area=area,
                                    crowd=int(rnd.random() < 0.1)))
        for _ in range(rnd.choice(detections_of)):
            if mine and rnd.random() < 0.8:
                pose, box = rnd.choice(mine)
                spread = rnd.choice([0, 1, 3, 8])
                pose = [v if i % 3 == 2 or pose[i - i % 3 + 2] else box[i % 3] + rnd.randrange(box[2]) for i, v in enumerate(pose)]
                pose = [v + rnd.randint(-spread, spread) if i % 3 < 2 else 1 for i, v in enumerate(pose)]
            else:
                pose = [rnd.randrange(400) if i % 3 < 2 else 1 for i in range(3 * points)]
            detections.append(dict(image=image, category=rnd.choice([categories[0]] * 8 + categories), keypoints=pose,
                                   score=rnd.randrange(1, scores) / scores))
    run = evaluate("keypoints", images, categories,
                   [dict(image_id=a["image"], category_id=a["category"], keypoints=a["keypoints"], bbox=a["box"], area=a["area"],
                         iscrowd=a["crowd"], num_keypoints=sum(v > 0 for v in a["keypoints"][2::3])) for a in annotations],
                   [dict(image_id=d["image"], category_id=d["category"], keypoints=d["keypoints"], score=d["score"]) for d in detections],
                   sigmas)
    return dict(name=name, points=points, images=images, categories=categories, annotations=annotations, detections=detections,
                **figures(run, categories, 3))


def write(name, cases):
    out = ",\n".join(json.dumps(one, separators=(",", ":")) for one in cases)
    with open(os.path.join(os.path.dirname(os.path.abspath(__file__)), name), "w", encoding="utf-8") as file:
        file.write('{"madeBy":"make_coco_shapes.py with pycocotools 2.0","cases":[\n' + out + "\n]}\n")


write("coco_masks.json", [
    mask_case("ties, crowds, empty masks and pictures", 1, 9, [0, 1, 3, 6], [0, 2, 8], 5),
    mask_case("different scores", 2, 6, [1, 4], [3, 8], 1000),
    mask_case("more than 100 detections", 3, 1, [4], [130], 20),
])
write("coco_keypoints.json", [
    keypoint_case("persons, ties and crowds", 1, 12, [0, 1, 3, 6], [0, 2, 8], 5, 17),
    keypoint_case("different scores", 2, 8, [1, 4], [3, 8], 1000, 17),
    keypoint_case("more than 20 detections", 3, 2, [4], [35], 20, 17),
    keypoint_case("another skeleton", 4, 8, [1, 4], [3, 8], 50, 5),
])
