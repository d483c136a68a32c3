"""Exports trained instruments networks, whose answers are averaged, to ONNX and checks the graph against the trained modules.

    python -m instruments.export --runs runs/instruments1 runs/instruments2          from training/
"""
import argparse, io, pathlib, warnings

import numpy as np
import onnxruntime
import torch
from torch import nn

from notes.labels import CLASSES, FAMILIES
from pypi_asset import write_model

from .model import NOTE, TIMBRE, Players, neighbours, scalars

HERE = pathlib.Path(__file__).resolve().parent
INPUTS = dict(notes=len(NOTE), scores=len(CLASSES), timbre=TIMBRE)
OUTPUTS = ("families", "velocities")


class Mean(nn.Module):
    """Probabilities of the families and their velocities [N, 7]."""

    def __init__(self, nets):
        super().__init__()
        self.nets = nn.ModuleList(nets)

    def forward(self, notes, scores, timbre):
        place, listens = scalars(notes), neighbours(notes)
        answers = [net.of(place, listens, scores, timbre) for net in self.nets]
        families = [torch.sigmoid(logits[-1]) for logits, _ in answers]
        velocities = [v for _, v in answers]
        return sum(families) / len(self.nets), sum(velocities) / len(self.nets)


def load(run):
    net = Players()
    net.load_state_dict(torch.load(pathlib.Path(run) / "last.pt", weights_only=True)["average"])
    return net.eval().requires_grad_(False)


def example(rng, count, filling):
    """Notes, scores and timbre of a window, the last rows of it filling."""
    notes = np.zeros((count + filling, len(NOTE)), np.float32)
    notes[:count, 0] = np.sort(rng.uniform(0, 30, count).round(1))
    notes[:count, 1] = notes[:count, 0] + rng.uniform(0.05, 2, count)
    notes[:count, 2:] = np.stack([rng.integers(30, 90, count), rng.random(count), rng.random(count), np.ones(count)], 1)
    notes[count:, :2] = 1e5
    scores, timbre = rng.normal(-3, 2, (len(notes), len(CLASSES))), rng.random((len(notes), TIMBRE)) * 2
    return [torch.from_numpy(x.astype(np.float32)) for x in (notes, scores, timbre)]


def build(net):
    buffer = io.BytesIO()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        torch.onnx.export(net, tuple(example(np.random.default_rng(1), 100, 28)), buffer, input_names=list(INPUTS), output_names=list(OUTPUTS), opset_version=17,
                          dynamic_axes={n: {0: "notes"} for n in (*INPUTS, *OUTPUTS)}, dynamo=False)
    return buffer.getvalue()


def main():
    ap = argparse.ArgumentParser(description=__doc__)
    ap.add_argument("--runs", nargs="+", required=True)
    ap.add_argument("--version", default="1.0.0")
    ap.add_argument("--also-from", type=float, default=0.4)
    a = ap.parse_args()
    net = Mean([load(run) for run in a.runs]).eval()
    data = build(net)
    session, rng = onnxruntime.InferenceSession(data, providers=["CPUExecutionProvider"]), np.random.default_rng(3)
    for count, filling in ((128, 0), (300, 84), (512, 0), (1, 127)):
        x = example(rng, count, filling)
        got = session.run(None, {n: v.numpy() for n, v in zip(INPUTS, x)})
        largest = max(float(np.abs(g[:count] - w.numpy()[:count]).max()) for g, w in zip(got, net(*x)))
        alone = max(float((u[:count] - v).abs().max()) for u, v in zip(net(*x), net(*[v[:count] for v in x])))
        print(f"{count} notes and {filling} of filling: largest difference {largest:.2e}, without the filling {alone:.2e}")
        if max(largest, alone) > 1e-4:
            raise SystemExit("the graph does not match the trained modules")
    shape = lambda name, width: {"name": name, "type": "float32", "shape": ["notes", width]}
    entry = {
        "id": "instruments", "version": a.version, "task": "assign-instruments", "name": "Who plays each note",
        "licence": "AGPL-3.0-or-later", "source": "trained by training/instruments", "sampleRateHz": 16000,
        "inputs": [shape(n, w) for n, w in INPUTS.items()],
        "outputs": [shape(n, len(FAMILIES)) for n in OUTPUTS],
        "parameters": {"families": FAMILIES, "alsoFrom": a.also_from},
    }
    print(len(data), write_model(entry, data, (HERE / "card.md").read_text(), (HERE / "LICENSE.weights").read_text()))


if __name__ == "__main__":
    main()
