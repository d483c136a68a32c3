"""Train the beat network on rendered features. Resumable: run again with the same --out to go on.

    python train.py --data ../data/beats --out ../runs/beats --minutes 10
"""

import argparse
import json
import pathlib
import sys
import time

import numpy as np
import torch
import torch.nn.functional as F

import model as models

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))
from common.warm import CALIBRATION_BATCHES, load_beats  # noqa: E402

CROP = 1200
BATCH = 8
PEAK_RATE = 2e-3
TEMPO_WEIGHT = 0.05
# Share of the crops that begin where a file does.
OPENINGS = 0.3


def load(folder: pathlib.Path) -> list[dict]:
    songs = []
    for path in sorted(folder.glob("*.npz")):
        try:
            z = np.load(path)
            songs.append(dict(name=path.stem, drums=z["drums"], rest=z["rest"], beats=z["beats"], downbeats=z["downbeats"]))
        except Exception:  # a file that is being written
            continue
    return songs


def is_validation(name: str) -> bool:
    """Every seventh song (all its variants) and the last grooves are for validation."""
    stem = name.rsplit("_", 1)[0]
    if stem == "groove":
        return int(name.rsplit("_", 1)[1]) % 10 == 9
    return sum(map(ord, stem)) % 7 == 0


def amplitude(log_bands: np.ndarray) -> np.ndarray:
    return 10.0 ** log_bands.astype(np.float32) - 1


def smooth_noise(rng, n: int, decibels: float) -> np.ndarray:
    knots = rng.normal(0, decibels, 6)
    return np.interp(np.linspace(0, 5, n), np.arange(6), knots).astype(np.float32)


def remix(song: dict, start: int, frames: int, rng) -> np.ndarray:
    """Log bands of a random mix of drums and the rest: gains, equaliser, compression of level, noise, pitch shift."""
    d = amplitude(song["drums"][start : start + frames])
    r = amplitude(song["rest"][start : start + frames])
    gain_d = 10 ** (rng.normal(0, 4) / 20)
    gain_r = 10 ** (rng.normal(0, 4) / 20)
    pick = rng.random()
    if pick < 0.06 and song["drums"].max() > 0.3:
        gain_r *= 0.02
    elif pick < 0.16 and song["rest"].max() > 0.3:
        gain_d *= 0.02
    eq = lambda: 10 ** (smooth_noise(rng, d.shape[1], 5.0) / 20)
    shift = int(rng.integers(-3, 4))
    r = np.roll(r, shift, axis=1)
    x = np.sqrt((d * gain_d * eq()) ** 2 + (r * gain_r * eq()) ** 2)
    x = x * 10 ** (rng.normal(0, 5) / 20)
    if rng.random() < 0.4:
        x = x + rng.exponential(10 ** rng.uniform(-3.5, -1.5), x.shape).astype(np.float32)
    if rng.random() < 0.3:
        low = int(rng.integers(0, x.shape[1] - 30))
        x[:, low : low + int(rng.integers(5, 30))] = 0
    return np.log10(1 + x)


def targets(song: dict, start: int, frames: int, stretch: float = 1.0) -> np.ndarray:
    """[frames, 2] beat and downbeat targets; one target frame is `stretch` frames of the song."""
    out = np.zeros((frames, 2), np.float32)
    for column, key in enumerate(("beats", "downbeats")):
        at = np.round((song[key] * 50 - start) / stretch).astype(int)
        for offset, value in ((-1, 0.5), (1, 0.5), (0, 1.0)):
            k = at + offset
            k = k[(k >= 0) & (k < frames)]
            out[k, column] = np.maximum(out[k, column], value)
    return out


