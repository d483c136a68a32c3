"""Tiny ONNX graphs, one per operator the shipped networks use, with inputs and native outputs.

    python training/parity/make_tiny_models.py

Writes tests/fixtures/models/<name>.onnx and tests/fixtures/models/tiny.json ({name: {feeds, outputs}}); the browser tests run
each graph on software WebGPU and on WASM and compare both with the native outputs. Opset 17, seeded, a few kB in all.
"""
import json
import pathlib

import numpy as np
import onnx
import onnxruntime as ort
from onnx import TensorProto, helper, numpy_helper

OUT = pathlib.Path(__file__).resolve().parents[2] / "tests" / "fixtures" / "models"
RNG = np.random.default_rng(20261124)


def weight(name, *shape):
    return numpy_helper.from_array((RNG.standard_normal(shape) * 0.4).astype(np.float32), name)


def ints(name, *values):
    return numpy_helper.from_array(np.array(values, np.int64), name)


def graph(name, nodes, initializers, inputs, outputs):
    g = helper.make_graph(
        nodes,
        name,
        [helper.make_tensor_value_info(k, TensorProto.FLOAT, s) for k, s in inputs.items()],
        [helper.make_tensor_value_info(k, TensorProto.FLOAT, None) for k in outputs],
        initializers,
    )
    model = helper.make_model(g, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
    return onnx.shape_inference.infer_shapes(model)


def node(op, inputs, outputs, **attributes):
    return helper.make_node(op, inputs, outputs, **attributes)


def conv2d():
    return graph(
        "conv2d",
        [
            node("Conv", ["x", "w", "b"], ["c"], kernel_shape=[5, 5], strides=[2, 2], pads=[1, 1, 2, 2]),
            node("LeakyRelu", ["c"], ["y"], alpha=0.2),
        ],
        [weight("w", 4, 2, 5, 5), weight("b", 4)],
        {"x": [1, 2, 16, 24]},
        ["y"],
    )


def conv_dilated():
    return graph(
        "conv_dilated",
        [
            node("Conv", ["x", "w", "b"], ["c"], kernel_shape=[3, 1], dilations=[12, 1], pads=[12, 0, 12, 0]),
            node("Relu", ["c"], ["y"]),
        ],
        [weight("w", 4, 3, 3, 1), weight("b", 4)],
        {"x": [1, 3, 40, 9]},
        ["y"],
    )


def conv_transpose():
    return graph(
        "conv_transpose",
        [
            node("ConvTranspose", ["x", "w", "b"], ["c"], kernel_shape=[5, 5], strides=[2, 2], pads=[1, 1, 2, 2]),
            node("Relu", ["c"], ["y"]),
        ],
        [weight("w", 3, 2, 5, 5), weight("b", 2)],
        {"x": [1, 3, 6, 8]},
        ["y"],
    )


def conv1d_pool():
    return graph(
        "conv1d_pool",
        [
            node("Conv", ["x", "w", "b"], ["c"], kernel_shape=[10], pads=[0, 0]),
            node("Relu", ["c"], ["r"]),
            node("MaxPool", ["r"], ["y"], kernel_shape=[2], strides=[2]),
        ],
        [weight("w", 2, 1, 10), weight("b", 2)],
        {"x": [4, 1, 64]},
        ["y"],
    )


def lstm():
    return graph(
        "lstm",
        [
            node("LSTM", ["x", "w", "r", "b", "", "h", "c"], ["y0", "hn", "cn"], hidden_size=6, direction="forward"),
            node("Squeeze", ["y0", "axis"], ["y"]),
        ],
        [weight("w", 1, 24, 5), weight("r", 1, 24, 6), weight("b", 1, 48), weight("h", 1, 1, 6), weight("c", 1, 1, 6), ints("axis", 1)],
        {"x": [12, 1, 5]},
        ["y", "hn", "cn"],
    )


def dense_softmax():
    return graph(
        "dense_softmax",
        [node("Gemm", ["x", "w", "b"], ["g"], transB=1), node("Softmax", ["g"], ["s"], axis=1), node("Sigmoid", ["g"], ["y"])],
        [weight("w", 5, 7), weight("b", 5)],
        {"x": [3, 7]},
        ["s", "y"],
    )


def matmul_norm():
    return graph(
        "matmul_norm",
        [
            node("MatMul", ["x", "w"], ["m"]),
            node("BatchNormalization", ["m", "scale", "bias", "mean", "var"], ["n"]),
            node("Tanh", ["n"], ["y"]),
        ],
        [
            weight("w", 6, 8), weight("scale", 4), weight("bias", 4), weight("mean", 4),
            numpy_helper.from_array(RNG.uniform(0.5, 2, 4).astype(np.float32), "var"),
        ],
        {"x": [2, 4, 5, 6]},
        ["y"],
    )


def slices():
    return graph(
        "slices",
        [
            node("Pad", ["x", "pads"], ["p"], mode="constant"),
            node("Slice", ["p", "from", "to", "axes"], ["a"]),
            node("Slice", ["p", "from2", "to2", "axes"], ["b"]),
            node("Concat", ["a", "b"], ["c"], axis=1),
            node("Transpose", ["c"], ["t"], perm=[0, 2, 3, 1]),
            node("Reshape", ["t", "shape"], ["y"]),
        ],
        [ints("pads", 0, 0, 3, 0, 0, 0, 3, 0), ints("from", 0), ints("to", 10), ints("from2", 6), ints("to2", 16), ints("axes", 2), ints("shape", 1, 10, -1)],
        {"x": [1, 2, 10, 5]},
        ["y"],
    )


def dequantised_conv():
    q = numpy_helper.from_array(RNG.integers(-127, 128, (3, 2, 3, 3)).astype(np.int8), "q")
    return graph(
        "dequantised_conv",
        [
            node("DequantizeLinear", ["q", "s", "z"], ["w"], axis=0),
            node("Conv", ["x", "w"], ["y"], kernel_shape=[3, 3], pads=[1, 1, 1, 1]),
        ],
        [q, numpy_helper.from_array(np.array([0.01, 0.02, 0.005], np.float32), "s"), numpy_helper.from_array(np.zeros(3, np.int8), "z")],
        {"x": [1, 2, 8, 8]},
        ["y"],
    )


def tiny_unet():
    """Two levels of the separation U-Net in miniature: strided conv, skip connection, transposed conv, softmax over masks."""
    return graph(
        "tiny_unet",
        [
            node("Conv", ["x", "w1", "b1"], ["e1"], kernel_shape=[5, 5], strides=[2, 2], pads=[1, 1, 2, 2]),
            node("LeakyRelu", ["e1"], ["a1"], alpha=0.2),
            node("Conv", ["a1", "w2", "b2"], ["e2"], kernel_shape=[5, 5], strides=[2, 2], pads=[1, 1, 2, 2]),
            node("LeakyRelu", ["e2"], ["a2"], alpha=0.2),
            node("ConvTranspose", ["a2", "w3", "b3"], ["d2"], kernel_shape=[5, 5], strides=[2, 2], pads=[1, 1, 2, 2]),
            node("Relu", ["d2"], ["r2"]),
            node("Concat", ["r2", "a1"], ["cat"], axis=1),
            node("ConvTranspose", ["cat", "w4", "b4"], ["d1"], kernel_shape=[5, 5], strides=[2, 2], pads=[1, 1, 2, 2]),
            node("Softmax", ["d1"], ["y"], axis=1),
        ],
        [
            weight("w1", 4, 2, 5, 5), weight("b1", 4), weight("w2", 6, 4, 5, 5), weight("b2", 6),
            weight("w3", 6, 4, 5, 5), weight("b3", 4), weight("w4", 8, 3, 5, 5), weight("b4", 3),
        ],
        {"x": [1, 2, 16, 32]},
        ["y"],
    )


def tiny_refiner():
    """What the refiner does over a whole window and in its wide view: a mean weighted by level, and steps of four there and back."""
    return graph(
        "tiny_refiner",
        [
            node("Slice", ["x", "from", "to", "channel"], ["first"]),
            node("Exp", ["first"], ["level"]),
            node("Mul", ["x", "level"], ["weighted"]),
            node("ReduceSum", ["weighted", "time"], ["sum"], keepdims=1),
            node("ReduceSum", ["level", "time"], ["total"], keepdims=1),
            node("Div", ["sum", "total"], ["whole"]),
            node("Conv", ["whole", "w1", "b1"], ["sound"], kernel_shape=[1, 9], pads=[0, 4, 0, 4]),
            node("Add", ["x", "sound"], ["a"]),
            node("Conv", ["a", "w2", "b2"], ["down"], kernel_shape=[4, 4], strides=[4, 4]),
            node("ConvTranspose", ["down", "w3", "b3"], ["up"], kernel_shape=[4, 4], strides=[4, 4]),
            node("Add", ["a", "up"], ["c"]),
            node("Softmax", ["c"], ["y"], axis=1),
        ],
        [
            ints("from", 0), ints("to", 1), ints("channel", 1), ints("time", 2),
            weight("w1", 3, 3, 1, 9), weight("b1", 3), weight("w2", 5, 3, 4, 4), weight("b2", 5), weight("w3", 5, 3, 4, 4), weight("b3", 3),
        ],
        {"x": [1, 3, 8, 16]},
        ["y"],
    )


def tiny_players():
    """How notes listen to one another: differences of all pairs, who is near, what those think, and layers around it."""
    return graph(
        "tiny_players",
        [
            node("Split", ["x"], ["start", "rest"], axis=1),
            node("Squeeze", ["start", "one"], ["s"]),
            node("Unsqueeze", ["s", "zero"], ["row"]),
            node("Unsqueeze", ["s", "one"], ["column"]),
            node("Sub", ["row", "column"], ["step"]),
            node("Abs", ["step"], ["apart"]),
            node("LessOrEqual", ["apart", "limit"], ["is_near"]),
            node("Cast", ["is_near"], ["near"], to=TensorProto.FLOAT),
            node("Equal", ["apart", "nothing"], ["is_same"]),
            node("Cast", ["is_same"], ["same"], to=TensorProto.FLOAT),
            node("Sub", ["near", "same"], ["other"]),
            node("Neg", ["apart"], ["closer"]),
            node("Exp", ["closer"], ["like"]),
            node("Mul", ["like", "other"], ["weight"]),
            node("ReduceSum", ["weight", "one"], ["total"], keepdims=1),
            node("Add", ["total", "limit"], ["floored"]),
            node("Div", ["weight", "floored"], ["listens"]),
            node("ReduceMax", ["step"], ["above"], axes=[1], keepdims=1),
            node("ReduceMin", ["step"], ["below"], axes=[1], keepdims=1),
            node("Clip", ["total", "nothing", "limit"], ["few"]),
            node("Pow", ["few", "two"], ["squared"]),
            node("Concat", ["x", "above", "below", "squared"], ["features"], axis=1),
            node("MatMul", ["listens", "features"], ["heard"]),
            node("Gemm", ["heard", "w", "b"], ["g"], transB=1),
            node("Div", ["g", "root"], ["scaled"]),
            node("Erf", ["scaled"], ["e"]),
            node("Mul", ["e", "g"], ["h"]),
            node("LayerNormalization", ["h", "gain", "bias"], ["n"], axis=-1),
            node("ReduceMax", ["n"], ["top"], axes=[-1], keepdims=1),
            node("Sub", ["n", "top"], ["z"]),
            node("Exp", ["z"], ["chances"]),
            node("ReduceSum", ["chances", "last"], ["all"], keepdims=1),
            node("Log", ["all"], ["level"]),
            node("Sub", ["z", "level"], ["y"]),
        ],
        [
            ints("zero", 0), ints("one", 1), ints("last", -1), weight("w", 8, 5), weight("b", 8), weight("gain", 8), weight("bias", 8),
            *(numpy_helper.from_array(np.float32(v), n) for n, v in (("limit", 0.5), ("nothing", 0), ("two", 2), ("root", 1.4142135))),
        ],
        {"x": [12, 2]},
        ["y"],
    )


def main():
    OUT.mkdir(parents=True, exist_ok=True)
    cases = {}
    for build in (conv2d, conv_dilated, conv_transpose, conv1d_pool, lstm, dense_softmax, matmul_norm, slices, dequantised_conv, tiny_unet, tiny_refiner, tiny_players):
        model = build()
        name = build.__name__
        (OUT / f"{name}.onnx").write_bytes(model.SerializeToString())
        session = ort.InferenceSession(model.SerializeToString(), providers=["CPUExecutionProvider"])
        feeds = {i.name: RNG.standard_normal(i.shape).astype(np.float32) for i in session.get_inputs()}
        results = session.run(None, feeds)
        pack = lambda a: {"dims": list(a.shape), "data": [float(f"{v:.7g}") for v in a.ravel()]}
        cases[name] = {
            "feeds": {k: pack(a) for k, a in feeds.items()},
            "outputs": {o.name: pack(a) for o, a in zip(session.get_outputs(), results)},
        }
    (OUT / "tiny.json").write_text(json.dumps(cases))


if __name__ == "__main__":
    main()
