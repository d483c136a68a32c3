"""Renders note stems to shards for training: one fluidsynth process per shard and SoundFont, dozens of stems in a row.

    python -m data_render.render --out data/notes --shards 60

A shard is <out>/<name>.npy (int16 mono, 16 kHz, all stems one after another) with <out>/<name>.json:
{ split, font, items: [{ song, stems: [{ program, isDrum, offset, length, notes: [[start, end, pitch, velocity]] }] }] }.
Shards are seeded by their number: a run that was stopped goes on where it was.
"""
import argparse, json, pathlib, subprocess, tempfile, time

import mido
import numpy as np
import soundfile as sf
from scipy.signal import resample_poly

from . import songs, synth

FONTS = {"fluid": "/usr/share/sounds/sf2/FluidR3_GM.sf2", "muse": "/usr/share/sounds/sf3/MuseScore_General_Full.sf3",
         "gmbank": "/usr/share/sounds/sf2/sf_GMbank.sf2", "opl3": "/usr/share/sounds/sf2/OPL-3_FM_128M.sf2"}
FONT_ORDER = ["fluid", "gmbank", "muse", "gmbank", "fluid", "muse", "gmbank", "opl3"]
RATE, RENDER_RATE, GAP = 16000, 32000, 1.6
ITEM_SECONDS, ITEMS = 18.0, 22
OWN_SOUND = 0.4                                         # share of our own synthesis where it knows the program
TICKS = 1000                                            # ticks a second: 480 a quarter at 480000 us


def swap_program(rng, track, dealer):
    """Another General MIDI program for a track, so that timbre and musical role are not tied to one another."""
    program, mean = track["program"], np.mean([n[2] for n in track["notes"]])
    if 32 <= program <= 39:
        r = rng.random()
        return program if r < 0.4 else rng.randint(32, 39) if r < 0.85 else next(dealer)
    if program > 95 and rng.random() < 0.8 or rng.random() < 0.55:
        new = next(dealer)
        while 32 <= new <= 39 and mean > 55:
            new = next(dealer)
        return new
    return program


def make_item(rng, kind, sources, dealer):
    if kind == "package":
        path = rng.choice(sources["package"])
        tracks, name = songs.load(path), pathlib.Path(path).stem
    elif kind == "mma":
        name = rng.choice(sources["grooves"])
        tracks = songs.mma_song(rng, name)
        if tracks and rng.random() < 0.6:
            p = songs.Piece(rng, 25)
            tracks.append(dict(program=next(dealer), is_drum=False, notes=songs.melody(p, rng.randint(70, 115), 8), ccs=[]))
    else:
        tracks, name = songs.procedural(rng, ITEM_SECONDS, dealer), "procedural"
    if not tracks:
        return None
    if kind != "procedural":
        end = max(n[1] for t in tracks for n in t["notes"])
        first = min(n[0] for t in tracks for n in t["notes"])
        start = rng.uniform(max(0, first - 0.1), max(first, end - ITEM_SECONDS)) if rng.random() < 0.75 else max(0, first - 0.1)
        rate, shift = rng.choice([1, 1, rng.uniform(0.85, 1.18)]), rng.choice([0, 0, rng.randint(-4, 4)])
        tracks = songs.crop(tracks, start, start + ITEM_SECONDS * rate)
        for t in tracks:
            t["notes"] = [[s / rate, e / rate, p + (0 if t["is_drum"] else shift), v] for s, e, p, v in t["notes"]]
            t["ccs"] = [[n, v, at / rate] for n, v, at in t["ccs"]]
            if not t["is_drum"]:
                t["program"] = swap_program(rng, t, dealer)
    tracks = [t for t in tracks if t["notes"]]
    rng.shuffle(tracks)
    drums = [t for t in tracks if t["is_drum"]]
    pitched = [t for t in tracks if not t["is_drum"]][:8]
    for t in pitched:
        t["notes"] = [n for n in t["notes"] if 21 <= n[2] <= 108]
    pitched = [t for t in pitched if t["notes"]]
    return dict(song=name, tracks=pitched + drums[:2]) if pitched else None


def midi_of(stems):
    """All stems one after another in one MIDI file, on channel 1 (10 for drums)."""
    events = []                                         # (tick, order, message)
    for st in stems:
        ch, t0 = (9 if st["is_drum"] else 0), st["t0"]
        at = lambda s: int(round((t0 + s) * TICKS))
        start = at(-0.2)
        events += [(start, 0, mido.Message("control_change", channel=ch, control=c, value=v))
                   for c, v in ((120, 0), (121, 0), (7, 100), (10, 64), (11, 127), (64, 0), (91, st["reverb"]), (93, 0))]
        events.append((start, 1, mido.Message("program_change", channel=ch, program=st["program"])))
        for n, v, s in st["ccs"]:
            if n != 10:
                events.append((at(max(0, s)) if s > 0 else start, 2, mido.Message("control_change", channel=ch, control=n, value=int(v))))
        for s, e, p, v in st["notes"]:
            events.append((at(s), 4, mido.Message("note_on", channel=ch, note=int(p), velocity=max(1, int(v)))))
            events.append((max(at(s) + 8, at(e)), 3, mido.Message("note_off", channel=ch, note=int(p))))
        events.append((at(st["seconds"] + 0.9), 0, mido.Message("control_change", channel=ch, control=64, value=0)))
        events.append((at(st["seconds"] + 0.9), 0, mido.Message("control_change", channel=ch, control=123, value=0)))
    events.sort(key=lambda e: e[:2])
    track, last = mido.MidiTrack([mido.MetaMessage("set_tempo", tempo=480000)]), 0
    for tick, _, m in events:
        track.append(m.copy(time=tick - last))
        last = tick
    mid = mido.MidiFile(ticks_per_beat=480)
    mid.tracks.append(track)
    return mid


