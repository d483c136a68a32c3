"""Export the three published BeatNet networks (beatnet 1.1.3, CC BY 4.0) as one static ONNX graph that averages them.

    python export_beatnet.py
"""

import io
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
import model as models  # noqa: E402
from pypi_asset import REPO, wheel_files, write_model  # noqa: E402

WEIGHTS = [f"BeatNet/models/model_{n}_weights.pt" for n in (1, 2, 3)]
LICENCE = "BeatNet-1.1.3.dist-info/LICENSE"
SHA = dict(zip([*WEIGHTS, LICENCE], [
    "619091bc317ca3e83b45591d46f6de3d5a41588bcb39fe9fe7be30cffa6aca84",
    "5878a18c079fa0b0139879b14ed2b5b7595faef8c3d16210aed141fd00fa2d58",
    "0c52a074ea38e8cb4a760ecfa3747c9cf91a1e3cd19f238eed80b0de763989ca",
    "48a83a6e39f7b2f166763b30776132c9a99aa816f17cb06f87ad5b8542a7b71f",
]))
HIDDEN, FEATURES = 150, 272


def onnx_gates(matrix: np.ndarray) -> np.ndarray:
    """PyTorch orders LSTM gates input, forget, cell, output; ONNX input, output, forget, cell."""
    i, f, c, o = np.split(matrix, 4)
    return np.concatenate([i, o, f, c])


def graph(states: list[dict]) -> bytes:
    nodes, constants = [], []

    def constant(name: str, value) -> str:
        constants.append(numpy_helper.from_array(np.ascontiguousarray(value), name))
        return name

    def node(op: str, inputs: list[str], outputs: list[str], **attributes) -> str:
        nodes.append(helper.make_node(op, inputs, outputs, **attributes))
        return outputs[0]

    one = constant("axis1", np.array([1], np.int64))
    flat = constant("flat", np.array([-1, 262], np.int64))
    wide = constant("wide", np.array([-1, HIDDEN], np.int64))
    shape = constant("sequence", np.array([-1, 1, HIDDEN], np.int64))
    lifted = node("Unsqueeze", ["features", one], ["lifted"])
    probabilities, hidden_out, cell_out = [], [], []
    starts = {}
    for kind in ("hidden", "cell"):
        names = [f"{kind}_{n}" for n in range(6)]
        node("Split", [kind, constant(f"{kind}_sizes", np.ones(6, np.int64))], names, axis=0)
        starts[kind] = names
    for n, state in enumerate(states):
        w = {k: v.numpy() for k, v in state.items()}
        p = f"m{n}_"
        x = node("Conv", [lifted, constant(p + "cw", w["conv1.weight"]), constant(p + "cb", w["conv1.bias"])], [p + "conv"], kernel_shape=[10], pads=[0, 0], strides=[1])
        x = node("MaxPool", [node("Relu", [x], [p + "relu"])], [p + "pool"], kernel_shape=[2], strides=[2], pads=[0, 0])
        x = node("Reshape", [x, flat], [p + "flat"])
        x = node("Gemm", [x, constant(p + "lw", w["linear0.weight"]), constant(p + "lb", w["linear0.bias"])], [p + "dense"], transB=1)
        x = node("Reshape", [x, shape], [p + "sequence"])
        for layer in (0, 1):
            weight = constant(f"{p}w{layer}", onnx_gates(w[f"lstm.weight_ih_l{layer}"])[None])
            recurrent = constant(f"{p}r{layer}", onnx_gates(w[f"lstm.weight_hh_l{layer}"])[None])
            bias = constant(f"{p}b{layer}", np.concatenate([onnx_gates(w[f"lstm.bias_ih_l{layer}"]), onnx_gates(w[f"lstm.bias_hh_l{layer}"])])[None])
            at = n * 2 + layer
            out = [f"{p}y{layer}", f"{p}h{layer}", f"{p}c{layer}"]
            node("LSTM", [x, weight, recurrent, bias, "", starts["hidden"][at], starts["cell"][at]], out, hidden_size=HIDDEN)
            hidden_out.append(out[1])
            cell_out.append(out[2])
            x = node("Squeeze", [out[0], one], [f"{p}s{layer}"])
        x = node("Reshape", [x, wide], [p + "rows"])
        x = node("Gemm", [x, constant(p + "ow", w["linear.weight"]), constant(p + "ob", w["linear.bias"])], [p + "logits"], transB=1)
        probabilities.append(node("Softmax", [x], [p + "chance"], axis=1))
    both = node("Add", probabilities[:2], ["first_two"])
    total = node("Add", [both, probabilities[2]], ["total"])
    node("Mul", [total, constant("third", np.array(1 / 3, np.float32))], ["chances"])
    node("Concat", hidden_out, ["hidden_next"], axis=0)
    node("Concat", cell_out, ["cell_next"], axis=0)
    info = lambda name, dims: helper.make_tensor_value_info(name, TensorProto.FLOAT, dims)
    g = helper.make_graph(
        nodes, "beatnet",
        [info("features", ["frames", FEATURES]), info("hidden", [6, 1, HIDDEN]), info("cell", [6, 1, HIDDEN])],
        [info("chances", ["frames", 3]), info("hidden_next", [6, 1, HIDDEN]), info("cell_next", [6, 1, HIDDEN])],
        constants,
    )
    m = helper.make_model(g, opset_imports=[helper.make_opsetid("", 17)], producer_name="loopmind")
    m.ir_version = 8
    onnx.checker.check_model(m)
    return m.SerializeToString()


