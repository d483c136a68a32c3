import { barTicks, isUsableSignature } from '../../core/bars';
import { groupBy } from '../../core/group-by';
import { PITCH_CLASSES } from '../../core/pitch-classes';
import { TICKS_PER_QUARTER } from '../../core/notes';
import type {
  AutomationLane,
  DraftClip,
  DraftMarker,
  MixerChannel,
  ProjectKey,
  ProjectNote,
  ProjectPattern,
  ProjectTrack,
  ProjectWarning,
  ReadResult,
  TempoChange,
} from '../../core/project';
import { emptyDraft, finishProject } from '../../core/project-draft';
import { controllerLanes, initialGain, initialPan } from './controllers';
import { readChunks, type Division } from './smf-chunks';
import { DEFAULT_RELEASE, readTrack, type RawNote, type RawTrackEvents } from './track-events';

const DRUM_CHANNEL = 9;
const TEXT = { copyright: 2, trackName: 3, instrument: 4, lyric: 5, marker: 6, cue: 7 } as const;
const MICROSECONDS_A_MINUTE = 60_000_000;
/** Time code counts seconds, not quarters: it is laid on a grid of 120, which no tempo event may change. */
const SMPTE_BPM = 120;
const MAX_MARKERS = 20_000;

const DAMAGE: Readonly<Record<string, string>> = {
  'running-status': 'Events lean on a status that another event had ended; they were read as meant.',
  'stray-data': 'Bytes that belong to no event were skipped.',
  'bad-data': 'Events with impossible values were skipped.',
  'cut-event': 'An event is incomplete and was left out.',
  'no-end-of-track': 'A track does not say where it ends.',
  'hanging-note': 'Notes are never released; they end with their track.',
  'far-event': 'An event lies impossibly far in time; what follows it was left out.',
  'bad-tempo': 'A tempo of zero was left out.',
};

/**
 * Reads a Standard MIDI file of any type, plain or in a RIFF (RMID) wrapper. `fileTitle` names it where it has no
 * sequence name. Broken files are salvaged with warnings; throws FormatError where there is no MIDI in the bytes.
 */
export function readMidi(bytes: Uint8Array, fileTitle: string): ReadResult {
  const file = readChunks(bytes);
  const tracks = file.tracks.map((chunk) => readTrack(bytes, chunk));
  const isSequences = file.type === 2 && tracks.filter(({ notes }) => notes.length > 0).length > 1;
  const scale = ticksScale(file.division);
  const warnings = [...file.warnings, ...damageWarnings(tracks)];
  if (isSequences) {
    warnings.push({
      code: 'independent-sequences',
      message:
        'The file holds independent sequences; each became a clip of its own, on the first one’s tempo.',
    });
  }
  const parts = tracks.flatMap((track, i) => splitTrack(track, i, scale));
  const timing = isSequences ? tracks.slice(0, 1) : tracks;
  const signatures = timing
    .flatMap((track) => track.signatures)
    .map((change) => ({
      ...change,
      tick: change.tick * scale,
    }));
  const first = signatures.find(isUsableSignature) ?? { numerator: 4, denominator: 4 };
  const built = parts.map((part) => buildPart(part, barTicks(first)));
  const clips = built.map(({ clip }) => clip);
  const key = statedKey(timing);
  const tempo = tempoChanges(timing, file.division, scale, warnings);
  const title = sequenceName(tracks, file.type);
  const comments = tracks.flatMap(({ texts }) => texts).find(({ type }) => type === TEXT.copyright)?.text;
  return finishProject({
    ...emptyDraft('midi', title === '' ? fileTitle : title),
    formatVersion: String(file.type),
    ...(comments === undefined || comments === '' ? {} : { comments }),
    statedBpm: tempo.reduce((first, change) => (change.tick < first.tick ? change : first)).bpm,
    tempo,
    timeSignatures: signatures,
    ...(key === undefined ? {} : { key }),
    tracks: built.map(({ track }) => track),
    clips: isSequences ? [] : clips,
    sessionClips: isSequences ? clips.map((clip, sceneIndex) => ({ clip, sceneIndex })) : [],
    patterns: built.map(({ pattern }) => pattern),
    mixer: built.map(({ channel }) => channel),
    automation: built.flatMap(({ lanes }) => lanes),
    markers: tracks.flatMap((track) => trackMarkers(track, scale)).slice(0, MAX_MARKERS),
    unknown: file.otherChunks.map((name) => ({ what: `chunk ${name}`, count: 1, bytes: 0 })),
    warnings,
  });
}

/** Our ticks a file tick. */
function ticksScale(division: Division): number {
  if (division.kind === 'metrical') return TICKS_PER_QUARTER / division.ticksPerQuarter;
  const ticksASecond = (SMPTE_BPM / 60) * TICKS_PER_QUARTER;
  return ticksASecond / (division.framesPerSecond * division.ticksPerFrame);
}

function tempoChanges(
  tracks: readonly RawTrackEvents[],
  division: Division,
  scale: number,
  warnings: ProjectWarning[],
): TempoChange[] {
  const tempos = tracks.flatMap((track) => track.tempos);
  if (division.kind === 'smpte') {
    warnings.push({
      code: 'smpte',
      message: 'The file counts time in film frames, not in beats; it is shown on a grid of 120 BPM.',
    });
    return [{ tick: 0, bpm: SMPTE_BPM }];
  }
  const changes = tempos.map(({ tick, microseconds }) => ({
    tick: tick * scale,
    bpm: MICROSECONDS_A_MINUTE / microseconds,
  }));
  return changes.some(({ tick }) => tick === 0) ? changes : [{ tick: 0, bpm: 120 }, ...changes];
}

