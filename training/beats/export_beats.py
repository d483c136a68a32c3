"""Export our beat network (training/beats/train.py) to a static ONNX graph.

    python export_beats.py --run ../runs/beats --version 1.0.0
"""

import argparse
import json
import pathlib
import sys

import numpy as np
import onnx
import onnxruntime
import torch
from onnx import TensorProto, helper, numpy_helper

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))
import features  # noqa: E402
from export_beatnet import click_track  # noqa: E402
import model as models  # noqa: E402
from pypi_asset import REPO, write_model  # noqa: E402


def folded(weight: torch.Tensor, bias: torch.Tensor | None, norm: torch.nn.Module) -> tuple[np.ndarray, np.ndarray]:
    """A convolution with the batch norm behind it folded in."""
    scale = norm.weight / torch.sqrt(norm.running_var + norm.eps)
    start = torch.zeros_like(norm.bias) if bias is None else bias
    w = weight * scale.reshape(-1, *[1] * (weight.dim() - 1))
    return w.detach().numpy(), (norm.bias + (start - norm.running_mean) * scale).detach().numpy()


def graph(net: models.BeatTcn) -> bytes:
    nodes, constants = [], []
    count = 0

    def constant(value) -> str:
        nonlocal count
        count += 1
        constants.append(numpy_helper.from_array(np.ascontiguousarray(value), f"k{count}"))
        return f"k{count}"

    def node(op: str, inputs: list[str], name: str = "", **attributes) -> str:
        nonlocal count
        count += 1
        out = name or f"v{count}"
        nodes.append(helper.make_node(op, inputs, [out], **attributes))
        return out

    def conv(x: str, w: np.ndarray, b: np.ndarray, pads: list[int], strides: list[int], dilations: list[int] | None = None) -> str:
        extra = {} if dilations is None else {"dilations": dilations}
        return node("Conv", [x, constant(w), constant(b)], kernel_shape=list(w.shape[2:]), pads=pads, strides=strides, **extra)

    x = node("Transpose", ["bands"], perm=[0, 2, 1])
    x = node("Unsqueeze", [x, constant(np.array([1], np.int64))])
    norm = net.front[0]
    scale = (norm.weight / torch.sqrt(norm.running_var + norm.eps)).detach().numpy()
    shift = (norm.bias - norm.running_mean * norm.weight / torch.sqrt(norm.running_var + norm.eps)).detach().numpy()
    x = node("Add", [node("Mul", [x, constant(scale.reshape(1, 1, 1, 1))]), constant(shift.reshape(1, 1, 1, 1))])
    for stage in list(net.front)[1:]:
        w, b = folded(stage[0].weight, None, stage[1])
        rows = w.shape[2]
        x = node("Relu", [conv(x, w, b, [rows // 2, 1, rows // 2, 1], [3, 1])])
    x = node("Reshape", [x, constant(np.array([1, net.join[0].in_channels, -1], np.int64))])
    x = node("Relu", [conv(x, *folded(net.join[0].weight, None, net.join[1]), [0, 0], [1])])
    skips = []
    for block in net.blocks:
        half = block.near.out_channels
        parts = []
        for part, channels in ((block.near, slice(0, half)), (block.far, slice(half, None))):
            norm = block.norm
            slim = torch.nn.BatchNorm1d(half, eps=norm.eps)
            slim.weight.data, slim.bias.data = norm.weight.data[channels], norm.bias.data[channels]
            slim.running_mean, slim.running_var = norm.running_mean[channels], norm.running_var[channels]
            d = part.dilation[0]
            parts.append(conv(x, *folded(part.weight, part.bias, slim), [2 * d, 2 * d], [1], [d]))
        y = node("Relu", [node("Concat", parts, axis=1)])
        y = conv(y, block.merge.weight.detach().numpy(), block.merge.bias.detach().numpy(), [0, 0], [1])
        skips.append(y)
        x = node("Add", [x, y])
    total = skips[0]
    for skip in skips[1:]:
        total = node("Add", [total, skip])
    total = node("Relu", [total])
    plain = lambda x, layer: conv(x, layer.weight.detach().numpy(), layer.bias.detach().numpy(), [0, 0], [1])
    node("Transpose", [node("Sigmoid", [plain(total, net.head)])], "chances", perm=[0, 2, 1])
    tempo = plain(node("Relu", [plain(total, net.tempo[0])]), net.tempo[2])
    node("LogSoftmax", [node("Transpose", [tempo], perm=[0, 2, 1])], "tempi", axis=2)
    info = lambda name, dims: helper.make_tensor_value_info(name, TensorProto.FLOAT, dims)
    g = helper.make_graph(nodes, "beats", [info("bands", [1, "frames", net.BANDS])], [info("chances", [1, "frames", 2]), info("tempi", [1, "frames", models.TEMPI])], constants)
    m = helper.make_model(g, opset_imports=[helper.make_opsetid("", 17)], producer_name="loopmind")
    m.ir_version = 8
    onnx.checker.check_model(m)
    return m.SerializeToString()


def main() -> None:
    ap = argparse.ArgumentParser(description=__doc__)
    ap.add_argument("--run", required=True)
    ap.add_argument("--version", default="1.0.0")
    a = ap.parse_args()
    net = models.BeatTcn()
    net.load_state_dict(torch.load(pathlib.Path(a.run) / "last.pt", weights_only=True)["slow"])
    net.eval()
    model = graph(net)
    entry = {
        "id": "beats", "version": a.version, "task": "beats", "name": "LoopMind beats",
        "licence": "CC-BY-4.0", "source": "training/beats",
        "sampleRateHz": features.SAMPLE_RATE_HZ,
        "inputs": [{"name": "bands", "type": "float32", "shape": [1, "frames", net.BANDS]}],
        "outputs": [{"name": "chances", "type": "float32", "shape": [1, "frames", 2]}, {"name": "tempi", "type": "float32", "shape": [1, "frames", models.TEMPI]}],
        "parameters": {"tempoLowestBpm": models.TEMPO_LOWEST_BPM, "tempiPerOctave": models.TEMPI_PER_OCTAVE, "frameSamples": features.FRAME_SAMPLES, "hopSamples": features.HOP_SAMPLES, "bandsPerOctave": features.BANDS_PER_OCTAVE},
    }
    here = pathlib.Path(__file__).parent
    path = write_model(entry, model, (here / "card-beats.md").read_text(), (here / "LICENSE-beats").read_text())
    x = np.random.default_rng(0).random((1, 1700, net.BANDS), np.float32)
    ours = onnxruntime.InferenceSession(str(path), providers=["CPUExecutionProvider"]).run(None, {"bands": x})
    with torch.no_grad():
        beats, tempi = net(torch.from_numpy(x))
    theirs = (torch.sigmoid(beats).numpy(), torch.log_softmax(tempi, -1).numpy())
    difference = max(float(np.abs(a - b).max()) for a, b in zip(ours, theirs))
    print(f"{path.relative_to(REPO)}: {len(model)} bytes, parity {difference:.2e}")
    if difference > 1e-4:
        raise SystemExit("parity failed")
    with torch.no_grad():
        clicks = torch.sigmoid(net(torch.from_numpy(features.log_bands(click_track()))[None])[0])[0].numpy()
    golden = {"any": np.round(clicks[:, 0].astype(float), 4).tolist(), "downbeat": np.round(clicks[:, 1].astype(float), 4).tolist()}
    (REPO / "tests/fixtures/golden/beats-network.json").write_text(json.dumps(golden))


if __name__ == "__main__":
    main()
