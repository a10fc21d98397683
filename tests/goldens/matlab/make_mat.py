#!/usr/bin/env python3
"""Writes small MATLAB files by SciPy, an independent writer of the format, and what is in them.

  make_mat.py     remakes the .mat files and mat.json beside this script

classes.mat has an array of each class; sparse.mat a sparse one; sift_semantic.mat, sift_geometric.mat and sbd.mat are laid out as SIFT
Flow and SBD are published; big_endian.mat is written byte by byte and read back by SciPy, which writes little-endian only. SciPy puts the
date into the header: it is overwritten, so that the files are the same each time. Needs SciPy (Debian: python3-scipy).
"""
import json
import os
import struct

import numpy as np
import scipy.io
import scipy.sparse

FOLDER = os.path.dirname(os.path.abspath(__file__))
HEADER = b"MATLAB 5.0 MAT-file, made for tests"
answers = {}


def path(name):
    return os.path.join(FOLDER, name + ".mat")


def save(name, values, compressed):
    scipy.io.savemat(path(name), values, do_compression=compressed, oned_as="column")
    with open(path(name), "r+b") as file:
        file.write(HEADER.ljust(116))


def cells(values):
    result = np.empty((len(values), 1), dtype=object)
    for i, value in enumerate(values):
        result[i, 0] = value
    return result


# Every class, its extremes, in an array of 2 x 3 whose rows and columns cannot be mistaken for each other.
numbers = {}
for kind in ("int8", "uint8", "int16", "uint16", "int32", "uint32", "int64", "uint64"):
    limits = np.iinfo(kind)
    largest, smallest = min(limits.max, 2 ** 53), max(limits.min, -2 ** 53)      # what a double can tell apart
    numbers[kind] = np.array([[0, 1, 2], [3, largest, smallest]], dtype=kind)
numbers["single"] = np.array([[0, 1.5, -2], [3, 3.4e38, 1e-38]], dtype=np.float32)
numbers["double"] = np.array([[0, 1.5, -2], [3, 1e300, -1e-300]])
numbers["logical"] = np.array([[True, False, True], [False, False, True]])
numbers["cube"] = np.arange(24, dtype=np.float64).reshape(2, 3, 4)
numbers["empty"] = np.zeros((0, 3))
everything = dict(numbers, complex=np.array([[1 + 2j, 3 - 4j]]), text="caf\u00e9", lines=np.array(["ab", "cd"]), nothing="",
                  cells=cells(["one", np.array([[7, 8]], dtype=np.uint8), cells([np.array([[9]], dtype=np.int16)])]),
                  structure={"first": 1.0, "second": {"inner": "deep"}},
                  table=np.array([(1, 2.5), (3, 4.5)], dtype=[("a", "i4"), ("b", "f8")]))
for name, compressed in (("classes", False), ("classes_compressed", True)):
    save(name, everything, compressed)
answers["classes"] = {name: {"dimensions": list(value.shape), "values": [float(v) for v in value.flatten(order="F")]}
                      for name, value in numbers.items()}

save("sparse", {"before": np.array([[1, 2]], dtype=np.uint8), "s": scipy.sparse.csc_matrix(np.eye(3)),
                "after": np.array([[3]], dtype=np.uint8)}, True)

NAMES = ["awning", "balcony", "bird"]
semantic = np.array([[0, 1, 2, 3], [3, 2, 1, 0], [1, 1, 2, 2]], dtype=np.float64)
geometric = np.array([[-1, 1, 2, 3], [3, 2, 1, -1], [1, 1, 2, 2]], dtype=np.int16)
save("sift_semantic", {"S": semantic, "names": cells(NAMES), "metaData": {"name": "none"}}, True)
save("sift_geometric", {"S": geometric, "names": cells(["sky", "horizontal", "vertical"])}, False)

segmentation = np.array([[0, 15, 15], [20, 0, 1]], dtype=np.uint8)
boundaries = cells([scipy.sparse.csc_matrix(segmentation == k + 1) for k in range(20)])
save("sbd", {"GTcls": {"Segmentation": segmentation, "Boundaries": boundaries,
                       "CategoriesPresent": np.array([[1], [15], [20]], dtype=np.uint8)}}, True)


def element(kind, data):
    if 0 < len(data) <= 4:
        return struct.pack(">HH", len(data), kind) + data.ljust(4, b"\0")
    return struct.pack(">II", kind, len(data)) + data + b"\0" * (-len(data) % 8)


big = np.array([[1, 2, 3], [-4, 500, 6]], dtype=">i2")
array = (element(6, struct.pack(">II", 6, 0)) + element(5, struct.pack(">ii", 2, 3)) + element(1, b"big")
         + element(3, big.tobytes(order="F")))                                  # a double array, stored in 16 bits
with open(path("big_endian"), "wb") as file:
    file.write(HEADER.ljust(124) + struct.pack(">H", 0x0100) + b"MI" + struct.pack(">II", 14, len(array)) + array)
read = scipy.io.loadmat(path("big_endian"))["big"]
assert (read == big).all(), read
answers["big_endian"] = [float(v) for v in read.flatten(order="F")]
answers["sift_semantic"], answers["sift_geometric"] = semantic.astype(int).tolist(), geometric.tolist()
answers["sbd"] = segmentation.tolist()
for name in ("classes", "sift_semantic", "sift_geometric", "sbd"):
    scipy.io.loadmat(path(name))                                                # readable by another reader too
with open(os.path.join(FOLDER, "mat.json"), "w") as file:
    json.dump(answers, file, indent=1)
    file.write("\n")
