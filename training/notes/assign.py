"""Which family plays each note: per-note class scores, made consistent over the song. Reference of families.ts."""
import numpy as np

from .labels import FAMILIES, FAMILY_OF_CLASS


def posteriors(scores):
    p = np.exp(scores - scores.max(1, keepdims=True))
    return p / p.sum(1, keepdims=True)


def assign(notes, **settings):
    """Family names of the notes."""
    if not notes:
        return []
    q = posteriors(np.stack([n["scores"] for n in notes]))
    fam = np.zeros((len(notes), len(FAMILIES)))
    for c, f in enumerate(FAMILY_OF_CLASS):
        fam[:, f] += q[:, c]
    return [FAMILIES[i] for i in fam.argmax(1)]
