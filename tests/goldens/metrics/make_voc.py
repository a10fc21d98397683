"""Makes voc.json: small made-up data sets and what a published Python port of the VOC development kit computes for them.

Run with Python 3, numpy and detectron2 (the port is its pascal_voc_evaluation.voc_eval, after Bharath Hariharan's in
py-faster-rcnn; commit 197db552 was used): python3 make_voc.py > voc.json
The port leaves the order of equal scores open and wants more than the threshold where the kit takes the threshold itself, so the
scores here all differ and no overlap is exactly one half. Boxes are the kit's: xmin, ymin, xmax, ymax, the last pixel included.
"""
import json
import os
import random
import sys
import tempfile

from detectron2.evaluation.pascal_voc_evaluation import voc_eval

OBJECT = ("<object><name>{}</name><pose>x</pose><truncated>0</truncated><difficult>{}</difficult><bndbox><xmin>{}</xmin>"
          "<ymin>{}</ymin><xmax>{}</xmax><ymax>{}</ymax></bndbox></object>")


def overlap(a, b):
    w, h = min(a[2], b[2]) - max(a[0], b[0]) + 1, min(a[3], b[3]) - max(a[1], b[1]) + 1
    inside = max(w, 0) * max(h, 0)
    return inside / ((a[2] - a[0] + 1) * (a[3] - a[1] + 1) + (b[2] - b[0] + 1) * (b[3] - b[1] + 1) - inside)


def case(name, seed, pictures, objects, detections_of):
    rnd = random.Random(seed)
    annotations, detections = [], []  # image, x1, y1, x2, y2, difficult; image, x1, y1, x2, y2, score
    for image in range(pictures):
        mine = []
        for _ in range(rnd.choice(objects)):
            x, y = rnd.randrange(1, 80), rnd.randrange(1, 80)
            mine.append([x, y, x + rnd.randrange(3, 40), y + rnd.randrange(3, 40)])
            annotations.append([image] + mine[-1] + [int(rnd.random() < 0.2)])
        for _ in range(rnd.choice(detections_of)):
            base = rnd.choice(mine) if mine and rnd.random() < 0.8 else [10, 10, 40, 40]
            box = [v + rnd.randrange(-3, 4) for v in base]
            box = [box[0], box[1], max(box[0], box[2]), max(box[1], box[3])]
            if all(overlap(box, m) != 0.5 for m in mine):
                detections.append([image] + box + [0])
    for row, score in zip(detections, rnd.sample(range(1, 4000), len(detections))):
        row[5] = score / 4096  # exact in single precision

    with tempfile.TemporaryDirectory() as folder:
        for image in range(pictures):
            with open(os.path.join(folder, f"{image}.xml"), "w") as f:
                f.write("<annotation>" + "".join(OBJECT.format("thing", a[5], *a[1:5]) for a in annotations if a[0] == image) + "</annotation>")
        with open(os.path.join(folder, "set.txt"), "w") as f:
            f.write("\n".join(str(i) for i in range(pictures)))
        with open(os.path.join(folder, "thing.det"), "w") as f:
            f.write("\n".join(f"{d[0]} {d[5]!r} {d[1]} {d[2]} {d[3]} {d[4]}" for d in detections))
        paths = [os.path.join(folder, p) for p in ("{}.det", "{}.xml", "set.txt")]
        _, _, eleven = voc_eval(*paths, "thing", 0.5, True)
        _, _, area = voc_eval(*paths, "thing", 0.5, False)
    return dict(name=name, pictures=pictures, annotations=annotations, detections=detections, elevenPoint=float(eleven), allPoint=float(area))


cases = [
    case("several objects a picture", 1, 8, [0, 1, 3], [0, 4, 8]),
    case("many duplicates", 2, 4, [1, 2], [12, 20]),
    case("ten objects", 12, 12, [1], [1, 2]),
    case("one picture", 4, 1, [6], [10]),
]
out = ",\n".join(json.dumps(one, separators=(",", ":")) for one in cases)
sys.stdout.write('{"madeBy":"make_voc.py with detectron2 at 197db552","cases":[\n' + out + "\n]}\n")
