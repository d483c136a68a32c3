"""Golden files for the TypeScript code: `python -m drums.golden` writes tests/fixtures/golden/drums-{features,decode,model}.json; the last one
is what the newest network in static/models/drums answers to a short beat."""
import json, pathlib
import numpy as np, onnxruntime
from scipy.signal import resample_poly
from .classes import CLASSES, RATE
from .decode import decode
from .features import level_gain, log_bands
from .scoring import CLASS_TO_GM

REPO = pathlib.Path(__file__).resolve().parents[2]
GOLDEN = REPO / "tests" / "fixtures" / "golden"


def features():
    r = np.random.default_rng(4)
    n = 7000
    t = np.arange(n) / RATE
    y = .4 * np.sin(2 * np.pi * (60 * t + 200 * np.exp(-t * 40) / -40)) * np.exp(-t * 12) + .1 * r.standard_normal(n) * (t > .15) * np.exp(-(t - .15) * 30)
    samples = np.round(y * 20000).astype(int)
    x = (samples / 32768).astype(np.float32)
    gain = level_gain(x)
    return dict(samples16Bit=samples.tolist(), gain=gain, frames=len(log_bands(x)),
                values=np.round(log_bands(x), 5).reshape(-1).tolist())


def activations():
    r = np.random.default_rng(9)
    frames, count = 160, len(CLASSES)
    a = np.abs(r.normal(0, .05, (frames, 2 * count)))
    for c in range(count):
        for at in r.uniform(0, frames, 7):
            for k in range(max(0, int(at) - 2), min(frames, int(at) + 4)):
                a[k, c] = max(a[k, c], r.uniform(.3, 1) * max(0, 1 - abs(k - at) / 2.5))
        a[:, count + c] = r.uniform(.2, 1)
    a[40:44, [3, 4]] = [[.2, .3], [.8, .6], [.5, .9], [.1, .2]]         # closed and open hat at once
    a[90:94, [1, 2]] = [[.2, .1], [.8, .4], [.5, .9], [.1, .2]]         # clap on a snare
    a[0, 0] = .95
    return np.round(np.clip(a, 0, 1), 3)


def beat():
    """Three seconds at 44.1 kHz, the same as beat() of model.test.ts."""
    seed, out = 1, np.zeros(3 * 44100)
    for step in range(12):
        last = 0.0
        for n in range(11025):
            seed = seed * 16807 % 2147483647
            t, white = n / 44100, seed / 2147483647 - .5
            y = .5 * (white - last) * np.exp(-t * 90)
            if step % 4 == 0:
                y += .8 * np.sin(2 * np.pi * (50 * t + 4 * (1 - np.exp(-t * 40)))) * np.exp(-t * 14)
            if step % 4 == 2:
                y += .9 * white * np.exp(-t * 25) + .4 * np.sin(2 * np.pi * 190 * t) * np.exp(-t * 30)
            last = white
            out[step * 11025 + n] = y
    return out.astype(np.float32)


def model():
    folder = sorted((REPO / "static" / "models" / "drums").iterdir())[-1]
    entry = json.loads((folder / "entry.json").read_text())
    chunk, reach = entry["parameters"]["chunkFrames"], entry["parameters"]["reachFrames"]
    x = log_bands(resample_poly(beat(), 1, 2).astype(np.float32))
    padded = np.zeros((1, 2, chunk + 2 * reach, x.shape[1]), np.float32)
    padded[0, :, reach:reach + len(x)] = x               # drums alone: the mix is the stem
    a = onnxruntime.InferenceSession(str(folder / "model.onnx")).run(None, {"features": padded})[0][0, reach:reach + len(x)]
    hits = decode(a, list(entry["parameters"]["thresholds"].values()))
    notes = sorted((round(t, 5), CLASS_TO_GM[CLASSES[c]]) for t, c, _, _ in hits)
    return dict(version=entry["version"], frames=len(x), activations=np.round(a[:, [0, 1, 3]], 4).reshape(-1).tolist(),
                notes=[dict(seconds=t, pitch=p) for t, p in notes])


def main():
    thresholds = [round(.3 + .02 * c, 2) for c in range(len(CLASSES))]
    a = activations()
    hits = decode(a, thresholds)
    files = {
        "drums-features": features(),
        "drums-model": model(),
        "drums-decode": dict(thresholds=dict(zip(CLASSES, thresholds)), frames=len(a), activations=a.reshape(-1).tolist(),
                             hits=[dict(seconds=round(t, 6), drumClass=CLASSES[c], velocity=round(v, 4), activation=round(h, 4)) for t, c, v, h in hits]),
    }
    for name, content in files.items():
        (GOLDEN / f"{name}.json").write_text(json.dumps(content, separators=(",", ":")) + "\n")


if __name__ == "__main__":
    main()
