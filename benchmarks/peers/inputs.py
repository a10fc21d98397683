"""Reads what our side wrote: safetensors is 8 bytes of length, a JSON header, then the data."""
import json
import os
import struct

import numpy as np
import torch

TYPES = {"F32": np.float32, "I64": np.int64, "U8": np.uint8}


def read(folder, name="inputs"):
    """The tensors of a file by name."""
    with open(os.path.join(folder, name + ".safetensors"), "rb") as file:
        content = bytearray(file.read())
    length = struct.unpack_from("<Q", content)[0]
    header = json.loads(content[8:8 + length])
    header.pop("__metadata__", None)
    tensors = {}
    for key, entry in header.items():
        start, end = (8 + length + offset for offset in entry["data_offsets"])
        values = np.frombuffer(content[start:end], dtype=TYPES[entry["dtype"]])
        tensors[key] = torch.from_numpy(values.copy().reshape(entry["shape"]))
    return tensors


def versions():
    import torchvision
    return {"torch": torch.__version__, "torchvision": torchvision.__version__}
