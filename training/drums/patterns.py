"""Drum patterns by chance and by style: lists of (seconds, class name, velocity 0-1), sorted. Seeded by the generator passed in."""
import numpy as np

# One bar of 16 steps per style: class -> probabilities of a hit on each step ('.' 0, '1'-'9' tenths, 'x' always) ; upper case rows are accents.
STYLES = {
    "rock": (80, 170, dict(kick="x..1..13x1x...21", snare="....x..1.1..x..1", closed_hat="x.x.x.x.x.x.x.x.")),
    "rock_ride": (80, 180, dict(kick="x..1..13x.x...21", snare="....x....1..x..2", ride="x.x.x.x.x.x.x.x.")),
    "pop16": (80, 130, dict(kick="x..3..x3..x3..2.", snare="....x.......x...", closed_hat="xxxxxxxxxxxxxxxx")),
    "punk": (150, 220, dict(kick="x.x1..x.x.x...x.", snare="....x.......x...", closed_hat="x...x...x...x...")),
    "dbeat": (140, 200, dict(kick="x...x.x.x...x.x.", snare="..x...x...x...x.", crash="x...x...x...x...")),
    "funk": (85, 120, dict(kick="x.3x..2..4x..3.2", snare="3..3x.23.4.3x.34", closed_hat="x9x9x9x9x9x9x9x9", open_hat="......2.......3.")),
    "hiphop": (75, 105, dict(kick="x..3..x4.3x4.2.3", snare="....x..1.2..x..2", closed_hat="x3x3x3x3x3x3x3x3", open_hat="..............2.")),
    "trap": (60, 80, dict(kick="x..2..3...x3..2.", clap="....2.......2...", snare="........x......1", closed_hat="x8x8x8x8x8x8x8x8", open_hat="......1.......1.")),
    "trap_clap": (65, 85, dict(kick="x..4..3..4x..3.2", clap="........x.......", closed_hat="xxxxxxxxxxxxxxxx")),
    "house": (115, 132, dict(kick="x...x...x...x..1", clap="....x.......x...", closed_hat="3.43.434.3.43.44", open_hat="..x...x...x...x.")),
    "techno": (125, 145, dict(kick="x...x...x...x...", closed_hat="x8x8x8x8x8x8x8x8", open_hat="..9...9...9...9.", clap="....8.......8..2", ride="..3...3...3...3.", low_tom="...2..2....2..2.")),
    "dnb": (160, 180, dict(kick="x.1..1....x.2...", snare="....x..2.2..x..1", closed_hat="x.x4x.x4x.x4x.x4", ride="1...1...1...1...")),
    "amen": (130, 175, dict(kick="x.x.......xx....", snare="....x..x.x..x..x", ride="x.x.x.x.x.x.x.x.")),
    "reggae": (65, 90, dict(kick="1.......x.......", snare="........x....1..", clap="........4.......", closed_hat="x.x4x.x4x.x4x.x4", open_hat="......1.......1.")),
    "steppers": (65, 90, dict(kick="x...x...x...x...", clap="........x.......", closed_hat="3.x.3.x.3.x.3.x.", shaker="x3x3x3x3x3x3x3x3")),
    "bossa": (110, 150, dict(kick="x..xx..xx..xx..x", clap="x..x..x...x..x..", closed_hat="x.x.x.x.x.x.x.x.")),
    "samba": (90, 125, dict(kick="x..xx..xx..xx..x", snare="93399339933993.9", shaker="xxxxxxxxxxxxxxxx", low_tom="....3.......5...")),
    "latin": (90, 120, dict(kick="...x..x....x..x.", ride="x.xxx.xxx.xxx.xx", clap="x..x..x...x.x...", high_tom="......5.......55", mid_tom="........1.......")),
    "disco": (108, 128, dict(kick="x...x...x...x...", snare="....x.......x...", closed_hat="x9.9x9.9x9.9x9.9", open_hat="..x...x...x...x.", shaker="3333333333333333")),
    "country": (90, 140, dict(kick="x.......x..1....", snare="..3.x.3...3.x.33", closed_hat="x.x.x.x.x.x.x.x.", shaker="22x222x222x222x2")),
    "train": (90, 130, dict(kick="x...x...x...x...", snare="4444x444444x4444")),
    "halftime": (110, 160, dict(kick="x..1...2..2..1..", snare="........x......1", crash="1...1...1...1...", closed_hat="x...x...x...x...")),
    "jazz": (100, 200, dict(ride="x...x..8x...x..8", closed_hat="....9.......9...", kick="2..1..1.2..1..11", snare="1.12..12.1.2.113")),
    "toms": (80, 140, dict(kick="x...2...x...2...", low_tom="x..4x.4.x..4x.4.", mid_tom="..3...3..3...3..", high_tom=".3...3...3...3..", snare="....3.......3...")),
    "metal": (110, 180, dict(kick="x8x8x8x8x8x8x8x8", snare="....x.......x...", crash="x.......3.......", ride="4...4...4...4...")),
    "tamb": (80, 140, dict(kick="x.....x.x.......", snare="....x.......x...", shaker="x4x4x4x4x4x4x4x4", closed_hat="2.2.2.2.2.2.2.2.")),
}
CYMBALS = ("closed_hat", "open_hat", "ride", "shaker")


def chance(c):
    return 0.0 if c == "." else 1.0 if c == "x" else int(c) / 10