def run_fluidsynth(stems, font, reverb, rate=RENDER_RATE):
    with tempfile.TemporaryDirectory() as d:
        midi_of(stems).save(f"{d}/x.mid")
        subprocess.run(["fluidsynth", "-ni", "-q", "-g", "0.35", "-R", "1" if reverb else "0", "-C", "0", "-r", str(rate), "-o",
                        "synth.polyphony=128", "-F", f"{d}/x.wav", font, f"{d}/x.mid"], check=True,
                       stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        y, _ = sf.read(f"{d}/x.wav", dtype="float32", always_2d=True)
    return resample_poly(y.mean(1), 1, rate // RATE).astype(np.float32)


def render_shard(number, out, sources, split, only_font=None):
    rng = songs.seeded(f"{split}-{number}")
    dealer = songs.program_dealer(rng)
    font = only_font or FONT_ORDER[number % len(FONT_ORDER)]
    kinds = ["package", "mma", "procedural"]
    items, stems, t = [], [], 0.5
    while len(items) < ITEMS:
        item = make_item(rng, rng.choices(kinds, [0.42, 0.28, 0.30])[0], sources, dealer)
        if not item:
            continue
        reverb = rng.choice([0, 20, 40, 80])
        for tr in item["tracks"]:
            st = dict(tr, t0=t, seconds=ITEM_SECONDS, reverb=min(127, int(reverb * rng.uniform(0.5, 1.5))))
            stems.append(st)
            tr["stem"] = st
            t += ITEM_SECONDS + GAP
        items.append(item)
    reverb_on = rng.random() < 0.6
    y = run_fluidsynth(stems, FONTS.get(font, font), reverb_on)
    chunks, meta, offset = [], [], 0
    length = int((ITEM_SECONDS + 1.0) * RATE)
    for item in items:
        m = []
        for tr in item["tracks"]:
            a = int(round(tr["stem"]["t0"] * RATE))
            seg = y[a:a + length]
            seg = np.pad(seg, (0, length - len(seg)))
            own = None if tr["is_drum"] or rng.random() > OWN_SOUND else synth.render(rng, tr["program"], tr["notes"], length / RATE)
            level = float(np.sqrt(np.mean(seg ** 2)))
            if own is not None:
                level = level if level > 1e-4 else 0.02
                seg = own[:length] * (level * 10 ** (rng.gauss(0, 3) / 20) / max(1e-6, float(np.sqrt(np.mean(own[:length] ** 2)))))
                seg = np.pad(seg, (0, length - len(seg)))
            if np.abs(seg).max() < 1e-4:
                continue                                # the SoundFont has no such sound
            chunks.append(np.clip(seg * 32767, -32768, 32767).astype(np.int16))
            m.append(dict(program=tr["program"], isDrum=tr["is_drum"], offset=offset, length=length,
                          own=own is not None, notes=[[round(s, 4), round(e, 4), int(p), int(v)] for s, e, p, v in sorted(tr["notes"])]))
            offset += length
        if any(not s["isDrum"] for s in m):
            meta.append(dict(song=item["song"], stems=m))
    np.save(out / f"{split}_{number:04d}.npy", np.concatenate(chunks))
    (out / f"{split}_{number:04d}.json").write_text(json.dumps(dict(split=split, font=font, items=meta)))
    return offset / RATE


def main():
    ap = argparse.ArgumentParser(description=__doc__)
    ap.add_argument("--out", default="data/notes")
    ap.add_argument("--shards", type=int, default=60)
    ap.add_argument("--first", type=int, default=0)
    ap.add_argument("--val", type=int, default=3)
    a = ap.parse_args()
    out = pathlib.Path(a.out)
    out.mkdir(parents=True, exist_ok=True)
    package, grooves = songs.package_songs(), songs.mma_grooves()
    split_of = lambda xs, val: [x for i, x in enumerate(xs) if (i % 9 == 4) == val]
    train = dict(package=split_of(package, False), grooves=split_of(grooves, False))
    val = dict(package=split_of(package, True), grooves=split_of(grooves, True))
    print(len(package), "songs", len(grooves), "grooves", flush=True)
    jobs = [("val", n, val) for n in range(a.val)] + [("train", n, train) for n in range(a.first, a.shards)]
    for split, n, sources in jobs:
        if (out / f"{split}_{n:04d}.json").exists():
            continue
        t = time.time()
        s = render_shard(n, out, sources, split)
        print(split, n, f"{s:.0f} s of stems in {time.time() - t:.1f} s", flush=True)


if __name__ == "__main__":
    main()
