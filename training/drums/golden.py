"""Golden files for the TypeScript kernels: `python golden.py` writes tests/fixtures/golden/drums-{features,decode}.json."""
import json, pathlib
import numpy as np
from classes import CLASSES, RATE
from decode import decode
from features import level_gain, log_bands

GOLDEN = pathlib.Path(__file__).resolve().parents[2] / "tests" / "fixtures" / "golden"


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


def main():
    thresholds = [round(.3 + .02 * c, 2) for c in range(len(CLASSES))]
    a = activations()
    hits = decode(a, thresholds)
    files = {
        "drums-features": features(),
        "drums-decode": dict(thresholds=dict(zip(CLASSES, thresholds)), frames=len(a), activations=a.reshape(-1).tolist(),
                             hits=[dict(seconds=round(t, 6), drumClass=CLASSES[c], velocity=round(v, 4), activation=round(h, 4)) for t, c, v, h in hits]),
    }
    for name, content in files.items():
        (GOLDEN / f"{name}.json").write_text(json.dumps(content, separators=(",", ":")) + "\n")


if __name__ == "__main__":
    main()
