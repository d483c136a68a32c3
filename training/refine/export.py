"""Exports trained refiners, whose masks are averaged, to a static ONNX graph and checks it against the trained modules.

    python -m refine.export --runs runs/refine1 runs/refine2 runs/refine3          from training/
"""
import argparse, pathlib

import numpy as np
import onnxruntime
import torch

from pypi_asset import write_model
from spleeter_export.graph import Graph

from .model import FEATURES, NET, Refiner

HERE = pathlib.Path(__file__).resolve().parent
FRAMES, BINS = 512, 384


def member(g: Graph, net: Refiner) -> str:
    """The masks of one network."""
    relu = lambda x: g.node("Relu", [x])
    ints = lambda *v: g.constant(np.array(v, np.int64))
    total = lambda x: g.node("ReduceSum", [x, ints(2)], keepdims=1)

    def conv(x, layer):
        ph, pw = layer.padding
        return g.conv(x, layer.weight.numpy(), layer.bias.numpy(), layer.stride, [ph, pw, ph, pw], layer.dilation)

    y = relu(conv("features", net.mix))
    if net.wide:
        level = g.node("Exp", [g.node("Slice", ["features", ints(0), ints(1), ints(1)])])
        whole = g.node("Div", [total(g.node("Mul", [y, level])), total(level)])
        y = relu(g.node("Add", [y, conv(relu(conv(whole, net.sound[0])), net.sound[2])]))
        z = relu(conv(y, net.down))
        for layer in net.around:
            z = g.node("Add", [z, relu(conv(z, layer))])
        up = g.conv_transpose(z, net.up.weight.numpy(), net.up.bias.numpy(), net.up.stride, [0, 0, 0, 0])
        y = relu(g.node("Add", [y, up]))
    y = g.node("Add", [y, relu(conv(y, net.near))])
    y = g.node("Add", [y, relu(conv(y, net.long))])
    separated = g.node("Slice", ["features", ints(NET.start), ints(NET.stop), ints(1)])
    return g.node("Softmax", [g.node("Add", [conv(y, net.head), separated])], axis=1)


def build(nets: list[Refiner]) -> bytes:
    """The mean of the masks of several networks."""
    g = Graph(False)
    masks = member(g, nets[0])
    for net in nets[1:]:
        masks = g.node("Add", [masks, member(g, net)])
    g.node("Mul", [masks, g.constant(np.float32(1 / len(nets)))], name="masks")
    return g.model("refine", [("features", [1, FEATURES, FRAMES, BINS])], [("masks", [1, 3, FRAMES, BINS])])


def load(run) -> Refiner:
    state = torch.load(pathlib.Path(run) / "last.pt", weights_only=True)
    net = Refiner(state["channels"], state["wide"])
    net.load_state_dict(state["average"])
    net.eval().requires_grad_(False)
    net.mix.weight[:, state["without"]] = 0
    return net


def main():
    ap = argparse.ArgumentParser(description=__doc__)
    ap.add_argument("--runs", nargs="+", required=True)
    ap.add_argument("--version", default="2.0.0")
    ap.add_argument("--drums-rise", type=float, default=0.5)
    a = ap.parse_args()
    nets = [load(run) for run in a.runs]
    x = np.random.default_rng(3).uniform(-4, 2, (1, FEATURES, FRAMES, BINS)).astype(np.float32)
    data = build(nets)
    got = onnxruntime.InferenceSession(data, providers=["CPUExecutionProvider"]).run(None, {"features": x})[0]
    want = sum(net(torch.from_numpy(x)).numpy() for net in nets) / len(nets)
    largest = np.abs(got - want).max()
    print(f"{len(data) / 1e3:.0f} kB, largest difference {largest:.2e}")
    if largest > 1e-4:
        raise SystemExit("the graph does not match the trained modules")
    entry = {
        "id": "refine", "version": a.version, "task": "refine-stems", "name": "Stems refined by their notes",
        "licence": "AGPL-3.0-or-later", "source": "trained by training/refine", "sampleRateHz": 44100,
        "inputs": [{"name": "features", "type": "float32", "shape": list(x.shape)}],
        "outputs": [{"name": "masks", "type": "float32", "shape": list(got.shape)}],
        "parameters": {"drumsRise": a.drums_rise},
    }
    print(write_model(entry, data, (HERE / "card.md").read_text(), (HERE / "LICENSE.weights").read_text()))


if __name__ == "__main__":
    main()
