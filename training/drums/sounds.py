"""One-shot drum sounds: read from sampled kits, rendered from SoundFonts, and synthesised.

A kit is {class: [instrument, ...]}, an instrument a list of (velocity 0-1, mono float32 at 22.05 kHz), each sound
peak-normalised and cut so that its attack begins at sample 0. `python sounds.py` writes them to training/data/drums/kits.pkl.
Licences of the sources are listed in static/models/drums/<version>/card.md.
"""
import pathlib, pickle, re, struct, subprocess, sys, tempfile
import xml.etree.ElementTree as ET
import numpy as np, soundfile as sf
from scipy.signal import resample_poly
import drumsynth
from classes import CLASSES, GM_TO_CLASS, GM_UNLABELLED, RATE
from synth_kits import synth_kit

DATA = pathlib.Path(__file__).resolve().parents[1] / "data" / "drums"
HYDROGEN = pathlib.Path("/usr/share/hydrogen/data/drumkits")
SONIC_PI = pathlib.Path("/usr/share/sonic-pi/samples")
LMMS = pathlib.Path("/usr/share/lmms/samples")
# Kits that only the validation clips use.
HELD_OUT_KITS = {"ForzeeStereo", "Red_Zeppelin_4_LV2", "VariBreaks", "synth_900", "synth_901", "synth_902", "synth_903"}
SKIPPED_KITS = {"circAfrique v4", "Gimme A Hand 1.0"}          # hand percussion, no drum kit
LONGEST_SECONDS = {"crash": 2.5, "ride": 1.6, "open_hat": 1.2}

# avldrums does not follow General MIDI above the toms (swish, chokes): those notes are left out.
AVLDRUMS_OWN_NOTES = {48, 50, 52, 70}

NAME_RULES = [
    (None, r"roll|beats_"),
    ("other", r"cowbell|conga|agogo|zap|fx|whistle|clave|bongo|woodblock|glass|click|empty|triangle"),
    ("shaker", r"shaker|tambourine|maraca|cabasa"),
    ("clap", r"clap|stick|rim click|snap"),
    ("snare", r"snare|\bsn\b|redo super"),
    ("kick", r"kick|bass ?drum|\bbd\b"),
    ("open_hat", r"semi-?open|(hat|hh).*(op\b|open|free|swish)|open hh|open hat|side ohh|op (dirty|phaser)"),
    ("closed_hat", r"hat|\bhh\b|hi-hat"),
    ("ride", r"ride"),
    ("crash", r"crash|splash|china|cymbal"),
    ("low_tom", r"floor|tom low|low tom|tom floor"),
    ("mid_tom", r"tom mid|middle tom|tom 2|^tom$|tomhi3|tomhi4"),
    ("high_tom", r"tom hi|high tom|tom 1|tomhi2"),
    ("ride", r"^bell$|paiste bell|cup"),
]


