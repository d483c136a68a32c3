"""The drum classes of the network, and how General MIDI notes fall into them."""

CLASSES = ["kick", "snare", "clap", "closed_hat", "open_hat", "low_tom", "mid_tom", "high_tom", "ride", "crash", "shaker"]
INDEX = {name: i for i, name in enumerate(CLASSES)}

GM_TO_CLASS = {
    35: "kick", 36: "kick", 38: "snare", 40: "snare", 37: "clap", 39: "clap", 42: "closed_hat", 44: "closed_hat",
    46: "open_hat", 41: "low_tom", 43: "low_tom", 45: "mid_tom", 47: "mid_tom", 48: "high_tom", 50: "high_tom",
    51: "ride", 53: "ride", 59: "ride", 49: "crash", 52: "crash", 55: "crash", 57: "crash",
    54: "shaker", 69: "shaker", 70: "shaker", 82: "shaker",
}
# Percussion that sounds in training clips without a label, so that it is not taken for a drum.
GM_UNLABELLED = [56, 60, 61, 62, 63, 64, 65, 66, 67, 68, 75, 76, 77]

# Typical loudness of a full-velocity hit in a mix (peak, relative to the kick).
NOMINAL_GAIN = dict(kick=1.0, snare=0.85, clap=0.6, closed_hat=0.3, open_hat=0.35, low_tom=0.75, mid_tom=0.7, high_tom=0.65,
                    ride=0.32, crash=0.5, shaker=0.25, other=0.35)

RATE = 22050
