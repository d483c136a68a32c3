"""Who plays each note: a network that hears the notes of a song together.

One note of the notes network may be played by several instruments at once, and what one note sounds like is told better by all notes that are like it.
Every note gathers, a few times over, what five kinds of other notes think: those near in time, pitch, length and loudness; the same pitch; the chord;
the register; the whole window.
"""
import torch
from torch import nn

from common.gpu import log_softmax
from notes.labels import CLASSES, FAMILIES

TIMBRE = 96                                             # features of the notes network's instrument branch
HIDDEN, ROUNDS, TIMBRE_KEPT = 96, 3, 48
NOTE = ("start", "end", "pitch", "velocity", "onset", "real")   # columns of a note; real is 0 for filling
KINDS, SCALARS = 5, 15
CHORD_SECONDS = 0.045
CHORD_STEPS = (12, -12, 24, -24, 19, 7)                 # semitones at which a note of the chord may be a partial of this one, or the other way round
NEAR_SECONDS = 9.0


def differences(x):
    return x[None, :] - x[:, None]


def chord_of(start, real):
    """[N, N]: 1 where the other note starts with this one (itself among them)."""
    return (differences(start).abs() <= CHORD_SECONDS).float() * real[None, :]


def scalars(notes):
    """[N, SCALARS] of notes [N, 6]: place, loudness, length and the chord around each note."""
    start, end, pitch, velocity, onset, real = notes.unbind(1)
    chord, step = chord_of(start, real), differences(pitch)
    mean = (velocity * real).sum() / real.sum().clamp(min=1)
    far = 1000 * (1 - chord)
    above, below = (step - far).amax(1), (step + far).amin(1)
    height = (pitch - 60) / 20
    has = [(chord * (step == k).float()).amax(1) for k in CHORD_STEPS]
    return torch.stack([height, height ** 2, velocity - 0.5, velocity - mean, torch.log((end - start).clamp(min=0.03)) + 1.5, onset - 0.7,
                        (chord.sum(1) - 1).clamp(0, 8) / 4, -below / 12, above / 12, *has], 1)


def neighbours(notes):
    """[KINDS, N, N]: how much each note listens to each other note."""
    start, end, pitch, velocity, _, real = notes.unbind(1)
    length = torch.log((end - start).clamp(min=0.03))
    apart, step = differences(start).abs(), differences(pitch).abs()
    longer, louder = differences(length).abs(), differences(velocity).abs()
    other = (1 - (apart == 0).float() * (step == 0).float()) * real[None, :]
    near = (apart <= NEAR_SECONDS).float() * other
    kinds = [(near * torch.exp(-(apart / 3 + step / 5 + longer / 0.8 + louder / 0.15)), 0.3),
             (near * (step == 0).float() * torch.exp(-apart / 4), 0.3),
             (chord_of(start, real) * other, 1e-6),
             (other * torch.exp(-step / 3 - longer / 0.8), 0.3),
             (real[None, :] + 0 * step, 1e-6)]
    return torch.stack([k / (k.sum(1, keepdim=True) + floor) for k, floor in kinds])


class Players(nn.Module):
    """notes [N, 6], class scores [N, 20] (log-probabilities), timbre [N, 96] -> logits of the families that play each note [N, 7], one set a round,
    and how hard each would have struck it [N, 7] (0-1)."""

    def __init__(self, hidden=HIDDEN, rounds=ROUNDS, kept=TIMBRE_KEPT, drop=0.2):
        super().__init__()
        families, classes = len(FAMILIES), len(CLASSES)
        self.register_buffer("mean", torch.zeros(TIMBRE))
        self.register_buffer("scale", torch.ones(TIMBRE))
        self.timbre = nn.Sequential(nn.Linear(TIMBRE, kept), nn.GELU(), nn.Dropout(drop))
        self.first = nn.Sequential(nn.Linear(2 * classes + SCALARS + kept, hidden), nn.GELU())
        self.gather = nn.ModuleList([nn.Linear((KINDS + 1) * hidden + (KINDS * families if r else 0), hidden) for r in range(rounds)])
        self.add = nn.ModuleList([nn.Linear(hidden, hidden) for _ in range(rounds)])
        self.norm = nn.ModuleList([nn.LayerNorm(hidden) for _ in range(rounds)])
        self.families = nn.ModuleList([nn.Linear(hidden, families) for _ in range(rounds)])
        self.strength = nn.Sequential(nn.Linear(hidden + 2, 48), nn.GELU(), nn.Linear(48, families))
        self.drop = nn.Dropout(drop)

    def forward(self, notes, scores, timbre, noise=0.0):
        place = scalars(notes)
        if noise:
            place = place + noise * torch.randn_like(place)
        return self.of(place, neighbours(notes), scores, timbre)

    def of(self, place, listens, scores, timbre):
        """The same from what scalars and neighbours make of the notes, which members share."""
        log = log_softmax(scores)
        x = self.first(torch.cat([log.clamp(min=-8) / 4, log.exp(), place, self.timbre((timbre - self.mean) * self.scale)], -1))
        logits = []
        for gather, add, norm, families in zip(self.gather, self.add, self.norm, self.families):
            heard = [x, *[k @ x for k in listens]]
            if logits:
                belief = torch.sigmoid(logits[-1])
                heard += [k @ belief for k in listens]
            x = norm(x + self.drop(add(nn.functional.gelu(gather(torch.cat(heard, -1))))))
            logits.append(families(x))
        loudness = place[:, 2:4]
        return logits, 0.5 + loudness[:, :1] + 0.5 * self.strength(torch.cat([x, loudness], -1))
