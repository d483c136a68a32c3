"""Scores a checkpoint on evaluation folders with the kit's own functions.

    python -m notes.evaluate --run runs/notes --cases EVAL/CASES EVAL/SINGLE --input mix
Inputs: mix, nodrums (bass + other stems), stems (bass and other apart, merged after). Activations are cached per checkpoint.
"""
import argparse, collections, json, os, pathlib, pickle, sys

import numpy as np
import soundfile as sf
import torch
from scipy.signal import resample_poly

from common.spectrum import RATE, Spectrum, compress
from .assign import assign
from .decode import candidates, log_softmax, notes_of, sigmoid
from .export import load
from .labels import CLASSES, FAMILIES

KIT = pathlib.Path(os.environ.get("LOOPMIND_KIT", pathlib.Path(__file__).resolve().parents[2] / ".." / "shared" / "evaluate"))
sys.path.insert(0, str(KIT))
Track = collections.namedtuple("Track", "program notes")
Note = collections.namedtuple("Note", "start end pitch velocity")
PROGRAM = {"keys": 0, "guitar": 25, "bass": 33, "strings_pads": 48, "voice": 53, "winds_leads": 65, "other": 104}


def read(path):
    y, rate = sf.read(path, dtype="float32", always_2d=True)
    g = np.gcd(rate, RATE)
    return resample_poly(y.mean(1), RATE // g, rate // g).astype(np.float32)


def activations(net, audio, spectrum):
    audio = audio * (0.1 / max(1e-4, float(np.sqrt(np.mean(audio ** 2)))))
    x = compress(spectrum(torch.from_numpy(audio)[None]))
    heads, classes = [], []
    context, step = net.reach, 600
    with torch.no_grad():
        for a in range(0, x.shape[1], step):
            lo, hi = max(0, a - context), min(x.shape[1], a + step + context)
            with torch.autocast("cpu", torch.bfloat16):
                h, k = net(x[:, lo:hi])
            n = min(step, x.shape[1] - a)
            heads.append(h[0, :, :, a - lo:a - lo + n].float().numpy())
            classes.append(k[0, :, :, a - lo:a - lo + n].float().numpy())
    h = sigmoid(np.concatenate(heads, 2)).transpose(0, 2, 1)
    k = log_softmax(np.concatenate(classes, 2).transpose(2, 1, 0))
    return candidates(h[0], h[1], h[2], k), h[1].astype(np.float16)


def inputs(case, kind):
    if kind == "mix" or not (case / "stems").exists():
        return [read(case / "mix.wav")]
    stems = [read(p) for p in sorted((case / "stems").glob("*.wav")) if p.stem != "drums"]
    return [sum(stems)] if kind == "nodrums" else stems


def cached(run, folders, kind, limit=0):
    """[(case folder, truth, [(candidates, frames)])]"""
    net, state = load(run)
    out, spectrum = [], Spectrum()
    for folder in folders:
        folder = pathlib.Path(folder)
        store = pathlib.Path(run) / "cache" / f"{state['step']}-{folder.name}-{kind}.pkl"
        if store.exists():
            out += pickle.loads(store.read_bytes())
            continue
        rows = []
        for t in sorted(folder.glob("*/truth.json")):
            truth = json.loads(t.read_text())
            if truth.get("notes"):
                rows.append((str(t.parent), truth, [activations(net, y, spectrum) for y in inputs(t.parent, kind)]))
        store.parent.mkdir(exist_ok=True)
        store.write_bytes(pickle.dumps(rows))
        out += rows
    return out


def score(rows, onset, frame, **settings):
    import score as kit
    names = sorted({g for g, _ in kit.GROUPS})
    table = []
    for folder, truth, acts in rows:
        notes = [n for c, f in acts for n in notes_of(c, f.astype(np.float32), onset, frame)]
        families = assign(notes, **settings)
        tracks = [Track(PROGRAM[g], [Note(n["start"], n["end"], n["pitch"], int(round(1 + 126 * n["velocity"]))) for n, m in zip(notes, families)
                                     if m == g]) for g in FAMILIES]
        s = kit.score_notes(truth["notes"], tracks, names)
        s["name"] = pathlib.Path(folder).name
        s["oracle_families"] = len({kit.group(n[4]) for n in truth["notes"]})
        s["families"] = len([t for t in tracks if t.notes])
        table.append(s)
    return table


def mean(table):
    keys = [k for k in table[0] if k != "name"]
    return {k: float(np.mean([t[k] for t in table if t.get(k) is not None])) for k in keys}


def main():
    ap = argparse.ArgumentParser(description=__doc__)
    ap.add_argument("--run", default="runs/notes")
    ap.add_argument("--cases", nargs="+", required=True)
    ap.add_argument("--input", default="mix", choices=["mix", "nodrums", "stems"])
    ap.add_argument("--onset", type=float, default=0.4)
    ap.add_argument("--frame", type=float, default=0.6)
    ap.add_argument("--settings", default="{}")
    ap.add_argument("-v", action="store_true")
    a = ap.parse_args()
    torch.set_num_threads(1)
    rows = cached(a.run, a.cases, a.input)
    table = score(rows, a.onset, a.frame, **json.loads(a.settings))
    if a.v:
        for t in table:
            print(t["name"], {k: round(v, 3) for k, v in t.items() if k != "name" and v is not None})
    print(a.input, {k: round(v, 3) for k, v in mean(table).items()}, "classes", len(CLASSES))


if __name__ == "__main__":
    main()
