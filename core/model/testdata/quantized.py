"""Writes quantized.safetensors and quantized.json: matrices as compressed-tensors
packs them, and what it makes of them again. Made with compressed-tensors 0.20.0."""
import json
import os

import torch
from compressed_tensors.compressors.pack_quantized.helpers import pack_to_int32, unpack_from_int32
from safetensors.torch import save_file

torch.manual_seed(5)
here = os.path.dirname(os.path.abspath(__file__))
tensors, want = {}, {}

eight = torch.randint(-127, 128, (3, 8), dtype=torch.int8)
scale = (torch.rand(3, 1) + 0.1).to(torch.float16)
tensors["eight.weight"], tensors["eight.weight_scale"] = eight, scale
want["eight.weight"] = (eight.float() * scale.float()).flatten().tolist()

for name, width, group in ("four", 16, 8), ("odd", 12, 12):
    four = torch.randint(-8, 8, (2, width), dtype=torch.int8)
    scale = (torch.rand(2, width // group) + 0.1).to(torch.float16)
    packed = pack_to_int32(four, 4)
    assert torch.equal(unpack_from_int32(packed, 4, torch.Size([2, width])), four)
    tensors[name + ".weight_packed"], tensors[name + ".weight_scale"] = packed.contiguous(), scale
    tensors[name + ".weight_shape"] = torch.tensor([2, width])
    want[name + ".weight"] = (four.float() * scale.float().repeat_interleave(group, 1)).flatten().tolist()

save_file(tensors, os.path.join(here, "quantized.safetensors"))
with open(os.path.join(here, "quantized.json"), "w") as out:
    json.dump({"program": "compressed-tensors 0.20.0", "weights": want}, out)
