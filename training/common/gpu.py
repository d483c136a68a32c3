"""What ONNX Runtime's WebGPU computes wrongly or not at all: looked for before a network is shipped, since native runs and WASM do not show it."""


def check_channels(model):
    """ValueError where a convolution of an onnx.ModelProto has outputs by the four, and inputs by the three but not by the four (docs/models.md)."""
    shapes = {i.name: list(i.dims) for i in model.graph.initializer}
    for node in model.graph.node:
        if node.op_type == "DequantizeLinear":
            shapes[node.output[0]] = shapes.get(node.input[0])
        if node.op_type == "Conv" and shapes.get(node.input[1]):
            outputs, inputs = shapes[node.input[1]][:2]
            if outputs % 4 == 0 and inputs % 3 == 0 and inputs % 4:
                raise ValueError(f"{node.name}: {inputs} input channels come out wrong on WebGPU; pad them to a multiple of four")


def log_softmax(x):
    """Over the last dimension, in operators that WebGPU has: LogSoftmax itself goes back to the CPU."""
    z = x - x.amax(-1, keepdim=True)
    return z - z.exp().sum(-1, keepdim=True).log()
