"""Write a trained run as static/models/drums/<version>/{model.onnx, entry.json}: `python -m drums.export --run runs/drums --version 2.0.0`.

The graph is built by hand (opset 17, static shapes, explicit pads, normalisation folded into the convolutions) and checked against torch.
card.md and LICENSE beside it are kept by hand.
"""
import argparse, hashlib, json, pathlib
import numpy as np, onnx, onnxruntime, torch
from onnx import TensorProto, helper, numpy_helper

from common.gpu import check_channels
from .classes import CLASSES, RATE
from .features import BANDS, FFT, HOP
from .model import CHUNK_FRAMES, load_run
from .net import CONTEXT_FRAMES

MODELS = pathlib.Path(__file__).resolve().parents[2] / "static" / "models"


def folded(weight, norm):
    """Weight (output channel first) and bias of a linear map followed by batch normalisation."""
    scale = (norm.weight / torch.sqrt(norm.running_var + norm.eps)).detach()
    return weight.detach() * scale.reshape(-1, *[1] * (weight.dim() - 1)), (norm.bias - norm.running_mean * scale).detach()


def build(net, frames):
    nodes, constants = [], []

    def constant(name, value):
        constants.append(numpy_helper.from_array(np.ascontiguousarray(value), name))
        return name

    def node(op, inputs, output, **attributes):
        nodes.append(helper.make_node(op, inputs, [output], **attributes))
        return output

    def conv(x, name, weight, bias, **attributes):
        return node("Conv", [x, constant(name + "_w", weight.numpy()), constant(name + "_b", bias.numpy())], name, **attributes)

    scale = (net.norm.weight / torch.sqrt(net.norm.running_var + net.norm.eps)).detach()
    shift = (net.norm.bias - net.norm.running_mean * scale).detach()
    mean = node("AveragePool", ["features"], "context", kernel_shape=[2 * CONTEXT_FRAMES + 1, 1], strides=[1, 1],
                pads=[CONTEXT_FRAMES, 0, CONTEXT_FRAMES, 0], count_include_pad=1)
    x = node("Concat", ["features", node("Sub", ["features", mean], "standing_out")], "channels", axis=1)
    per_channel = lambda name, v: constant(name, v.numpy().reshape(1, -1, 1, 1))
    x = node("Add", [node("Mul", [x, per_channel("scale", scale)], "scaled"), per_channel("shift", shift)], "normal")
    for i in range(0, len(net.bands), 3):
        layer = net.bands[i]
        weight, bias = folded(layer.weight, net.bands[i + 1])
        (a, b), kernel = layer.padding, list(layer.kernel_size)
        x = node("Relu", [conv(x, f"bands{i // 3}", weight, bias, kernel_shape=kernel, strides=[1, 2], pads=[a, b, a, b])], f"bands{i // 3}_relu")
    x = node("Transpose", [x], "bands_first", perm=[0, 1, 3, 2])
    x = node("Reshape", [x, constant("rows", np.array([1, net.fold.in_features, frames], np.int64))], "stacked")
    weight, bias = folded(net.fold.weight, net.fold_norm)
    x = node("Relu", [conv(x, "fold", weight[:, :, None], bias, kernel_shape=[1], pads=[0, 0])], "fold_relu")
    for i, block in enumerate(net.time):
        weight, bias = folded(block.conv.weight, block.norm)
        channels = weight.shape[0]
        weight = weight.reshape(channels, 3, channels).permute(0, 2, 1)
        d = block.dilation
        y = node("Relu", [conv(x, f"time{i}", weight, bias, kernel_shape=[3], dilations=[d], pads=[d, d])], f"time{i}_relu")
        y = conv(y, f"mix{i}", block.mix.weight.detach()[:, :, None], block.mix.bias.detach(), kernel_shape=[1], pads=[0, 0])
        x = node("Add", [x, y], f"sum{i}")
    x = node("Relu", [x], "top")
    x = conv(x, "head", net.head.weight.detach()[:, :, None], net.head.bias.detach(), kernel_shape=[1], pads=[0, 0])
    node("Transpose", [node("Sigmoid", [x], "chances")], "activations", perm=[0, 2, 1])
    info = lambda name, *shape: helper.make_tensor_value_info(name, TensorProto.FLOAT, [1, *shape])
    graph = helper.make_graph(nodes, "drums", [info("features", net.SOURCES, frames, BANDS)], [info("activations", frames, 2 * len(CLASSES))], constants)
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=9, producer_name="loopmind")
    onnx.checker.check_model(model, full_check=True)
    check_channels(model)
    return model.SerializeToString()


def main():
    ap = argparse.ArgumentParser(description=__doc__)
    ap.add_argument("--run", default="runs/drums"); ap.add_argument("--version", default="2.0.0")
    a = ap.parse_args()
    torch.set_num_threads(1)
    net = load_run(pathlib.Path(a.run) / "last.pt")
    frames = CHUNK_FRAMES + 2 * net.reach_frames
    data = build(net, frames)
    x = np.abs(np.random.default_rng(0).standard_normal((1, net.SOURCES, frames, BANDS))).astype(np.float32)
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    got = onnxruntime.InferenceSession(data, options).run(None, {"features": x})[0]
    with torch.no_grad():
        difference = float(np.abs(got - net(torch.from_numpy(x)).numpy()).max())
    assert difference <= 1e-4, difference
    thresholds = json.loads((pathlib.Path(a.run) / "thresholds.json").read_text())["thresholds"]
    folder = MODELS / "drums" / a.version
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "model.onnx").write_bytes(data)
    base = f"drums/{a.version}"
    entry = dict(
        id="drums", version=a.version, task="drums", name="LoopMind drums", url=f"{base}/model.onnx", bytes=len(data),
        sha256=hashlib.sha256(data).hexdigest(), licence="AGPL-3.0-or-later", source="training/drums of this repository", sampleRateHz=RATE,
        inputs=[dict(name="features", type="float32", shape=[1, net.SOURCES, frames, BANDS])],
        outputs=[dict(name="activations", type="float32", shape=[1, frames, 2 * len(CLASSES)])],
        parameters=dict(fftSamples=FFT, hopSamples=HOP, chunkFrames=CHUNK_FRAMES, reachFrames=net.reach_frames,
                        classes=CLASSES, thresholds=dict(zip(CLASSES, thresholds))),
        card=f"{base}/card.md")
    (folder / "entry.json").write_text(json.dumps(entry, indent=2) + "\n")
    print(f"{len(data)} bytes, parity {difference:.1e}, thresholds {thresholds}")


if __name__ == "__main__":
    main()
