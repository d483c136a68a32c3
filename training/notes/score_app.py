"""Scores what run-app.ts wrote, with the kit's functions.  python -m notes.score_app runs/notes-app.json [-v]"""
import collections, json, os, pathlib, sys

import numpy as np

KIT = pathlib.Path(os.environ.get("LOOPMIND_KIT", pathlib.Path(__file__).resolve().parents[2] / ".." / "shared" / "evaluate"))
sys.path.insert(0, str(KIT))
Track = collections.namedtuple("Track", "program notes")
Note = collections.namedtuple("Note", "start end pitch velocity")


def main():
    import score as kit
    names = sorted({g for g, _ in kit.GROUPS})
    answers = json.loads(pathlib.Path(sys.argv[1]).read_text())
    folders = collections.defaultdict(list)
    for case, a in answers.items():
        truth = json.loads((pathlib.Path(case) / "truth.json").read_text())
        if not truth.get("notes"):
            continue
        tracks = [Track(g["program"], [Note(n["startSeconds"], n["startSeconds"] + n["durationSeconds"], n["pitch"],
                                            max(1, round(n["velocity"] * 127))) for n in g["notes"]]) for g in a["groups"]]
        s = kit.score_notes(truth["notes"], tracks, names)
        s["rtf"] = (a["runSeconds"] + a["decodeSeconds"]) / a["audioSeconds"]
        folders[str(pathlib.Path(case).parent)].append((pathlib.Path(case).name, s))
    for folder, rows in folders.items():
        if "-v" in sys.argv or len(rows) < 5:
            for name, s in rows:
                print("  ", name, {k: round(v, 3) for k, v in s.items() if v is not None})
        keys = list(rows[0][1])
        print(pathlib.Path(folder).name, len(rows), {k: round(float(np.mean([s[k] for _, s in rows if s.get(k) is not None] or [np.nan])), 3) for k in keys})


if __name__ == "__main__":
    main()
