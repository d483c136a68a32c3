"""Give the published Basic Pitch ONNX file (basic-pitch 0.4.0, Apache-2.0) static shapes and plain names.

    python export.py
"""

import json
import pathlib
import sys

import numpy as np
import onnx
import onnxruntime
from onnx import version_converter

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))
from pypi_asset import REPO, wheel_files, write_model  # noqa: E402

WEIGHTS = "basic_pitch/saved_models/icassp_2022/nmp.onnx"
LICENCE = "basic_pitch-0.4.0.dist-info/LICENSE"
NOTICE = "basic_pitch-0.4.0.dist-info/NOTICE"
SHA = {
    WEIGHTS: "2c3c1d144bfa61ad236e92e169c13535c880469a12a047d4e73451f2c059a0ec",
    LICENCE: "929c910bae2152fa87199a5d0660e09263419b7eee6d4b301d05ee2aaf211c37",
    NOTICE: "b810e55c0e3b520fabb45fc2ccc74880187bf84e309971968541cc812dcde905",
}
SAMPLES, FRAMES = 43844, 172
NAMES = {
    "serving_default_input_2:0": "audio",
    "StatefulPartitionedCall:1": "note",
    "StatefulPartitionedCall:2": "onset",
    "StatefulPartitionedCall:0": "contour",
}


def static_graph(published: bytes) -> bytes:
    model = onnx.load_from_string(published)
    model = version_converter.convert_version(model, 17)
    for node in model.graph.node:
        node.input[:] = [NAMES.get(i, i) for i in node.input]
        node.output[:] = [NAMES.get(o, o) for o in node.output]
    for value in [*model.graph.input, *model.graph.output]:
        value.name = NAMES[value.name]
        value.type.tensor_type.shape.dim[0].ClearField("dim_param")
        value.type.tensor_type.shape.dim[0].dim_value = 1
    # Fixes every inner shape, so that no node has to ask for one at run time.
    del model.graph.value_info[:]
    model = onnx.shape_inference.infer_shapes(model)
    onnx.checker.check_model(model)
    return model.SerializeToString()


def chord() -> np.ndarray:
    """One window: A3 from 0.2 s, C#5 from 0.9 s, plucked; repeated by the TypeScript test."""
    t = np.arange(SAMPLES) / 22050
    y = np.zeros(SAMPLES)
    for start, hz in ((0.2, 220.0), (0.9, 554.3653)):
        since = np.maximum(0, t - start)
        tone = sum(np.sin(2 * np.pi * k * hz * since) / k for k in (1, 2, 3, 4))
        y += np.where(t >= start, 0.2 * np.exp(-since * 2.5) * tone, 0)
    return y.astype(np.float32)


def main() -> None:
    files = wheel_files("basic-pitch", "0.4.0", SHA)
    model = static_graph(files[WEIGHTS])
    entry = {
        "id": "basic-pitch", "version": "0.4.0", "task": "notes", "name": "Basic Pitch",
        "licence": "Apache-2.0", "source": "https://pypi.org/project/basic-pitch/0.4.0/ (basic_pitch/saved_models/icassp_2022/nmp.onnx)",
        "attribution": "Basic Pitch, Copyright 2022 Spotify AB",
        "sampleRateHz": 22050,
        "inputs": [{"name": "audio", "type": "float32", "shape": [1, SAMPLES, 1]}],
        "outputs": [
            {"name": "note", "type": "float32", "shape": [1, FRAMES, 88]},
            {"name": "onset", "type": "float32", "shape": [1, FRAMES, 88]},
            {"name": "contour", "type": "float32", "shape": [1, FRAMES, 264]},
        ],
        "parameters": {"hopSamples": 256, "overlapFrames": 30, "onsetThreshold": 0.5, "frameThreshold": 0.3, "minimumNoteSeconds": 0.128},
    }
    card = (pathlib.Path(__file__).parent / "card.md").read_text()
    licence = files[LICENCE].decode() + "\n\n----- NOTICE -----\n\n" + files[NOTICE].decode()
    path = write_model(entry, model, card, licence)
    audio = chord()[None, :, None]
    ours = onnxruntime.InferenceSession(str(path), providers=["CPUExecutionProvider"]).run(["note", "onset", "contour"], {"audio": audio})
    theirs = onnxruntime.InferenceSession(files[WEIGHTS], providers=["CPUExecutionProvider"]).run(
        [k for k in NAMES if k.startswith("Stateful")], {"serving_default_input_2:0": audio})
    difference = max(float(np.abs(a - b).max()) for a, b in zip(ours, theirs))
    print(f"{path.relative_to(REPO)}: {len(model)} bytes, parity {difference:.2e}, ops {sorted({n.op_type for n in onnx.load_from_string(model).graph.node})}")
    if difference > 1e-4:
        raise SystemExit("parity failed")
    golden = REPO / "tests/fixtures/golden/basic-pitch.json"
    golden.parent.mkdir(parents=True, exist_ok=True)
    rows = lambda m: np.round(m[0][:, [36, 37, 48, 52, 59, 60]].astype(float), 3).tolist()
    golden.write_text(json.dumps({"pitches": [57, 58, 69, 73, 80, 81], "note": rows(ours[0]), "onset": rows(ours[1])}))


if __name__ == "__main__":
    main()
