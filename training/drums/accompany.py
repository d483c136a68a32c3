"""Accompaniment without drums, and the songs' own drum hits: training/data/drums/accompaniment.pkl.

Songs of Debian's openttd-openmsx (GPL-2), less the ones the evaluation uses, played by FluidR3 or MuseScore General with instruments
changed at random, 22.05 kHz mono.
"""
import pathlib, pickle, subprocess, sys, tempfile, warnings
import numpy as np, pretty_midi, soundfile as sf
from scipy.signal import resample_poly
from classes import GM_TO_CLASS, RATE
from sounds import DATA

warnings.simplefilter("ignore")
SONGS = pathlib.Path("/usr/share/games/openttd/baseset/openmsx")
HELD_OUT_SONGS = {"keep_on_rolling", "mighty_giant_run", "the_hobo_redfarn", "say_what_redfarn"}
FONTS = ["/usr/share/sounds/sf2/FluidR3_GM.sf2", "/usr/share/sounds/sf3/MuseScore_General.sf3"]
SECONDS = 75.0
# Programs that an instrument may be exchanged for, by General MIDI family of eight (sound effects left out).
FAMILIES = [[0, 1, 2, 3, 4, 5, 6, 7], [8, 11, 12, 13], [16, 17, 18, 19, 21], [24, 25, 26, 27, 28, 29, 30], [32, 33, 34, 35, 36, 38, 39],
            [40, 42, 45, 46, 48, 49], [50, 51, 52, 53, 54], [56, 57, 58, 60, 61, 62, 63], [64, 65, 66, 68, 71], [73, 75, 79],
            [80, 81, 82, 85, 87], [88, 89, 90, 91, 94], [104, 105, 107]]


def exchange(r, program):
    bass = 32 <= program < 40
    family = FAMILIES[4] if bass else FAMILIES[r.choice([i for i in range(len(FAMILIES)) if i != 4])] if r.random() < .5 else \
        next((f for f in FAMILIES if program in f), [program])
    return int(r.choice(family))


def render(r, song, take):
    pm = pretty_midi.PrettyMIDI(str(song))
    start = max(0.0, min(n.start for i in pm.instruments for n in i.notes) - .05) if take == 0 else float(pm.get_end_time() * r.uniform(.2, .45))
    speed = r.uniform(.85, 1.2)
    window = SECONDS * speed
    drums = sorted((float((n.start - start) / speed), GM_TO_CLASS.get(n.pitch, "other"), n.velocity / 127)
                   for i in pm.instruments if i.is_drum for n in i.notes if start <= n.start < start + window)
    shift = int(r.integers(-3, 4))
    out = pretty_midi.PrettyMIDI(resolution=960)
    for ins in pm.instruments:
        if ins.is_drum or ins.program >= 112:
            continue
        j = pretty_midi.Instrument(exchange(r, ins.program) if take else ins.program)
        j.notes = [pretty_midi.Note(n.velocity, int(np.clip(n.pitch + shift, 0, 127)), (n.start - start) / speed, (n.end - start) / speed)
                   for n in ins.notes if start <= n.start < start + window]
        j.control_changes = [pretty_midi.ControlChange(c.number, c.value, max(0, (c.time - start) / speed)) for c in ins.control_changes if c.time < start + window]
        if j.notes:
            out.instruments.append(j)
    if not out.instruments:
        return None
    with tempfile.TemporaryDirectory() as d:
        out.write(f"{d}/x.mid")
        subprocess.run(["fluidsynth", "-ni", "-q", "-C", "0", "-g", "0.4", "-r", "44100", "-F", f"{d}/x.wav", FONTS[int(r.integers(len(FONTS)))], f"{d}/x.mid"],
                       check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        y, _ = sf.read(f"{d}/x.wav", dtype="float32", always_2d=True)
    y = resample_poly(y.mean(1), 1, 2)[:int(SECONDS * RATE)]
    peak = float(np.abs(y).max())
    return None if peak < 1e-3 else dict(song=song.stem, audio=(y / peak).astype(np.float16), drums=drums)


def main():
    r, items = np.random.default_rng(7), []
    for song in sorted(SONGS.glob("*.mid")):
        if song.stem in HELD_OUT_SONGS:
            continue
        for take in range(2):
            try:
                item = render(r, song, take)
            except (ValueError, EOFError, IndexError) as e:
                print("skipped", song.name, e, file=sys.stderr)
                continue
            if item:
                items.append(item)
    with open(DATA / "accompaniment.pkl", "wb") as f:
        pickle.dump(items, f)
    print(len(items), "pieces", sum(len(i["audio"]) for i in items) / RATE / 60, "minutes", file=sys.stderr)


if __name__ == "__main__":
    main()
