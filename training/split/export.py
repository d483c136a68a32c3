"""Export the trained split network to a static ONNX graph with int8 weights, check it, and write the golden fixtures.

    python -m split.export --checkpoint runs/split/last.pt --blend 0.8          from training/
"""

import argparse, json, pathlib

import numpy as np
import onnxruntime
import torch

from pypi_asset import REPO, write_model
from spleeter_export.graph import Graph
from split import bands, masks
from split.model import FEATURES, FLOOR, LOW_SHARE, PLACES, STEMS, SplitNet, fold, mask_shares

HERE = pathlib.Path(__file__).resolve().parent
FRAMES = 512


def folded(pair):
    """Weights of a convolution with the batch norm behind it folded in."""
    conv, norm = pair
    scale = norm.weight / torch.sqrt(norm.running_var + norm.eps)
    return (conv.weight * scale[:, None, None, None]).numpy(), (norm.bias - norm.running_mean * scale).numpy()


def build(net: SplitNet, quantise: bool) -> bytes:
    g = Graph(quantise)
    relu = lambda x: g.node("Relu", [x])
    add = lambda a, b: g.node("Add", [a, b])

    def conv(x, name):
        pair = getattr(net, name)
        w, b = folded(pair)
        ph, pw = pair[0].padding
        return g.conv(x, w, b, pair[0].stride, [ph, pw, ph, pw], pair[0].dilation)

    def up(x, name):
        layer = getattr(net, name)
        return g.conv_transpose(x, layer.weight.numpy(), layer.bias.numpy(), (2, 2), [0, 0, 0, 0])

    a = relu(add(conv("features", "stem"), g.constant(net.place.numpy())))
    b = relu(conv(a, "down1"))
    b = relu(add(b, conv(relu(conv(b, "enc1a")), "enc1b")))
    c = relu(conv(b, "down2"))
    c = relu(add(c, conv(relu(conv(c, "enc2a")), "enc2b")))
    d = relu(conv(c, "down3"))
    d = relu(add(d, conv(relu(conv(d, "enc3a")), "enc3b")))
    d = relu(add(d, conv(relu(conv(d, "enc3c")), "enc3d")))
    c = relu(add(up(d, "up3"), c))
    c = relu(add(c, conv(c, "dec2")))
    b = relu(add(up(c, "up2"), b))
    b = relu(add(b, conv(b, "dec1")))
    a = relu(add(up(b, "up1"), a))
    a = relu(add(a, conv(a, "mix")))
    logits = g.conv(a, net.head.weight.numpy(), net.head.bias.numpy())
    # The untrained masks of each row, from the percussive share (the last FOLD channels of the input).
    one = g.constant(np.float32(1))
    low = fold(torch.from_numpy(LOW_SHARE)[None, None, None]).numpy()
    ints = lambda *v: g.constant(np.array(v, np.int64))
    share = g.node("Slice", ["features", ints((FEATURES - 1) * bands.FOLD), ints(FEATURES * bands.FOLD), ints(1)])
    bass = g.node("Mul", [g.node("Sub", [one, share]), g.constant(low)])
    rest = g.node("Sub", [one, bass])
    drums = g.node("Min", [share, rest])
    base = g.node("Concat", [drums, bass, g.node("Sub", [rest, drums])], axis=1)
    scores = add(logits, g.node("Log", [add(base, g.constant(np.float32(FLOOR)))]))
    rows = bands.FOLD * FRAMES * PLACES
    soft = g.node("Softmax", [g.node("Reshape", [scores, ints(1, STEMS, rows)])], axis=1)
    back = g.node("Reshape", [soft, ints(1, STEMS * bands.FOLD, FRAMES, PLACES)])
    g.node("Slice", [back, ints(0), ints(2 * bands.FOLD), ints(1)], name="masks")
    return g.model("split", [("features", [1, FEATURES * bands.FOLD, FRAMES, PLACES])], [("masks", [1, 2 * bands.FOLD, FRAMES, PLACES])])


