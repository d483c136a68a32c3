"""Songs to render: package MIDI files, MMA accompaniments and procedural pieces, all as plain tracks of notes.

A track is a dict(program, is_drum, notes=[[start, end, pitch, velocity]], ccs=[[number, value, time]]), times in seconds.
The songs of the evaluation kit and one SoundFont (TimGM6mb) are never used here.
"""
import copy, functools, glob, math, os, pathlib, random, re, subprocess, tempfile, warnings

warnings.simplefilter("ignore")

# Base names of the twelve evaluation songs: never rendered for training or validation.
HELD_OUT = {"keep_on_rolling", "mighty_giant_run", "the_hobo_redfarn", "say_what_redfarn", "d_dm13", "d_e1m7", "d_e4m2",
            "d_map13", "KunioShuffle", "RawMix", "Mushrooms", "RoadTrip"}
REPO = pathlib.Path(__file__).resolve().parents[2]
TESTDATA = pathlib.Path(os.environ.get("LOOPMIND_TESTDATA", REPO / ".." / "shared" / "testdata"))
MMA_LIB = "/usr/share/mma/lib"


def package_songs():
    """Paths of MIDI songs that Debian packages (openttd-openmsx, simutrans-data, planetblupi-music-midi) and the
    freedoom project (BSD-3-Clause, from the test-data folder where present) ship, without the held-out ones."""
    out = []
    for pattern in ("/usr/share/games/**/*.mid", "/usr/share/planetblupi/**/*.mid", str(TESTDATA / "midi/freedoom/*.mid")):
        out += glob.glob(pattern, recursive=True)
    seen, keep = set(), []
    for p in sorted(out):
        stem = pathlib.Path(p).stem
        if stem not in HELD_OUT and stem not in seen:
            seen.add(stem)
            keep.append(p)
    return keep


def load(path):
    """Tracks of a MIDI file (None when it cannot be read or is too small)."""
    return copy.deepcopy(_load(str(path)))


@functools.lru_cache(maxsize=None)
def _load(path):
    import pretty_midi                                   # only here: what renders and trains does without it
    try:
        pm = pretty_midi.PrettyMIDI(path)
    except Exception:
        return None
    tracks = [dict(program=int(i.program), is_drum=bool(i.is_drum),
                   notes=[[n.start, n.end, n.pitch, n.velocity] for n in i.notes],
                   ccs=[[c.number, c.value, c.time] for c in i.control_changes if c.number in (1, 7, 10, 11, 64, 91, 93)])
              for i in pm.instruments if i.notes]
    return tracks if sum(len(t["notes"]) for t in tracks) >= 30 else None


def crop(tracks, start, end):
    """Notes that begin in [start, end), shifted to 0 and clipped at the end; the last controller values before it at 0."""
    out = []
    for t in tracks:
        notes = [[s - start, min(e, end) - start, p, v] for s, e, p, v in t["notes"] if start <= s < end - 0.1]
        if not notes:
            continue
        state, later = {}, []
        for n, v, at in sorted(t["ccs"], key=lambda c: c[2]):
            if at <= start:
                state[n] = v
            elif at < end:
                later.append([n, v, at - start])
        out.append(dict(t, notes=notes, ccs=[[n, v, 0.0] for n, v in state.items()] + later))
    return out


# ---- MMA ----------------------------------------------------------------------------------------------------------------

def mma_grooves():
    names = []
    for f in sorted(glob.glob(f"{MMA_LIB}/*/*.mma")):
        names += re.findall(r"^\s*DefGroove\s+(\S+)", open(f, errors="ignore").read(), re.M)
    return sorted({n for n in names if not re.search(r"Intro|End|Fill|Metronome|Sus$", n)})


PROGRESSIONS = [["C", "Am", "F", "G"], ["Am", "F", "C", "G"], ["Dm7", "G7", "CM7", "A7"], ["C", "G", "Am", "F"], ["Em", "C", "G", "D"],
                ["Am", "G", "F", "E7"], ["C7", "F7", "C7", "G7"], ["Cm", "Ab", "Eb", "Bb"], ["F", "G", "Em", "Am"], ["D", "A", "Bm", "G"],
                ["Fm", "Db", "Ab", "Eb"], ["Gm7", "C7", "FM7", "BbM7"], ["C", "Bb", "F", "C"], ["Em", "Am", "D", "B7"], ["A", "E", "F#m", "D"]]


