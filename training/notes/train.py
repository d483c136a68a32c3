"""Trains the notes network on rendered stems. Resumable: a run is a folder with last.pt, curve.tsv.

    python -m notes.train --run runs/notes --data data/stems --minutes 50          --device cuda where there is one
The learning rate follows the time spent (minutes of work, pauses left out), so that a slower machine still ends its schedule.
"""
import argparse, copy, math, pathlib, time

import mir_eval
import numpy as np
import torch
from torch import nn

from common import warm
from .decode import decode, families_of, sigmoid
from .labels import FAMILY_OF_CLASS
from .mixer import Mixer, Stems
from .model import NotesNet


STANDARDISE_STEP = 300          # by then the trunk tells notes from silence
EDGE_FRAMES = 4                 # what lies at the clip's ends is not judged
FLAT = 0.03                     # a clip whose velocities differ less teaches nothing about their order
VALIDATION_CLIPS, VALIDATION_BATCH = 48, 8


def velocity_loss(v, velocity, w):
    """One less the correlation of found and true velocities over the onsets of each clip, plus a little of the level itself."""
    n = w.sum((1, 2), keepdim=True) + 1e-6
    dv, dt = v - (v * w).sum((1, 2), keepdim=True) / n, velocity - (velocity * w).sum((1, 2), keepdim=True) / n
    vv, tt, vt = ((w * x).sum((1, 2)) / n[:, 0, 0] for x in (dv.square(), dt.square(), dv * dt))
    trust = tt / (tt + FLAT ** 2) * (n[:, 0, 0] > 4)
    correlation = vt / (vv * tt + 1e-8).sqrt()
    level = (w * (v - velocity).square()).sum() / (w.sum() + 1e-6)
    return ((1 - correlation) * trust).sum() / (trust.sum() + 1e-3) + 8 * level


def loss_of(head, classes, planes, entries):
    onset, active, velocity, known = planes
    head = head.float()
    edge = torch.ones(head.shape[-1], device=head.device)
    edge[:EDGE_FRAMES] = edge[-EDGE_FRAMES:] = 0
    cells = edge.sum() * head.shape[0] * 88
    bce = nn.functional.binary_cross_entropy_with_logits
    lo = (bce(head[:, 0], onset, reduction="none", pos_weight=torch.tensor(2.0, device=head.device)) * edge).sum() / cells
    lf = (bce(head[:, 1], active, reduction="none", pos_weight=torch.tensor(1.5, device=head.device)) * edge).sum() / cells
    lv = velocity_loss(torch.sigmoid(head[:, 2]), velocity, known * onset * edge)
    i, p, f, c, weight = entries
    log = torch.log_softmax(classes.permute(0, 2, 3, 1)[i, p, f].float(), -1)
    family_of = torch.tensor(FAMILY_OF_CLASS, device=head.device)
    family = torch.log(log.exp() @ nn.functional.one_hot(family_of).float() + 1e-6)
    weight = weight / weight.sum().clamp(min=1)
    lc = -(log.gather(1, c[:, None])[:, 0] * weight).sum()
    lg = -(family.gather(1, family_of[c][:, None])[:, 0] * weight).sum()
    return lo, lf, lv, lc, lg


def total_loss(parts):
    lo, lf, lv, lc, lg = parts
    return 40 * lo + 10 * lf + 1.0 * lv + 1.0 * lc + 2.0 * lg


