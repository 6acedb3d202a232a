"""Writes the networks of torch_shapes.py as ONNX files, and networks.json with their names and shapes, into a folder.
usage: export_onnx.py FOLDER"""
import json, os, sys, warnings
import torch
from torch_shapes import NETWORKS

folder, index = sys.argv[1], []
warnings.simplefilter('ignore')
torch.manual_seed(0)
for i, (name, network, shape, _) in enumerate(NETWORKS):
    file = f'{i}.onnx'
    torch.onnx.export(network().eval(), torch.randn(2, *shape), os.path.join(folder, file), opset_version=14, input_names=['x'], output_names=['y'],
                      dynamic_axes={'x': {0: 'n'}, 'y': {0: 'n'}})
    index.append(dict(name=name, shape=shape, file=file))
with open(os.path.join(folder, 'networks.json'), 'w') as out:
    json.dump(index, out, indent=1)
