"""Render songs with exact beats to features: drums and the rest apart, so that training can remix them.

    python render.py --midi <folders of .mid> --exclude cases.txt --out ../data/beats --variants 3 --procedural 200

Each file: drums and rest [frames, 136] float16, beats and downbeats in seconds. Needs fluidsynth and the SoundFonts of
SOUNDFONTS (Debian fluid-soundfont-gm, musescore-general-soundfont, csound-soundfont, avldrums.lv2-soundfont).
"""

import argparse
import hashlib
import pathlib
import subprocess
import tempfile
import warnings

import numpy as np
import pretty_midi
import soundfile as sf

import features
import grooves

warnings.simplefilter("ignore")
SOUNDFONTS = [
    "/usr/share/sounds/sf2/FluidR3_GM.sf2",
    "/usr/share/sounds/sf3/MuseScore_General_Full.sf3",
    "/usr/share/sounds/sf2/sf_GMbank.sf2",
]
KITS = ["/usr/share/sounds/sf2/Black_Pearl_4_LV2.sf2", "/usr/share/sounds/sf2/Red_Zeppelin_4_LV2.sf2"]
SECONDS = 45.0


def synthesise(instruments, soundfont: str, seconds: float, as_melodic: bool = False) -> np.ndarray:
    if not instruments:
        return np.zeros(int(seconds * features.SAMPLE_RATE_HZ), np.float32)
    midi = pretty_midi.PrettyMIDI(resolution=960, initial_tempo=120)
    for instrument in instruments:
        copy = pretty_midi.Instrument(0 if as_melodic else instrument.program, instrument.is_drum and not as_melodic)
        copy.notes, copy.control_changes = instrument.notes, instrument.control_changes
        midi.instruments.append(copy)
    with tempfile.TemporaryDirectory() as folder:
        midi.write(f"{folder}/x.mid")
        subprocess.run(
            ["fluidsynth", "-ni", "-q", "-g", "0.5", "-r", str(features.SAMPLE_RATE_HZ), "-F", f"{folder}/x.wav", soundfont, f"{folder}/x.mid"],
            check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
        )
        y, _ = sf.read(f"{folder}/x.wav", dtype="float32", always_2d=True)
    n = int(seconds * features.SAMPLE_RATE_HZ)
    return np.pad(y.mean(1), (0, max(0, n - len(y))))[:n]


def on_grid(midi: pretty_midi.PrettyMIDI) -> float:
    """Share of note onsets within 15 % of a twelfth of a quarter of the notated grid."""
    ticks = np.array([midi.time_to_tick(n.start) for i in midi.instruments for n in i.notes])
    phase = ticks / midi.resolution * 12 % 1
    return float(np.mean(np.minimum(phase, 1 - phase) < 0.15))


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
        j.control_changes = [pretty_midi.ControlChange(c.number, c.value, max(0.0, (c.time - start) * scale))
                             for c in i.control_changes if c.time < start + seconds]
        if j.notes:
            instruments.append(j)
    inside = lambda x: np.array([(b - start) * scale for b in x if start <= b < start + seconds])
    return instruments, inside(beats), inside(downbeats)


def save(path: pathlib.Path, instruments, beats, downbeats, seconds: float, rng) -> None:
    drums = [i for i in instruments if i.is_drum]
    rest = [i for i in instruments if not i.is_drum]
    soundfont = SOUNDFONTS[rng.integers(len(SOUNDFONTS))]
    use_kit = rng.random() < 0.4
    kit = KITS[rng.integers(len(KITS))] if use_kit else SOUNDFONTS[rng.integers(len(SOUNDFONTS))]
    d = synthesise(drums, kit, seconds, as_melodic=use_kit)
    r = synthesise(rest, soundfont, seconds)
    peak = max(1e-6, float(np.abs(d + r).max()))
    np.savez(
        path, drums=features.log_bands(d / peak * 0.8).astype(np.float16), rest=features.log_bands(r / peak * 0.8).astype(np.float16),
        beats=beats.astype(np.float32), downbeats=downbeats.astype(np.float32),
    )


def main() -> None:
    ap = argparse.ArgumentParser(description=__doc__)
    ap.add_argument("--midi", nargs="+", required=True)
    ap.add_argument("--exclude", required=True, help="file that lists held-out songs, one path ending a line")
    ap.add_argument("--out", required=True)
    ap.add_argument("--variants", type=int, default=3)
    ap.add_argument("--procedural", type=int, default=200)
    a = ap.parse_args()
    out = pathlib.Path(a.out)
    out.mkdir(parents=True, exist_ok=True)
    held = {pathlib.Path(l.strip()).stem for l in open(a.exclude) if l.strip() and not l.startswith("#")}
    songs = []
    for f in sorted(p for m in a.midi for p in pathlib.Path(m).rglob("*") if p.suffix.lower() in (".mid", ".midi")):
        if f.stem in held:
            continue
        try:
            midi = pretty_midi.PrettyMIDI(str(f))
            beats, downbeats = midi.get_beats(), midi.get_downbeats()
        except Exception:
            continue
        if sum(len(i.notes) for i in midi.instruments) < 60 or len(beats) < 24 or on_grid(midi) < 0.9:
            continue
        meters = {(t.numerator, t.denominator) for t in midi.time_signature_changes} or {(4, 4)}
        bpm = 60 / np.median(np.diff(beats))
        if meters <= {(4, 4), (3, 4), (2, 4), (6, 8), (12, 8)} and 55 <= bpm <= 200:
            songs.append((f, midi, beats, downbeats, bpm))
    print(len(songs), "songs", flush=True)
    for variant in range(a.variants):
        for f, midi, beats, downbeats, bpm in songs:
            seed = int(hashlib.sha256(f"{f.name}{variant}".encode()).hexdigest()[:8], 16)
            path = out / f"song_{f.stem.replace(' ', '_')}_{variant}.npz"
            if path.exists():
                continue
            rng = np.random.default_rng(seed)
            scale = 1.0 if variant == 0 else float(np.clip(rng.uniform(0.8, 1.25), bpm / 185, bpm / 60))
            length = SECONDS / scale
            start = float(rng.uniform(0, max(0.01, midi.get_end_time() - length)))
            instruments, b, d = crop(midi, beats, downbeats, start, length, scale, int(rng.integers(-3, 4)))
            if instruments and len(b) > 12:
                save(path, instruments, b, d, min(SECONDS, (midi.get_end_time() - start) * scale), rng)
        share = a.procedural // a.variants
        for n in range(variant * share, (variant + 1) * share):
            path = out / f"groove_{n}.npz"
            if not path.exists():
                midi, beats, downbeats = grooves.song(n, SECONDS)
                save(path, midi.instruments, beats[beats < SECONDS], downbeats[downbeats < SECONDS], SECONDS, np.random.default_rng(n))
        print("variant", variant, "done", flush=True)


if __name__ == "__main__":
    main()
