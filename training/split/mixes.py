"""Mixes the rendered stems at random and writes what the network trains on, so that training itself only reads.

    python -m split.mixes --shards 60        from training/: data/split/mix_NNN.npy, [48, 7, 256, 768] float16

Channels: levels of left, right, mid, side, percussive share (bands.features), then the shares of drums and of bass in the
complex sum: Re(sum conj(X) S) / sum |X|^2 over both channels and the bins of a row. With them the error of a mask m is
sum E (m - c)^2 + rest: the loss needs no phases. The rest, relative to the energy of the mix, is in mix_NNN.rest.npy
([48, 3 stems, 2]: plain, and weighted by bands.TREBLE).
"""
import argparse, os, pathlib, time

import numpy as np
from scipy.fft import rfft

from split import bands, masks

SAMPLES, FRAMES, PER_SHARD = 512 * 1024, 256, 48


def load_pools(folder, val):
    open_all = lambda name: [np.load(p, mmap_mode="r") for p in sorted(folder.glob(f"{name}_*.npy"))]
    song_files = sorted(folder.glob("songs_*.npy"))
    songs = [np.load(p, mmap_mode="r") for p in song_files if (int(p.stem[-3:]) < 2) == val]
    drums, basses = open_all("drums"), open_all("basses")
    # The first shard of each pool is for validation only.
    return songs, drums[:1] if val else drums[1:], basses[:1] if val else basses[1:]


def crop(r, stem, start):
    return stem[:, start:start + (FRAMES + 3) * masks.HOP].astype(np.float32) / 32768


def stft(y):
    windows = np.lib.stride_tricks.sliding_window_view(y, masks.FFT, axis=-1)[:, ::masks.HOP][:, :FRAMES]
    return rfft(windows * masks.WINDOW, axis=-1)


def equaliser(r):
    """A smooth gain over the bins: a shelf, a bell, sometimes a low-pass or a high-pass."""
    octave = np.log2(np.maximum(np.arange(2049), 1) * masks.RATE / masks.FFT / 1000)
    db = r.normal(0, 1.2) * octave + r.normal(0, 4) * np.exp(-((octave - r.uniform(-4, 3.5)) ** 2) / r.uniform(0.3, 3))
    if r.random() < 0.12:
        db -= 12 * np.maximum(0, octave - r.uniform(1.5, 3.5))
    if r.random() < 0.08:
        db -= 12 * np.maximum(0, r.uniform(-4.5, -3) - octave)
    return (10 ** (db / 20)).astype(np.float32)


def width(r, y):
    kind = r.random()
    if kind < 0.15:
        return np.repeat(y.mean(0, keepdims=True), 2, 0)
    return y[::-1] if kind < 0.5 else y


def example(r, pools):
    songs, drums, basses = pools
    any_of = lambda xs: xs[r.integers(len(xs))]
    start = r.integers(0, SAMPLES - (FRAMES + 3) * masks.HOP)
    piece = any_of(songs)[r.integers(12)]
    other = crop(r, piece[2], start)
    pick = r.random()
    if pick < 0.42:
        drum = crop(r, piece[0], start)
    elif pick < 0.92:
        drum = crop(r, any_of(drums)[r.integers(16)], start)
    else:
        drum = np.zeros_like(other)
    pick = r.random()
    if pick < 0.5:
        bass = crop(r, piece[1], start)
    elif pick < 0.65:
        bass = crop(r, any_of(songs)[r.integers(12)][1], start)
    elif pick < 0.93:
        bass = crop(r, any_of(basses)[r.integers(16)], start)
    else:
        bass = np.zeros_like(other)
    if r.random() < 0.15:                              # a second piece on top
        other = other + crop(r, any_of(songs)[r.integers(12)][2], start) * r.uniform(0.3, 1)
    if r.random() < 0.04:
        other = np.zeros_like(other)
    # Loudness of the stems against each other: mostly as mixes have it, with a wide tail.
    rms = lambda y: float(np.sqrt((y**2).mean()))
    wanted = [r.normal(-1, 5), r.normal(-2, 5), 0.0]
    scaled = []
    for y, db in zip((drum, bass, other), wanted):
        scaled.append(width(r, y) * (10 ** (db / 20) * 0.05 / rms(y)) if rms(y) > 1e-4 else y * 0)
    total = rms(sum(scaled))
    if total < 1e-5:
        return None
    specs = [stft(np.ascontiguousarray(y) * (bands.LEVEL / total)) * (equaliser(r) if r.random() < 0.7 else 1) for y in scaled]
    mix = specs[0] + specs[1] + specs[2]
    share = masks.percussive_share(np.abs(mix).mean(0))
    seen = bands.features(mix, share)
    energy = bands.merge((np.abs(mix) ** 2).sum(0))
    part = np.stack([bands.merge((mix.real * s.real + mix.imag * s.imag).sum(0)) / (energy + 1e-9) for s in specs])
    own = np.stack([bands.merge((np.abs(s) ** 2).sum(0)) for s in specs])
    # What no mask of this kind can reach, for the plain and for the treble-weighted error.
    lost = own - energy * part**2
    rest = [[float((lost[k] * w).sum() / (energy * w).sum()) for w in (1.0, bands.TREBLE)] for k in range(3)]
    return np.concatenate([seen, np.clip(part[:2], -4, 4)]).astype(np.float16), rest


def main():
    ap = argparse.ArgumentParser(description=__doc__)
    ap.add_argument("--folder", default="data/split")
    ap.add_argument("--shards", type=int, default=60)
    ap.add_argument("--first", type=int, default=0)
    ap.add_argument("--val", action="store_true")
    a = ap.parse_args()
    folder = pathlib.Path(a.folder)
    pools = load_pools(folder, a.val)
    print([len(p) for p in pools], flush=True)
    for n in range(a.first, a.shards):
        path = folder / f"{'val' if a.val else 'mix'}_{n:03d}.npy"
        if path.exists():
            continue
        t, r, rows = time.time(), np.random.default_rng([31, n, a.val]), []
        while len(rows) < PER_SHARD:
            row = example(r, pools)
            if row is not None:
                rows.append(row)
        np.save(path.with_suffix(".rest"), np.array([rest for _, rest in rows], np.float32))
        np.save(folder / f"part{a.first}.npy", np.stack([row for row, _ in rows]))
        os.replace(folder / f"part{a.first}.npy", path)
        print(path.name, f"{time.time() - t:.1f} s", flush=True)


if __name__ == "__main__":
    main()
