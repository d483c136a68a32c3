"""Procedural songs with exact beats: drum grooves of many styles with bass, chords and a lead, as pretty_midi objects.

They widen what the packaged MIDI songs lack: hip-hop, trap (half-time snare), house, drum and bass, waltz, 6/8, swing,
dembow, and double time, where the snare is struck on the offbeats.
"""

from dataclasses import dataclass

import numpy as np
import pretty_midi

KICK, SNARE, CLAP, SIDE, HAT, OPEN, RIDE, CRASH, TOM_LOW, TOM_HIGH, SHAKER = 36, 38, 39, 37, 42, 46, 51, 49, 45, 50, 70


@dataclass(frozen=True)
class Style:
    """Positions are in beats inside a bar; `maybe` positions are each taken with probability 0.4 for a song."""

    name: str
    low_bpm: float
    high_bpm: float
    beats_per_bar: int
    kick: tuple[float, ...]
    kick_maybe: tuple[float, ...]
    snare: tuple[float, ...]
    snare_maybe: tuple[float, ...]
    hat_step: float
    rolls: float = 0.0
    swing: float = 0.0
    hat_first: float = 0.0


STYLES = [
    Style("boom bap", 78, 102, 4, (0,), (0.5, 1.5, 1.75, 2, 2.5, 2.75, 3.5), (1, 3), (0.75, 2.25), 0.5, swing=0.14),
    Style("lofi", 66, 92, 4, (0,), (1.5, 1.75, 2, 2.5), (1, 3), (3.75,), 0.5, swing=0.18),
    Style("trap", 124, 172, 4, (0,), (0.5, 1.5, 1.75, 2.5, 3, 3.5), (2,), (3.5,), 0.5, rolls=0.4),
    Style("trap slow", 68, 86, 4, (0,), (0.25, 0.75, 1.25, 1.75, 2.5, 2.75), (1, 3), (3.75,), 0.25, rolls=0.4),
    Style("house", 116, 132, 4, (0, 1, 2, 3), (3.75,), (1, 3), (), 0.5),
    Style("techno", 126, 145, 4, (0, 1, 2, 3), (), (), (1, 3, 3.5), 0.25),
    Style("rock", 88, 172, 4, (0, 2), (0.5, 1.5, 2.5, 3.5), (1, 3), (3.75,), 0.5),
    Style("punk", 150, 200, 4, (0, 2), (0.5, 2.5), (1, 3), (), 0.5),
    Style("metal", 100, 180, 4, (0, 0.5, 2, 2.5), (0.25, 0.75, 1, 1.5, 3, 3.5), (1, 3), (), 0.5),
    Style("half time", 100, 150, 4, (0,), (0.5, 1.5, 3, 3.5), (2,), (), 0.5),
    Style("funk", 88, 120, 4, (0,), (0.75, 1.5, 2.5, 2.75, 3.5), (1, 3), (0.25, 1.75, 2.25, 3.75), 0.25),
    Style("ballad", 58, 84, 4, (0,), (0.5, 2, 2.5), (1, 3), (), 0.5),
    Style("drum and bass", 160, 178, 4, (0, 2.5), (0.5,), (1, 3), (1.75, 2.25, 3.75), 0.5),
    Style("reggae", 66, 90, 4, (2,), (0,), (2,), (), 0.5, swing=0.1),
    Style("disco", 108, 128, 4, (0, 1, 2, 3), (), (1, 3), (), 0.25),
    Style("shuffle", 84, 138, 4, (0, 2), (2.6667,), (1, 3), (), 0.5, swing=0.33),
    Style("waltz", 84, 190, 3, (0,), (2.5,), (1, 2), (), 1.0),
    Style("slow three", 66, 110, 3, (0,), (0.5, 1.5, 2.5), (2,), (1,), 0.5),
    Style("latin", 88, 128, 4, (0, 1.5, 2, 3.5), (), (), (1.5, 3), 0.25),
    Style("double time", 84, 140, 4, (0, 1, 2, 3), (0.25, 0.75, 1.75, 2.25, 3.25), (0.5, 1.5, 2.5, 3.5), (), 0.5),
    Style("blast beat", 90, 150, 4, (0, 0.5, 1, 1.5, 2, 2.5, 3, 3.5), (0.25, 0.75, 2.25, 2.75), (0.5, 1.5, 2.5, 3.5), (), 0.5),
    Style("double time in three", 90, 150, 3, (0, 1, 2), (0.25, 1.25), (0.5, 1.5, 2.5), (), 0.5),
    Style("dembow", 84, 112, 4, (0, 1, 2, 3), (), (0.75, 1.5, 2.75, 3.5), (), 0.5),
    Style("tresillo", 84, 150, 4, (0, 0.75, 1.5, 2, 2.75, 3.5), (1,), (1, 3), (3.5,), 0.5),
    Style("dotted", 110, 150, 4, (0, 0.75, 1.5, 2.25, 3), (3.5,), (2,), (3,), 0.25),
    Style("twelve eight", 54, 92, 4, (0, 2), (1.6667, 2.6667, 3.6667), (1, 3), (), 1 / 3),
    Style("offbeat hats", 100, 140, 4, (0, 1, 2, 3), (2.75,), (1, 3), (), 1.0, hat_first=0.5),
    Style("slow rock", 60, 90, 4, (0, 2), (0.5, 1.5, 2.5, 3.5), (1, 3), (), 0.5),
]
CHORDS = ((0, 4, 7), (0, 3, 7), (0, 4, 7, 11), (0, 3, 7, 10), (0, 5, 7), (0, 4, 7, 10))


