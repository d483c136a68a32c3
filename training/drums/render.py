"""Training clips: patterns played by kits, mixed, degraded, turned into features. One shard of clips per file, so that training can begin
while rendering goes on: `python render.py --shards 60 --first 0` writes training/data/drums/{train,valid}/NNN.npz.

A shard holds features [clips, frames, 80] float16 and events, a list per clip of (seconds, class index, velocity).
"""
import argparse, json, os, pathlib, pickle
import numpy as np
from augment import degrade, mix_with_accompaniment, rms, room, separation_artefacts, shape_sound, sibilants
from classes import INDEX, NOMINAL_GAIN, RATE
from features import log_bands
from patterns import pattern
from sounds import DATA, HELD_OUT_KITS

CLIP_SECONDS, CLIPS_PER_SHARD = 8.0, 100
# Open hat and its choke; a new hit of the same group ends the old sound.
CHOKES = dict(closed_hat="hat", open_hat="hat")


def weight_of(name):
    """Recorded kits count most; the many SoundFont presets share samples, and synthetic machines are many."""
    return .4 if name.startswith("synth") else 1.0 if name.startswith("drumsynth") else 1.2 if name.startswith(("FluidR3", "MuseScore")) else 5.0


def choose_kit(r, kits, names):
    """One instrument list per class: a whole kit, or sounds picked from many."""
    draw = lambda: kits[names[int(np.searchsorted(cumulative, r.random() * cumulative[-1]))]]
    cumulative = np.cumsum([weight_of(n) for n in names])
    base = draw()
    scatter = r.choice([0, .15, .6])
    chosen = {}
    for kind in NOMINAL_GAIN:
        pool = base.get(kind) if r.random() >= scatter else None
        while not pool:
            pool = draw().get(kind)
        count = min(len(pool), int(r.choice([1, 1, 2])))
        picked = [pool[i] for i in r.choice(len(pool), count, replace=False)]
        layered = None
        if kind in ("snare", "clap", "kick") and r.random() < .12:      # two machines at once
            other = draw().get(kind)
            layered = other[r.integers(len(other))] if other else None
        chosen[kind] = (picked, layered, shape_sound(r), r.uniform(1.0, 2.2))
    return chosen


def layer_for(instrument, velocity, r):
    above = [i for i, (v, _) in enumerate(instrument) if v >= velocity - .05] or [len(instrument) - 1]
    i = above[0]
    if len(instrument) > 1 and r.random() < .2:
        i = int(np.clip(i + r.integers(-1, 2), 0, len(instrument) - 1))
    return np.asarray(instrument[i][1], np.float32)


def play(r, hits, kit, seconds, gains):
    """Mono drums, and the events that ended up audible: [(seconds, class index, velocity)]."""
    n = int(seconds * RATE)
    out, events, last, cache = np.zeros(n + RATE * 3, np.float32), [], {}, {}
    for at, kind, velocity in hits:
        instruments, layered, shape, curve = kit[kind]
        which = int(r.integers(len(instruments))) if r.random() < .3 else 0
        sound = layer_for(instruments[which], velocity, r)
        key = (kind, which, id(instruments[which]), len(sound))
        if key not in cache:
            y = shape(sound)
            if layered is not None:
                extra = shape(np.asarray(layered[-1][1], np.float32))
                m = max(len(y), len(extra))
                y = np.pad(y, (0, m - len(y))) + .6 * np.pad(extra, (0, m - len(extra)))
            cache[key] = y
        start = int(at * RATE)
        y = cache[key] * np.float32(gains[kind] * velocity ** curve)
        group = CHOKES.get(kind)
        if group and group in last:
            s0, e0, y0 = last[group]
            if start < e0 and start > s0:                               # fade the ringing hat out over 8 ms
                m = e0 - start
                env = np.clip(1 - np.arange(m) / (.008 * RATE), 0, 1).astype(np.float32)
                out[start:e0] -= y0[start - s0:] * (1 - env)
        end = min(len(out), start + len(y))
        out[start:end] += y[:end - start]
        if group:
            last[group] = (start, end, y[:end - start])
        if kind in INDEX:
            events.append((at, INDEX[kind], velocity))
    return out[:n], events


