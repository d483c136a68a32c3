"""Per-class thresholds from the validation clips (held-out kits): `python thresholds.py --run run1` writes <run>/thresholds.json.

Each class takes the threshold with the best F-measure at 40 ms; the curve is flat there, so the middle of the range within 0.5 % of the
best is taken. The clips hold every class about as often, songs do not: strokes of a class weigh as the square root of (share in the
training songs / share in the clips), at most 1, against false ones. Prints F-measures and the velocity correlation.
"""
import argparse, json, pickle
from collections import Counter
import mir_eval, numpy as np, torch
from classes import CLASSES
from decode import pick_peaks
from features import FRAMES_PER_SECOND
from model import load_run
from sounds import DATA
from train import RUNS

GRID = np.round(np.arange(.06, .9, .02), 2)


def song_weights(clips):
    """Per class the square root of how much rarer it is in songs than in the clips, at most 1."""
    with open(DATA / "accompaniment.pkl", "rb") as f:
        songs = [Counter(k for _, k, _ in p["drums"]) for p in pickle.load(f)]
    songs = [s for s in songs if s.total() > 20]
    ours = Counter(CLASSES[c] for _, events in clips for _, c, _ in events)
    share = {k: np.mean([s[k] / s.total() for s in songs]) for k in CLASSES}
    return [min(1.0, float(np.sqrt(share[k] * ours.total() / max(1, ours[k])))) for k in CLASSES]


def main():
    ap = argparse.ArgumentParser(description=__doc__)
    ap.add_argument("--run", default="run1"); ap.add_argument("--shards", type=int, default=3)
    a = ap.parse_args()
    torch.set_num_threads(1)
    net = load_run(RUNS / a.run / "last.pt")
    clips = []
    for path in sorted((DATA / "valid").glob("[0-9]*.npz"))[:a.shards]:
        with np.load(path) as z, torch.no_grad():
            outs = [net(torch.from_numpy(z["features"][i:i + 20].astype(np.float32))).numpy() for i in range(0, len(z["features"]), 20)]
            clips += list(zip(np.concatenate(outs), json.loads(str(z["events"]))))
    chosen, report, pairs, weights = [], {}, [], song_weights(clips)
    for c, name in enumerate(CLASSES):
        counts = np.zeros((len(GRID), 3))
        for activation, events in clips:
            truth = np.array(sorted({round(t, 3) for t, k, _ in events if k == c}))
            peaks = pick_peaks(activation[:, c], GRID[0])
            for g, threshold in enumerate(GRID):
                found = np.array([p / FRAMES_PER_SECOND for p, h in peaks if h >= threshold])
                n = len(mir_eval.util.match_events(truth, found, .04)) if len(truth) and len(found) else 0
                counts[g] += n, len(truth), len(found)
            for t, k, v in events:
                frame = int(round(t * FRAMES_PER_SECOND))
                if k == c and frame < len(activation) and activation[frame, c] > .3:
                    pairs.append((v, activation[frame, len(CLASSES) + c]))
        f = 2 * counts[:, 0] / np.maximum(1, counts[:, 1] + counts[:, 2])
        hit, wrong = counts[:, 0] * weights[c], counts[:, 2] - counts[:, 0]
        weighted = 2 * hit / np.maximum(1e-9, hit + wrong + counts[:, 1] * weights[c])
        near = np.nonzero(weighted >= weighted.max() - .005)[0]
        best = int(near[len(near) // 2])
        chosen.append(float(GRID[best]))
        report[name] = dict(f1=round(float(f[best]), 3), precision=round(counts[best, 0] / max(1, counts[best, 2]), 3),
                            recall=round(counts[best, 0] / max(1, counts[best, 1]), 3), threshold=float(GRID[best]), hits=int(counts[best, 1]))
        print(name, report[name])
    r = float(np.corrcoef(np.array(pairs).T)[0, 1])
    print("velocity correlation", round(r, 3))
    (RUNS / a.run / "thresholds.json").write_text(json.dumps(dict(thresholds=chosen, classes=report, velocity_r=round(r, 3)), indent=1))


if __name__ == "__main__":
    main()
