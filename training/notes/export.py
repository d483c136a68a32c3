"""Exports a checkpoint of the notes network: ONNX (opset 17), parity with torch, entry.json, card, licence.

    python -m notes.export --run runs/notes --version 2.3.0 --halfway-from OLD/model.onnx
    python -m notes.export --of OLD/model.onnx --version 2.3.0            # the same weights in the present form of the graph
The graph ends in probabilities: onset, frame, velocity [1, frames, 88] and log-probabilities of classes [1, frames, 88, K]; beside them the
timbre that the classes are read from [1, 96, 88, frames], for the instruments network.
"""
import argparse, hashlib, json, pathlib

import numpy as np
import onnx
import onnxruntime
import torch
from torch import nn

from common import warm
from common.gpu import check_channels, log_softmax
from common.spectrum import BINS, HOP, RATE
from .assign import DEFAULTS
from .labels import CLASSES, FAMILIES, PITCHES
from .model import ROWS, SHIFTS, TIMBRE, NotesNet

MODEL_ID = "notes"
ROOT = pathlib.Path(__file__).resolve().parents[2]


STEM_ROWS = 5
STEM_CHANNELS = 48


class FlatStem(nn.Module):
    """The stack and first convolution of NotesNet as one gather and a convolution with strides of 1 on 45 channels and three that are not
    listened to: ONNX Runtime's WebGPU computes it wrongly where the channels are no multiple of four but one of three.
    features [1, frames, bins] -> [1, channels, 88, frames]."""

    def __init__(self, net):
        super().__init__()
        rows = [[s + 3 * p + k for p in range(PITCHES)] for s in SHIFTS for k in range(STEM_ROWS)]
        spare = STEM_CHANNELS - len(rows)
        self.below = 1 - min(SHIFTS)
        self.above = max(SHIFTS) + ROWS - 1 - BINS
        self.register_buffer("rows", torch.tensor(rows + rows[:1] * spare, dtype=torch.int32).flatten() + self.below - 1)
        weight = net.stem.weight.flatten(1, 2)[:, :, None]
        self.weight = nn.Parameter(nn.functional.pad(weight, (0, 0, 0, 0, 0, spare)))
        self.bias = net.stem.bias

    def forward(self, features):
        x = nn.functional.pad((features.transpose(1, 2) - 0.5) * 2.0, (0, 0, self.below, self.above), value=-1.0)
        x = x.index_select(1, self.rows).reshape(1, STEM_CHANNELS, PITCHES, -1)
        return nn.functional.conv2d(x, self.weight, self.bias, padding=(0, 1))


class Exported(nn.Module):
    """The trained network with batch 1, outputs as the app wants them."""

    def __init__(self, net):
        super().__init__()
        self.net = net
        self.stem = FlatStem(net)

    def forward(self, features):
        head, classes, timbre = self.net.heads(self.stem(features))
        p = torch.sigmoid(head).permute(0, 1, 3, 2)
        log = log_softmax(classes.permute(0, 3, 2, 1))
        return p[:, 0], p[:, 1], p[:, 2], log, timbre


def load(run):
    state = torch.load(pathlib.Path(run) / "last.pt", map_location="cpu")
    net = NotesNet(state["channels"])
    net.load_state_dict(state["ema"])
    return net.eval(), state


def reload(path):
    """A network exported before, from its graph."""
    net = NotesNet(warm.constants(path)[1]["net.head.weight"].shape[1])
    warm.load_notes(net, path)
    return net.eval()


def halfway(net, path):
    """Weights in the middle between a run and the model it started from: fine-tuned networks are often best there."""
    start = NotesNet(net.stem.out_channels)
    warm.load_notes(start, path)
    old = start.state_dict()
    net.load_state_dict({k: (v + old[k]) / 2 for k, v in net.state_dict().items()})


def main():
    ap = argparse.ArgumentParser(description=__doc__)
    ap.add_argument("--run", default="runs/notes")
    ap.add_argument("--version", default="2.3.0")
    ap.add_argument("--of", help="a model.onnx whose weights are written again instead of those of a run")
    ap.add_argument("--onset", type=float, default=0.4)
    ap.add_argument("--frame", type=float, default=0.65)
    ap.add_argument("--halfway-from", help="the model.onnx that the run started from: what is exported is the mean of both")
    ap.add_argument("--assign", default="{}", help="JSON of the instrument assignment's settings")
    ap.add_argument("--out", default=str(ROOT / "static/models"))
    a = ap.parse_args()
    net, state = (reload(a.of), {}) if a.of else load(a.run)
    if a.halfway_from:
        halfway(net, a.halfway_from)
    folder = pathlib.Path(a.out) / MODEL_ID / a.version
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / "model.onnx"
    x = torch.rand(1, 200, BINS) * 1.5
    names = ["onset", "frame", "velocity", "classes", "timbre"]
    torch.onnx.export(Exported(net), (x,), str(path), input_names=["features"], output_names=names, opset_version=17,
                      dynamic_axes={n: {3 if n == "timbre" else 1: "frames"} for n in ["features", *names]}, dynamo=False)
    # constant folding: no shape arithmetic is left that a GPU would hand back to the CPU
    options = onnxruntime.SessionOptions()
    options.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_ENABLE_BASIC
    options.optimized_model_filepath = str(path)
    onnxruntime.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])
    model = onnx.load(str(path))
    for o in [o for o in model.opset_import if o.domain]:
        model.opset_import.remove(o)
    onnx.save(model, str(path))
    onnx.checker.check_model(model)
    check_channels(model)
    print("opsets", [(o.domain, o.version) for o in model.opset_import])
    print(sorted({n.op_type for n in model.graph.node}))
    session = onnxruntime.InferenceSession(str(path), providers=["CPUExecutionProvider"])
    for frames in (200, 512):
        x = torch.rand(1, frames, BINS) * 1.5
        with torch.no_grad():
            want = Exported(net)(x)
        got = session.run(None, {"features": x.numpy()})
        worst = max(float(np.abs(w.numpy() - g).max()) for w, g in zip(want, got))
        print("parity", frames, worst)
        assert worst <= 1e-4, worst
    data = path.read_bytes()
    spec = lambda name, shape: dict(name=name, type="float32", shape=shape)
    entry = dict(
        id=MODEL_ID, version=a.version, task="transcribe-notes", name="LoopMind notes", url=f"{MODEL_ID}/{a.version}/model.onnx",
        bytes=len(data), sha256=hashlib.sha256(data).hexdigest(), licence="AGPL-3.0-or-later",
        source="trained in this repository (training/notes)", sampleRateHz=RATE,
        inputs=[spec("features", [1, "frames", BINS])],
        outputs=[spec(n, [1, "frames", PITCHES]) for n in names[:3]] + [spec("classes", [1, "frames", PITCHES, len(CLASSES)]), spec("timbre", [1, TIMBRE, PITCHES, "frames"])],
        parameters=dict(hopSamples=HOP, contextFrames=net.reach, onsetThreshold=a.onset, frameThreshold=a.frame, assignment={**DEFAULTS, **json.loads(a.assign)},
                        classes=[dict(name=n, family=f, program=p) for n, f, p, _ in CLASSES]),
        card=f"{MODEL_ID}/{a.version}/card.md")
    (folder / "entry.json").write_text(json.dumps(entry, indent=2) + "\n")
    if state:
        print("steps", state["step"], "minutes", round(state["spent"] / 60, 1))
    print("bytes", len(data), "families", FAMILIES)


if __name__ == "__main__":
    main()
