"""Drum F-measure as the export contract's scorer counts it: 50 ms, five groups of General MIDI notes, times rounded to 10 ms."""
import mir_eval, numpy as np

GROUPS = {"kick": {35, 36}, "snare": {37, 38, 39, 40}, "hihat": {42, 44, 46}, "tom": {41, 43, 45, 47, 48, 50}, "cymbal": {49, 51, 52, 53, 55, 57, 59}}
CLASS_TO_GM = dict(kick=36, snare=38, clap=39, closed_hat=42, open_hat=46, low_tom=45, mid_tom=47, high_tom=50, ride=51, crash=49, shaker=70)


def matched(a, b):
    return len(mir_eval.util.match_events(a, b, 0.05)) if len(a) and len(b) else 0


def score(truth, hits):
    """truth [[seconds, note, ...]], hits [(seconds, note)] -> {kick, snare, hihat, tom, cymbal, all, three: F1}."""
    out, every, three = {}, np.zeros(3), np.zeros(3)
    for name, notes in GROUPS.items():
        a = np.unique(np.round([t[0] for t in truth if t[1] in notes], 2))
        b = np.unique(np.round([t for t, p in hits if p in notes], 2))
        counts = np.array([matched(a, b), len(a), len(b)], float)
        if len(a) >= 4 or len(b) >= 4:
            out[name] = 2 * counts[0] / (counts[1] + counts[2])
        every += counts
        three += counts if name in ("kick", "snare", "hihat") else 0
    for name, counts in (("all", every), ("three", three)):
        out[name] = 2 * counts[0] / (counts[1] + counts[2]) if counts[1] + counts[2] else float("nan")
    return out