def fill(r, start, step, steps):
    """A fill over the last `steps` sixteenths of a bar."""
    kinds = r.choice(["snare", "toms", "mixed", "kick"])
    voices = dict(snare=["snare"], toms=["high_tom", "mid_tom", "low_tom"], mixed=["snare", "high_tom", "mid_tom", "low_tom", "kick"], kick=["kick", "snare"])[kinds]
    out, division = [], r.choice([1, 1, .5, 2 / 3, 4 / 3])
    count = int(steps / division)
    for i in range(count):
        if r.random() < .88:
            voice = voices[min(len(voices) - 1, i * len(voices) // count)] if kinds == "toms" else voices[r.integers(len(voices))]
            out.append((start + i * division * step, voice, r.uniform(.45, 1)))
    return out


def styled(r, seconds):
    low, high, rows = STYLES[list(STYLES)[r.integers(len(STYLES))]]
    bpm = r.uniform(low, high) * (1 if r.random() < .85 else r.choice([.75, 1.3]))
    step = 60 / bpm / 4
    swing = r.choice([0, 0, 0, r.uniform(.05, .2), 1 / 3])
    rows = {k: np.array([chance(c) for c in v]) for k, v in rows.items()}
    if r.random() < .35:                                     # another hand pattern
        hand = [c for c in CYMBALS if c in rows]
        if hand:
            rows[r.choice(["closed_hat", "ride", "shaker", "open_hat", "crash"])] = rows.pop(hand[0])
    if r.random() < .3:                                      # three steps to the half beat: 12/8 feel
        keep = [0, 2, 3, 4, 6, 7, 8, 10, 11, 12, 14, 15]
        rows = {k: v[keep] for k, v in rows.items()}
        step *= 4 / 3
        swing = 0
    steps = len(next(iter(rows.values())))
    half = max(1, steps // 2)
    if r.random() < .3:                                      # a bar of other length
        cut = int(steps * r.choice([.75, .875, 1.25]))
        rows = {k: np.resize(v, cut) for k, v in rows.items()}
        steps = cut
    fixed = {k: r.random(steps) < v for k, v in rows.items()}     # the loop's own choice, varied bar by bar
    human, accent = r.choice([0, .003, .007, .012]), r.uniform(0, .5)
    rolls = r.random() < .25
    out, bar, t = [], 0, -r.uniform(0, steps) * step
    fill_every = r.choice([2, 4, 4, 8, 99])
    while t < seconds:
        fill_at = steps - r.choice([2, 4, 8, steps]) if bar % fill_every == fill_every - 1 else steps
        for k, v in rows.items():
            hits = np.where(r.random(steps) < .15, r.random(steps) < v, fixed[k])
            for s in np.nonzero(hits)[0]:
                if s >= fill_at and k != "kick":
                    continue
                at = t + s * step + (swing * step if s % 2 else 0)
                strong = s % 4 == 0 if k in CYMBALS else v[s] >= .8
                velocity = r.uniform(.65, 1) if strong else r.uniform(.25, .7) if v[s] < .5 and k == "snare" else r.uniform(.75, 1) * (1 - accent)
                out.append((at, k, velocity))
                if rolls and k in ("closed_hat", "shaker") and r.random() < .12:
                    parts = r.choice([2, 3, 4])
                    out += [(at + step * i / parts, k, velocity * r.uniform(.6, .95)) for i in range(1, parts)]
                if k == "snare" and r.random() < .03:        # flam or drag
                    out.append((at - r.uniform(.02, .045), k, velocity * .4))
        if fill_at < steps:
            out += fill(r, t + fill_at * step, step, steps - fill_at)
        if (fill_every < 99 and bar % fill_every == 0 or r.random() < .05) and r.random() < .7:
            out.append((t, "crash", r.uniform(.7, 1)))
        if r.random() < .15 and "snare" in rows:
            out.append((t + half * step, "clap", r.uniform(.6, 1)))
        t += steps * step
        bar += 1
    return [(at + r.normal(0, human) if human else at, k, float(np.clip(v, .1, 1))) for at, k, v in out]


def soup(r, seconds):
    """Every class on its own random grid: nothing to be learned but the sounds."""
    out = []
    for k in ("kick", "snare", "clap", "closed_hat", "open_hat", "low_tom", "mid_tom", "high_tom", "ride", "crash", "shaker"):
        if r.random() < .55:
            gap = np.exp(r.uniform(np.log(.09), np.log(1.2))) * (3 if k == "crash" else 1)
            t = r.uniform(0, gap)
            regular, level = r.random() < .5, r.uniform(.3, 1)
            while t < seconds:
                if r.random() < .75:
                    out.append((t, k, float(np.clip(level + r.normal(0, .2), .1, 1))))
                t += gap if regular else r.exponential(gap) + .04
    return out


def pattern(r, seconds):
    hits = soup(r, seconds) if r.random() < .25 else styled(r, seconds)
    if r.random() < .25:                                     # percussion without a label
        gap, t = r.uniform(.12, .9), r.uniform(0, .5)
        while t < seconds:
            if r.random() < .6:
                hits.append((t, "other", r.uniform(.3, 1)))
            t += gap
    drop = set(r.choice(["kick", "snare", "closed_hat"], r.integers(1, 3))) if r.random() < .12 else set()
    hits = [h for h in hits if 0 <= h[0] < seconds - .02 and h[1] not in drop]
    return sorted(hits)
