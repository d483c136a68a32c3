"""Weights of a shipped ONNX model back in its network, so that training can go on from there (`--init` of the trainers)."""

import numpy as np
import onnx
import torch
from onnx import numpy_helper
from torch import nn

# The convolutions of split/export.py in the order of its graph.
SPLIT_ORDER = ["stem", "down1", "enc1a", "enc1b", "down2", "enc2a", "enc2b", "down3", "enc3a", "enc3b", "enc3c", "enc3d",
               "up3", "dec2", "up2", "dec1", "up1", "mix", "head"]
CALIBRATION_BATCHES = 6


def constants(path):
    graph = onnx.load(str(path)).graph
    return graph, {i.name: numpy_helper.to_array(i) for i in graph.initializer}


def load_notes(net, path):
    """The notes network as notes/export.py wrote it (float32 under its own names; the two standardising constants come in their order)."""
    _, values = constants(path)
    state = {name.removeprefix("net."): torch.from_numpy(v.copy()) for name, v in values.items() if name.startswith(("net.", "stem."))}
    state.pop("stem.rows", None)
    harmonics, rows = net.stem.weight.shape[1:3]          # a graph's stem has the rows of a step as channels
    state["stem.weight"] = state["stem.weight"].flatten(1, 2)[:, :harmonics * rows].reshape(net.stem.weight.shape)
    ends = [values[n].reshape(-1) for n in values if n.startswith("onnx::")]
    state["mean"], state["scale"] = (torch.from_numpy(v.copy()) for v in ends)
    net.load_state_dict(state)


def load_split(net, path, batches):
    """The split network as split/export.py wrote it: int8 weights with the norms folded in. The norms get the statistics of `batches`
    (tensors of features), and gains and offsets that undo them, so that the network answers as before and can be trained."""
    graph, values = constants(path)
    scaled = {}
    for node in graph.node:
        if node.op_type == "DequantizeLinear":
            axis = next(a.i for a in node.attribute if a.name == "axis")
            q, scale = (values[i] for i in node.input[:2])
            shape = [1] * q.ndim
            shape[axis] = -1
            scaled[node.output[0]] = q.astype(np.float32) * scale.reshape(shape)
    weight = lambda name: torch.from_numpy(np.array(scaled.get(name, values.get(name))))
    layers = [n for n in graph.node if n.op_type in ("Conv", "ConvTranspose")]
    place = next(n for n in graph.node if n.op_type == "Add")
    device = next(net.parameters()).device
    with torch.no_grad():
        net.place.copy_(weight(place.input[1]))
        norms = {}
        for name, node in zip(SPLIT_ORDER, layers, strict=True):
            layer = getattr(net, name)
            plain = layer[0] if isinstance(layer, nn.Sequential) else layer
            plain.weight.copy_(weight(node.input[1]))
            if isinstance(layer, nn.Sequential):
                norms[name] = (layer[1], weight(node.input[2]).to(device))
            else:
                plain.bias.copy_(weight(node.input[2]))
        calibrate(net, norms, batches)


def load_beats(net, path, batches):
    """The beat network as beats/export_beats.py wrote it: norms folded into the convolutions before them. See `load_split`."""
    graph, values = constants(path)
    weight = lambda name: torch.from_numpy(values[name].copy())
    convolutions = iter([(weight(n.input[1]), weight(n.input[2])) for n in graph.node if n.op_type == "Conv"])
    scale, shift = (weight(next(n for n in graph.node if n.op_type == op).input[1]).reshape(-1) for op in ("Mul", "Add"))

    def take(layer, bias=True):
        w, b = next(convolutions)
        layer.weight.copy_(w)
        if layer.bias is not None:
            layer.bias.copy_(b if bias else torch.zeros_like(b))
        return b

    with torch.no_grad():
        norms = {}
        for k, stage in enumerate(list(net.front)[1:]):
            norms[f"front{k}"] = (stage[1], take(stage[0]))
        norms["join"] = (net.join[1], take(net.join[0]))
        for k, block in enumerate(net.blocks):
            norms[f"block{k}"] = (block.norm, torch.cat([take(block.near, bias=False), take(block.far, bias=False)]))
            take(block.merge)
        for layer in (net.head, net.tempo[0], net.tempo[2]):
            take(layer)
        mean, variance = (torch.stack(v).mean(0) for v in zip(*[(x.mean().reshape(1), x.var().reshape(1)) for x in batches]))
        opening = net.front[0]
        opening.running_mean.copy_(mean)
        opening.running_var.copy_(variance)
        opening.weight.copy_(scale * (variance + opening.eps).sqrt())
        opening.bias.copy_(shift + mean * scale)
        calibrate(net, norms, batches)


def calibrate(net, norms, batches):
    """Statistics of every norm's input while the norms only add their offset."""
    sums = {name: [] for name in norms}

    def hook(name, offset):
        def replace(_, inputs, __):
            x = inputs[0].float()
            rest = [d for d in range(x.dim()) if d != 1]
            sums[name].append((x.mean(rest), x.var(rest)))
            return inputs[0] + offset.reshape(-1, *[1] * (x.dim() - 2)).to(inputs[0].dtype)
        return replace

    handles = [norm.register_forward_hook(hook(name, offset)) for name, (norm, offset) in norms.items()]
    net.eval()
    for batch in batches:
        net(batch)
    for handle in handles:
        handle.remove()
    for name, (norm, offset) in norms.items():
        mean, variance = (torch.stack(v).mean(0) for v in zip(*sums[name]))
        norm.running_mean.copy_(mean)
        norm.running_var.copy_(variance)
        norm.weight.copy_((variance + norm.eps).sqrt())
        norm.bias.copy_(mean + offset)
    net.train()
