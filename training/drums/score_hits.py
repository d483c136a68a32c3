"""Scores what evaluate-app.ts wrote: `python -m drums.score_hits OUT.json CASES [CASES_REAL] [--all]`; also the correlation of velocities."""
import json, pathlib, sys
import mir_eval, numpy as np
from .scoring import GROUPS, score

COLUMNS = ("kick", "snare", "hihat", "tom", "cymbal", "all", "three")


def velocity_r(truth, hits):
    """Correlation over matched strokes of one group; None where truth has one velocity only."""
    pairs = []
    for notes in GROUPS.values():
        a, b = sorted(t for t in truth if t[1] in notes), sorted(h for h in hits if h[1] in notes)
        if a and b:
            pairs += [(a[i][2], b[j][2]) for i, j in mir_eval.util.match_events(np.array([t[0] for t in a]), np.array([h[0] for h in b]), .05)]
    x, y = np.array(pairs).T if pairs else (np.zeros(1), np.zeros(1))
    return float(np.corrcoef(x, y)[0, 1]) if len(x) > 8 and x.std() > 1 and y.std() > 0 else None


def main():
    files = [a for a in sys.argv[1:] if a != "--all"]
    hits, groups = json.loads(pathlib.Path(files[0]).read_text()), {}
    for key, found in hits.items():
        kind, name = key.split("/", 1)
        truth_file = next((p for p in (pathlib.Path(f) / name / "truth.json" for f in files[1:]) if p.exists()), None)
        truth = json.loads(truth_file.read_text()) if truth_file else {}
        if not truth.get("drums"):
            continue
        s = score(truth["drums"], [(t, p) for t, p, _ in found])
        s["velocity"] = velocity_r(truth["drums"], found)
        group = "MDB drums" if name.startswith("mdb_drum") else "MDB mix" if name.startswith("mdb") else "R"
        groups.setdefault((group, kind), []).append((name, s))
    print("set\tinput\tcase\t" + "\t".join((*COLUMNS, "velocity_r")))
    cell = lambda v: "  - " if v is None or np.isnan(v) else f"{v:.3f}"
    for (group, kind), block in groups.items():
        if "--all" in sys.argv:
            for name, s in block:
                print(group, kind, name, *(cell(s.get(c)) for c in (*COLUMNS, "velocity")), sep="\t")
        values = [[s[c] for _, s in block if s.get(c) is not None] for c in (*COLUMNS, "velocity")]
        print(group, kind, f"mean of {len(block)}", *(cell(np.mean(v) if v else None) for v in values), sep="\t")


if __name__ == "__main__":
    main()
