"""Writes the form of a network that WASM runs: its large convolutions on 8-bit integers, weights by channel and activations by tensor.

    python -m common.int8 notes --feeds FEEDS --keep "timbre|loudness|stem"
FEEDS is a folder that `scripts/transcribe-node.ts --feeds` wrote; the songs in it should not be those that figures are given for. Half of the runs set
the ranges (the scale of the least squared error over what was seen), the others show how far the outputs move. model-int8.onnx comes beside model.onnx, and into
entry.json as `onWasm`. WebGPU knows no integers, so it keeps model.onnx; `--weights` writes the same 8-bit weights into that too.
"""
import argparse, hashlib, json, pathlib, re

import numpy as np
import onnx
import onnxruntime
from onnx import TensorProto, helper, numpy_helper

MODELS = pathlib.Path(__file__).resolve().parents[2] / "static/models"
SMALLEST = 4000                                   # weights; below it the conversions cost what the integers save
SEEN = 60_000                                     # values of a tensor that are kept of each run


def attributes(node):
    return {a.name: helper.get_attribute_value(a) for a in node.attribute}


class Graph:
    """An onnx.ModelProto with constants as arrays and its stored 8-bit weights unpacked."""

    def __init__(self, model):
        self.model, self.nodes = model, []
        self.constants = {i.name: numpy_helper.to_array(i) for i in model.graph.initializer}
        is_packed = lambda n: n.op_type == "DequantizeLinear" and n.input[0] in self.constants
        self.packed = [n for n in model.graph.node if is_packed(n)]
        self.nodes = [n for n in model.graph.node if not is_packed(n)]
        self.unpacked = {n.output[0]: self.unpack(n) for n in self.packed}
        self.users = {}
        for node in self.nodes:
            for name in node.input:
                self.users.setdefault(name, []).append(node)

    def weights(self, name):
        return self.unpacked[name] if name in self.unpacked else self.constants[name]

    def unpack(self, node):
        q, scale = (self.constants[n] for n in node.input[:2])
        zero = self.constants[node.input[2]] if len(node.input) > 2 else np.zeros_like(scale)
        shape = [1] * q.ndim
        shape[attributes(node).get("axis", 1)] = -1
        along = lambda x: x.astype(np.float32).reshape(shape if x.ndim else [])
        return ((q.astype(np.float32) - along(zero)) * along(scale)).astype(np.float32)

    def large_convolutions(self, keep):
        """[(Conv, the ReLU after it or None)], without those whose node or weights match `keep`."""
        found = []
        for node in self.nodes:
            if node.op_type != "Conv" or self.weights(node.input[1]).size < SMALLEST:
                continue
            if keep and re.search(keep, f"{node.name} {node.input[1]}"):
                continue
            users = self.users.get(node.output[0], [])
            found.append((node, users[0] if len(users) == 1 and users[0].op_type == "Relu" else None))
        return found

    def saved(self, nodes, path):
        used = {n for node in nodes for n in node.input}
        nodes = [n for n in self.packed if n.output[0] in used] + nodes
        wanted = {n for node in nodes for n in node.input} - {n for node in nodes for n in node.output}
        constants = [numpy_helper.from_array(np.array(v), k) for k, v in self.constants.items() if k in wanted]
        g = self.model.graph
        model = helper.make_model(helper.make_graph(nodes, g.name, g.input, g.output, constants),
                                  opset_imports=self.model.opset_import, ir_version=self.model.ir_version)
        onnx.checker.check_model(model)
        onnx.save(model, str(path))


def session(model):
    options = onnxruntime.SessionOptions()
    options.log_severity_level = 3
    data = model if isinstance(model, (str, bytes)) else model.SerializeToString()
    return onnxruntime.InferenceSession(data, options, providers=["CPUExecutionProvider"])


def read_feeds(folder):
    """[{input: array}], the runs in their order."""
    runs = {}
    for file in sorted(pathlib.Path(folder).glob("*.f32")):
        run, name, shape, _ = file.name.rsplit(".", 3)
        runs.setdefault(run, {})[name] = np.fromfile(file, np.float32).reshape([int(n) for n in shape.split("x")])
    return list(runs.values())


def finest(values, low, high):
    """The scale on which rounding to integers from `low` to `high` loses least; one that loses nothing where there is one."""
    top = max(values.max() / high, values.min() / low if low else 0, 1e-12)
    def loss(scale):
        return float(np.square(np.clip(np.round(values / scale), low, high) * scale - values).mean())
    return min((top * share for share in np.linspace(1, 0.2, 49)), key=loss)


def watched(graph, names, feeds, seed=0):
    """{tensor: values that it took}."""
    rng = np.random.default_rng(seed)
    model = onnx.ModelProto()
    model.CopyFrom(graph.model)
    outputs = {o.name for o in model.graph.output}
    model.graph.output.extend(helper.make_tensor_value_info(n, TensorProto.FLOAT, None) for n in names if n not in outputs)
    run, seen = session(model), {n: [] for n in names}
    for feed in feeds:
        for name, value in zip(names, run.run(names, feed)):
            flat = value.ravel()
            seen[name] += [rng.choice(flat, min(SEEN, flat.size)), [flat.max(), flat.min()]]
    return {n: np.concatenate(v).astype(np.float32) for n, v in seen.items()}


