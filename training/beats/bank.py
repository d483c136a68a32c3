"""Single notes of SoundFonts, rendered once, and a sampler that plays whole songs from them in about 1 % of real time.

    python bank.py --out ../data/beats_bank

Needs fluidsynth and the SoundFonts of SOUNDFONTS and KITS (Debian fluid-soundfont-gm, musescore-general-soundfont,
csound-soundfont, avldrums.lv2-soundfont). Rendering note by note is far too slow when every training song is fresh.
"""

import argparse
import pathlib
import subprocess
import tempfile

import numpy as np
import pretty_midi
import soundfile as sf

import features

RATE = features.SAMPLE_RATE_HZ
SOUNDFONTS = {
    "fluid": "/usr/share/sounds/sf2/FluidR3_GM.sf2",
    "musescore": "/usr/share/sounds/sf3/MuseScore_General_Full.sf3",
    "csound": "/usr/share/sounds/sf2/sf_GMbank.sf2",
}
KITS = {"blackpearl": "/usr/share/sounds/sf2/Black_Pearl_4_LV2.sf2", "redzeppelin": "/usr/share/sounds/sf2/Red_Zeppelin_4_LV2.sf2"}
DRUM_NOTES = list(range(35, 60)) + [60, 61, 62, 63, 64, 67, 68, 69, 70, 75, 76]
PITCHES = list(range(26, 98, 7))
SUSTAIN, SPACING = 1.6, 2.4
DRUM_SPACING = 1.2


def play(notes, program: int, is_drum: bool, soundfont: str, seconds: float) -> np.ndarray:
    midi = pretty_midi.PrettyMIDI(resolution=960, initial_tempo=120)
    instrument = pretty_midi.Instrument(program, is_drum)
    instrument.notes = notes
    midi.instruments.append(instrument)
    with tempfile.TemporaryDirectory() as folder:
        midi.write(f"{folder}/x.mid")
        subprocess.run(["fluidsynth", "-ni", "-q", "-R", "0", "-C", "0", "-g", "0.6", "-r", str(RATE), "-F", f"{folder}/x.wav", soundfont, f"{folder}/x.mid"],
                       check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        y, _ = sf.read(f"{folder}/x.wav", dtype="float32", always_2d=True)
    y = y.mean(1)
    n = round(seconds * RATE)
    return np.pad(y, (0, max(0, n - len(y))))[:n]


def drums_of(soundfont: str, as_melodic: bool) -> np.ndarray:
    notes = [pretty_midi.Note(110, p, i * DRUM_SPACING, i * DRUM_SPACING + 1.0) for i, p in enumerate(DRUM_NOTES)]
    y = play(notes, 0, not as_melodic, soundfont, len(DRUM_NOTES) * DRUM_SPACING)
    return y.reshape(len(DRUM_NOTES), -1)


def program_of(soundfont: str, program: int) -> np.ndarray:
    notes = [pretty_midi.Note(100, p, i * SPACING, i * SPACING + SUSTAIN) for i, p in enumerate(PITCHES)]
    return play(notes, program, False, soundfont, len(PITCHES) * SPACING).reshape(len(PITCHES), -1)


class Sampler:
    """Plays pretty_midi instruments from a folder that `main` filled."""

    def __init__(self, folder: pathlib.Path) -> None:
        self.folder = folder
        self.kits = sorted(p.stem for p in folder.glob("kit_*.npy"))
        self.fonts = sorted({p.stem.split("_")[1] for p in folder.glob("program_*.npy")})
        self.cache: dict[str, np.ndarray] = {}

    def load(self, name: str) -> np.ndarray:
        if name not in self.cache:
            self.cache[name] = np.load(self.folder / f"{name}.npy").astype(np.float32)
        return self.cache[name]

    def drums(self, notes, seconds: float, rng) -> np.ndarray:
        out = np.zeros(int(seconds * RATE) + 2 * RATE, np.float32)
        kit = self.load(self.kits[rng.integers(len(self.kits))])
        tune = {p: rng.uniform(0.85, 1.2) for p in DRUM_NOTES}
        cut = rng.choice([1.2, 0.5, 0.25])
        for n in notes:
            if n.pitch not in tune:
                continue
            wave = kit[DRUM_NOTES.index(n.pitch)]
            self.add(out, wave, n.start, tune[n.pitch], cut, (n.velocity / 110) ** 1.7)
        return out[: int(seconds * RATE)]

    def melodic(self, instrument, seconds: float, rng) -> np.ndarray:
        out = np.zeros(int(seconds * RATE) + 3 * RATE, np.float32)
        font = self.fonts[rng.integers(len(self.fonts))]
        bank = self.load(f"program_{font}_{instrument.program}")
        for n in instrument.notes:
            k = int(np.argmin([abs(p - n.pitch) for p in PITCHES]))
            self.add(out, bank[k], n.start, 2 ** ((n.pitch - PITCHES[k]) / 12), n.end - n.start + 0.12, (n.velocity / 100) ** 1.5)
        return out[: int(seconds * RATE)]

    @staticmethod
    def add(out, wave, start: float, speed: float, length: float, gain: float) -> None:
        first = int(start * RATE)
        count = int(min(len(wave) / speed - 2, length * RATE, len(out) - first))
        if count < 32 or first < 0:
            return
        at = np.arange(count) * speed
        left = at.astype(np.int64)
        part = (at - left).astype(np.float32)
        piece = wave[left] * (1 - part) + wave[left + 1] * part
        fade = min(count // 2, 1200)
        piece[-fade:] *= np.linspace(1, 0, fade, dtype=np.float32)
        out[first : first + count] += gain * piece


def main() -> None:
    ap = argparse.ArgumentParser(description=__doc__)
    ap.add_argument("--out", required=True)
    a = ap.parse_args()
    out = pathlib.Path(a.out)
    out.mkdir(parents=True, exist_ok=True)
    for name, path in {**SOUNDFONTS, **KITS}.items():
        np.save(out / f"kit_{name}.npy", drums_of(path, name in KITS).astype(np.float16))
    for name in ("csound", "fluid", "musescore"):
        for program in range(0, 104):
            target = out / f"program_{name}_{program}.npy"
            if not target.exists():
                np.save(target, program_of(SOUNDFONTS[name], program).astype(np.float16))
        print(name, "done", flush=True)


if __name__ == "__main__":
    main()