def tempo_target(beats: np.ndarray, start: int, frames: int, stretch: float) -> np.ndarray:
    """[TEMPI] chances around the tempo of a stretch of a song; all zero where too few beats tell."""
    inside = beats[(beats * 50 >= start) & (beats * 50 < start + frames * stretch)]
    if len(inside) < 4:
        return np.zeros(models.TEMPI, np.float32)
    bpm = 60 * stretch / np.median(np.diff(inside))
    at = np.log2(bpm / models.TEMPO_LOWEST_BPM) * models.TEMPI_PER_OCTAVE
    near = np.exp(-0.5 * (np.arange(models.TEMPI) - at) ** 2 / 0.5)
    return (near / max(1e-6, near.sum())).astype(np.float32)


def batch_of(songs: list[dict], weights: np.ndarray, rng):
    x = np.zeros((BATCH, CROP, models.BeatTcn.BANDS), np.float32)
    y = np.zeros((BATCH, CROP, 2), np.float32)
    mask = np.zeros((BATCH, CROP, 1), np.float32)
    tempo = np.zeros((BATCH, models.TEMPI), np.float32)
    for i in range(BATCH):
        song = songs[rng.choice(len(songs), p=weights)]
        total = len(song["drums"])
        stretch = rng.uniform(0.82, 1.22)
        length = min(int(CROP * stretch), total)
        start = 0 if rng.random() < OPENINGS else int(rng.integers(0, total - length + 1))
        mixed = remix(song, start, length, rng)
        kept = min(CROP, int(length / stretch))
        at = np.arange(kept) * ((length - 1) / max(1, kept - 1))
        left = at.astype(int)
        part = (at - left)[:, None].astype(np.float32)
        x[i, :kept] = mixed[left] * (1 - part) + mixed[np.minimum(left + 1, length - 1)] * part
        actual = (length - 1) / max(1, kept - 1)
        y[i, :kept] = targets(song, start, kept, actual)
        tempo[i] = tempo_target(song["beats"], start, kept, actual)
        mask[i, :kept] = 1
    return torch.from_numpy(x), torch.from_numpy(y), torch.from_numpy(mask), torch.from_numpy(tempo)


def tempo_loss(logits, tempo, mask):
    """Cross entropy of the tempo that all frames say together."""
    said = ((torch.log_softmax(logits, -1) * mask).sum(1) / mask.sum(1))
    return -(said * tempo).sum() / tempo.sum().clamp(min=1)


def loss_of(logits, y, mask):
    weight = torch.tensor([2.0, 5.0])
    return (F.binary_cross_entropy_with_logits(logits, y, pos_weight=weight, reduction="none") * mask).sum() / mask.sum()


def validate(net, songs: list[dict]) -> dict:
    net.eval()
    losses, beat, down, octave = [], [], [], []
    with torch.no_grad():
        for song in songs:
            x = np.log10(1 + np.sqrt(amplitude(song["drums"]) ** 2 + amplitude(song["rest"]) ** 2))
            logits, tempo = net(torch.from_numpy(x)[None])
            wanted = tempo_target(song["beats"], 0, len(x), 1.0)
            if wanted.any():
                octave.append(abs(int(torch.log_softmax(tempo[0], -1).mean(0).argmax()) - int(wanted.argmax())) <= 1)
            y = torch.from_numpy(targets(song, 0, len(x)))[None]
            losses.append(float(loss_of(logits, y, torch.ones_like(y[..., :1]))))
            p = torch.sigmoid(logits[0]).numpy()
            for column, out in ((0, beat), (1, down)):
                peaks = (p[1:-1, column] > p[:-2, column]) & (p[1:-1, column] >= p[2:, column]) & (p[1:-1, column] > 0.4)
                found = np.flatnonzero(peaks) + 1
                truth = np.flatnonzero(y[0, :, column].numpy() == 1)
                hit = sum(np.any(np.abs(found - t) <= 3) for t in truth)
                out.append(2 * hit / max(1, len(found) + len(truth)))
    net.train()
    return dict(loss=float(np.mean(losses)), beat=float(np.mean(beat)), down=float(np.mean(down)), tempo=float(np.mean(octave)))


