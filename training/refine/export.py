"""Exports the trained refiner to a static ONNX graph and checks it against the trained module.

    python -m refine.export --run runs/refine          from training/
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


def build(net: Refiner) -> bytes:
    g = Graph(False)
    relu = lambda x: g.node("Relu", [x])
    ints = lambda *v: g.constant(np.array(v, np.int64))

    def conv(x, layer):
        ph, pw = layer.padding
        return g.conv(x, layer.weight.numpy(), layer.bias.numpy(), (1, 1), [ph, pw, ph, pw], (1, 1))

    y = relu(conv("features", net.mix))
    y = g.node("Add", [y, relu(conv(y, net.near))])
    y = g.node("Add", [y, relu(conv(y, net.wide))])
    separated = g.node("Slice", ["features", ints(NET.start), ints(NET.stop), ints(1)])
    g.node("Softmax", [g.node("Add", [conv(y, net.head), separated])], axis=1, name="masks")
    return g.model("refine", [("features", [1, FEATURES, FRAMES, BINS])], [("masks", [1, 3, FRAMES, BINS])])


def main():
    ap = argparse.ArgumentParser(description=__doc__)
    ap.add_argument("--run", default="runs/refine")
    ap.add_argument("--version", default="1.1.0")
    ap.add_argument("--drums-rise", type=float, default=0.5)
    a = ap.parse_args()
    state = torch.load(pathlib.Path(a.run) / "last.pt", weights_only=True)
    net = Refiner(state["channels"])
    net.load_state_dict(state["net"])
    net.eval().requires_grad_(False)
    x = np.random.default_rng(3).uniform(-4, 2, (1, FEATURES, FRAMES, BINS)).astype(np.float32)
    data = build(net)
    got = onnxruntime.InferenceSession(data, providers=["CPUExecutionProvider"]).run(None, {"features": x})[0]
    largest = np.abs(got - net(torch.from_numpy(x)).numpy()).max()
    print(f"{len(data) / 1e3:.0f} kB, largest difference {largest:.2e}")
    if largest > 1e-4:
        raise SystemExit("the graph does not match the trained module")
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
