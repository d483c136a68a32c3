"""Renders drums / bass / other stems for training the split: 44.1 kHz stereo, int16.

    python -m split.render --batches 40          from training/; each batch is seeded by its number, finished ones are skipped

Songs and grooves come from data_render.songs (which holds the evaluation songs back); every batch is played by one
SoundFont, never by TimGM6mb. data/split/songs_NNN.npy: [items, 3, 2, samples] (drums, bass, other of one piece).
"""
import argparse, pathlib, random, subprocess, tempfile, time

import mido
import numpy as np
import soundfile as sf

from data_render import songs

FONTS = {"fluid": "/usr/share/sounds/sf2/FluidR3_GM.sf2", "muse": "/usr/share/sounds/sf3/MuseScore_General.sf3",
         "gmbank": "/usr/share/sounds/sf2/sf_GMbank.sf2", "opl3": "/usr/share/sounds/sf2/OPL-3_FM_128M.sf2"}
FONT_ORDER = ["fluid", "muse", "gmbank", "fluid", "muse", "fluid", "gmbank", "muse", "opl3", "fluid"]
RATE, SAMPLES = 44100, 512 * 1024
SECONDS, GAP, ITEMS = SAMPLES / RATE, 2.0, 12
TICKS = 1000
BASS = range(32, 40)


def piece(rng, sources, dealer):
    """Tracks of one piece, cropped to SECONDS, timbres swapped; None where it has no drums and no bass."""
    kind = rng.choices(["package", "mma", "procedural"], [0.5, 0.3, 0.2])[0]
    if kind == "package":
        tracks = songs.load(rng.choice(sources["package"]))
    elif kind == "mma":
        tracks = songs.mma_song(rng, rng.choice(sources["grooves"]))
    else:
        tracks = songs.procedural(rng, SECONDS, dealer)
    if not tracks:
        return None
    if kind != "procedural":
        end = max(n[1] for t in tracks for n in t["notes"])
        start = rng.uniform(0, max(0.01, end - SECONDS))
        tracks = songs.crop(tracks, start, start + SECONDS)
    shift, swap = rng.choice([0, 0, rng.randint(-5, 5)]), rng.random() < 0.5
    for t in tracks:
        if t["is_drum"]:
            if rng.random() < 0.5:
                t["program"] = rng.choice([0, 8, 16, 24, 25, 32, 40, 48])
            continue
        t["notes"] = [[s, e, p + shift, v] for s, e, p, v in t["notes"] if 12 <= p + shift <= 115]
        if t["program"] in BASS:
            t["program"] = rng.choice(list(BASS)) if swap else t["program"]
        elif swap:
            program = next(dealer)
            while program in BASS:
                program = next(dealer)
            t["program"] = program
    tracks = [t for t in tracks if t["notes"]]
    return tracks if any(t["is_drum"] or t["program"] in BASS for t in tracks) and len(tracks) > 1 else None


def group(track) -> int:
    return 0 if track["is_drum"] else 1 if track["program"] in BASS else 2


def events_of(rng, tracks, t0, reverb):
    """(tick, order, message) of one stem that begins at t0 seconds."""
    at = lambda s: int(round((t0 + s) * TICKS))
    events, free = [], [c for c in range(16) if c != 9]
    for t in tracks:
        if not t["is_drum"] and not free:
            break
        ch = 9 if t["is_drum"] else free.pop(0)
        start = at(-0.2)
        pan = rng.choice([64, rng.randint(20, 108)]) if group(t) == 2 else 64
        events += [(start, 0, mido.Message("control_change", channel=ch, control=c, value=v))
                   for c, v in ((120, 0), (121, 0), (7, 100), (10, pan), (11, 127), (64, 0), (91, reverb), (93, 0))]
        events.append((start, 1, mido.Message("program_change", channel=ch, program=t["program"])))
        events += [(at(max(0, s)), 2, mido.Message("control_change", channel=ch, control=n, value=int(v)))
                   for n, v, s in t["ccs"] if n in (1, 7, 10, 11, 64)]
        for s, e, p, v in t["notes"]:
            events.append((at(s), 4, mido.Message("note_on", channel=ch, note=int(p), velocity=max(1, min(127, int(v))))))
            events.append((max(at(s) + 8, at(e)), 3, mido.Message("note_off", channel=ch, note=int(p))))
        for c in (64, 123):
            events.append((at(SECONDS + 0.3), 0, mido.Message("control_change", channel=ch, control=c, value=0)))
    return events


def play(events, font, reverb):
    track, last = mido.MidiTrack([mido.MetaMessage("set_tempo", tempo=480000)]), 0
    for tick, _, m in sorted(events, key=lambda e: e[:2]):
        track.append(m.copy(time=max(0, tick - last)))
        last = max(last, tick)
    mid = mido.MidiFile(ticks_per_beat=480)
    mid.tracks.append(track)
    with tempfile.TemporaryDirectory() as d:
        mid.save(f"{d}/x.mid")
        subprocess.run(["fluidsynth", "-ni", "-q", "-g", "0.3", "-R", "1" if reverb else "0", "-C", "0", "-r", str(RATE), "-o",
                        "synth.polyphony=160", "-F", f"{d}/x.wav", font, f"{d}/x.mid"], check=True,
                       stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        return sf.read(f"{d}/x.wav", dtype="int16", always_2d=True)[0]


def render_batch(number, path, sources):
    rng = random.Random(f"split-{number}")
    dealer = songs.program_dealer(rng)
    reverb = rng.random() < 0.6
    items, events, t = [], [], 0.5
    while len(items) < ITEMS:
        tracks = piece(rng, sources, dealer)
        if not tracks:
            continue
        starts, amount = [], rng.choice([20, 40, 70])
        for k in range(3):
            stem = [tr for tr in tracks if group(tr) == k]
            starts.append(t if stem else None)
            if stem:
                events += events_of(rng, stem, t, amount if reverb else 0)
                t += SECONDS + GAP
        items.append(starts)
    y = play(events, FONTS[FONT_ORDER[number % len(FONT_ORDER)]], reverb)
    out = np.zeros((ITEMS, 3, 2, SAMPLES), np.int16)
    for i, starts in enumerate(items):
        for k, s in enumerate(starts):
            if s is not None:
                cut = y[int(s * RATE):int(s * RATE) + SAMPLES]
                out[i, k, :, :len(cut)] = cut.T
    np.save(path, out)


def main():
    ap = argparse.ArgumentParser(description=__doc__)
    ap.add_argument("--out", default="data/split")
    ap.add_argument("--batches", type=int, default=40)
    ap.add_argument("--first", type=int, default=0)
    a = ap.parse_args()
    out = pathlib.Path(a.out)
    out.mkdir(parents=True, exist_ok=True)
    package, grooves = songs.package_songs(), songs.mma_grooves()
    # Batches 0 and 1 are the validation set: every ninth song and groove, used by no other batch.
    pick = lambda xs, val: [x for i, x in enumerate(xs) if (i % 9 == 4) == val]
    for n in range(a.first, a.batches):
        path = out / f"songs_{n:03d}.npy"
        if path.exists():
            continue
        t = time.time()
        render_batch(n, path, dict(package=pick(package, n < 2), grooves=pick(grooves, n < 2)))
        print(n, f"{time.time() - t:.1f} s", flush=True)


if __name__ == "__main__":
    main()
