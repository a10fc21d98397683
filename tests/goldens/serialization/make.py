"""Writes the .pth files beside it with torch.save (made with torch 1.13.0). Run: python3 make.py

types.pth, types-legacy.pth, types-protocol4.pth   a state dictionary: every element type, shared storages, odd shapes
checkpoint.pth, checkpoint-legacy.pth              what a training script saves: model, optimiser, numbers, text
first-versions.pth                                 a state dictionary as torch saved it before 0.4: parameters as calls of their class,
                                                   tensors by torch._utils._rebuild_tensor, or empty and then filled
arrays.pkl                                         arrays of bytes of numpy, as Python 3 pickles them: no torch.save
"""
import io
import pathlib
import pickle
import types as python_types
from collections import OrderedDict

import numpy
import torch

HERE = pathlib.Path(__file__).parent
TYPES = dict(uint8=torch.uint8, int8=torch.int8, int16=torch.int16, int32=torch.int32, int64=torch.int64, float16=torch.float16,
             float32=torch.float32, float64=torch.float64, bool=torch.bool, bfloat16=torch.bfloat16,
             complex64=torch.complex64, complex128=torch.complex128)

base = torch.arange(6.0).reshape(2, 3)
types = OrderedDict((name, base.to(dtype)) for name, dtype in TYPES.items())
types["scalar"] = torch.tensor(2.5)
types["empty"] = torch.zeros(0, 4)
shared = torch.arange(12.0).reshape(3, 4)
types["shared"] = shared
types["shared.row"] = shared[1]
types["shared.transposed"] = shared.t()
types["shared.column"] = shared[:, 2]
types["parameter"] = torch.nn.Parameter(torch.tensor([1.0, -1.0]))
torch.save(types, HERE / "types.pth")
torch.save(types, HERE / "types-legacy.pth", _use_new_zipfile_serialization=False)
torch.save(types, HERE / "types-protocol4.pth", pickle_protocol=4)

torch.manual_seed(0)
model = torch.nn.Sequential(torch.nn.Linear(2, 3), torch.nn.BatchNorm1d(3))
optimizer = torch.optim.SGD(model.parameters(), lr=0.1, momentum=0.9)
model(torch.ones(4, 2)).sum().backward()
optimizer.step()
checkpoint = {
    "model": model.state_dict(), "optimizer": optimizer.state_dict(), "epoch": 3, "best": 0.25, "big": 2**70, "negative": -5,
    "classes": ["cat", "dög"], "size": base.size(), "done": False, "nothing": None, "bytes": (1, (2,)), "dtype": torch.float16,
    "device": torch.device("cuda", 1),
}
torch.save(checkpoint, HERE / "checkpoint.pth")
torch.save(checkpoint, HERE / "checkpoint-legacy.pth", _use_new_zipfile_serialization=False)


class FirstVersions(pickle.Pickler):
    """Reduces parameters and tensors as the first versions of torch did."""

    def reducer_override(self, value):
        if isinstance(value, torch.nn.Parameter):
            return torch.nn.parameter.Parameter, (value.data,), (value.requires_grad, False, OrderedDict())
        if isinstance(value, torch.Tensor):
            state = value.storage(), value.storage_offset(), tuple(value.size()), value.stride()
            if value.dtype == torch.float64:
                return torch.DoubleTensor, (), state
            return torch._utils._rebuild_tensor, state
        return NotImplemented


first = OrderedDict(weight=torch.nn.Parameter(torch.tensor([[1.0, 2.0], [3.0, 4.0]])), mean=torch.tensor([5.0, 6.0]),
                    filled=torch.tensor([[7.0, 8.0, 9.0]], dtype=torch.float64).t())
first["again"] = first["filled"]
first["count"] = torch.tensor([10])
module = python_types.SimpleNamespace(Pickler=FirstVersions, dump=pickle.dump, __name__="first")
torch.save(first, HERE / "first-versions.pth", pickle_module=module, _use_new_zipfile_serialization=False)
loaded = torch.load(io.BytesIO((HERE / "first-versions.pth").read_bytes()))
assert all(torch.equal(loaded[name], value) for name, value in first.items()) and isinstance(loaded["weight"], torch.nn.Parameter)

rows = numpy.arange(24, dtype=numpy.uint8).reshape(2, 3, 4)
arrays = {"rows": rows, "columns": numpy.asfortranarray(rows), "empty": numpy.zeros((0, 5), numpy.uint8), "labels": [1, 300], "name": "dög"}
(HERE / "arrays.pkl").write_bytes(pickle.dumps(arrays, protocol=4))