def song(seed: int, seconds: float) -> tuple[pretty_midi.PrettyMIDI, np.ndarray, np.ndarray]:
    """One song: (midi, beat times, downbeat times)."""
    rng = np.random.default_rng(seed)
    style = STYLES[rng.integers(len(STYLES))]
    bpm = rng.uniform(style.low_bpm, style.high_bpm)
    per_bar = style.beats_per_bar
    bars = int(seconds * bpm / 60 / per_bar) + 1
    drift = np.cumsum(rng.normal(0, 0.002, bars * per_bar + 1)) if rng.random() < 0.3 else np.zeros(bars * per_bar + 1)
    lengths = 60 / bpm * (1 + np.clip(drift, -0.06, 0.06))
    lead_in = rng.uniform(0, 1.0)
    beat_at = lead_in + np.concatenate([[0], np.cumsum(lengths)])[: bars * per_bar + 1]
    human = rng.choice([0.0, 0.004, 0.010])

    def at(beat: float) -> float:
        whole = np.floor(beat)
        part = beat - whole
        if style.swing and 0.4 < part < 0.6:
            part += style.swing * 0.5
        position = min(whole + part, len(beat_at) - 1.001)
        return max(0.0, float(np.interp(position, np.arange(len(beat_at)), beat_at) + rng.normal(0, 1) * human))

    midi = pretty_midi.PrettyMIDI(initial_tempo=120)
    drums = pretty_midi.Instrument(0, is_drum=True)

    def hit(beat: float, pitch: int, velocity: float) -> None:
        if beat < bars * per_bar:
            start = at(beat)
            level = int(np.clip(velocity + rng.normal(0, 7), 15, 127))
            drums.notes.append(pretty_midi.Note(level, pitch, start, start + 0.1))

    kicks = list(style.kick) + [k for k in style.kick_maybe if rng.random() < 0.4]
    snares = list(style.snare) + [s for s in style.snare_maybe if rng.random() < 0.35]
    snare_sound = rng.choice([SNARE, SNARE, CLAP, SIDE])
    hat_sound = rng.choice([HAT, HAT, HAT, RIDE, SHAKER])
    step = style.hat_step * rng.choice([1, 1, 1, 2])
    drums_from = int(rng.choice([0, 0, 0, 2, 4]))
    for bar in range(bars):
        if bar < drums_from or rng.random() < 0.03:
            continue
        base = bar * per_bar
        fill = bar % 4 == 3 and rng.random() < 0.35
        for k in kicks:
            if rng.random() > 0.06:
                hit(base + k, KICK, 105)
        for s in snares:
            if not (fill and s >= per_bar - 1):
                hit(base + s, snare_sound, 105 if s in style.snare else 60)
        for n, h in enumerate(np.arange(style.hat_first, per_bar, step)):
            if rng.random() > 0.04:
                hit(base + h, hat_sound, 85 if n % 2 == 0 else 60)
            if style.rolls and rng.random() < style.rolls * 0.3:
                for r in np.arange(step / 4, step, step / 4):
                    hit(base + h + r, hat_sound, 60)
        if fill:
            for f in np.arange(per_bar - 1, per_bar, 0.25):
                hit(base + f, rng.choice([SNARE, TOM_HIGH, TOM_LOW]), 95)
        if bar % 8 == 0 and rng.random() < 0.6:
            hit(base, CRASH, 100)
        if rng.random() < 0.15:
            hit(base + per_bar - 0.5, OPEN, 85)
    if rng.random() < 0.93:
        midi.instruments.append(drums)

    root = int(rng.integers(0, 12))
    scale = rng.choice([0, 5, 7, 9, 2, 3, 8, 10], 4)
    chord_bars = int(rng.choice([1, 1, 2]))
    programs = dict(bass=int(rng.integers(32, 40)), chords=int(rng.choice([0, 4, 5, 16, 24, 25, 27, 29, 48, 50, 80, 88, 90])),
                    lead=int(rng.choice([11, 12, 26, 40, 56, 65, 73, 80, 81])))
    bass_pattern = sorted({0.0} | {b for b in np.arange(0.5, per_bar, 0.5) if rng.random() < 0.35} | set(kicks[:2]))
    chord_pattern = [[0.0], [0.0, per_bar / 2], list(np.arange(0, per_bar, 1.0)), list(np.arange(0.5, per_bar, 1.0)),
                     list(np.arange(0, per_bar, 0.5)), [0.0, 1.5, 2.5]][rng.integers(6)]
    lead_pattern = sorted(p for p in np.arange(0, per_bar * 2, 0.5) if rng.random() < 0.4)
    parts = {k: pretty_midi.Instrument(v) for k, v in programs.items()}
    present = {k: rng.random() < p for k, p in (("bass", 0.9), ("chords", 0.85), ("lead", 0.6))}

    def note(part: str, beat: float, length: float, pitch: int, velocity: float) -> None:
        if beat < bars * per_bar:
            start = at(beat)
            end = max(start + 0.05, float(np.interp(min(beat + length, len(beat_at) - 1), np.arange(len(beat_at)), beat_at)))
            parts[part].notes.append(pretty_midi.Note(int(np.clip(velocity + rng.normal(0, 6), 20, 120)), pitch, start, end))

    for bar in range(bars):
        base, degree = bar * per_bar, int(scale[(bar // chord_bars) % 4])
        chord = CHORDS[degree % len(CHORDS)]
        for n, b in enumerate(bass_pattern):
            end = bass_pattern[n + 1] if n + 1 < len(bass_pattern) else per_bar
            note("bass", base + b, (end - b) * 0.9, 28 + (root + degree) % 12, 92)
        for c in chord_pattern:
            if c < per_bar and (bar % chord_bars == 0 or len(chord_pattern) > 1):
                for tone in chord:
                    note("chords", base + c, (per_bar * chord_bars if len(chord_pattern) == 1 else 0.9), 52 + (root + degree) % 12 + tone, 75)
        if bar % 2 == 0:
            for p in lead_pattern:
                note("lead", base + p, 0.45, 72 + (root + int(rng.choice(chord))) % 12, 85)
    midi.instruments += [parts[k] for k in parts if present[k] and parts[k].notes]
    if not midi.instruments:
        midi.instruments.append(drums)
    beats = beat_at[beat_at < lead_in + seconds]
    return midi, beats, beat_at[::per_bar][: (len(beats) + per_bar - 1) // per_bar]
