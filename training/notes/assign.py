"""Which instrument plays each note: per-note class scores, made consistent over the song. Reference of assign.ts.

The network's scores of a note are one noisy witness. Notes of one instrument lie near one another in time and pitch and are
alike in length and loudness, and a song has few instruments. So each note's class probabilities are, a few times over,
multiplied by what its neighbours think (smoothed) and by how present each class is in the song.
"""
import numpy as np

from .labels import FAMILIES, FAMILY_OF_CLASS

DEFAULTS = dict(sharpness=1.4, presence=0.4, neighbours=1.1, rounds=4, seconds=3.0, semitones=5.0, windowSeconds=9.0)


def softmax(x):
    e = np.exp(x - x.max(1, keepdims=True))
    return e / e.sum(1, keepdims=True)


def neighbour_weights(notes, seconds, semitones, window):
    """Dense [n, n] likeness of notes (0 on the diagonal)."""
    t = np.array([n["start"] for n in notes])
    p = np.array([n["pitch"] for n in notes], float)
    d = np.log(np.maximum(0.03, np.array([n["end"] - n["start"] for n in notes])))
    v = np.array([n["velocity"] for n in notes])
    dt = np.abs(t[:, None] - t[None])
    far = dt / seconds + np.abs(p[:, None] - p[None]) / semitones + np.abs(d[:, None] - d[None]) / 0.8 + np.abs(v[:, None] - v[None]) / 0.15
    w = np.where((dt > window) | (far > 9), 0, np.exp(-far))
    np.fill_diagonal(w, 0)
    return w


def class_posteriors(notes, sharpness, presence, neighbours, rounds, seconds, semitones, windowSeconds):
    log_q = np.stack([n["scores"] for n in notes]) * sharpness
    r = softmax(log_q)
    w = neighbour_weights(notes, seconds, semitones, windowSeconds)
    total = w.sum(1, keepdims=True)
    for _ in range(rounds):
        share = r.mean(0)
        near = (w @ r + 0.3 * r) / (total + 0.3)
        r = softmax(log_q + presence * np.log(share + 1e-3) + neighbours * np.log(near + 1e-2))
    return r


def assign(notes, **settings):
    """Family names of the notes."""
    if not notes:
        return []
    r = class_posteriors(notes, **{**DEFAULTS, **settings})
    fam = np.zeros((len(notes), len(FAMILIES)))
    for c, f in enumerate(FAMILY_OF_CLASS):
        fam[:, f] += r[:, c]
    return [FAMILIES[i] for i in fam.argmax(1)]
