"""What the app hears of the songs of make_songs.py, and who truly plays it."""
import json, pathlib

import numpy as np
import torch

from notes.labels import CLASSES, FAMILIES
from notes.make_sets import songs_family

from .model import TIMBRE

ONSET_SECONDS = 0.05                                    # as the evaluation kit pairs notes
HEARD = 5                                               # start, end, pitch, velocity, onset


class Song:
    """notes [N, 5], scores [N, 20], timbre [N, 96]; plays [N, 7] 0 or 1, struck [N, 7] 0-1 (-1 where the family does not play)."""

    def __init__(self, folder):
        rows = np.fromfile(folder / "notes.f32", np.float32).reshape(-1, HEARD + len(CLASSES) + TIMBRE)
        self.notes, self.scores, self.timbre = np.split(rows, [HEARD, HEARD + len(CLASSES)], 1)
        self.plays = np.zeros((len(rows), len(FAMILIES)), np.float32)
        self.struck = np.full((len(rows), len(FAMILIES)), -1, np.float32)
        for start, _, pitch, velocity, program in json.loads((folder / "truth.json").read_text())["notes"]:
            same = (self.notes[:, 2] == pitch) & (np.abs(self.notes[:, 0] - start) <= ONSET_SECONDS)
            family = FAMILIES.index(songs_family(int(program)))
            self.plays[same, family], self.struck[same, family] = 1, velocity / 127

    def tensors(self, rows=slice(None)):
        real = np.ones((len(self.notes), 1), np.float32)
        parts = np.concatenate([self.notes, real], 1), self.scores, self.timbre, self.plays, self.struck
        return [torch.from_numpy(np.ascontiguousarray(p[rows])) for p in parts]


def load(folders, fewest=8):
    found = [Song(path.parent) for folder in folders for path in sorted(pathlib.Path(folder).glob("*/notes.f32"))]
    return [s for s in found if len(s.notes) >= fewest]
