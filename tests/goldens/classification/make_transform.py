#!/usr/bin/env python3
"""Writes what torchvision's preset for classification makes of some pictures: transform.json, beside this script.

The pictures are those of ../parity/make_reference.py, as bytes. Needs torchvision and Pillow (Debian: python3-torchvision).
"""
import json
import os
import sys

import numpy as np
from PIL import Image
from torchvision.transforms import InterpolationMode
from torchvision.transforms._presets import ImageClassification

FOLDER = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(FOLDER, "..", "parity"))
from make_reference import formula_image  # noqa: E402

# picture, height, width, resize, crop, interpolation: shrunk, enlarged, of an odd size, and smaller than the crop.
BILINEAR, BICUBIC = InterpolationMode.BILINEAR, InterpolationMode.BICUBIC
CASES = [(41, 40, 56, 16, 14, BILINEAR), (42, 50, 37, 17, 12, BILINEAR), (43, 9, 12, 16, 15, BILINEAR), (44, 30, 20, 10, 13, BILINEAR),
         (45, 40, 56, 16, 14, BICUBIC), (46, 9, 12, 16, 15, BICUBIC)]


def main():
    cases = []
    for picture, height, width, resize, crop, interpolation in CASES:
        pixels = (formula_image(picture, height, width).numpy() * np.float32(255)).astype(np.uint8).transpose(1, 2, 0)
        values = ImageClassification(crop_size=crop, resize_size=resize, interpolation=interpolation)(Image.fromarray(pixels))
        cases.append({"picture": picture, "height": height, "width": width, "resize": resize, "crop": crop,
                      "interpolation": interpolation.value, "values": [round(float(v), 5) for v in values.flatten()]})
    with open(os.path.join(FOLDER, "transform.json"), "w") as file:
        file.write("[\n" + ",\n".join(json.dumps(case) for case in cases) + "\n]\n")


if __name__ == "__main__":
    main()