def main() -> None:
    ap = argparse.ArgumentParser(description=__doc__)
    ap.add_argument("--data", required=True)
    ap.add_argument("--out", required=True)
    ap.add_argument("--minutes", type=float, default=10)
    ap.add_argument("--steps", type=int, default=2500, help="length of the learning-rate schedule")
    ap.add_argument("--init", help="a shipped model.onnx to go on from")
    a = ap.parse_args()
    torch.set_num_threads(1)  # two threads that wait for each other are slower on a busy machine
    out = pathlib.Path(a.out)
    out.mkdir(parents=True, exist_ok=True)
    everything = load(pathlib.Path(a.data))
    train = [s for s in everything if not is_validation(s["name"])]
    held = [s for s in everything if is_validation(s["name"])][:24]
    print(len(train), "training,", len(held), "validation files", flush=True)
    # Three-beat bars are rare in the packaged songs and must not be forgotten.
    weights = np.array([3.0 if len(s["downbeats"]) and abs(len(s["beats"]) / len(s["downbeats"]) - 3) < 0.4 else 1.0 for s in train])
    weights /= weights.sum()
    torch.manual_seed(1)
    net = models.BeatTcn()
    slow = models.BeatTcn()
    slow.load_state_dict(net.state_dict())
    optimiser = torch.optim.AdamW(net.parameters(), PEAK_RATE, weight_decay=1e-3)
    step = 0
    if a.init:
        rng = np.random.default_rng(0)
        load_beats(net, a.init, [batch_of(train, weights, rng)[0] for _ in range(CALIBRATION_BATCHES)])
        slow.load_state_dict(net.state_dict())
        print("from", a.init, validate(slow, held), flush=True)
    checkpoint = out / "last.pt"
    if checkpoint.exists():
        state = torch.load(checkpoint, weights_only=True)
        net.load_state_dict(state["net"]); slow.load_state_dict(state["slow"]); optimiser.load_state_dict(state["optimiser"])
        step = state["step"]
    print("parameters", sum(p.numel() for p in net.parameters()), "from step", step, flush=True)
    began = time.time()

    def save() -> None:
        torch.save(dict(net=net.state_dict(), slow=slow.state_dict(), optimiser=optimiser.state_dict(), step=step), out / "tmp.pt")
        (out / "tmp.pt").replace(checkpoint)
        score = validate(slow, held) if held else {}
        with open(out / "curve.jsonl", "a") as f:
            f.write(json.dumps(dict(step=step, train=running, **score)) + "\n")
        print(step, round(running, 4), {k: round(v, 4) for k, v in score.items()}, f"{time.time() - began:.0f}s", flush=True)

    running = 0.7
    while time.time() - began < a.minutes * 60 and step < a.steps:
        rng = np.random.default_rng(1000 + step)
        for group in optimiser.param_groups:
            progress = step / a.steps
            group["lr"] = float(PEAK_RATE * min(1, (step + 1) / 60) * 0.5 * (1 + np.cos(np.pi * min(1.0, progress))) + 1e-5)
        x, y, mask, tempo = batch_of(train, weights, rng)
        logits, tempi = net(x)
        loss = loss_of(logits, y, mask) + TEMPO_WEIGHT * tempo_loss(tempi, tempo, mask)
        optimiser.zero_grad()
        loss.backward()
        torch.nn.utils.clip_grad_norm_(net.parameters(), 1.0)
        optimiser.step()
        step += 1
        running = 0.98 * running + 0.02 * float(loss.detach())
        keep = min(0.995, step / (step + 10))
        with torch.no_grad():
            for p, q in zip(slow.state_dict().values(), net.state_dict().values()):
                p.copy_(p * keep + q * (1 - keep) if p.dtype.is_floating_point else q)
        if step % 300 == 0:
            save()
    save()


if __name__ == "__main__":
    main()
