"""Writes what is to be rendered: pieces of songs as plain notes, with the instruments that shall play them.

    python -m data_render.recipes --out data/recipes --shards 120          from training/

data/recipes/{train,val}_NNNN.json.gz: { split, number, reverb, items: [{ song, tracks: [{ program, is_drum, notes, ccs, reverb, pan, gainDb }] }] }.
Everything that needs the packages with songs happens here; rendering (render.py) needs SoundFonts alone. Seeded by the number of the shard:
a run that was stopped goes on where it was, and two processes may share the work (--first, --step).
"""
import argparse, gzip, json, pathlib, time

import numpy as np

from . import ITEM_SECONDS, songs

ITEMS = 22
AS_WRITTEN = 0.35                                       # share of package songs whose instruments stay as they are
ONE_VELOCITY = 3                                        # a part whose velocities deviate less teaches nothing about them
VALIDATION_EVERY = 9                                    # every ninth song and groove belongs to validation


def swap_program(rng, track, dealer):
    """Another General MIDI program for a track, so that timbre and musical role are not tied to one another."""
    program, mean = track["program"], np.mean([n[2] for n in track["notes"]])
    if 32 <= program <= 39:
        r = rng.random()
        return program if r < 0.4 else rng.randint(32, 39) if r < 0.85 else next(dealer)
    if program > 119 and rng.random() < 0.8 or rng.random() < 0.55:
        new = next(dealer)
        while 32 <= new <= 39 and mean > 55:
            new = next(dealer)
        return new
    return program


def tracks_of(rng, kind, sources, dealer):
    """(name, tracks of a whole piece) or (name, None)."""
    if kind == "package":
        path = rng.choice(sources["package"])
        return pathlib.Path(path).stem, songs.load(path)
    if kind == "mma":
        name = rng.choice(sources["grooves"])
        tracks = songs.mma_song(rng, name)
        if tracks and rng.random() < 0.6:
            p = songs.Piece(rng, 25)
            tracks.append(dict(program=next(dealer), is_drum=False, notes=songs.melody(p, rng.randint(70, 115), 8), ccs=[]))
        return name, tracks
    return "procedural", songs.procedural(rng, ITEM_SECONDS, dealer)


def excerpt(rng, tracks, swap, dealer):
    """ITEM_SECONDS of a piece, sometimes faster, slower or transposed, with other instruments where `swap` says so."""
    end = max(n[1] for t in tracks for n in t["notes"])
    first = min(n[0] for t in tracks for n in t["notes"])
    start = rng.uniform(max(0, first - 0.1), max(first, end - ITEM_SECONDS)) if rng.random() < 0.75 else max(0, first - 0.1)
    rate, shift = rng.choice([1, 1, rng.uniform(0.85, 1.18)]), rng.choice([0, 0, rng.randint(-4, 4)])
    out = songs.crop(tracks, start, start + ITEM_SECONDS * rate)
    for t in out:
        t["notes"] = [[s / rate, e / rate, p + (0 if t["is_drum"] else shift), v] for s, e, p, v in t["notes"]]
        t["ccs"] = [[n, v, at / rate] for n, v, at in t["ccs"]]
        if not t["is_drum"] and swap:
            t["program"] = swap_program(rng, t, dealer)
        elif t["is_drum"] and rng.random() < 0.5:
            t["program"] = rng.choice([0, 8, 16, 24, 25, 32, 40, 48])
    return out


def make_item(rng, kind, sources, dealer):
    name, tracks = tracks_of(rng, kind, sources, dealer)
    if not tracks:
        return None
    if kind != "procedural":
        tracks = excerpt(rng, tracks, kind == "mma" or rng.random() > AS_WRITTEN, dealer)
    tracks = [t for t in tracks if t["notes"]]
    rng.shuffle(tracks)
    drums = [t for t in tracks if t["is_drum"]]
    pitched = [t for t in tracks if not t["is_drum"]][:8]
    for t in pitched:
        t["notes"] = [n for n in t["notes"] if 21 <= n[2] <= 108]
        if t["notes"] and np.std([n[3] for n in t["notes"]]) < ONE_VELOCITY and rng.random() < 0.6:
            songs.accents(rng, t["notes"])
    pitched = [t for t in pitched if t["notes"]]
    return dict(song=name, tracks=pitched + drums[:2]) if pitched else None


def compact(rng, track):
    reverb = rng.choice([0, 20, 40, 80])
    bass = 32 <= track["program"] <= 39
    return dict(program=track["program"], is_drum=track["is_drum"],
                notes=[[round(s, 4), round(e, 4), int(p), int(max(1, min(127, v)))] for s, e, p, v in sorted(track["notes"])],
                ccs=[[n, int(v), round(max(0, at), 3)] for n, v, at in track["ccs"] if n in (1, 7, 11, 64)],
                reverb=min(127, int(reverb * rng.uniform(0.5, 1.5))),
                pan=0.5 if track["is_drum"] or bass or rng.random() < 0.3 else round(rng.uniform(0.15, 0.85), 3),
                gainDb=round(rng.gauss(0, 1.5), 2))


def make_shard(number, split, sources):
    rng = songs.seeded(f"recipe-{split}-{number}")
    dealer = songs.program_dealer(rng)
    items = []
    while len(items) < ITEMS:
        item = make_item(rng, rng.choices(["package", "mma", "procedural"], [0.46, 0.26, 0.28])[0], sources, dealer)
        if item:
            items.append(dict(song=item["song"], tracks=[compact(rng, t) for t in item["tracks"]]))
    return dict(split=split, number=number, reverb=rng.random() < 0.6, items=items)


def sources_of(split):
    """Songs and grooves of training or of validation; no piece is in both."""
    package, grooves = songs.package_songs(), songs.mma_grooves()
    pick = lambda xs: [x for i, x in enumerate(xs) if (i % VALIDATION_EVERY == 4) == (split == "val")]
    return dict(package=pick(package), grooves=pick(grooves))


def main():
    ap = argparse.ArgumentParser(description=__doc__)
    ap.add_argument("--out", default="data/recipes")
    ap.add_argument("--shards", type=int, default=120)
    ap.add_argument("--first", type=int, default=0)
    ap.add_argument("--step", type=int, default=1)
    ap.add_argument("--val", type=int, default=3)
    ap.add_argument("--start", type=int, default=0, help="number of the first training shard, so that a later run hears new material")
    a = ap.parse_args()
    out = pathlib.Path(a.out)
    out.mkdir(parents=True, exist_ok=True)
    jobs = [("val", n) for n in range(a.val)] + [("train", a.start + n) for n in range(a.shards)]
    for split, n in jobs[a.first::a.step]:
        path = out / f"{split}_{n:04d}.json.gz"
        if path.exists():
            continue
        started = time.time()
        path.write_bytes(gzip.compress(json.dumps(make_shard(n, split, sources_of(split)), separators=(",", ":")).encode(), mtime=0))
        print(path.name, f"{time.time() - started:.1f} s", flush=True)


if __name__ == "__main__":
    main()
