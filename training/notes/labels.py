"""Instrument classes of the notes network and the families (the groups of the evaluation kit) that they belong to."""

# name, family, representative General MIDI program, programs
CLASSES = [
    ("piano", "keys", 0, range(0, 4)), ("electric piano", "keys", 4, range(4, 8)), ("mallets", "keys", 11, range(8, 16)),
    ("organ", "keys", 16, range(16, 24)), ("acoustic guitar", "guitar", 25, range(24, 26)),
    ("clean guitar", "guitar", 27, range(26, 29)), ("distorted guitar", "guitar", 30, range(29, 32)),
    ("acoustic bass", "bass", 32, range(32, 33)), ("electric bass", "bass", 33, range(33, 38)), ("synth bass", "bass", 38, range(38, 40)),
    ("solo strings", "strings_pads", 40, range(40, 45)), ("plucked strings", "strings_pads", 46, range(45, 48)),
    ("string ensemble", "strings_pads", 48, (48, 49, 50, 51, 55)), ("voice", "voice", 53, range(52, 55)),
    ("brass", "winds_leads", 61, range(56, 64)), ("reed", "winds_leads", 65, range(64, 72)), ("pipe", "winds_leads", 73, range(72, 80)),
    ("synth lead", "winds_leads", 81, range(80, 88)), ("pad", "strings_pads", 89, range(88, 96)), ("other", "other", 104, range(96, 128)),
]
FAMILIES = ["keys", "guitar", "bass", "strings_pads", "voice", "winds_leads", "other"]
CLASS_OF_PROGRAM = {p: i for i, (_, _, _, r) in enumerate(CLASSES) for p in r}
FAMILY_OF_CLASS = [FAMILIES.index(f) for _, f, _, _ in CLASSES]
LOWEST_PITCH, PITCHES = 21, 88