def mma_song(rng, groove):
    """A 12-bar accompaniment of one groove over a random progression, in a random key and tempo."""
    with tempfile.TemporaryDirectory() as d:
        prog = [c for _ in range(3) for c in rng.choice(PROGRESSIONS)]
        text = f"Tempo {rng.randint(72, 160)}\nTranspose {rng.randint(-5, 6)}\nGroove {groove}\n"
        text += "\n".join(f"{i + 1} {c}" for i, c in enumerate(prog)) + "\n"
        open(f"{d}/x.mma", "w").write(text)
        subprocess.run(["mma", "-0", "-f", f"{d}/x.mid", f"{d}/x.mma"], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, timeout=30)
        return load(f"{d}/x.mid") if os.path.exists(f"{d}/x.mid") else None


# ---- procedural ---------------------------------------------------------------------------------------------------------

SCALES = [[0, 2, 4, 5, 7, 9, 11], [0, 2, 3, 5, 7, 8, 10], [0, 2, 3, 5, 7, 9, 10], [0, 3, 5, 7, 10], [0, 2, 4, 7, 9], [0, 2, 3, 5, 7, 8, 11]]
DEGREES = [[0, 5, 3, 4], [5, 3, 0, 4], [1, 4, 0, 5], [0, 4, 5, 3], [0, 0, 3, 4], [0, 6, 5, 6], [0, 2, 3, 4], [5, 4, 3, 4]]


