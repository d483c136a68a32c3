"""Per-class thresholds from validation clips (held-out kits and pieces): `python -m drums.thresholds --run runs/drums` writes <run>/thresholds.json.

Each class takes the threshold with the best F-measure at 40 ms; the curve is flat there, so the middle of the range within 0.5 % of the
best is taken. The clips hold every class about as often, songs do not: strokes of a class weigh as the square root of (share in the
rendered songs / share in the clips), at most 1, against false ones. Prints F-measures and the velocity correlation.
"""
import argparse, json, pathlib
from collections import Counter

import mir_eval, numpy as np, torch

from split.mixer import Groups

from .classes import CLASSES, GM_TO_CLASS, INDEX
from .decode import pick_peaks
from .features import FRAMES_PER_SECOND
from .mixer import FIRST_SECOND, FRAMES, DrumMixer
from .model import load_run
from .train import load_split

GRID = np.round(np.arange(.06, .9, .02), 2)
EDGE_FRAMES = 20                                         # what lies at the clip's ends is not judged
BATCH = 8


def song_weights(groups, clips):
    """Per class the square root of how much rarer it is in songs than in the clips, at most 1."""
    songs = [Counter(GM_TO_CLASS.get(int(n[2])) for s in item["stems"] if s["isDrum"] for n in s["notes"]) for item in groups.items]
    songs = [s for s in songs if s.total() > 20]
    ours = Counter(k for _, strokes in clips for _, k, _ in strokes)
    share = {k: np.mean([s[k] / s.total() for s in songs]) for k in CLASSES}
    return [min(1.0, float(np.sqrt(share[k] * ours.total() / max(1, ours[k])))) for k in CLASSES]


def heard_clips(net, mixer, count):
    """[(activations [frames, 22], strokes [(seconds, class, velocity)] between the edges)]."""
    low, high = EDGE_FRAMES / FRAMES_PER_SECOND, (FRAMES - EDGE_FRAMES) / FRAMES_PER_SECOND
    clips = []
    for _ in range(count // BATCH):
        x, _, _, strokes = mixer.batch(BATCH)
        with torch.no_grad():
            answers = net(x).numpy()
        print(len(clips), "clips", flush=True)
        clips += [(a, [(t - FIRST_SECOND, k, v) for t, k, v in clip if k in INDEX and low <= t - FIRST_SECOND < high]) for a, clip in zip(answers, strokes)]
    return clips


def main():
    ap = argparse.ArgumentParser(description=__doc__)
    ap.add_argument("--run", default="runs/drums")
    ap.add_argument("--split", default="runs/split/last.pt")
    ap.add_argument("--data", default="data")
    ap.add_argument("--clips", type=int, default=240)
    a = ap.parse_args()
    torch.set_num_threads(1)          # two threads on two shared cores wait for each other
    run, data = pathlib.Path(a.run), pathlib.Path(a.data)
    net, groups = load_run(run / "last.pt"), Groups(data / "stems", "val", "cpu")
    clips = heard_clips(net, DrumMixer(groups, load_split(a.split, "cpu"), "cpu", 11, valid=True, data=data), a.clips)
    chosen, report, pairs, weights = [], {}, [], song_weights(groups, clips)
    for c, name in enumerate(CLASSES):
        counts = np.zeros((len(GRID), 3))
        for activation, strokes in clips:
            truth = np.array(sorted({round(t, 3) for t, k, _ in strokes if k == name}))
            peaks = [p for p in pick_peaks(activation[:, c], GRID[0]) if EDGE_FRAMES <= p[0] < FRAMES - EDGE_FRAMES]
            for g, threshold in enumerate(GRID):
                found = np.array([p / FRAMES_PER_SECOND for p, h in peaks if h >= threshold])
                n = len(mir_eval.util.match_events(truth, found, .04)) if len(truth) and len(found) else 0
                counts[g] += n, len(truth), len(found)
            for t, k, v in strokes:
                frame = int(round(t * FRAMES_PER_SECOND))
                if k == name and frame < len(activation) and activation[frame, c] > .3:
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
    (run / "thresholds.json").write_text(json.dumps(dict(thresholds=chosen, classes=report, velocity_r=round(r, 3)), indent=1))


if __name__ == "__main__":
    main()
