"""Scores of a run: `python evaluate.py --run run1 --cases CASES --real CASES_REAL`. Folders are those of the evaluation kit.

Inputs tried per rendered case: the full mix, the true drum stem, a percussive median-filter split, the mean of mix and split.
"""
import argparse, json, pathlib
import numpy as np
from scipy.ndimage import median_filter
from classes import CLASSES, RATE
from decode import decode
from model import activations, load_run, read_mono
from scoring import CLASS_TO_GM, score
from train import RUNS

COLUMNS = ("kick", "snare", "hihat", "tom", "cymbal", "all", "three")


def percussive_split(y):
    """The plain signal-processing separation: median filters over time and frequency, soft mask, kick range kept."""
    n, hop = 2048, 512
    window = np.hanning(n + 1)[:n].astype(np.float32)
    padded = np.pad(y, (n, 2 * n))
    m = np.fft.rfft(np.lib.stride_tricks.sliding_window_view(padded, n)[::hop] * window, axis=1)
    a = np.abs(m).astype(np.float32)
    h, p = median_filter(a, (15, 1)) ** 2, median_filter(a, (1, 9)) ** 2
    mask = p / (h + p + 1e-9)
    blocks = np.fft.irfft(m * mask, axis=1).astype(np.float32) * window
    out = np.zeros((len(blocks) + 4) * hop + n, np.float32)
    for i, b in enumerate(blocks):
        out[i * hop:i * hop + n] += b
    return out[n:n + len(y)] / 1.5


def rows(net, thresholds, folder, stems):
    for case in sorted(p.parent for p in pathlib.Path(folder).glob("*/truth.json")):
        truth = json.loads((case / "truth.json").read_text())
        if not truth.get("drums"):
            continue
        mix = read_mono(case / "mix.wav")
        acts = dict(mix=activations(net, mix))
        if stems:
            acts["stem"] = activations(net, read_mono(case / "stems" / "drums.wav"))
        if "mdb_drum" not in case.name:
            acts["split"] = activations(net, percussive_split(mix))
            acts["mean"] = (acts["mix"] + acts["split"]) / 2
        for kind, a in acts.items():
            hits = [(t, CLASS_TO_GM[CLASSES[c]]) for t, c, _, _ in decode(a, thresholds)]
            yield case.name, kind, score(truth["drums"], hits)


def main():
    ap = argparse.ArgumentParser(description=__doc__)
    ap.add_argument("--run", default="run1"); ap.add_argument("--cases"); ap.add_argument("--real"); ap.add_argument("--all", action="store_true")
    a = ap.parse_args()
    net = load_run(RUNS / a.run / "last.pt")
    thresholds = json.loads((RUNS / a.run / "thresholds.json").read_text())["thresholds"] if (RUNS / a.run / "thresholds.json").exists() else [.4] * len(CLASSES)
    results = []
    if a.cases:
        results += [("R", *row) for row in rows(net, thresholds, a.cases, True)]
    if a.real:
        results += [("MDB drums" if "mdb_drum" in row[0] else "MDB mix", *row) for row in rows(net, thresholds, a.real, False)]
    print("set\tinput\tcase\t" + "\t".join(COLUMNS))
    cell = lambda v: "  - " if v is None or np.isnan(v) else f"{v:.3f}"
    if a.all:
        for group, case, kind, s in results:
            print(group, kind, case, *(cell(s.get(c)) for c in COLUMNS), sep="\t")
    for group in dict.fromkeys(r[0] for r in results):
        for kind in dict.fromkeys(r[2] for r in results if r[0] == group):
            block = [r[3] for r in results if r[0] == group and r[2] == kind]
            means = [np.mean([s[c] for s in block if c in s]) if any(c in s for s in block) else None for c in COLUMNS]
            print(group, kind, f"mean of {len(block)}", *map(cell, means), sep="\t")


if __name__ == "__main__":
    main()