def click_track() -> np.ndarray:
    """3 s at 22.05 kHz: a decaying two-tone click every 0.5 s, the first of four lower; repeated by the TypeScript test."""
    rate = features.SAMPLE_RATE_HZ
    t = np.arange(3 * rate) / rate
    since = t % 0.5
    hz = np.where((t // 0.5) % 4 == 0, 180.0, 900.0)
    return (0.7 * np.exp(-since * 30) * np.sin(2 * np.pi * hz * since)).astype(np.float32)


def main() -> None:
    files = wheel_files("beatnet", "1.1.3", SHA)
    states = [torch.load(io.BytesIO(files[w]), weights_only=True, map_location="cpu") for w in WEIGHTS]
    model = graph(states)
    entry = {
        "id": "beatnet", "version": "1.1.3", "task": "beats", "name": "BeatNet",
        "licence": "CC-BY-4.0", "source": "https://pypi.org/project/BeatNet/1.1.3/ (BeatNet/models/model_{1,2,3}_weights.pt)",
        "attribution": "BeatNet by Mojtaba Heydari, Frank Cwitkowitz and Zhiyao Duan, CC BY 4.0; three networks joined and converted to ONNX",
        "sampleRateHz": features.SAMPLE_RATE_HZ,
        "inputs": [
            {"name": "features", "type": "float32", "shape": ["frames", FEATURES]},
            {"name": "hidden", "type": "float32", "shape": [6, 1, HIDDEN]},
            {"name": "cell", "type": "float32", "shape": [6, 1, HIDDEN]},
        ],
        "outputs": [
            {"name": "chances", "type": "float32", "shape": ["frames", 3]},
            {"name": "hidden_next", "type": "float32", "shape": [6, 1, HIDDEN]},
            {"name": "cell_next", "type": "float32", "shape": [6, 1, HIDDEN]},
        ],
        "parameters": {"frameSamples": features.FRAME_SAMPLES, "hopSamples": features.HOP_SAMPLES, "bandsPerOctave": features.BANDS_PER_OCTAVE},
    }
    card = (pathlib.Path(__file__).parent / "card-beatnet.md").read_text()
    path = write_model(entry, model, card, files[LICENCE].decode())

    audio = click_track()
    bands = features.log_bands(audio)
    x = features.with_difference(bands)
    session = onnxruntime.InferenceSession(str(path), providers=["CPUExecutionProvider"])
    zeros = np.zeros((6, 1, HIDDEN), np.float32)
    half = len(x) // 2
    first, hidden, cell = session.run(None, {"features": x[:half], "hidden": zeros, "cell": zeros})
    second, _, _ = session.run(None, {"features": x[half:], "hidden": hidden, "cell": cell})
    ours = np.concatenate([first, second])
    with torch.no_grad():
        theirs = 0
        for state in states:
            net = models.BeatNet().eval()
            net.load_state_dict(state)
            start = torch.zeros(2, 1, HIDDEN)
            theirs = theirs + torch.softmax(net(torch.from_numpy(x), start, start)[0], 1).numpy() / 3
    difference = float(np.abs(ours - theirs).max())
    print(f"{path.relative_to(REPO)}: {len(model)} bytes, parity {difference:.2e}")
    if difference > 1e-4:
        raise SystemExit("parity failed")
    golden = REPO / "tests/fixtures/golden/beats-features.json"
    golden.parent.mkdir(parents=True, exist_ok=True)
    rounded = lambda v, n: np.round(np.asarray(v, float), n).tolist()
    at = [0, 1, 24, 25, 26, 75, 149]
    golden.write_text(json.dumps({
        "frames": len(bands), "bands": bands.shape[1], "frameIndices": at, "logBands": [rounded(bands[i], 5) for i in at],
        "beat": rounded(theirs[:, 0], 4), "downbeat": rounded(theirs[:, 1], 4),
    }))


if __name__ == "__main__":
    main()
