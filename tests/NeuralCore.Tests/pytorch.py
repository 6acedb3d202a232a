"""Both ways between NeuralCore and PyTorch: python3 pytorch.py FOLDER

FOLDER/cases.json lists cases: name, module and call (expressions), dtype. For each case FOLDER/NAME.ours.safetensors holds our state dict and
FOLDER/NAME.in.safetensors the input x. Writes NAME.out.safetensors: y, PyTorch's answer with our weights, and y_theirs, that with weights of its
own, which NAME.theirs.safetensors holds in the case's dtype. Exit code 3: torch is not installed.
"""

import json
import pathlib
import struct
import sys

try:
    import torch
    from torch import nn
except ImportError as e:
    print(e)
    sys.exit(3)

DTYPES = {"F64": torch.float64, "F32": torch.float32, "F16": torch.float16, "BF16": torch.bfloat16, "I64": torch.int64, "BOOL": torch.bool}
NAMES = {dtype: name for name, dtype in DTYPES.items()}


def read(path):
    bytes = path.read_bytes()
    (length,) = struct.unpack("<Q", bytes[:8])
    tensors = {}
    for name, entry in json.loads(bytes[8:8 + length]).items():
        if name != "__metadata__":
            begin, end = (8 + length + offset for offset in entry["data_offsets"])
            tensors[name] = torch.frombuffer(bytearray(bytes[begin:end]), dtype=DTYPES[entry["dtype"]]).reshape(entry["shape"])
    return tensors


def write(path, tensors):
    header, data = {}, b""
    for name, tensor in tensors.items():
        tensor = tensor.detach().contiguous()
        raw = tensor.reshape(-1).view(torch.uint8).numpy().tobytes() if tensor.dim() else tensor.reshape(1).view(torch.uint8).numpy().tobytes()
        header[name] = {"dtype": NAMES[tensor.dtype], "shape": list(tensor.shape), "data_offsets": [len(data), len(data) + len(raw)]}
        data += raw
    json_header = json.dumps(header).encode()
    path.write_bytes(struct.pack("<Q", len(json_header)) + json_header + data)


def run(folder, case):
    file = lambda suffix: folder / f"{case['name']}.{suffix}.safetensors"
    inputs = read(file("in"))
    torch.manual_seed(1)
    m = eval(case["module"], {"nn": nn, "torch": torch})
    call = lambda: eval(case["call"], {"m": m, "torch": torch, **inputs})

    # Weights of its own: parameters away from their first values (0 and 1 hide mistakes), buffers moved by training, all rounded to the dtype.
    with torch.no_grad():
        for p in m.parameters():
            p.add_(0.1 * torch.randn_like(p))
        for _ in range(3):
            call()
    m.eval()
    rounded = {name: t.to(DTYPES[case["dtype"]]) if t.is_floating_point() else t for name, t in m.state_dict().items()}
    m.load_state_dict({name: t.float() if t.is_floating_point() else t for name, t in rounded.items()}, strict=True)
    with torch.no_grad():
        theirs = call()
        write(file("theirs"), rounded)
        m.load_state_dict(read(file("ours")), strict=True)
        write(file("out"), {"y": call(), "y_theirs": theirs})


folder = pathlib.Path(sys.argv[1])
torch.set_num_threads(1)
for case in json.loads((folder / "cases.json").read_text()):
    try:
        run(folder, case)
    except Exception as e:
        (folder / f"{case['name']}.error").write_text(f"{type(e).__name__}: {e}")
print(torch.__version__)