def own_hits(r, piece, offset, seconds, parts):
    """The drums of the accompaniment's own song, of another piece, or by chance."""
    choice = r.random()
    if choice < .3:
        hits = [(t - offset, k, v) for t, k, v in piece["drums"] if offset <= t < offset + seconds - .02]
        if len(hits) > 8:
            return hits
    if choice < .6:
        part = parts[r.integers(len(parts))]["drums"]
        begin, speed = r.uniform(0, max(.1, part[-1][0] - seconds)), r.uniform(.85, 1.2)
        hits = [((t - begin) / speed, k, v) for t, k, v in part if 0 <= (t - begin) / speed < seconds - .02]
        if len(hits) > 8:
            return hits
    return pattern(r, seconds)


def make_clip(r, kits, names, accompaniment, parts):
    seconds = CLIP_SECONDS
    kit = choose_kit(r, kits, names)
    gains = {k: g * 10 ** (r.normal(0, 4.5) / 20) for k, g in NOMINAL_GAIN.items()}
    piece = accompaniment[r.integers(len(accompaniment))]
    offset = r.uniform(0, max(.1, len(piece["audio"]) / RATE - seconds - .1))
    hits = own_hits(r, piece, offset, seconds, parts)
    if r.random() < .12:                                      # some drums do not play at all
        missing = set(r.choice(["kick", "snare", "closed_hat", "open_hat", "crash"], r.integers(1, 4), replace=False))
        hits = [h for h in hits if h[1] not in missing]
    if r.random() < .04:
        hits = []
    drums, events = play(r, hits, kit, seconds, gains)
    kind = r.choice(["alone", "mix", "stem"], p=[.34, .36, .30]) if hits else "mix"
    drums = room(r, drums)
    if kind == "alone":
        y = drums
    else:
        backing = np.asarray(piece["audio"][int(offset * RATE):int(offset * RATE) + len(drums)], np.float32)
        backing = np.pad(backing, (0, len(drums) - len(backing)))
        if r.random() < .3:                                   # a second piece on top, or the same an octave of time away
            other = np.asarray(accompaniment[r.integers(len(accompaniment))]["audio"][:len(drums)], np.float32)
            backing = backing + np.pad(other, (0, len(drums) - len(other))) * r.uniform(.2, 1)
        if r.random() < .25:
            hiss = sibilants(r, len(drums))
            backing = backing + hiss * rms(backing) / rms(hiss) * r.uniform(.1, .6)
        y = mix_with_accompaniment(r, drums, backing) if kind == "mix" else separation_artefacts(r, drums, backing)
    return degrade(r, y), events


def main():
    ap = argparse.ArgumentParser(description=__doc__)
    ap.add_argument("--shards", type=int, default=60)
    ap.add_argument("--first", type=int, default=0)
    ap.add_argument("--valid", action="store_true", help="validation clips: held-out kits, own seeds")
    a = ap.parse_args()
    with open(DATA / "kits.pkl", "rb") as f:
        kits = pickle.load(f)
    with open(DATA / "accompaniment.pkl", "rb") as f:
        accompaniment = pickle.load(f)
    with open(DATA / "parts.pkl", "rb") as f:
        parts = pickle.load(f)
    songs = sorted({p["song"] for p in accompaniment})
    held_songs = set(songs[::9])
    accompaniment = [p for p in accompaniment if (p["song"] in held_songs) == a.valid]
    names = [k for k in kits if (k in HELD_OUT_KITS) == a.valid]
    parts = [p for p in parts if (p["song"] in held_songs) == a.valid]
    folder = DATA / ("valid" if a.valid else "train")
    folder.mkdir(parents=True, exist_ok=True)
    for shard in range(a.first, a.first + a.shards):
        path = folder / f"{shard:04d}.npz"
        if path.exists():
            continue
        r = np.random.default_rng([11 if a.valid else 3, shard])
        clips = [make_clip(r, kits, names, accompaniment, parts) for _ in range(CLIPS_PER_SHARD)]
        features = np.stack([log_bands(y).astype(np.float16) for y, _ in clips])
        temporary = path.with_suffix(".tmp.npz")
        np.savez(temporary, features=features, events=np.array(json.dumps([e for _, e in clips])))
        os.replace(temporary, path)
        print(path.name, features.shape, flush=True)


if __name__ == "__main__":
    main()