def prepare(y, rate, kind):
    """Mono, 22.05 kHz, attack at sample 0, peak 1, faded at the end; None for silence."""
    y = np.asarray(y, np.float32)
    y = y.mean(1) if y.ndim > 1 else y
    if rate != RATE:
        g = np.gcd(rate, RATE)
        y = resample_poly(y, RATE // g, rate // g).astype(np.float32)
    peak = float(np.abs(y).max()) if len(y) else 0.0
    if peak < 1e-4:
        return None
    threshold = 0.2 if kind == "shaker" else 0.04
    start = max(0, int(np.argmax(np.abs(y) > threshold * peak)) - 16)
    y = y[start:start + int(RATE * LONGEST_SECONDS.get(kind, 0.9))] / peak
    loud = np.nonzero(np.abs(y) > 0.001)[0]
    y = y[:loud[-1] + 1].copy() if len(loud) else y
    n = min(len(y), 1100)
    y[-n:] *= np.linspace(1, 0, n, dtype=np.float32)
    return y.astype(np.float16)


def class_of_name(name):
    return next((c for c, rule in NAME_RULES if re.search(rule, name.lower())), None)


def hydrogen_kit(folder):
    root = ET.fromstring(re.sub(r'\sxmlns="[^"]*"', "", (folder / "drumkit.xml").read_text("utf8", errors="replace")))
    kit = {}
    for instrument in root.iter("instrument"):
        kind = class_of_name(instrument.findtext("name") or "")
        if not kind:
            continue
        layers = [(float(l.findtext("max") or 1), l.findtext("filename")) for l in instrument.iter("layer")]
        layers = layers or [(1.0, instrument.findtext("filename"))]
        sounds = []
        for velocity, name in layers:
            if name and (folder / name).is_file():
                y = prepare(*sf.read(folder / name, dtype="float32"), kind)
                if y is not None:
                    sounds.append((min(1.0, velocity), y))
        if sounds:
            kit.setdefault(kind, []).append(sorted(sounds, key=lambda s: s[0]))
    return kit


def sonic_pi_kit():
    rules = [("kick", r"^bd_|drum_heavy_kick|elec_(hollow|soft)_kick|drum_bass_"), ("snare", r"^sn_|snare"), ("closed_hat", r"cymbal_(closed|pedal)"),
             ("open_hat", r"cymbal_open"), ("crash", r"cymbal_(hard|soft)|splash"), ("low_tom", r"tom_lo"), ("mid_tom", r"tom_mid"),
             ("high_tom", r"tom_hi"), ("clap", r"perc_snap"), ("other", r"cowbell|tabla|elec_(blip|tick|wood|ping|bong|pop)|perc_bell|glitch_perc")]
    kit = {}
    for f in sorted(SONIC_PI.glob("*.flac")):
        kind = next((c for c, rule in rules if re.search(rule, f.stem)), None)
        if kind:
            y = prepare(*sf.read(f, dtype="float32"), kind)
            if y is not None:
                kit.setdefault(kind, []).append([(1.0, y)])
    return kit


LMMS_RULES = [
    ("clap", r"clap|clp|rim|stick|stk"), ("shaker", r"shak|tamb|maracas|cab\b|_cab|shaaka|sleigh"),
    ("other", r"clav|cow|conga|cga|bongo|tabla|timbale|wood|triangle|knock|bell"), ("ride", r"ride"),
    ("open_hat", r"(hat|hh).*(open|_o\b|-o)|open.*(hat|hh)|_oh\b|h_open|hat-o|hat_o"), ("closed_hat", r"hat|hh\b|hihat|h_closed|simple-h"),
    ("crash", r"cym|crash"), ("snare", r"snare|snr|sn\b|_sn_|_sn$|s_8bit|s_linn|s_reverb|gerbil|s_hollow|s_pitch|s_spit|simple-s|brush\d"),
    ("low_tom", r"tom_?lo|low_tom|tom[45]|low_key_tom"), ("high_tom", r"tom_?hi|tom_h|tom1|short_tom"), ("mid_tom", r"tom"),
    ("kick", r"kick|bass_?dr|\bbd\b|_bd|k_8bit|k_linn|k_reverb|_kik|k_hard|k_muffle|k_soft|808|809|simple-k"),
]
# Hertz between which the centre of a sound's spectrum must lie: what a patch is named is not always what it plays.
CENTRE_HZ = dict(kick=(0, 1800), snare=(250, 8500), clap=(400, 9000), closed_hat=(3000, 11000), open_hat=(3000, 11000), ride=(2000, 11000), crash=(2000, 11000),
                 low_tom=(0, 2000), mid_tom=(0, 2500), high_tom=(0, 3000), shaker=(2500, 11000), other=(0, 11000))


def plausible(y, kind):
    power = np.abs(np.fft.rfft(y.astype(np.float32))) ** 2
    centre = float((np.fft.rfftfreq(len(y), 1 / RATE) * power).sum() / power.sum())
    low, high = CENTRE_HZ[kind]
    short = kind != "closed_hat" or len(y) < .45 * RATE
    return low <= centre <= high and short


def lmms_kits():
    """One kit per folder of samples or patches; a stray sound without a folder of its own is still of use by class."""
    kits = {}
    files = [(f, "lmms_" + f.parent.name) for folder in ("drums", "beats") for f in sorted((LMMS / folder).glob("*.ogg"))]
    files += [(f, f"drumsynth_{f.parent.name}_{i % 4 if f.parent.name == 'misc' else 0}") for i, f in enumerate(sorted((LMMS / "drumsynth").rglob("*.ds")))]
    for i, (f, name) in enumerate(files):
        kind = next((c for c, rule in LMMS_RULES if re.search(rule, f.stem.lower())), None)
        if f.parent.name == "beats" and "rave" not in f.stem or not kind or f.parent.name in ("misc_fx", "effects", "misc_bass", "misc_synth", "instrument"):
            continue
        try:
            y, rate = sf.read(f, dtype="float32") if f.suffix == ".ogg" else (drumsynth.patch(f, i), drumsynth.RATE_44)
        except sf.LibsndfileError:                               # one file of the package is broken
            continue
        y = prepare(y, rate, kind) if len(y) > 500 and np.isfinite(y).all() else None
        if y is not None and len(y) > 300 and plausible(y, kind):
            kits.setdefault(name, {}).setdefault(kind, []).append([(1.0, y)])
    return kits


def write_midi(path, bank, program, channel, events):
    """A format-0 MIDI file at 1 s a quarter; events are (second, note, velocity)."""
    def varlen(n):
        out = [n & 127]
        while n := n >> 7:
            out.insert(0, (n & 127) | 128)
        return bytes(out)
    rows = [(t, bytes([0x90 | channel, n, v])) for t, n, v in events] + [(t + 1.5, bytes([0x80 | channel, n, 0])) for t, n, v in events]
    body = b"\x00\xff\x51\x03\x0f\x42\x40" + b"\x00" + bytes([0xB0 | channel, 0, bank]) + b"\x00" + bytes([0xC0 | channel, program])
    last = 0
    for t, message in sorted(rows, key=lambda r: r[0]):
        tick = int(t * 960)
        body += varlen(tick - last) + message
        last = tick
    body += b"\x00\xff\x2f\x00"
    path.write_bytes(b"MThd" + struct.pack(">IHHH", 6, 0, 1, 960) + b"MTrk" + struct.pack(">I", len(body)) + body)


def soundfont_kit(font, program, drum_channel=True, velocities=(25, 55, 85, 120)):
    notes = [n for n in GM_TO_CLASS if n != 82 and (drum_channel or n not in AVLDRUMS_OWN_NOTES)] + GM_UNLABELLED[::2]
    step = 3.0
    events = [(0.5 + step * i, n, v) for i, (n, v) in enumerate((n, v) for n in notes for v in velocities)]
    with tempfile.TemporaryDirectory() as d:
        mid, wav = pathlib.Path(d) / "x.mid", f"{d}/x.wav"
        write_midi(mid, 0, program, 9 if drum_channel else 0, events)
        subprocess.run(["fluidsynth", "-ni", "-q", "-R", "0", "-C", "0", "-g", "0.6", "-r", "44100", "-F", wav, str(font), str(mid)],
                       check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        y, rate = sf.read(wav, dtype="float32", always_2d=True)
    kit = {}
    for k, n in enumerate(notes):
        kind, sounds = GM_TO_CLASS.get(n, "other"), []
        for j, v in enumerate(velocities):
            at = events[k * len(velocities) + j][0]
            cut = prepare(y[int((at - 0.01) * rate):int((at + step - 0.1) * rate)], rate, kind)
            if cut is not None:
                sounds.append((v / 120, cut))
        if sounds:
            kit.setdefault(kind, []).append(sounds)
    return kit


def all_kits():
    """{kit: {class: [instrument]}} of every source."""
    kits = {}
    for folder in sorted(HYDROGEN.iterdir()):
        if folder.name not in SKIPPED_KITS:
            kits[folder.name] = hydrogen_kit(folder)
    kits["sonic_pi"] = sonic_pi_kit()
    kits |= lmms_kits()
    sf2, sf3 = pathlib.Path("/usr/share/sounds/sf2"), pathlib.Path("/usr/share/sounds/sf3")
    for name in ("Black_Pearl_4_LV2", "Red_Zeppelin_4_LV2"):
        kits[name] = soundfont_kit(sf2 / f"{name}.sf2", 0, drum_channel=False)
    for program in (0, 3, 8, 12, 16, 24, 25, 32, 34, 40, 48):
        kits[f"FluidR3_{program}"] = soundfont_kit(sf2 / "FluidR3_GM.sf2", program)
    for program in (0, 8, 16, 24, 25, 32, 40):
        kits[f"MuseScore_{program}"] = soundfont_kit(sf3 / "MuseScore_General.sf3", program)
    for seed in list(range(80)) + [900, 901, 902, 903]:
        kits[f"synth_{seed}"] = {c: [[(1.0, prepare(y, RATE, c))] for y in ys] for c, ys in synth_kit(seed).items()}
    return kits


def main():
    kits = all_kits()
    DATA.mkdir(parents=True, exist_ok=True)
    with open(DATA / "kits.pkl", "wb") as f:
        pickle.dump(kits, f)
    for name, kit in kits.items():
        print(name, " ".join(f"{c}:{len(kit[c])}x{max(len(i) for i in kit[c])}" for c in CLASSES + ["other"] if c in kit), file=sys.stderr)


if __name__ == "__main__":
    main()
