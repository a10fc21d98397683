#!/usr/bin/env python3
"""Writes what torchvision's augmentation policies do to a Pillow picture, and how far they go: operations.json, beside this script.

Needs torchvision and Pillow (Debian: python3-torchvision).
"""
import base64
import json
import os

import numpy as np
from PIL import Image
from torchvision.transforms import InterpolationMode
from torchvision.transforms.autoaugment import AutoAugment, TrivialAugmentWide, _apply_op

HEIGHT, WIDTH = 13, 29
# Our names are torchvision's.
CASES = [("ShearX", 0.3), ("ShearX", -0.21), ("ShearY", 0.27), ("ShearY", -0.3), ("TranslateX", 5.6), ("TranslateX", -3.0),
         ("TranslateY", 4.2), ("TranslateY", -2.9), ("Rotate", 17.0), ("Rotate", -30.0), ("Rotate", 90.0), ("Brightness", 0.45),
         ("Brightness", -0.9), ("Color", 0.6), ("Color", -0.5), ("Contrast", 0.8), ("Contrast", -0.7), ("Sharpness", 0.9),
         ("Sharpness", -0.9), ("Posterize", 4.0), ("Posterize", 8.0), ("Solarize", 128.0), ("Solarize", 0.0), ("AutoContrast", 0.0),
         ("Equalize", 0.0), ("Invert", 0.0)]


def picture():
    """A slanted colour ramp with a pattern on it, of values 40 to 211: integers only."""
    y, x = np.mgrid[0:HEIGHT, 0:WIDTH]
    planes = [40 + (7 * x + 5 * y + 31 * ((x * y + c) % 3)) % 172 for c in range(3)]
    planes[1] = planes[1] // 2 + 60
    return Image.fromarray(np.stack(planes, 2).astype(np.uint8))


def ranges(space):
    """Every magnitude that an operation can have, where it has any."""
    return {name: [round(float(value), 5) for value in magnitudes] for name, (magnitudes, _) in space.items() if magnitudes.ndim > 0}


def main():
    image = picture()
    made = [{"operation": name, "magnitude": magnitude, "pixels": base64.b64encode(
        np.asarray(_apply_op(image, name, magnitude, interpolation=InterpolationMode.NEAREST, fill=None)).tobytes()).decode()}
        for name, magnitude in CASES]
    path = os.path.join(os.path.dirname(os.path.abspath(__file__)), "operations.json")
    with open(path, "w") as file:
        json.dump({"height": HEIGHT, "width": WIDTH, "picture": base64.b64encode(np.asarray(image).tobytes()).decode(), "cases": made,
                   "autoaugment": ranges(AutoAugment()._augmentation_space(10, (HEIGHT, WIDTH))),
                   "trivialaugment": ranges(TrivialAugmentWide()._augmentation_space(31))}, file, indent=0)
        file.write("\n")


if __name__ == "__main__":
    main()