class Rewriter:
    """Puts integers in place of the chosen convolutions."""

    def __init__(self, graph, chosen, values):
        self.graph, self.values, self.scales = graph, values, {}
        self.chosen = {id(c): r for c, r in chosen}
        self.relus = {id(r) for _, r in chosen if r is not None}
        self.quantised, self.nodes = set(), []

    def constant(self, name, value):
        self.graph.constants[name] = value
        return name

    def range(self, tensor):
        """Names of scale and zero point of a tensor."""
        if tensor not in self.scales:
            signed = bool((self.values[tensor] < 0).any())
            scale = np.float32(finest(self.values[tensor], -128 if signed else 0, 127 if signed else 255))
            self.scales[tensor] = (scale, self.constant(f"{tensor}.scale", scale), self.constant(f"{tensor}.zero", np.uint8(128 if signed else 0)))
        return self.scales[tensor][1:]

    def weights(self, name, seen_scale, bias):
        w = self.graph.weights(name)
        scales = np.array([finest(c.ravel(), -127, 127) for c in w], np.float32)
        q = np.clip(np.round(w / scales[:, None, None, None]), -127, 127).astype(np.int8)
        b = np.zeros(len(w)) if bias is None else self.graph.constants[bias]
        return [self.constant(f"{name}.int8", q), self.constant(f"{name}.scales", scales), self.constant(f"{name}.zeros", np.zeros(len(w), np.int8)),
                self.constant(f"{name}.bias", np.round(b / (scales * seen_scale)).astype(np.int32))]

    def convolution(self, node, relu):
        source, target = node.input[0], (relu or node).output[0]
        scale, zero = self.range(source)
        if source not in self.quantised:
            self.nodes.append(helper.make_node("QuantizeLinear", [source, scale, zero], [f"{source}.q"]))
            self.quantised.add(source)
        w, scales, zeros, bias = self.weights(node.input[1], self.scales[source][0], node.input[2] if len(node.input) > 2 else None)
        made = helper.make_node("QLinearConv", [f"{source}.q", scale, zero, w, scales, zeros, *self.range(target), bias], [f"{target}.q"], node.name)
        made.attribute.extend(node.attribute)
        self.nodes.append(made)
        self.quantised.add(target)
        if any(id(user) not in self.chosen for user in self.graph.users.get(target, [])):
            self.nodes.append(helper.make_node("DequantizeLinear", [f"{target}.q", *self.range(target)], [target]))

    def run(self):
        for node in self.graph.nodes:
            if id(node) in self.chosen:
                self.convolution(node, self.chosen[id(node)])
            elif id(node) not in self.relus:
                self.nodes.append(node)
        return self.nodes


def with_8_bit_weights(graph, chosen):
    """The nodes of the float form with the weights that the integers have, stored as such."""
    names = [node.input[1] for node, _ in chosen]
    return [helper.make_node("DequantizeLinear", [f"{n}.int8", f"{n}.scales"], [n], axis=0) for n in names] + graph.nodes


def distances(before, after, feeds):
    a, b = session(before), session(after)
    for index, out in enumerate(a.get_outputs()):
        moved, spread = [], []
        for feed in feeds:
            x, y = a.run([out.name], feed)[0], b.run([out.name], feed)[0]
            moved.append(np.abs(x - y).mean()), spread.append(np.abs(x - x.mean()).mean())
        print(f"  {out.name}: moves by {np.mean(moved):.5f} in the mean (it varies by {np.mean(spread):.4f})")


def main():
    ap = argparse.ArgumentParser(description=__doc__)
    ap.add_argument("model")
    ap.add_argument("--feeds", required=True)
    ap.add_argument("--keep", default="", help="regular expression of convolutions that stay as they are")
    ap.add_argument("--weights", action="store_true", help="write the 8-bit weights into model.onnx as well")
    ap.add_argument("--runs", type=int, default=40, help="at most so many runs set the ranges")
    a = ap.parse_args()
    folder = sorted((MODELS / a.model).glob("*/entry.json"))[-1].parent
    feeds = read_feeds(pathlib.Path(a.feeds) / a.model)
    source = folder / "model.onnx"
    original = source.read_bytes()
    graph = Graph(onnx.load_from_string(original))
    chosen = graph.large_convolutions(a.keep)
    tensors = sorted({t for c, r in chosen for t in (c.input[0], (r or c).output[0])})
    values = watched(graph, tensors, feeds[::2][:a.runs])
    graph.saved(Rewriter(graph, chosen, values).run(), folder / "model-int8.onnx")
    print(f"{len(chosen)} convolutions of {sum(n.op_type == 'Conv' for n in graph.nodes)}")
    distances(original, str(folder / "model-int8.onnx"), feeds[1::2][:a.runs])
    entry = json.loads((folder / "entry.json").read_text())
    describe = lambda f: dict(bytes=f.stat().st_size, sha256=hashlib.sha256(f.read_bytes()).hexdigest())
    if a.weights:
        graph.saved(with_8_bit_weights(graph, chosen), source)
        print("with the weights alone:")
        distances(original, str(source), feeds[1::2][:a.runs])
        entry.update(describe(source))
    entry["onWasm"] = dict(url=f"{a.model}/{entry['version']}/model-int8.onnx", **describe(folder / "model-int8.onnx"))
    (folder / "entry.json").write_text(json.dumps(entry, indent=2) + "\n")


if __name__ == "__main__":
    main()