def noise(length: int, seed: int) -> np.ndarray:
    """The generator of the TypeScript tests."""
    out, state = np.empty(length), float(seed)      # doubles, as JavaScript calculates
    for n in range(length):
        state = (state * 1103515245 + 12345) % 2147483648
        out[n] = state / 1073741824 - 1
    return out


def test_sound(length: int) -> np.ndarray:
    n = np.arange(length)
    left = 0.2 * noise(length, 1) * (n % 11025 < 1500) + 0.3 * np.sin(n * 0.01) + 0.1 * np.sin(n * 0.2)
    right = 0.1 * noise(length, 2) * (n % 11025 < 1500) + 0.3 * np.sin(n * 0.01) + 0.2 * np.sin(n * 0.31)
    return np.stack([left, right]).astype(np.float32)


def golden() -> dict:
    """Features of a test sound that the TypeScript side makes too: every 97th value, and sums of the untrained masks."""
    spec = masks.stft(test_sound(24_000))
    share = masks.percussive_share(np.abs(spec).mean(0))
    rms = np.sqrt((np.abs(spec) ** 2).sum() / (spec.shape[0] * spec.shape[1] * masks.FFT**2 * 3 / 16))
    seen = fold(torch.from_numpy(bands.features(spec * (bands.LEVEL / rms), share))[None])[0].numpy()
    plain = masks.masks_of(share, np.arange(2049) * masks.RATE / masks.FFT)
    return dict(frames=int(spec.shape[1]), step=97, features=[round(float(v), 5) for v in seen.ravel()[::97]],
                drums=[round(float(v), 5) for v in plain[0].ravel()[::97]], bass=[round(float(v), 5) for v in plain[1].ravel()[::97]])


def main():
    ap = argparse.ArgumentParser(description=__doc__)
    ap.add_argument("--checkpoint", default="runs/split/last.pt")
    ap.add_argument("--blend", type=float, default=1.0)
    ap.add_argument("--version", default="2.1.0")
    ap.add_argument("--golden", action="store_true", help="only the fixtures")
    a = ap.parse_args()
    (REPO / "tests" / "fixtures" / "golden" / "split-features.json").write_text(json.dumps(golden()) + "\n")
    if a.golden:
        return
    state = torch.load(a.checkpoint, weights_only=True)
    net = SplitNet(state["widths"])
    net.load_state_dict(state["average"])
    net.eval().requires_grad_(False)
    rng = np.random.default_rng(3)
    x = rng.uniform(0, 2.5, (1, FEATURES * bands.FOLD, FRAMES, PLACES)).astype(np.float32)
    x[:, -bands.FOLD:] = rng.uniform(0, 1, x[:, -bands.FOLD:].shape)
    seen = torch.from_numpy(x)
    want = mask_shares(net(seen), seen[:, -bands.FOLD:])[:, :2].reshape(1, 2 * bands.FOLD, FRAMES, PLACES).numpy()
    for quantise in (False, True):
        data = build(net, quantise)
        got = onnxruntime.InferenceSession(data, providers=["CPUExecutionProvider"]).run(None, {"features": x})[0]
        print("int8" if quantise else "fp32", f"{len(data) / 1e6:.2f} MB, largest difference {np.abs(got - want).max():.2e}, mean {np.abs(got - want).mean():.2e}")
        if not quantise and np.abs(got - want).max() > 1e-4:
            raise SystemExit("the graph does not match the reference")
    entry = {
        "id": "split", "version": a.version, "task": "separate-accompaniment", "name": "Drums / bass / other split",
        "licence": "AGPL-3.0-or-later", "source": "trained by training/split",
        "sampleRateHz": 44100,
        "inputs": [{"name": "features", "type": "float32", "shape": list(x.shape)}],
        "outputs": [{"name": "masks", "type": "float32", "shape": list(want.shape)}],
        "parameters": {"blend": a.blend},
    }
    print(write_model(entry, data, (HERE / "card.md").read_text(), (HERE / "LICENSE.weights").read_text()))


if __name__ == "__main__":
    main()