def standardise(net, mixer, size):
    """Sets the constants before the instrument branch from the sounding cells of some training clips."""
    rows = []
    for _ in range(max(1, 32 // size)):
        x, _, (i, p, f, _, _), _ = mixer.batch(size)
        with torch.no_grad():
            rows.append(net.features(x).float().permute(0, 2, 3, 1)[i, p, f])
    rows = torch.cat(rows)
    return rows.mean(0), 1 / (rows.std(0) + 0.05)


def note_scores(net, clips, onset_threshold=0.4, frame_threshold=0.6):
    """Onset F1, with offsets, with the right family, velocity correlation and family accuracy over clips of the validation songs."""
    hits, r, e, off, vel, multi = 0, 0, 0, 0, [], 0
    for x, _, _, notes in clips:
        with torch.no_grad(), torch.autocast(x.device.type, torch.bfloat16):
            h, k = net(x)
        h, k = h.float().cpu().numpy(), k.float().cpu().numpy()
        for b in range(len(h)):
            truth = notes[(notes[:, 0] >= 0) & (notes[:, 5] == b)]
            est = decode(sigmoid(h[b, 0].T), sigmoid(h[b, 1].T), sigmoid(h[b, 2].T), k[b].transpose(2, 1, 0), onset_threshold, frame_threshold)
            ri = np.maximum(truth[:, :2], [[0, 0.01]])
            ri[:, 1] = np.maximum(ri[:, 1], ri[:, 0] + 0.02)
            r, e = r + len(truth), e + len(est)
            if not len(truth) or not est:
                continue
            ei = np.array([[n["start"], n["end"]] for n in est])
            hz = lambda q: 440 * 2 ** ((np.asarray(q) - 69) / 12)
            ep = hz([n["pitch"] for n in est])
            m = mir_eval.transcription.match_notes(ri, hz(truth[:, 2]), ei, ep, offset_ratio=None)
            hits += len(m)
            off += len(mir_eval.transcription.match_notes(ri, hz(truth[:, 2]), ei, ep))
            g = np.array([FAMILY_OF_CLASS[int(c)] for c in truth[:, 4]])
            ge = np.array([families_of(n["scores"]).argmax() for n in est])
            multi += sum(g[i] == ge[j] for i, j in m)
            if len(m) > 8:
                a, c = truth[[i for i, _ in m], 3], np.array([est[j]["velocity"] for _, j in m])
                if a.std() > 1 and c.std() > 0:
                    vel.append(np.corrcoef(a, c)[0, 1])
    return dict(onset=2 * hits / (r + e), offset=2 * off / (r + e), multi=2 * multi / (r + e), family=multi / max(1, hits),
                velocity=float(np.mean(vel)) if vel else 0.0)


def main():
    ap = argparse.ArgumentParser(description=__doc__)
    ap.add_argument("--run", default="runs/notes")
    ap.add_argument("--data", default="data/stems")
    ap.add_argument("--minutes", type=float, default=50)
    ap.add_argument("--channels", type=int, default=96)
    ap.add_argument("--init", help="a shipped model.onnx to go on from")
    ap.add_argument("--batch", type=int, default=4)
    ap.add_argument("--frames", type=int, default=208)
    ap.add_argument("--lr", type=float, default=2e-3)
    ap.add_argument("--seed", type=int, default=1)
    ap.add_argument("--device", default="cpu")
    ap.add_argument("--every", type=float, default=420, help="seconds between validations")
    a = ap.parse_args()
    if a.device == "cpu":
        torch.set_num_threads(2)
    torch.backends.cudnn.benchmark = True
    torch.manual_seed(a.seed)
    run = pathlib.Path(a.run)
    run.mkdir(parents=True, exist_ok=True)
    stems, held = Stems(a.data, "train", a.device), Stems(a.data, "val", a.device)
    fixed = Mixer(held, a.frames, a.device, 7, augment=False)
    clips = [fixed.batch(VALIDATION_BATCH) for _ in range(VALIDATION_CLIPS // VALIDATION_BATCH)]
    net = NotesNet(a.channels).to(a.device, memory_format=torch.channels_last)
    ema = copy.deepcopy(net)
    if a.init:
        warm.load_notes(net, a.init)
        ema.load_state_dict(net.state_dict())
    branch = [p for m in (net.timbre, net.classes, net.loudness, net.velocity) for p in m.parameters()]
    rest = [p for p in net.parameters() if all(p is not q for q in branch)]
    opt = torch.optim.AdamW([dict(params=rest, times=1.0), dict(params=branch, times=2.0)], lr=a.lr, weight_decay=1e-3, betas=(0.9, 0.99))
    step, spent = 0, 0.0
    last = run / "last.pt"
    if last.exists():
        s = torch.load(last, map_location=a.device)
        step, spent = s["step"], s["spent"]
        net.load_state_dict(s["net"]), ema.load_state_dict(s["ema"]), opt.load_state_dict(s["opt"])
    mixer = Mixer(stems, a.frames, a.device, a.seed * 1000 + step)
    started, began, shown = time.time() - spent, time.time(), []
    next_eval, looked = time.time() + a.every, time.time()
    print(sum(p.numel() for p in net.parameters()), "parameters", len(stems.items), "items from", step, flush=True)
    while (used := time.time() - started) < a.minutes * 60:
        f = used / (a.minutes * 60)
        lr = a.lr * min(1, (step + 1) / 200) * (0.02 + 0.98 * 0.5 * (1 + math.cos(math.pi * min(1, max(0, f - 0.1) / 0.9))))
        for g in opt.param_groups:
            g["lr"] = lr * g["times"]
        x, planes, entries, _ = mixer.batch(a.batch)
        with torch.autocast(a.device, torch.bfloat16):
            h, k = net(x)
        parts = loss_of(h, k, planes, entries)
        loss = total_loss(parts)
        opt.zero_grad(set_to_none=True)
        loss.backward()
        length = nn.utils.clip_grad_norm_(net.parameters(), 2.0)
        if torch.isfinite(length):
            opt.step()
        step += 1
        if step == STANDARDISE_STEP and not a.init:
            net.mean, net.scale = standardise(net, mixer, a.batch)
            ema.load_state_dict(net.state_dict())
        decay = min(0.999, (1 + step) / (20 + step))
        with torch.no_grad():
            for e, p in zip(ema.parameters(), net.parameters()):
                e.lerp_(p, 1 - decay)
        shown.append(torch.stack([v.detach() for v in parts]))
        if step % 50 == 0:
            o, fr, v, c, g = torch.stack(shown).mean(0).tolist()
            print(f"{step} {used / 60:.1f} min lr {lr:.5f} onset {o * 40:.3f} frame {fr * 10:.3f} velocity {v:.4f} class {c:.3f} family {g:.3f} items {len(stems.items)}", flush=True)
            shown = []
        if time.time() - looked > 5:
            stems.refresh()
            looked = time.time()
        if time.time() >= next_eval or time.time() - started >= a.minutes * 60:
            next_eval = time.time() + a.every
            torch.save(dict(net=net.state_dict(), ema=ema.state_dict(), opt=opt.state_dict(), step=step, spent=time.time() - started, channels=a.channels), run / "tmp.pt")
            (run / "tmp.pt").rename(last)
            ema.eval()
            line = f"{step}\t{(time.time() - started) / 60:.1f}\t" + "\t".join(f"{k}={v:.4f}" for k, v in note_scores(ema, clips).items())
            print("val", line, flush=True)
            with open(run / "curve.tsv", "a") as fh:
                fh.write(line + "\n")
    print("done", step, "steps", round((time.time() - began) / 60, 1), "minutes", flush=True)


if __name__ == "__main__":
    main()
