import { familyOfProgram, type InstrumentFamily } from '$lib/core/instruments';
import type { NoteEvent } from '$lib/core/notes';
import type { Project } from '$lib/core/project';
import { TempoMap } from '$lib/core/tempo-map';
import type { PlaybackTrack } from '$lib/audio/playback';
import { arrangedNotes, byLane } from '$lib/formats/project-export-midi/arranged-notes';

interface Sound {
  readonly family: InstrumentFamily;
  readonly program: number;
  readonly isDrum: boolean;
}

/** What producers call their tracks, and the built-in instrument that comes closest; the first match wins. */
const NAMED: readonly (readonly [RegExp, Sound])[] = [
  [
    /drum|kick|snare|clap|hat|hh\b|perc|cymbal|crash|ride|tom\b|rim|shaker|kit\b|break|beat/i,
    sound('drums', 0),
  ],
  [/808|sub|bass/i, sound('bass', 38)],
  [/guitar|gtr|nylon|strum/i, sound('guitar', 25)],
  [/string|pad|choir|atmo|orch|violin|cello|brass/i, sound('strings_pads', 48)],
  [/vox|vocal|voice/i, sound('voice', 53)],
  [/lead|flute|sax|trumpet|pluck|arp|synth|bell/i, sound('winds_leads', 81)],
];
const KEYS = sound('keys', 4);
/** A one-shot has no length of its own. */
const ONE_SHOT_SECONDS = 0.25;

function sound(family: InstrumentFamily, program: number): Sound {
  return { family, program, isDrum: family === 'drums' };
}

/** The instrument a lane of a project is heard with: as its program says, else as its name suggests, else keys. */
function soundOf(project: Project, laneId: string): Sound {
  const track = project.tracks.find(({ id }) => id === laneId);
  const channel = project.mixer.find(({ id }) => id === laneId);
  if (track?.isDrum === true) return sound('drums', 0);
  if (track?.program !== undefined) return sound(familyOfProgram(track.program), track.program);
  const names = [track?.name, channel?.name, channel?.devices[0]?.name].filter((name) => name !== undefined);
  return NAMED.find(([pattern]) => names.some((name) => pattern.test(name)))?.[1] ?? KEYS;
}

/** Every lane with notes, in seconds of the arrangement. */
export function projectTracks(project: Project): PlaybackTrack[] {
  const map = TempoMap.fromPoints(project.tempoMap);
  return [...byLane(arrangedNotes(project))].map(([laneId, notes]) => ({
    id: laneId,
    ...soundOf(project, laneId),
    notes: notes.map(({ note }) => toEvent(note.startTicks, note.durationTicks, map, note)),
  }));
}

/** The notes of a pattern as an editor shows them: in seconds from its start. */
export function patternEvents(project: Project, patternId: string): NoteEvent[] {
  const pattern = project.patterns.find(({ id }) => id === patternId);
  const map = TempoMap.constant(project.tempoMap[0]?.bpm ?? 120);
  return (pattern?.notes ?? []).map((note) => toEvent(note.startTicks, note.durationTicks, map, note));
}

/** A project whose pattern has these notes; what an editor does not show of a note (channel, pan) stays with its pitch and place. */
export function withPatternNotes(project: Project, patternId: string, events: readonly NoteEvent[]): Project {
  const map = TempoMap.constant(project.tempoMap[0]?.bpm ?? 120);
  const patterns = project.patterns.map((pattern) => {
    if (pattern.id !== patternId) return pattern;
    const before = new Map(
      pattern.notes.map((note) => [`${note.pitch}/${Math.round(note.startTicks)}`, note]),
    );
    const owner = pattern.notes[0]?.channelId;
    const notes = events.map((event) => {
      const startTicks = Math.round(map.secondsToTicks(event.startSeconds));
      const end = map.secondsToTicks(event.startSeconds + event.durationSeconds);
      const kept =
        before.get(`${event.pitch}/${startTicks}`) ?? (owner === undefined ? {} : { channelId: owner });
      const durationTicks = Math.max(1, Math.round(end) - startTicks);
      return { ...kept, startTicks, durationTicks, pitch: event.pitch, velocity: event.velocity };
    });
    const end = notes.reduce((last, note) => Math.max(last, note.startTicks + note.durationTicks), 0);
    return { ...pattern, notes, lengthTicks: Math.max(pattern.lengthTicks, end) };
  });
  return { ...project, patterns };
}

/** Whether the notes of a pattern are strokes on drums, judged by the lane its first clip lies on. */
export function isDrumPattern(project: Project, patternId: string): boolean {
  const clip = project.clips.find((candidate) => candidate.patternId === patternId);
  const channelId = project.patterns.find(({ id }) => id === patternId)?.notes[0]?.channelId;
  return soundOf(project, channelId ?? clip?.trackId ?? '').isDrum;
}

function toEvent(
  startTicks: number,
  durationTicks: number,
  map: TempoMap,
  { pitch, velocity }: { readonly pitch: number; readonly velocity: number },
): NoteEvent {
  const startSeconds = map.ticksToSeconds(startTicks);
  const heard = map.ticksToSeconds(startTicks + durationTicks) - startSeconds;
  return {
    startSeconds,
    durationSeconds: heard > 0 ? heard : ONE_SHOT_SECONDS,
    pitch,
    velocity,
    confidence: 1,
  };
}
