"""Times the Python readers for scripts/bench-formats.ts: pretty_midi over MIDI files, PyFLP over one FLP.

    python bench_readers.py midi FILE...      python bench_readers.py flp RUNS FILE      python bench_readers.py als FILE

Needs pretty_midi and pyflp==2.2.1, which runs on Python 3.10 and older only (name such an interpreter with PYTHON).
Prints one JSON object: processor seconds for all MIDI files (files it cannot read counted), or the median milliseconds of an FLP.
"""

import json
import statistics
import sys
import time
import warnings

warnings.filterwarnings("ignore")


def bench_midi(files: list[str]) -> dict:
    import pretty_midi

    failed = 0
    started = time.process_time()
    for name in files:
        try:
            song = pretty_midi.PrettyMIDI(name)
            sum(len(instrument.notes) for instrument in song.instruments)
        except Exception:  # noqa: BLE001 - whatever it throws, the file counts as unread
            failed += 1
    return {"seconds": time.process_time() - started, "failed": failed}


def bench_flp(runs: int, name: str) -> dict:
    import pyflp

    times = []
    for _ in range(runs):
        started = time.process_time()
        project = pyflp.parse(name)
        notes = sum(1 for pattern in project.patterns for _ in pattern.notes)
        [channel.name for channel in project.channels]
        [insert.name for insert in project.mixer]
        times.append((time.process_time() - started) * 1000)
    return {"milliseconds": statistics.median(times), "notes": notes}


def bench_als(name: str) -> dict:
    import gzip
    import xml.etree.ElementTree as ElementTree

    started = time.process_time()
    notes = 0
    with gzip.open(name) as stream:
        for _, element in ElementTree.iterparse(stream):
            if element.tag == "MidiNoteEvent":
                notes += 1
            elif element.tag in ("MidiTrack", "AudioTrack"):
                element.clear()
    return {"seconds": time.process_time() - started, "notes": notes}


if __name__ == "__main__":
    if sys.argv[1] == "midi":
        print(json.dumps(bench_midi(sys.argv[2:])))
    elif sys.argv[1] == "als":
        print(json.dumps(bench_als(sys.argv[2])))
    else:
        print(json.dumps(bench_flp(int(sys.argv[2]), sys.argv[3])))
