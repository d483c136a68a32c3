"""Validation mixes from the rendered validation shards: unseen songs, known SoundFonts.  python -m notes.make_val --out EVAL/VAL"""
import argparse, pathlib

import numpy as np

from .mixer import Stems
from .make_sets import write_case


def main():
    ap = argparse.ArgumentParser(description=__doc__)
    ap.add_argument("--data", default="data/stems")
    ap.add_argument("--out", required=True)
    ap.add_argument("--count", type=int, default=24)
    a = ap.parse_args()
    items = [i for i in Stems(a.data, "val", "cpu").items if len(i["stems"]) >= 2 and i["drums"]]
    for k, item in enumerate(items[:a.count]):
        stems = item["stems"] + item["drums"]
        n = 18 * 16000
        audio = sum(s["audio"][:n].numpy().astype(np.float32) / 32768 for s in stems)
        notes = [[*map(float, r), s["program"]] for s in item["stems"] for r in s["notes"][:, :4]]
        drums = [[float(r[0]), int(r[2]), int(r[3])] for s in item["drums"] for r in s["notes"]]
        write_case(pathlib.Path(a.out) / f"{k:02d}_{item['font']}", np.asarray(audio)[:, None], 16000, notes, drums)
        print(k, len(stems), len(notes))


if __name__ == "__main__":
    main()
