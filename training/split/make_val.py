"""Validation songs with a SoundFont that no network has heard (the freepats patches), stems, notes and all:

    python -m split.make_val --out EVAL/SPLITVAL          from training/: <song>/{mix.wav,truth.json,stems/{drums,bass,other}.wav}
"""
import argparse, json, pathlib

import numpy as np
import soundfile as sf

from data_render import songs
from data_render.recipes import make_item, sources_of
from data_render.render import group
from notes.make_sets import FREEPATS, run_synth, songs_family

SECONDS = 18.5


def item_for_freepats(rng, kind, sources, dealer):
    """A validation piece with drums and bass, its programs moved to those that freepats has; None where it lacks either."""
    item = make_item(rng, kind, sources, dealer)
    if not item or {group(t) for t in item["tracks"]} != {0, 1, 2}:
        return None
    allowed = sorted(map(int, FREEPATS.split()))
    for t in item["tracks"]:
        if not t["is_drum"] and t["program"] not in allowed:
            t["program"] = rng.choice([p for p in allowed if songs_family(p) == songs_family(t["program"])] or allowed)
    return item


def truth_of(tracks):
    """Notes and drum hits as the evaluation kit writes them."""
    return dict(notes=sorted([s, e, p, v, t["program"]] for t in tracks if not t["is_drum"] for s, e, p, v in t["notes"]),
                drums=sorted([s, p, v] for t in tracks if t["is_drum"] for s, _, p, v in t["notes"]))


def main():
    ap = argparse.ArgumentParser(description=__doc__)
    ap.add_argument("--out", required=True)
    ap.add_argument("--count", type=int, default=28)
    ap.add_argument("--font", help="a SoundFont for FluidSynth in place of the freepats patches")
    ap.add_argument("--split", choices=["train", "val"], default="val", help="songs of training: material for the refiner")
    a = ap.parse_args()
    rng = songs.seeded(f"split-{a.split}{pathlib.Path(a.font).stem if a.font else ''}")
    dealer, sources, made = songs.program_dealer(rng), sources_of(a.split), 0
    while made < a.count:
        item = item_for_freepats(rng, rng.choices(["package", "mma"], [0.7, 0.3])[0], sources, dealer)
        if not item:
            continue
        # Timidity leaves the silence before the first note out: every stem begins with one that is too soft to hear.
        start = dict(program=0, is_drum=False, notes=[[0.0, 0.05, 21, 1]], ccs=[[7, 1, 0.0]])
        stems = [run_synth([start, *[t for t in item["tracks"] if group(t) == k]], SECONDS, not a.font, a.font) for k in range(3)]
        gain = 0.89 / max(1e-6, float(np.abs(sum(stems)).max()), *(float(np.abs(s).max()) for s in stems))
        folder = pathlib.Path(a.out) / f"{made:02d}_{item['song']}"
        (folder / "stems").mkdir(parents=True, exist_ok=True)
        for name, y in zip(("drums", "bass", "other"), stems):
            sf.write(folder / "stems" / f"{name}.wav", y * gain, 44100, subtype="PCM_16")
        sf.write(folder / "mix.wav", sum(stems) * gain, 44100, subtype="PCM_16")
        (folder / "truth.json").write_text(json.dumps(truth_of(item["tracks"]), default=float))
        print(folder.name, flush=True)
        made += 1


if __name__ == "__main__":
    main()
