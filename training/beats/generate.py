"""Endless training songs for the beat network: packaged MIDI songs and procedural grooves, played by the sampler.

    python generate.py --midi <folders of .mid> --exclude cases.txt --bank ../data/beats_bank --out ../data/beats --count 1500

Each file: drums and rest [frames, 136] float16, beats and downbeats in seconds. Drums and the rest stay apart, so that
training can remix them. Existing files are kept: run it again for more.
"""

import argparse
import pathlib
import warnings

import numpy as np
import pretty_midi

import features
import grooves
from bank import Sampler

warnings.simplefilter("ignore")
SECONDS = 45.0
METRES = {(4, 4), (3, 4), (2, 4), (6, 8), (12, 8)}


def on_grid(midi: pretty_midi.PrettyMIDI) -> float:
    """Share of note onsets within 15 % of a twelfth of a quarter of the notated grid."""
    ticks = np.array([midi.time_to_tick(n.start) for i in midi.instruments for n in i.notes])
    phase = ticks / midi.resolution * 12 % 1
    return float(np.mean(np.minimum(phase, 1 - phase) < 0.15))


def songs_of(folder: str, exclude: str) -> list:
    """(name, midi, beats, downbeats, bpm) of songs whose notes lie on their notated grid; held-out songs left out."""
    held = {pathlib.Path(line.strip()).stem for line in open(exclude) if line.strip() and not line.startswith("#")}
    songs = []
    for f in sorted(p for p in pathlib.Path(folder).rglob("*") if p.suffix.lower() in (".mid", ".midi")):
        if f.stem in held:
            continue
        try:
            midi = pretty_midi.PrettyMIDI(str(f))
            beats, downbeats = midi.get_beats(), midi.get_downbeats()
        except Exception:
            continue
        if sum(len(i.notes) for i in midi.instruments) < 60 or len(beats) < 24 or on_grid(midi) < 0.9:
            continue
        metres = {(t.numerator, t.denominator) for t in midi.time_signature_changes} or {(4, 4)}
        bpm = float(60 / np.median(np.diff(beats)))
        if metres <= METRES and 55 <= bpm <= 200:
            songs.append((f.stem.replace(" ", "_"), midi, beats, downbeats, bpm))
    return songs


def crop(midi, beats, downbeats, start: float, seconds: float, scale: float, shift: int):
    """Notes in [start, start + seconds), moved to 0, stretched by `scale`, transposed; beats likewise."""
    instruments = []
    for i in midi.instruments:
        j = pretty_midi.Instrument(i.program, i.is_drum)
        move = 0 if i.is_drum else shift
        j.notes = [
            pretty_midi.Note(n.velocity, int(np.clip(n.pitch + move, 0, 127)), (n.start - start) * scale, (min(n.end, start + seconds) - start) * scale)
            for n in i.notes if start <= n.start < start + seconds - 0.05
        ]
        if j.notes:
            instruments.append(j)

    def inside(times) -> np.ndarray:
        return np.array([(t - start) * scale for t in times if start <= t < start + seconds])

    return instruments, inside(beats), inside(downbeats)


def families(program: int, rng) -> int:
    """Now and then another instrument of the same General MIDI family plays the part."""
    if program > 103:
        return int(rng.integers(80, 104))
    return program // 8 * 8 + int(rng.integers(8)) if rng.random() < 0.5 else program


def save(path: pathlib.Path, sampler: Sampler, instruments, beats, downbeats, seconds: float, rng) -> None:
    d = np.zeros(int(seconds * features.SAMPLE_RATE_HZ), np.float32)
    r = np.zeros_like(d)
    for i in instruments:
        if i.is_drum:
            d += sampler.drums(i.notes, seconds, rng)
        else:
            i.program = families(i.program, rng)
            r += sampler.melodic(i, seconds, rng) * 10 ** (rng.normal(0, 3) / 20)
    peak = max(1e-6, float(np.abs(d + r).max()))
    np.savez(
        path, drums=features.log_bands(d / peak * 0.8).astype(np.float16), rest=features.log_bands(r / peak * 0.8).astype(np.float16),
        beats=beats.astype(np.float32), downbeats=downbeats.astype(np.float32),
    )


def main() -> None:
    ap = argparse.ArgumentParser(description=__doc__)
    ap.add_argument("--midi", nargs="+", required=True)
    ap.add_argument("--exclude", required=True, help="file that lists held-out songs, one path ending a line")
    ap.add_argument("--bank", required=True)
    ap.add_argument("--out", required=True)
    ap.add_argument("--count", type=int, default=1500)
    ap.add_argument("--first", type=int, default=1000)
    a = ap.parse_args()
    out = pathlib.Path(a.out)
    out.mkdir(parents=True, exist_ok=True)
    # Every folder is heard alike, however many songs it has.
    sources = [songs for folder in a.midi if (songs := songs_of(folder, a.exclude))]
    sampler = Sampler(pathlib.Path(a.bank))
    print([len(songs) for songs in sources], "songs", flush=True)
    for n in range(a.first, a.first + a.count):
        rng = np.random.default_rng(n)
        if rng.random() < 0.45:
            path = out / f"groove_{n}.npz"
            if path.exists():
                continue
            midi, beats, downbeats = grooves.song(n, SECONDS)
            save(path, sampler, midi.instruments, beats, downbeats, SECONDS, rng)
            continue
        songs = sources[rng.integers(len(sources))]
        name, midi, beats, downbeats, bpm = songs[rng.integers(len(songs))]
        path = out / f"song_{name}_{n}.npz"
        if path.exists():
            continue
        scale = float(np.clip(rng.uniform(0.78, 1.28), bpm / 190, bpm / 60))
        length = SECONDS / scale
        # Whoever drops a song in drops it in from its beginning.
        opening = min(n.start for i in midi.instruments for n in i.notes)
        begins = rng.random() < 0.35
        start = max(0.0, opening - float(rng.uniform(0, 0.4))) if begins else float(rng.uniform(0, max(0.01, midi.get_end_time() - length)))
        instruments, b, d = crop(midi, beats, downbeats, start, length, scale, int(rng.integers(-5, 6)))
        # A part that is missing teaches what the others say.
        kept = [i for i in instruments if rng.random() > 0.12] or instruments
        if kept and len(b) > 12:
            save(path, sampler, kept, b, d, min(SECONDS, (midi.get_end_time() - start) * scale), rng)


if __name__ == "__main__":
    main()
