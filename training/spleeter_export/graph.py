"""A small builder of static ONNX graphs (opset 17) with int8 weights behind per-channel DequantizeLinear."""

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper


class Graph:
    """Collects nodes; every method returns the name of its output."""

    def __init__(self, quantise: bool):
        self.quantise = quantise
        self.nodes, self.constants, self.count = [], [], 0

    def node(self, op: str, inputs: list, name: str = "", **attributes) -> str:
        self.count += 1
        name = name or f"{op.lower()}{self.count}"
        self.nodes.append(helper.make_node(op, inputs, [name], name=name, **attributes))
        return name

    def constant(self, value) -> str:
        self.count += 1
        name = f"k{self.count}"
        self.constants.append(numpy_helper.from_array(np.ascontiguousarray(value), name))
        return name

    def weight(self, value: np.ndarray, axis: int) -> str:
        """A float32 weight, or int8 with one scale for each output channel along `axis`."""
        value = np.asarray(value, np.float32)
        if not self.quantise or value.size < 2048:
            return self.constant(value)
        others = tuple(i for i in range(value.ndim) if i != axis)
        scale = np.maximum(np.abs(value).max(others), 1e-8) / 127
        shape = [1] * value.ndim
        shape[axis] = -1
        q = np.clip(np.round(value / scale.reshape(shape)), -127, 127).astype(np.int8)
        return self.node("DequantizeLinear", [self.constant(q), self.constant(scale.astype(np.float32))], axis=axis)

    def conv(self, x: str, w, b, stride=(1, 1), pads=(0, 0, 0, 0), dilation=(1, 1), group=1) -> str:
        return self.node("Conv", [x, self.weight(w, 0), self.constant(np.asarray(b, np.float32))],
                         kernel_shape=list(w.shape[2:]), strides=list(stride), pads=list(pads), dilations=list(dilation), group=group)

    def conv_transpose(self, x: str, w, b, stride, pads, output_padding=(0, 0)) -> str:
        return self.node("ConvTranspose", [x, self.weight(w, 1), self.constant(np.asarray(b, np.float32))],
                         kernel_shape=list(w.shape[2:]), strides=list(stride), pads=list(pads), output_padding=list(output_padding))

    def model(self, name: str, inputs: list, outputs: list) -> bytes:
        """`inputs` and `outputs`: [(name, shape)], float32."""
        info = lambda pairs: [helper.make_tensor_value_info(n, TensorProto.FLOAT, s) for n, s in pairs]
        graph = helper.make_graph(self.nodes, name, info(inputs), info(outputs), self.constants)
        model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=9, producer_name="loopmind")
        onnx.checker.check_model(model, full_check=True)
        return model.SerializeToString()
