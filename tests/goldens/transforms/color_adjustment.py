"""Writes color_adjustment.json: torchvision's colour changes of a small picture that both sides make by a formula.

Run where torch and torchvision are installed (made with torch 1.13.0, torchvision 0.14.1):
    python3 color_adjustment.py > color_adjustment.json
"""
import json
import torch
from torchvision.transforms import functional as F

H, W = 5, 7
pixels = torch.tensor([(i * 37 + i * i * 11) % 256 for i in range(H * W * 3)], dtype=torch.uint8)
pixels[:9] = torch.tensor([0, 0, 0, 255, 255, 255, 90, 90, 90], dtype=torch.uint8)
image = pixels.reshape(H, W, 3).permute(2, 0, 1)

cases = []
for name, op, values in [
    ("brightness", F.adjust_brightness, [0.0, 0.55, 1.0, 1.4]),
    ("contrast", F.adjust_contrast, [0.0, 0.6, 1.0, 1.7]),
    ("saturation", F.adjust_saturation, [0.0, 0.35, 1.0, 1.8]),
    ("hue", F.adjust_hue, [-0.5, -0.13, 0.07, 0.4]),
]:
    for value in values:
        out = op(image, value).permute(1, 2, 0).reshape(-1).tolist()
        cases.append({"operation": name, "value": value, "pixels": out})

mean = torch.tensor([0.485, 0.456, 0.406])[:, None, None]
std = torch.tensor([0.229, 0.224, 0.225])[:, None, None]
normalized = ((image.to(torch.float32) / 255 - mean) / std).reshape(-1)
bits = normalized.view(torch.int32).tolist()
print(json.dumps({"height": H, "width": W, "input": pixels.tolist(), "cases": cases, "normalized_bits": bits}, separators=(",", ":")))
