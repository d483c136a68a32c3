"""Golden files for the TypeScript kernels: tests/fixtures/golden/notes-*.json.  python -m notes.golden"""
import json, pathlib

import numpy as np
import torch

from common.spectrum import HOP, RATE, Spectrum, compress
from .assign import DEFAULTS, assign
from .decode import candidates, log_softmax, notes_of
from .labels import CLASSES

OUT = pathlib.Path(__file__).resolve().parents[2] / "tests/fixtures/golden"


def test_signal():
    """Reproduced by the test from the same formula: three decaying tones and a sweep, 0.5 s."""
    t = np.arange(RATE // 2) / RATE
    y = 0.3 * np.sin(2 * np.pi * 110 * t) * np.exp(-3 * t) + 0.2 * np.sin(2 * np.pi * 523.25 * t) + 0.1 * np.sin(2 * np.pi * (2000 + 3000 * t) * t)
    return y.astype(np.float32)


def spectrum_golden():
    x = compress(Spectrum()(torch.from_numpy(test_signal())[None]))[0].numpy()
    frames = [0, 7, 16]
    return dict(frameCount=int(x.shape[0]), frames=frames, rows=[[round(float(v), 5) for v in x[f]] for f in frames])


def activation_golden():
    """A small piano roll with known answers: 60 frames, 4 pitches in use, smooth random numbers."""
    rng, frames, k = np.random.default_rng(3), 60, len(CLASSES)
    onset, frame, velocity = (np.zeros((frames, 88)) for _ in range(3))
    classes = np.zeros((frames, 88, k))
    used = [20, 39, 40, 60]
    for p in used:
        smooth = lambda: np.convolve(rng.random(frames + 4), np.ones(5) / 5, "valid")
        onset[:, p] = np.clip((smooth() - 0.35) * 3, 0, 1) ** 2
        frame[:, p] = np.clip((smooth() - 0.3) * 2.5, 0, 1)
        velocity[:, p] = smooth()
        classes[:, p] = rng.normal(0, 1.5, (frames, k)).round(3)
    onset, frame, velocity = onset.round(4), np.round(frame * 255) / 255, velocity.round(4)
    c = candidates(onset, frame, velocity, log_softmax(classes))
    notes = notes_of(c, frame, 0.3, 0.4)
    families = assign(notes)
    row = lambda x: [[round(float(v), 5) for v in x[:, p]] for p in used]
    return dict(frameCount=frames, pitches=used, onset=row(onset), frame=row(frame), velocity=row(velocity),
                logits=[[[float(v) for v in r] for r in classes[:, p]] for p in used], onsetThreshold=0.3, frameThreshold=0.4, assignment=DEFAULTS,
                classes=[dict(name=n, family=f, program=g) for n, f, g, _ in CLASSES],
                notes=[dict(start=round(n["start"], 5), end=round(n["end"], 5), pitch=n["pitch"], velocity=round(n["velocity"], 5),
                            confidence=round(n["confidence"], 5), scores=[round(float(s), 4) for s in n["scores"]], family=g)
                       for n, g in zip(notes, families)])


def main():
    OUT.mkdir(parents=True, exist_ok=True)
    (OUT / "notes-spectrum.json").write_text(json.dumps(spectrum_golden()) + "\n")
    (OUT / "notes-decode.json").write_text(json.dumps(activation_golden()) + "\n")
    print("hop", HOP)


if __name__ == "__main__":
    main()
