"""Accompaniments of every MMA groove as MIDI files with their metre and tempo, for generate.py.

    python mma_songs.py --out ../data/beats_mma --jobs 1        (from training/beats; needs Debian's mma)
"""

import argparse
import pathlib
import random
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))
from data_render.songs import PROGRESSIONS, mma_grooves

BARS = 28


def write(groove: str, target: pathlib.Path) -> bool:
    """One accompaniment, its progression, key and tempo drawn from the groove's name; False where MMA refuses it."""
    rng = random.Random(groove)
    chords = [chord for _ in range(BARS // 4) for chord in rng.choice(PROGRESSIONS)]
    source = target.with_suffix(".mma")
    lines = [f"Transpose {rng.randint(-5, 6)}", f"Groove {groove}", f"Tempo *{rng.uniform(0.85, 1.2):.3f}"]
    source.write_text("\n".join(lines + [f"{n + 1} {chord}" for n, chord in enumerate(chords)]) + "\n")
    try:
        subprocess.run(["mma", "-0", "-f", str(target), str(source)], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, timeout=60)
    except subprocess.TimeoutExpired:
        pass
    source.unlink()
    return target.exists()


def main() -> None:
    ap = argparse.ArgumentParser(description=__doc__)
    ap.add_argument("--out", required=True)
    ap.add_argument("--jobs", type=int, default=1)
    a = ap.parse_args()
    out = pathlib.Path(a.out)
    out.mkdir(parents=True, exist_ok=True)
    todo = [(g, out / f"mma_{g}.mid") for g in mma_grooves() if not (out / f"mma_{g}.mid").exists()]
    with ThreadPoolExecutor(a.jobs) as pool:
        made = sum(pool.map(lambda job: write(*job), todo))
    print(made, "of", len(todo), "written")


if __name__ == "__main__":
    main()
