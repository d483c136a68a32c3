"""Chooses thresholds and the settings of the instrument assignment on validation songs (never on the kit's cases).

    python -m notes.tune --run runs/notes --cases EVAL/HELD --trials 60
"""
import argparse, json, random

import torch

from .assign import DEFAULTS
from .evaluate import cached, mean, score


def main():
    ap = argparse.ArgumentParser(description=__doc__)
    ap.add_argument("--run", default="runs/notes")
    ap.add_argument("--cases", nargs="+", required=True)
    ap.add_argument("--trials", type=int, default=40)
    ap.add_argument("--onset", type=float)
    ap.add_argument("--frame", type=float)
    a = ap.parse_args()
    torch.set_num_threads(1)
    rows = cached(a.run, a.cases, "mix")
    plain = dict(rounds=0)
    onset, frame = a.onset, a.frame
    if onset is None:
        scores = {t: mean(score(rows, t, 0.4, **plain))["onset_f1"] for t in (0.2, 0.25, 0.3, 0.35, 0.4, 0.45, 0.5, 0.55, 0.6)}
        onset = max(scores, key=scores.get)
        print("onset", {k: round(v, 4) for k, v in scores.items()}, flush=True)
    if frame is None:
        scores = {t: mean(score(rows, onset, t, **plain))["onset_offset_f1"] for t in (0.3, 0.4, 0.5, 0.6, 0.65, 0.7, 0.75, 0.8)}
        frame = max(scores, key=scores.get)
        print("frame", {k: round(v, 4) for k, v in scores.items()}, flush=True)
    rng = random.Random(1)
    print("plain", mean(score(rows, onset, frame, **plain)), flush=True)
    best, chosen = -1, DEFAULTS
    for k in range(a.trials):
        s = dict(DEFAULTS)
        if k:
            base = chosen if rng.random() < 0.6 else DEFAULTS
            s = dict(base)
            for name, options in dict(sharpness=(0.5, 0.7, 1.0, 1.4), presence=(0, 0.3, 0.6, 1.0, 1.5), neighbours=(0, 0.7, 1.5, 3, 5), rounds=(2, 4, 8),
                                      seconds=(0.5, 1, 2, 4, 8), semitones=(2, 3.5, 5, 8), windowSeconds=(6.0,)).items():
                if rng.random() < 0.4:
                    s[name] = rng.choice(options)
        v = mean(score(rows, onset, frame, **s))["multi_f1"]
        if v > best:
            best, chosen = v, s
            print(round(v, 4), json.dumps(s), flush=True)


if __name__ == "__main__":
    main()
