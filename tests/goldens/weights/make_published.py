"""Writes src/Fovea/Weights/Published/torchvision.json: what torchvision 0.14.1 says of the weights that it publishes.
Run: python3 make_published.py

Facts only, read from the library: names, addresses, sizes, metrics and preprocessing from its table of weights; what it changes under
certain weights (epsilon of frozen batch norm, input normalised anew, auxiliary heads) from models that it builds, without loading anything.
"""
import inspect
import json
import pathlib

import torchvision
from torchvision import models
from torchvision.models import detection
from torchvision.models._api import BUILTIN_MODELS, WeightsEnum
from torchvision.ops.misc import FrozenBatchNorm2d

TARGET = pathlib.Path(__file__).parents[3] / "src/Fovea/Weights/Published/torchvision.json"

# Quantised networks, video and optical flow. Families that Fovea has no model of yet are listed all the same.
LEFT_OUT = ("quantized_", "mvit", "mc3", "r3d", "r2plus1d", "s3d", "raft")

CLASS_LISTS = {1000: "imagenet", 91: "coco", 2: "coco_person", 21: "voc"}
METRICS = {"acc@1": "acc@1", "acc@5": "acc@5", "box_map": "box_ap", "mask_map": "mask_ap", "kp_map": "keypoint_ap", "miou": "miou",
           "pixel_acc": "pixel_accuracy"}
TRAINED_ON = {"ImageNet-1K": "ImageNet-1K", "COCO-val2017": "COCO", "COCO-val2017-VOC-labels": "COCO with VOC's classes"}


def build(model_id, weights):
    """The model as torchvision builds it for these weights, and the keys of the file that it would load."""
    files = []
    module = __import__("torch").nn.Module
    get_state_dict, load_state_dict = WeightsEnum.get_state_dict, module.load_state_dict
    WeightsEnum.get_state_dict = lambda self, *a, **k: {}
    module.load_state_dict = lambda self, *a, **k: files.append(list(self.state_dict()))
    try:
        model = models.get_model(model_id, weights=weights)
    finally:
        WeightsEnum.get_state_dict, module.load_state_dict = get_state_dict, load_state_dict
    return model, files[-1]


def normalisation(mean, std):
    return {"mean": list(mean), "std": list(std)}


def classifier_or_segmenter(weights):
    made = weights.transforms()
    facts = {"resize": made.resize_size[0]}
    if hasattr(made, "crop_size"):
        facts["crop"] = made.crop_size[0]
    return facts | {"interpolation": made.interpolation.value} | normalisation(made.mean, made.std)


def detector(transform):
    if transform.fixed_size:
        size = {"fixed_size": list(transform.fixed_size)}
    else:
        size = {"min_size": transform.min_size[0], "max_size": transform.max_size}
    return size | {"interpolation": "bilinear"} | normalisation(transform.image_mean, transform.image_std)


def entry(model_id, weights, is_default):
    meta = weights.meta
    (measured_on, metrics), = meta["_metrics"].items()
    name = weights.url.rsplit("/", 1)[1]
    classes = meta["categories"]
    facts = {
        "model": model_id, "name": weights.name, "default": is_default, "url": weights.url,
        "sha256_prefix": name.rsplit("-", 1)[1].split(".")[0], "trained_on": TRAINED_ON[measured_on],
        "class_count": len(classes or []), "class_list": CLASS_LISTS[len(classes)] if classes else None, "parameters": meta["num_params"],
        "metrics": {METRICS[key]: value for key, value in metrics.items() if value == value},
    }
    if "license" in meta:
        facts["licence"] = meta["license"]
    if len(classes or []) != 1000 or model_id in ("googlenet", "inception_v3"):
        if model_id == "vgg16":     # IMAGENET1K_FEATURES: the classifier's layers are in the file without values.
            facts["features_only"] = True
        else:
            model, keys = build(model_id, weights)
            if any(isinstance(module, FrozenBatchNorm2d) and module.eps == 0 for module in model.modules()):
                facts["batch_norm_epsilon"] = 0
            if getattr(model, "transform_input", False):
                facts["transforms_input"] = True
            if any(key.lower().startswith("aux") for key in keys):
                # torchvision warns that GoogLeNet's are in the file but were not trained, and drops them after loading.
                facts["auxiliary_heads"] = "trained" if any(key.lower().startswith("aux") for key in model.state_dict()) else "untrained"
            if BUILTIN_MODELS[model_id].__module__.startswith(detection.__name__):
                facts["preprocessing"] = detector(model.transform)
    if "preprocessing" not in facts:
        facts["preprocessing"] = classifier_or_segmenter(weights)
    return facts


def backbone(model_id, ids):
    """The classifier's weights that torchvision starts a detector or segmenter from, or None."""
    parameter = inspect.signature(BUILTIN_MODELS[model_id]).parameters.get("weights_backbone")
    if parameter is None or parameter.default is None:
        return None
    return {"model": model_id, "backbone": ids[type(parameter.default)], "name": parameter.default.name}


def main():
    chosen = [model_id for model_id in models.list_models() if not model_id.startswith(LEFT_OUT)]
    ids = {models.get_model_weights(model_id): model_id for model_id in chosen}
    entries = [entry(model_id, weights, weights is models.get_model_weights(model_id).DEFAULT)
               for model_id in chosen for weights in models.get_model_weights(model_id)]
    starts = [start for start in (backbone(model_id, ids) for model_id in chosen) if start]

    lines = ["{", f' "source": "torchvision {torchvision.__version__.split("a")[0]}; made by tests/goldens/weights/make_published.py",',
             ' "backbones": [', ",\n".join(f"  {json.dumps(start)}" for start in starts), " ],", ' "weights": [']
    blocks = []
    for facts in entries:
        groups = [["model", "name", "default"], ["url", "sha256_prefix"], ["trained_on", "class_count", "class_list", "parameters"],
                  ["metrics"], ["licence"], ["features_only", "batch_norm_epsilon", "transforms_input", "auxiliary_heads"],
                  ["preprocessing"]]
        parts = [json.dumps({key: facts[key] for key in group if facts.get(key) is not None})[1:-1] for group in groups]
        parts[-1] = parts[-1].replace(', "mean"', ',\n    "mean"')
        blocks.append("  {" + ",\n   ".join(part for part in parts if part) + "}")
    lines += [",\n".join(blocks), " ]", "}"]
    TARGET.write_text("\n".join(lines) + "\n")
    assert len(json.loads(TARGET.read_text())["weights"]) == len(entries)
    print(f"{len(entries)} weights of {len(chosen)} models, {len(starts)} backbones")


if __name__ == "__main__":
    main()