class Piece:
    """Harmony and clock that the part writers share."""

    def __init__(self, rng, seconds):
        self.rng, self.seconds = rng, seconds
        self.beat = 60 / rng.uniform(68, 168)
        self.swing = rng.choice([0, 0, 0, 0.08, 0.16])
        self.scale, self.tonic = rng.choice(SCALES), rng.randint(0, 11)
        self.degrees = rng.choice(DEGREES)
        self.bar = self.beat * rng.choice([4, 4, 4, 4, 3])
        self.human = rng.choice([0, 0.004, 0.012])

    def degree(self, d, octave):
        n = len(self.scale)
        return 12 * (octave + d // n) + self.tonic + self.scale[d % n]

    def chord_at(self, t):
        return self.degrees[int(t / self.bar) % len(self.degrees)]

    def at(self, step, division):
        """Time of a grid step, with swing on the odd ones and human looseness."""
        t = step * self.beat / division
        if division >= 2 and step % 2:
            t += self.swing * self.beat / division * 2
        return max(0.0, t + self.rng.gauss(0, self.human))

    def steps(self, division):
        return range(int(self.seconds / (self.beat / division)))


def _velocity(rng, base, spread):
    return int(min(127, max(12, rng.gauss(base, spread))))


def _voicing(p, deg, octave, size):
    rng = p.rng
    tones = [p.degree(deg + 2 * k, octave) for k in range(size)]
    if rng.random() < 0.5:
        k = rng.randint(0, len(tones) - 1)
        tones = [t + 12 if i < k else t for i, t in enumerate(tones)]
    return sorted({t for t in tones if 21 <= t <= 108})


def chords(p, base, spread):
    rng, out = p.rng, []
    pattern = rng.choice([[0], [0, 2], [0, 1, 2, 3], [0, 1.5, 2.5], [0.5, 1.5, 2.5, 3.5], [0, 0.75, 1.5, 2, 2.75, 3.5], [0, 1.5, 3], [1, 3]])
    octave, size, hold = rng.choice([3, 4, 4, 5]), rng.choice([3, 3, 4, 4, 5]), rng.choice([0.25, 0.5, 0.9, 1.0])
    strum = rng.choice([0, 0, 0.008, 0.02])
    beats = round(p.bar / p.beat)
    for bar in range(int(p.seconds / p.bar) + 1):
        voicing = _voicing(p, p.chord_at((bar + 0.01) * p.bar), octave, size)
        hits = [h for h in pattern if h < beats]
        for i, h in enumerate(hits):
            nxt = hits[i + 1] if i + 1 < len(hits) else beats
            t = bar * p.bar + h * p.beat + rng.gauss(0, p.human)
            v = _velocity(rng, base, spread)
            for k, n in enumerate(voicing):
                out.append([max(0, t + k * strum), t + max(0.08, (nxt - h) * p.beat * hold), n, _velocity(rng, v, 4)])
    return out


def pads(p, base, spread):
    rng, out = p.rng, []
    octave, size = rng.choice([3, 4, 4, 5]), rng.choice([2, 3, 4])
    for bar in range(int(p.seconds / p.bar) + 1):
        v = _velocity(rng, base, spread)
        for n in _voicing(p, p.chord_at((bar + 0.01) * p.bar), octave, size):
            out.append([bar * p.bar, (bar + 1) * p.bar * rng.choice([0.98, 0.999]), n, v])
    return out


def arp(p, base, spread):
    rng, out = p.rng, []
    div = rng.choice([2, 2, 3, 4, 4])
    octave, size, hold = rng.choice([3, 4, 5]), rng.choice([3, 4, 5, 6]), rng.choice([0.4, 0.8, 1.0, 2.5])
    order = rng.choice(["up", "down", "updown", "random"])
    for s in p.steps(div):
        t = p.at(s, div)
        tones = _voicing(p, p.chord_at(s * p.beat / div + 0.01), octave, size)
        tones = tones if order != "down" else tones[::-1]
        k = rng.randrange(len(tones)) if order == "random" else s % len(tones)
        if order == "updown" and len(tones) > 2:
            cycle = tones + tones[-2:0:-1]
            n = cycle[s % len(cycle)]
        else:
            n = tones[k]
        if rng.random() < 0.94:
            out.append([t, t + hold * p.beat / div, n, _velocity(rng, base + (8 if s % div == 0 else 0), spread)])
    return out


def bass(p, base, spread):
    rng, out = p.rng, []
    kind = rng.choice(["long", "eighths", "groove", "walk", "octaves"])
    octave = rng.choice([2, 2, 3])
    div = {"long": 1, "walk": 1}.get(kind, 2 if rng.random() < 0.6 else 4)
    pattern = [rng.random() < 0.55 for _ in range(16)]
    hold = rng.choice([0.4, 0.7, 0.95])
    for s in p.steps(div):
        t, deg = p.at(s, div), p.chord_at(s * p.beat / div + 0.01)
        step = p.beat / div
        if kind == "long" and s % (2 * rng.choice([1, 2])):
            continue
        if kind == "groove" and not (pattern[s % 16] or s % 16 == 0):
            continue
        d, o = deg, octave
        if kind == "walk":
            d = deg + rng.choice([0, 2, 4, 1, 6])
        if kind == "octaves" and s % 2:
            o += 1
        if kind in ("groove", "eighths") and rng.random() < 0.15:
            d = deg + rng.choice([2, 4, 6])
        n = p.degree(d, o)
        out.append([t, t + step * hold * (rng.choice([1.9, 3.8]) if kind == "long" else 1), n if n >= 24 else n + 12, _velocity(rng, base, spread)])
    return out


def melody(p, base, spread):
    rng, out = p.rng, []
    octave = rng.choice([4, 5, 5, 6])
    motif = [rng.choice([0.25, 0.5, 0.5, 0.5, 1, 1, 1.5, 2]) for _ in range(rng.randint(3, 8))]
    legato, rest = rng.choice([0.5, 0.85, 1.0, 1.02]), rng.choice([0.05, 0.15, 0.3])
    deg, t, i = rng.randint(0, 6), 0.0, 0
    while t < p.seconds:
        length = motif[i % len(motif)] * p.beat
        if rng.random() > rest:
            deg += rng.choice([-2, -1, -1, 0, 0, 1, 1, 2, rng.choice([-4, 4, 3, -3])])
            deg = min(9, max(-4, deg))
            n = p.degree(deg, octave)
            s = max(0, t + rng.gauss(0, p.human))
            if 28 <= n <= 105:
                out.append([s, s + length * legato, n, _velocity(rng, base, spread)])
                if rng.random() < 0.08:
                    out.append([s, s + length * legato, n - rng.choice([3, 4, 5, 12]), _velocity(rng, base, spread)])
        t += length
        i += 1
    return out


def riff(p, base, spread):
    """Power chords in eighths or sixteenths, muted ones softer and short."""
    rng, out = p.rng, []
    div, octave, tones = rng.choice([2, 2, 4]), rng.choice([2, 3, 3]), rng.choice([(0, 7), (0, 7, 12), (0, 7, 12), (0, 5)])
    pattern = [rng.choice(["open", "muted", "muted", "rest"]) for _ in range(16)]
    move = [rng.choice([0, 0, 0, 1, 2, 3, -1]) for _ in range(16)]
    for s in p.steps(div):
        kind = pattern[s % 16] if s % 16 else "open"
        if kind == "rest":
            continue
        t, step = p.at(s, div), p.beat / div
        root = p.degree(p.chord_at(s * step + 0.01) + move[s % 16], octave)
        length = step * (0.45 if kind == "muted" else rng.choice([0.95, 0.95, 1.9]))
        v = _velocity(rng, base - (14 if kind == "muted" else 0), spread)
        for n in tones if kind == "open" or rng.random() < 0.6 else tones[:1]:
            out.append([t, t + length, root + n if root + n >= 28 else root + n + 12, v])
    return out


def below(rng, notes):
    """The bass of a riff: its lowest tones, an octave down or in unison, sometimes only the strong ones."""
    lowest = {}
    for n in notes:
        if n[0] not in lowest or n[2] < lowest[n[0]][2]:
            lowest[n[0]] = n
    shift, thin, base = rng.choice([-12, -12, 0]), rng.random() < 0.3, rng.randint(60, 112)
    return [[s, e, max(24, q + shift), _velocity(rng, base, 8)] for k, (s, e, q, _) in enumerate(lowest.values()) if not thin or k % 2 == 0]


def rock(p):
    """One or two overdriven guitars, a bass that follows them, sometimes a lead, drums."""
    rng, deal = p.rng, p.rng.choice
    guitar = lambda program, writer: dict(program=program, is_drum=False, notes=writer(p, rng.randint(60, 112), rng.choice([3, 8, 16])), ccs=[[7, rng.randint(70, 127), 0.0]])
    tracks = [guitar(deal([29, 30, 30, 31]), riff)]
    bass_notes = below(rng, tracks[0]["notes"]) if rng.random() < 0.75 else bass(p, rng.randint(60, 112), 8)
    tracks.append(dict(program=deal([33, 34, 34, 33, 35, 36, 37, 38, 32]), is_drum=False, notes=bass_notes, ccs=[[7, rng.randint(60, 127), 0.0]]))
    if rng.random() < 0.6:
        double = [[s + rng.gauss(0, 0.006), e, q, v] for s, e, q, v in tracks[0]["notes"]] if rng.random() < 0.5 else None
        second = guitar(deal([27, 28, 29, 30, 31]), deal([riff, arp, chords]))
        tracks.append(dict(second, notes=[[max(0, s), e, q, v] for s, e, q, v in double]) if double else second)
    if rng.random() < 0.5:
        tracks.append(guitar(deal([29, 30, 80, 81, 56, 18, 65, 53]), melody))
    return tracks


def percussion(p, base, spread):
    """Strokes on a tuned drum, a block or a bell: few pitches, a pattern of sixteenths, rolls."""
    rng, out = p.rng, []
    centre = rng.choice([36, 43, 50, 60, 67, 74])
    keys = [centre + rng.choice([-7, -5, -2, 0, 0, 3, 5, 7, 12]) for _ in range(rng.choice([1, 2, 3, 4]))]
    pattern = [rng.random() < rng.choice([0.25, 0.5, 0.7]) for _ in range(16)]
    for s in p.steps(4):
        if pattern[s % 16] != (rng.random() < 0.04):
            t = p.at(s, 4)
            out.append([t, t + p.beat * rng.choice([0.12, 0.25, 0.25, 0.5]), rng.choice(keys), _velocity(rng, base + (10 if s % 4 == 0 else -6), spread)])
    return out


def accents(rng, notes):
    """Velocities for a part that was written with one: accents by the place in the line, phrases that swell, chance."""
    spread, wave, every = rng.uniform(3, 18), rng.uniform(0, 18), rng.choice([2, 3, 4, 8])
    period, phase, starts = rng.uniform(2, 12), rng.uniform(0, 6), sorted({round(n[0], 2) for n in notes})
    place = {s: i for i, s in enumerate(starts)}
    base = rng.uniform(60, 105)
    for n in notes:
        strong = spread if place[round(n[0], 2)] % every == 0 else 0
        n[3] = int(min(127, max(12, base + strong + wave * math.sin(2 * math.pi * n[0] / period + phase) + rng.gauss(0, spread / 2))))


def piano_texture(p, base, spread):
    """Two hands: dense polyphony over the whole keyboard."""
    out = arp(p, base, spread) if p.rng.random() < 0.5 else chords(p, base, spread)
    out += melody(p, base + 8, spread)
    if p.rng.random() < 0.6:
        out += bass(p, base, spread)
    return out


ROCK = 0.25                                              # share of procedural pieces that are a rock band
WRITERS = [(chords, 4), (pads, 3), (arp, 4), (melody, 6), (piano_texture, 1)]
DRUM_STYLES = {
    "rock": ("x...x...x...x...", {36: "x.....x.x.......", 38: "....x.......x...", 42: "x.x.x.x.x.x.x.x."}),
    "hiphop": ("", {36: "x..x......xx....", 38: "....x.......x...", 42: "x.x.x.x.x.x.x.xx", 46: "..............x."}),
    "trap": ("", {36: "x......x..x.....", 39: "........x.......", 42: "x.x.x.xxx.x.xxxx", 38: "........x......."}),
    "house": ("", {36: "x...x...x...x...", 39: "....x.......x...", 46: "..x...x...x...x.", 42: "x.x.x.x.x.x.x.x."}),
    "latin": ("", {36: "x..x..x.x..x..x.", 56: "x.xx.x.xx.x.xx.x", 63: "..x..x....x..x..", 70: "xxxxxxxxxxxxxxxx"}),
    "funk": ("", {36: "x.x....x..x..x..", 38: "....x..x.x..x...", 42: "xxxxxxxxxxxxxxxx"}),
    "half": ("", {36: "x.........x.....", 38: "........x.......", 51: "x...x...x...x...", 49: "x..............."}),
}


def drums(p, base):
    rng, out = p.rng, []
    _, lanes = DRUM_STYLES[rng.choice(list(DRUM_STYLES))]
    for s in p.steps(4):
        for note, pat in lanes.items():
            hit = pat[s % 16] == "x" if rng.random() > 0.06 else rng.random() < 0.25
            if hit:
                t = p.at(s, 4)
                out.append([t, t + 0.1, note, _velocity(rng, base + (8 if s % 4 == 0 else -4), 9)])
        if s % 64 >= 60 and rng.random() < 0.6:
            t = p.at(s, 4)
            out.append([t, t + 0.1, rng.choice([41, 45, 48, 50, 38]), _velocity(rng, base, 10)])
        if s % 64 == 0 and rng.random() < 0.7:
            t = p.at(s, 4)
            out.append([t, t + 0.5, rng.choice([49, 57]), _velocity(rng, base, 6)])
    return out


def procedural(rng, seconds, programs):
    """A piece of 1 to 6 parts; `programs` is an iterator that deals General MIDI programs evenly."""
    p = Piece(rng, seconds)
    tracks = rock(p) if rng.random() < ROCK else []
    for _ in range(0 if tracks else rng.choice([1, 2, 3, 3, 4, 4, 5])):
        writer = rng.choices([w for w, _ in WRITERS], [w for _, w in WRITERS])[0]
        program = next(programs)
        if 32 <= program <= 39:
            writer = bass
        elif program in (29, 30, 31) and rng.random() < 0.5:
            writer = riff
        elif 112 <= program and rng.random() < 0.6:
            writer = percussion
        tracks.append(dict(program=program, is_drum=False, notes=writer(p, rng.randint(45, 112), rng.choice([2, 6, 10, 16, 24])),
                           ccs=[[7, rng.randint(70, 127), 0.0]]))
    if rng.random() < 0.6 and not any(32 <= t["program"] <= 39 for t in tracks):
        tracks.append(dict(program=rng.randint(32, 39), is_drum=False, notes=bass(p, rng.randint(60, 112), rng.choice([2, 6, 12])),
                           ccs=[[7, rng.randint(80, 127), 0.0]]))
    if rng.random() < 0.7:
        tracks.append(dict(program=rng.choice([0, 0, 8, 16, 24, 25, 26, 32, 40]), is_drum=True, notes=drums(p, rng.randint(60, 110)), ccs=[]))
    for t in tracks:
        t["notes"] = [n for n in t["notes"] if n[0] < seconds - 0.15]
    return [t for t in tracks if t["notes"]]


def program_dealer(rng):
    """Every program but the sound effects, one after another in random order; overdriven guitars come twice."""
    while True:
        deck = list(range(120)) + [29, 30]
        rng.shuffle(deck)
        yield from deck


def seeded(seed):
    return random.Random(seed)
