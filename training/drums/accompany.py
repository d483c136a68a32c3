"""Accompaniment without drums, and drum parts: training/data/drums/{accompaniment,parts}.pkl.

Songs of Debian's openttd-openmsx and simutrans-data, less the ones the evaluation uses, and pieces that MMA (Musical MIDI Accompaniment) makes
from its library of grooves; played by FluidR3 or MuseScore General with instruments changed at random, 22.05 kHz mono. Of many more
grooves only the drum part is kept, as notes.
"""
import pathlib, pickle, re, subprocess, sys, tempfile, warnings
import numpy as np, pretty_midi, soundfile as sf
from scipy.signal import resample_poly
from classes import GM_TO_CLASS, RATE
from sounds import DATA

warnings.simplefilter("ignore")
OPENMSX, SIMUTRANS = pathlib.Path("/usr/share/games/openttd/baseset/openmsx"), pathlib.Path("/usr/share/games/simutrans/music")
MMA_LIBRARY = pathlib.Path("/usr/share/mma/lib/stdlib")
HELD_OUT_SONGS = {"keep_on_rolling", "mighty_giant_run", "the_hobo_redfarn", "say_what_redfarn"}
FONTS = ["/usr/share/sounds/sf2/FluidR3_GM.sf2", "/usr/share/sounds/sf3/MuseScore_General.sf3"]
# Programs that an instrument may be exchanged for, by kind; the last rows sound percussive and are no drums.
FAMILIES = [[0, 1, 2, 3, 4, 5, 6, 7], [8, 9, 11, 12, 13], [16, 17, 18, 19, 21], [24, 25, 26, 27, 28, 29, 30], [32, 33, 34, 35, 36, 37, 38, 39],
            [40, 42, 45, 46, 48, 49], [50, 51, 52, 53, 54], [56, 57, 58, 60, 61, 62, 63], [64, 65, 66, 68, 71], [73, 75, 79],
            [80, 81, 82, 85, 87], [88, 89, 90, 91, 94], [104, 105, 106, 107, 108, 114]]
PROGRESSIONS = ["C Am F G7", "Am F C G", "Dm7 G7 CM7 A7", "C F C G7", "Em C G D", "C7 F7 C7 G7", "Cm Ab Eb Bb", "F G Em Am"]


def exchange(r, program):
    bass = 32 <= program < 40
    family = FAMILIES[4] if bass else FAMILIES[r.choice([i for i in range(len(FAMILIES)) if i != 4])] if r.random() < .5 else \
        next((f for f in FAMILIES if program in f), [program])
    return int(r.choice(family))


def drum_part(pm, start, seconds, speed):
    return sorted((float((n.start - start) / speed), GM_TO_CLASS.get(n.pitch, "other"), n.velocity / 127)
                  for i in pm.instruments if i.is_drum for n in i.notes if start <= n.start < start + seconds * speed)


def render(r, pm, name, start, seconds, change):
    speed, shift = r.uniform(.85, 1.2), int(r.integers(-3, 4))
    window = seconds * speed
    out = pretty_midi.PrettyMIDI(resolution=960)
    for ins in pm.instruments:
        if ins.is_drum or ins.program >= 112:
            continue
        j = pretty_midi.Instrument(exchange(r, ins.program) if change else ins.program)
        j.notes = [pretty_midi.Note(n.velocity, int(np.clip(n.pitch + shift, 0, 127)), (n.start - start) / speed, (n.end - start) / speed)
                   for n in ins.notes if start <= n.start < start + window]
        j.control_changes = [pretty_midi.ControlChange(c.number, c.value, max(0, (c.time - start) / speed)) for c in ins.control_changes if c.time < start + window]
        if j.notes:
            out.instruments.append(j)
    if not out.instruments:
        return None
    with tempfile.TemporaryDirectory() as d:
        out.write(f"{d}/x.mid")
        subprocess.run(["fluidsynth", "-ni", "-q", "-C", "0", "-g", "0.4", "-r", "44100", "-F", f"{d}/x.wav", FONTS[int(r.random() < .25)], f"{d}/x.mid"],
                       check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        y, _ = sf.read(f"{d}/x.wav", dtype="float32", always_2d=True)
    y = resample_poly(y.mean(1), 1, 2)[:int(seconds * RATE)]
    peak = float(np.abs(y).max())
    return None if peak < 1e-3 else dict(song=name, audio=(y / peak).astype(np.float16), drums=drum_part(pm, start, seconds, speed))


def grooves():
    return sorted({(f.stem, m) for f in MMA_LIBRARY.glob("*.mma") if not f.stem.startswith(("metronome", "none"))
                   for m in re.findall(r"(?im)^\s*defgroove\s+([\w-]+)", f.read_text("latin1")) if not re.search(r"(intro|end|sus)\d*$", m, re.I)})


def mma_piece(r, groove, folder):
    chords = str(r.choice(PROGRESSIONS)).split()
    bars = "\n".join(f"{i + 1} {chords[i % len(chords)]}" for i in range(14))
    (folder / "x.mma").write_text(f"Tempo {int(r.integers(75, 170))}\nTranspose {int(r.integers(-5, 6))}\nGroove {groove}\n{bars}\n")
    done = subprocess.run(["mma", "-f", str(folder / "x.mid"), str(folder / "x.mma")], capture_output=True)
    return pretty_midi.PrettyMIDI(str(folder / "x.mid")) if done.returncode == 0 else None


def first_note(pm):
    return max(0.0, min(n.start for i in pm.instruments for n in i.notes) - .05)


def mma_parts(r, count, keep):
    """Drum parts of `count` grooves, and the whole pieces of the first `keep` of them: ([{song, drums}], [(style, piece)])."""
    library, parts, pieces = grooves(), [], []
    with tempfile.TemporaryDirectory() as d:
        for i in r.permutation(len(library))[:count]:
            style, groove = library[i]
            pm = mma_piece(r, groove, pathlib.Path(d))
            if pm is None or not pm.instruments:
                continue
            drums = drum_part(pm, 0, 40, 1)
            if len(drums) > 16:
                parts.append(dict(song=style, drums=drums))
            if len(pieces) < keep:
                pieces.append((style, pm))
    return parts, pieces


def save(name, content):
    with open(DATA / f"{name}.pkl", "wb") as f:
        pickle.dump(content, f)
    print(name, len(content), file=sys.stderr, flush=True)


def main():
    r, items = np.random.default_rng(7), []
    parts, pieces = mma_parts(r, 600, 110)
    save("parts", parts)
    if "--parts" in sys.argv:
        return
    songs = [(s, take, 60.0) for s in sorted(OPENMSX.glob("*.mid")) for take in range(2)] + [(s, 1, 35.0) for s in sorted(SIMUTRANS.glob("*.mid"))]
    for song, take, seconds in songs:
        if song.stem in HELD_OUT_SONGS:
            continue
        try:
            pm = pretty_midi.PrettyMIDI(str(song))
            start = first_note(pm) if take == 0 else float(pm.get_end_time() * r.uniform(.1, .45))
            item = render(r, pm, song.stem, start, seconds, take > 0)
        except Exception as e:                          # pretty_midi and its reader raise many kinds on odd files
            print("skipped", song.name, repr(e), file=sys.stderr)
            continue
        if item:
            items.append(item)
    for style, pm in pieces:
        item = render(r, pm, style, 0, min(26.0, pm.get_end_time()), True)
        if item:
            items.append(item)
    save("accompaniment", items)
    print(sum(len(i["audio"]) for i in items) / RATE / 60, "minutes", file=sys.stderr)


if __name__ == "__main__":
    main()
