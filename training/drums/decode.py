"""From activations to hits: the reference of the TypeScript decoder (src/lib/inference/pipelines/transcribe-drums/decode.ts)."""
import numpy as np
from .classes import CLASSES, INDEX
from .features import FRAMES_PER_SECOND

PEAK_REACH_FRAMES = 2                  # a hit is the highest activation within this reach
MERGE_SECONDS = 0.03                   # two hits of a class closer than this are one


def pick_peaks(activation, threshold):
    """[(fractional frame, height)] of the local maxima of one class; parabola through three frames."""
    a = np.pad(activation, PEAK_REACH_FRAMES, constant_values=-1.0)
    n = len(activation)
    highest = np.max([a[i:i + n] for i in range(2 * PEAK_REACH_FRAMES + 1)], axis=0)
    peaks, last = [], -1e9
    for t in np.nonzero((activation >= threshold) & (activation >= highest))[0]:
        left, mid, right = (float(activation[i]) if 0 <= i < n else 0.0 for i in (t - 1, t, t + 1))
        curve = left - 2 * mid + right
        at = t + (0.5 * (left - right) / curve if curve < -1e-6 else 0.0)
        if (at - last) / FRAMES_PER_SECOND < MERGE_SECONDS:
            if peaks and mid > peaks[-1][1]:
                peaks[-1] = (at, mid)
                last = at
            continue
        peaks.append((at, mid))
        last = at
    return peaks


def decode(activations, thresholds, exclusive=True):
    """Sorted [(seconds, class index, velocity, activation)] for [frames, 22] activations."""
    count, hits = len(CLASSES), []
    for c in range(count):
        for at, height in pick_peaks(activations[:, c], thresholds[c]):
            t = int(np.clip(round(at), 0, len(activations) - 1))
            hits.append((max(0.0, at / FRAMES_PER_SECOND), c, float(activations[t, count + c]), height))
    hits.sort()
    if exclusive:
        hits = one_of(hits, INDEX["closed_hat"], INDEX["open_hat"], thresholds)
    return snap(hits, INDEX["snare"], INDEX["clap"])


def snap(hits, first, second, within=0.03):
    """A clap beside a snare is put on the snare's stroke."""
    moved = {}
    for i, a in enumerate(hits):
        for j in range(i + 1, len(hits)):
            b = hits[j]
            if b[0] - a[0] > within:
                break
            if a[1] == first and b[1] == second:
                moved[j] = a[0]
            elif a[1] == second and b[1] == first:
                moved[i] = b[0]
    return [(moved.get(i, h[0]), *h[1:]) for i, h in enumerate(hits)]


def one_of(hits, first, second, thresholds, within=0.03):
    """Of two classes that exclude each other, keep the one that is further above its threshold."""
    drop = set()
    for i, a in enumerate(hits):
        for j in range(i + 1, len(hits)):
            b = hits[j]
            if b[0] - a[0] > within:
                break
            if {a[1], b[1]} == {first, second}:
                drop.add(i if a[3] / thresholds[a[1]] < b[3] / thresholds[b[1]] else j)
    return [h for i, h in enumerate(hits) if i not in drop]
