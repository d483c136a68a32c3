"""Activations to notes: the reference of src/lib/inference/pipelines/transcribe-notes/decode.ts."""
import numpy as np

from common.spectrum import HOP, RATE
from .labels import FAMILIES, FAMILY_OF_CLASS, LOWEST_PITCH

FRAME_SECONDS = HOP / RATE
LOWEST_ONSET = 0.1          # nothing below this ever becomes a note
RESTRIKE_SOFTER, RESTRIKE_SURE = 0.1, 0.8               # a sounding pitch that begins anew so much softer, and not surely, was another note's attack
CLASS_FRAMES = 12           # the instrument is read from this many frames after the onset


def sigmoid(x):
    return 1 / (1 + np.exp(-x))


def log_softmax(x):
    x = x - x.max(-1, keepdims=True)
    return x - np.log(np.exp(x).sum(-1, keepdims=True))


def candidates(onset, frame, velocity, log_classes):
    """onset, frame, velocity: probabilities [frames, 88]; log_classes [frames, 88, K] -> list of dicts ordered by pitch, frame:
    pitch (0-87), frame, centre (frames), onset, velocity, scores[K] (mean log-probabilities)."""
    frames, out = onset.shape[0], []
    for p in range(onset.shape[1]):
        o = onset[:, p]
        left, right = np.r_[-1.0, o[:-1]], np.r_[o[1:], -1.0]
        peaks = np.where((o >= LOWEST_ONSET) & (o >= left) & (o > right))[0]
        for k, i in enumerate(peaks):
            a, b = max(0, i - 1), min(frames - 1, i + 1)
            w = o[a:b + 1]
            later = [j for j in peaks[k + 1:k + 8] if o[j] >= 0.3]
            stop = min(frames, i + CLASS_FRAMES, later[0] if later else frames)
            sel = np.arange(i, stop)
            wt = np.where(sel - i < 5, 1.0, 0.25) * (frame[sel, p] + 1e-3)
            out.append(dict(pitch=p, frame=int(i), centre=float((w * np.arange(a, b + 1)).sum() / w.sum()), onset=float(o[i]),
                            velocity=float((w * velocity[a:b + 1, p]).sum() / w.sum()),
                            scores=(log_classes[sel, p] * wt[:, None]).sum(0) / wt.sum()))
    return out


def doubtful(before, c, frame, threshold):
    """Whether an onset of a pitch that still sounds was rather the attack of another note whose partials meet it."""
    if c["onset"] >= RESTRIKE_SURE or c["velocity"] >= before["velocity"] - RESTRIKE_SOFTER:
        return False
    return last_frame(before, frame[:, c["pitch"]], c["frame"], threshold) == c["frame"]


def last_frame(note, frame, limit, threshold):
    """Where two frames in a row are silent, or `limit`."""
    j = note["frame"] + 1
    while j < limit and (frame[j] >= threshold or (j + 1 < limit and frame[j + 1] >= threshold)):
        j += 1
    return j


def notes_of(cands, frame, onset_threshold=0.4, frame_threshold=0.6):
    """Candidates and frame probabilities -> notes: dicts with start, end (seconds), pitch (MIDI), velocity, confidence, scores."""
    frames, out, kept = frame.shape[0], [], []
    for c in cands:
        before = kept[-1] if kept and kept[-1]["pitch"] == c["pitch"] else None
        if c["onset"] >= onset_threshold and not (before and doubtful(before, c, frame, frame_threshold)):
            kept.append(c)
    for k, c in enumerate(kept):
        nxt = kept[k + 1] if k + 1 < len(kept) and kept[k + 1]["pitch"] == c["pitch"] else None
        limit, p = nxt["frame"] if nxt else frames, c["pitch"]
        j = last_frame(c, frame[:, p], limit, frame_threshold)
        end = nxt["centre"] if nxt and j == limit else j - 0.5
        start = max(0.0, c["centre"] * FRAME_SECONDS)
        out.append(dict(start=start, end=max(start + 0.03, end * FRAME_SECONDS), pitch=p + LOWEST_PITCH, velocity=c["velocity"],
                        confidence=c["onset"], scores=c["scores"]))
    out.sort(key=lambda n: (n["start"], n["pitch"]))
    return out


def decode(onset, frame, velocity, classes, onset_threshold=0.4, frame_threshold=0.6):
    """As candidates and notes_of, from class logits."""
    return notes_of(candidates(onset, frame, velocity, log_softmax(classes)), frame, onset_threshold, frame_threshold)


def families_of(scores):
    """Class log-scores -> family probabilities [7]."""
    p = np.exp(scores - scores.max())
    p /= p.sum()
    out = np.zeros(len(FAMILIES))
    np.add.at(out, FAMILY_OF_CLASS, p)
    return out
