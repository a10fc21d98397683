"""Makes masks.json: small masks, outlines and what COCO's mask functions make of them.

Run with Python 3, numpy and pycocotools (2.0 from its source was used): python3 make_masks.py > masks.json
The data are random from a fixed seed and made to be awkward: single rows and columns, empty and full masks, runs that turn at a
column's end, outlines that cross themselves, lie on pixel borders or outside the picture, go back on themselves or have no area.
"make_masks.py 50" makes 50 times as many, to compare more than is worth keeping.
"""
import json
import random
import sys

import numpy
from pycocotools import mask as api

TIMES = int(sys.argv[1]) if len(sys.argv) > 1 else 1
rnd = random.Random(20140901)


def text(rle):
    return rle["counts"].decode()


def rows(bitmap):
    return ["".join(str(v) for v in row) for row in bitmap]


def blob(h, w):
    """Discs and rectangles, with holes."""
    y, x = numpy.mgrid[:h, :w]
    bitmap = numpy.zeros((h, w), bool)
    for _ in range(rnd.randrange(1, 4)):
        cy, cx, r = rnd.uniform(0, h), rnd.uniform(0, w), rnd.uniform(1, max(h, w) / 2)
        part = (y - cy) ** 2 + (x - cx) ** 2 < r * r if rnd.random() < 0.6 else (abs(y - cy) < r) & (abs(x - cx) < r / 2)
        bitmap = bitmap & ~part if rnd.random() < 0.25 else bitmap | part
    return bitmap.astype(numpy.uint8)


def bitmaps():
    for h, w in [(1, 1), (1, 7), (7, 1), (3, 5), (9, 67), (40, 33)]:
        yield numpy.zeros((h, w), numpy.uint8)
        yield numpy.ones((h, w), numpy.uint8)
        yield (numpy.indices((h, w)).sum(0) % 2).astype(numpy.uint8)
        for density in (0.05, 0.5, 0.95):
            yield numpy.array([[int(rnd.random() < density) for _ in range(w)] for _ in range(h)], numpy.uint8)
    stripes = numpy.zeros((12, 20), numpy.uint8)
    stripes[:, 3:9] = 1
    yield stripes
    bottom = numpy.zeros((12, 20), numpy.uint8)
    bottom[8:, 2] = 1
    bottom[:5, 3] = 1
    yield bottom
    for _ in range(12 * TIMES):
        yield blob(rnd.randrange(1, 40), rnd.randrange(1, 70))


def encoded(bitmap):
    return api.encode(numpy.asfortranarray(bitmap))


def bitmap_case(bitmap):
    rle = encoded(bitmap)
    return dict(rows=rows(bitmap), counts=text(rle), area=int(api.area(rle)), box=[float(v) for v in api.toBbox(rle)])


def coordinate(side, kind):
    value = rnd.uniform(-0.3 * side, 1.3 * side) if kind != "inside" else rnd.uniform(0, side)
    if kind == "whole":
        return float(round(value))
    if kind == "half":
        return round(value * 2) / 2
    if kind == "fifth":
        return round(value * 10) / 10
    return round(value, rnd.choice([2, 2, 6]))


def outline(h, w):
    kind = rnd.choice(["whole", "half", "fifth", "any", "inside", "inside"])
    points = [(coordinate(w, kind), coordinate(h, kind)) for _ in range(rnd.choice([3, 4, 4, 5, 8, 15]))]
    if rnd.random() < 0.1:
        points += points[::-1]
    if rnd.random() < 0.1:
        points.insert(1, points[0])
    if rnd.random() < 0.05:
        points = [(points[0][0], y) for _, y in points]
    return [v for point in points for v in point]


def polygon_case():
    h, w = rnd.choice([(1, 1), (1, 30), (30, 1), (12, 17), (40, 60), (40, 60), (480, 640)])
    outlines = [outline(h, w) for _ in range(rnd.choice([1, 1, 1, 2, 5]))]
    rle = api.merge(api.frPyObjects(outlines, h, w))
    return dict(size=[h, w], outlines=outlines, counts=text(rle))


def box_case():
    h, w = rnd.choice([(12, 17), (40, 60)])
    kind = rnd.choice(["whole", "half", "fifth", "any"])
    x, y = coordinate(w, kind), coordinate(h, kind)
    width, height = abs(coordinate(w, kind)), abs(coordinate(h, kind))
    rle = api.frPyObjects(numpy.array([[x, y, width, height]]), h, w)[0]
    return dict(size=[h, w], box=[x, y, width, height], counts=text(rle))


def set_case():
    h, w = rnd.choice([(1, 9), (13, 21), (30, 50)])
    masks = [encoded(blob(h, w)) for _ in range(rnd.randrange(1, 6))]
    if rnd.random() < 0.3:
        masks.append(encoded(numpy.zeros((h, w), numpy.uint8)))
    if rnd.random() < 0.3:
        masks.append(encoded(numpy.ones((h, w), numpy.uint8)))
    crowd = [int(rnd.random() < 0.4) for _ in masks]
    return dict(size=[h, w], masks=[text(m) for m in masks], crowd=crowd, union=text(api.merge(masks)),
                common=text(api.merge(masks, 1)), iou=[[float(v) for v in row] for row in api.iou(masks, masks, crowd)])


print(json.dumps(dict(
    bitmaps=[bitmap_case(b) for b in bitmaps()],
    polygons=[polygon_case() for _ in range(80 * TIMES)],
    boxes=[box_case() for _ in range(25 * TIMES)],
    sets=[set_case() for _ in range(12 * TIMES)]), indent=None, separators=(",", ":")).replace('},{', '},\n{'))