/** What becomes a track: the notes of one channel in one track chunk. */
interface Part {
  readonly id: string;
  readonly name: string;
  readonly midiChannel: number;
  readonly program?: number;
  readonly notes: ProjectNote[];
  readonly source: RawTrackEvents;
  readonly scale: number;
}

/** Type 0 files and careless exports put many instruments into one track: each channel is one. */
function splitTrack(source: RawTrackEvents, index: number, scale: number): Part[] {
  const byChannel = groupBy(source.notes, ({ channel }) => channel);
  const name = nameIn(source, TEXT.trackName) || nameIn(source, TEXT.instrument);
  return [...byChannel]
    .sort(([a], [b]) => a - b)
    .map(([channel, notes]) => {
      const program = source.programs.find((change) => change.channel === channel)?.program;
      const single = byChannel.size === 1;
      return {
        id: single ? `${index}` : `${index}:${channel}`,
        name: single && name !== '' ? name : channelName(name, channel, index),
        midiChannel: channel,
        ...(program === undefined ? {} : { program }),
        notes: notes.map((note) => projectNote(note, scale)),
        source,
        scale,
      };
    });
}

/** Two literals instead of one that is spread: there are hundreds of thousands of notes. */
function projectNote(note: RawNote, scale: number): ProjectNote {
  const startTicks = note.startTick * scale;
  const durationTicks = (note.endTick - note.startTick) * scale;
  const { pitch, channel: midiChannel } = note;
  const velocity = note.velocity / 127;
  if (note.release === DEFAULT_RELEASE) return { startTicks, durationTicks, pitch, velocity, midiChannel };
  const releaseVelocity = note.release / 127;
  return { startTicks, durationTicks, pitch, velocity, midiChannel, releaseVelocity };
}

function channelName(trackName: string, channel: number, index: number): string {
  const part = channel === DRUM_CHANNEL ? 'Drums' : `Channel ${channel + 1}`;
  return trackName === ''
    ? channel === DRUM_CHANNEL
      ? part
      : `Track ${index + 1}, ${part}`
    : `${trackName} – ${part}`;
}

function nameIn(track: RawTrackEvents, type: number): string {
  return track.texts.find((text) => text.type === type && text.text !== '')?.text ?? '';
}

function buildPart(
  part: Part,
  bar: number,
): {
  track: ProjectTrack;
  pattern: ProjectPattern;
  clip: DraftClip;
  channel: MixerChannel;
  lanes: AutomationLane[];
} {
  const notes = part.notes.sort((a, b) => a.startTicks - b.startTicks || a.pitch - b.pitch);
  const end = notes.reduce((last, note) => Math.max(last, note.startTicks + note.durationTicks), 0);
  const lengthTicks = Math.max(1, Math.ceil(end / bar - 1e-9)) * bar;
  const trackId = `track:${part.id}`;
  const channelId = `channel:${part.id}`;
  const controllers = part.source.controllers.filter(({ channel }) => channel === part.midiChannel);
  return {
    track: {
      id: trackId,
      name: part.name,
      kind: 'midi',
      channelId,
      isDrum: part.midiChannel === DRUM_CHANNEL,
      ...(part.program === undefined ? {} : { program: part.program }),
    },
    pattern: { id: `pattern:${part.id}`, name: part.name, lengthTicks, notes },
    clip: {
      id: `clip:${part.id}`,
      trackId,
      kind: 'notes',
      name: part.name,
      startTicks: 0,
      endTicks: lengthTicks,
      offsetTicks: 0,
      patternId: `pattern:${part.id}`,
    },
    channel: {
      id: channelId,
      name: part.name,
      kind: 'track',
      gain: initialGain(controllers),
      pan: initialPan(controllers),
      muted: false,
      sends: [],
      devices: [],
    },
    lanes: controllerLanes(controllers, { id: part.id, name: part.name, trackId, channelId }, part.scale),
  };
}

/** The first key signature; sharps count up from C by fifths, flats down. */
function statedKey(tracks: readonly RawTrackEvents[]): ProjectKey | undefined {
  const keys = tracks.flatMap((track) => track.keys).sort((a, b) => a.tick - b.tick);
  const stated = keys.find(({ fifths }) => Math.abs(fifths) <= 7);
  if (stated === undefined) return undefined;
  const pitchClass = (((stated.fifths * 7 + (stated.isMinor ? 9 : 0)) % 12) + 12) % 12;
  return {
    tonic: PITCH_CLASSES[pitchClass]!,
    mode: stated.isMinor ? 'minor' : 'major',
    origin: 'file',
    confidence: 1,
  };
}

/** The first track names the sequence, unless it is an instrument among others. */
function sequenceName(tracks: readonly RawTrackEvents[], type: number): string {
  const first = tracks[0];
  if (first === undefined || (type !== 0 && tracks.length > 1 && first.notes.length > 0)) return '';
  return nameIn(first, TEXT.trackName);
}

function trackMarkers(track: RawTrackEvents, scale: number): DraftMarker[] {
  return track.texts.flatMap(({ tick, type, text }): DraftMarker[] => {
    const ticks = tick * scale;
    if (type === TEXT.marker) return [{ ticks, name: text, kind: 'text' }];
    if (type === TEXT.cue) return [{ ticks, name: text, kind: 'cue' }];
    return type === TEXT.lyric ? [{ ticks, name: text, kind: 'other', isLyric: true }] : [];
  });
}

function damageWarnings(tracks: readonly RawTrackEvents[]): ProjectWarning[] {
  const counts = new Map<string, number>();
  for (const { damage } of tracks) {
    for (const [code, count] of damage) counts.set(code, (counts.get(code) ?? 0) + count);
  }
  return [...counts].map(([code, count]) => ({
    code,
    message: DAMAGE[code] ?? code,
    ...(count > 1 ? { count } : {}),
  }));
}
