"""Makes the MIDI fixtures of tests/fixtures/midi and reads them, and our own export, with mido and pretty_midi.

    python training/formats/golden_midi.py

Writes tests/fixtures/golden/midi-readers.json: for each file its notes as [tick, duration, pitch, velocity, channel] by
mido (ends paired first in, first out) and their seconds by pretty_midi. project-export.mid is written by the TypeScript
test with UPDATE_FIXTURES=1 first.
"""

import json
from pathlib import Path

import mido
import pretty_midi

ROOT = Path(__file__).resolve().parents[2]
FIXTURES = ROOT / "tests" / "fixtures" / "midi"
GOLDEN = ROOT / "tests" / "fixtures" / "golden" / "midi-readers.json"


def write_tempo_changes() -> None:
    """Type 1, 384 ticks, tempo and metre changes, a drum track, names, a key and markers."""
    file = mido.MidiFile(type=1, ticks_per_beat=384)
    meta = mido.MidiTrack()
    meta.append(mido.MetaMessage("track_name", name="Fixture song", time=0))
    meta.append(mido.MetaMessage("time_signature", numerator=3, denominator=4, time=0))
    meta.append(mido.MetaMessage("key_signature", key="F#m", time=0))
    meta.append(mido.MetaMessage("set_tempo", tempo=mido.bpm2tempo(97), time=0))
    meta.append(mido.MetaMessage("marker", text="Verse", time=0))
    meta.append(mido.MetaMessage("set_tempo", tempo=mido.bpm2tempo(133.7), time=1152))
    meta.append(mido.MetaMessage("marker", text="Chorus", time=1152))
    meta.append(mido.MetaMessage("time_signature", numerator=4, denominator=4, time=0))
    file.tracks.append(meta)
    for channel, name, program in ((0, "Keys", 4), (3, "Bass", 38), (9, "Drums", 0)):
        track = mido.MidiTrack()
        track.append(mido.MetaMessage("track_name", name=name, time=0))
        track.append(mido.Message("program_change", channel=channel, program=program, time=0))
        track.append(mido.Message("control_change", channel=channel, control=10, value=20 + channel, time=0))
        for i in range(16):
            pitch = 36 + (i * (5 if channel == 9 else 7)) % 36
            track.append(
                mido.Message("note_on", channel=channel, note=pitch, velocity=40 + 5 * i, time=0 if i == 0 else 31)
            )
            track.append(mido.Message("note_off", channel=channel, note=pitch, velocity=64, time=113 + channel))
        file.tracks.append(track)
    file.save(FIXTURES / "tempo-changes.mid")


def write_running_status() -> None:
    """Type 0 by hand: running status, note-ons of velocity 0, two channels, two notes of one pitch at once."""
    events = bytes(
        [0x00, 0xFF, 0x51, 0x03, 0x06, 0x1A, 0x80]  # 150 BPM
        + [0x00, 0x90, 60, 100, 0x10, 64, 90, 0x10, 60, 80, 0x20, 60, 0, 0x08, 60, 0, 0x00, 64, 0]
        + [0x00, 0x99, 36, 127, 0x30, 36, 0, 0x00, 42, 64, 0x30, 42, 0]
        + [0x00, 0xB0, 7, 90, 0x00, 0xE0, 0x00, 0x50]
        + [0x83, 0x60, 0x90, 72, 1, 0x81, 0x00, 0x80, 72, 10, 0x00, 0xFF, 0x2F, 0x00]
    )
    header = b"MThd" + (6).to_bytes(4, "big") + (0).to_bytes(2, "big") + (1).to_bytes(2, "big") + (96).to_bytes(2, "big")
    (FIXTURES / "running-status.mid").write_bytes(header + b"MTrk" + len(events).to_bytes(4, "big") + events)


def notes_of(path: Path) -> list[list[int]]:
    notes = []
    for track in mido.MidiFile(path).tracks:
        tick, sounding = 0, {}
        for message in track:
            tick += message.time
            if message.type not in ("note_on", "note_off"):
                continue
            key = (message.channel, message.note)
            if message.type == "note_on" and message.velocity > 0:
                sounding.setdefault(key, []).append((tick, message.velocity))
            elif sounding.get(key):
                start, velocity = sounding[key].pop(0)
                notes.append([start, tick - start, message.note, velocity, message.channel])
    return sorted(notes)


def seconds_of(path: Path) -> list[list[float]]:
    song = pretty_midi.PrettyMIDI(str(path))
    notes = [
        [round(note.start, 6), note.pitch, note.velocity] for instrument in song.instruments for note in instrument.notes
    ]
    return sorted(notes)


def main() -> None:
    FIXTURES.mkdir(parents=True, exist_ok=True)
    write_tempo_changes()
    write_running_status()
    golden = {}
    for path in sorted(FIXTURES.glob("*.mid")):
        file = mido.MidiFile(path)
        golden[path.name] = {
            "type": file.type,
            "ticksPerQuarter": file.ticks_per_beat,
            "tracks": len(file.tracks),
            "notes": notes_of(path),
            "seconds": seconds_of(path),
        }
    GOLDEN.write_text(json.dumps(golden, separators=(",", ":")) + "\n")
    print({name: len(entry["notes"]) for name, entry in golden.items()})


if __name__ == "__main__":
    main()
