import type { PatternNote } from './notes';
import type { TempoPoint, TimeSignature, TimeSignatureChange } from './tempo-map';

/**
 * The one schema every project reader fills. Plain data (it crosses worker boundaries and is stored as JSON).
 * All ticks are {@link TICKS_PER_QUARTER} a quarter, counted from the start of the arrangement; they may be fractional
 * where the source is finer than that. Seconds follow from ticks through the tempo map. Ids are unique in a project.
 * Readers fill a {@link ProjectDraft}; `finishProject` (project-draft.ts) derives the rest.
 */
export type ProjectFormat = 'flp' | 'als' | 'logicx' | 'band' | 'dawproject' | 'midi';

export interface Project {
  readonly schemaVersion: 1;
  readonly format: ProjectFormat;
  /** As the file says: "20.8.3.2304", "12.0.15", "1" (MIDI type). Empty where unknown. */
  readonly formatVersion: string;
  /** The program that saved it, where the file says so: "FL Studio 20.8.3", "Ableton Live 12.0.15". */
  readonly application?: string;
  /** From the file, or its name without the extension. */
  readonly title: string;
  readonly artist?: string;
  readonly genre?: string;
  readonly comments?: string;
  /** ISO 8601. */
  readonly createdAt?: string;
  /** How long the author worked on it, where the format counts. */
  readonly workSeconds?: number;
  /** The tempo the project shows as its own, which automation may never play. */
  readonly statedBpm?: number;
  /** Never empty; the first point lies at tick 0. Ramps are stepped finely enough that seconds are right. */
  readonly tempoMap: readonly TempoPoint[];
  /** Never empty; the first lies at tick 0. */
  readonly timeSignatures: readonly TimeSignatureChange[];
  readonly key?: ProjectKey;
  /** End of the last clip, note or section. */
  readonly lengthTicks: number;
  readonly lengthSeconds: number;
  readonly tracks: readonly ProjectTrack[];
  /** The clips of the current arrangement, sorted by start. */
  readonly clips: readonly ProjectClip[];
  /** Clips that lie in a launcher instead of on the time line (Live's session view, DAWproject scenes). */
  readonly sessionClips: readonly SessionClip[];
  /** Arrangements other than the current one. */
  readonly otherArrangements: readonly OtherArrangement[];
  readonly patterns: readonly ProjectPattern[];
  readonly markers: readonly ProjectMarker[];
  readonly sections: readonly ProjectSection[];
  readonly mixer: readonly MixerChannel[];
  readonly automation: readonly AutomationLane[];
  readonly sampleRefs: readonly SampleRef[];
  /** What the reader stepped over, counted: nothing is dropped silently. */
  readonly unknown: readonly UnknownData[];
  readonly warnings: readonly ProjectWarning[];
}

export interface ProjectKey {
  /** "C", "C#", ... "B". */
  readonly tonic: string;
  /** "major", "minor", or the scale's own name in lower case ("dorian"). */
  readonly mode: string;
  readonly origin: 'file' | 'inferred';
  /** 0-1; 1 where the file says so. */
  readonly confidence: number;
}

/** Something to tell the user, in plain words. */
export interface ProjectWarning {
  /** A short stable name: "truncated", "missing-length". */
  readonly code: string;
  readonly message: string;
  /** Where in the file, in bytes. */
  readonly offset?: number;
  /** How often, where it happened more than once. */
  readonly count?: number;
}

export interface UnknownData {
  /** "event 0xd6", "element MxPatchRef". */
  readonly what: string;
  readonly count: number;
  readonly bytes: number;
}

export type TrackKind = 'audio' | 'midi' | 'hybrid' | 'group' | 'return' | 'master';

/** A lane of the arrangement. In FL Studio a playlist track, which takes any clip ("hybrid"). */
export interface ProjectTrack {
  readonly id: string;
  readonly name: string;
  readonly kind: TrackKind;
  /** "#rrggbb". */
  readonly colour?: string;
  /** The group track around it. */
  readonly parentId?: string;
  /** The strip in {@link Project.mixer} that it plays through. */
  readonly channelId?: string;
  readonly muted?: boolean;
  /** General MIDI program 0-127, where the format is MIDI. */
  readonly program?: number;
  readonly isDrum?: boolean;
}

type ClipKind = 'notes' | 'audio' | 'automation';

/** What lies on the time line: a pattern of notes, a stretch of audio, or an automation curve. */
export interface ProjectClip {
  readonly id: string;
  readonly trackId: string;
  readonly kind: ClipKind;
  readonly name: string;
  readonly colour?: string;
  readonly startTicks: number;
  readonly endTicks: number;
  readonly startSeconds: number;
  readonly endSeconds: number;
  /** The content that is heard at the clip's start; 0 plays it from its beginning. In audio clips on the warped grid. */
  readonly offsetTicks: number;
  /** Where the content repeats inside the clip, in content ticks. */
  readonly loop?: { readonly startTicks: number; readonly endTicks: number };
  readonly muted?: boolean;
  /** `notes`: into {@link Project.patterns}. */
  readonly patternId?: string;
  /** `audio`: into {@link Project.sampleRefs}. */
  readonly sampleId?: string;
  /** `automation`: into {@link Project.automation}. */
  readonly automationId?: string;
  /** The instrument or clip channel in {@link Project.mixer} that plays it, where it is not the track's own. */
  readonly channelId?: string;
  /** Linear, 1 = 0 dB. */
  readonly gain?: number;
  /** Stretched to the tempo by these anchors; without it audio plays at its own speed from `offsetSeconds`. */
  readonly warp?: readonly { readonly seconds: number; readonly ticks: number }[];
  /** Audio clips: curves inside the clip, into {@link Project.automation}. Those of notes belong to their pattern. */
  readonly automationIds?: readonly string[];
  /** Audio that is not warped: where in the file it starts. */
  readonly offsetSeconds?: number;
  readonly transposeSemitones?: number;
}

/** A launcher slot. `clip.startTicks` is 0 and `endTicks` its length. */
interface SessionClip {
  readonly clip: ProjectClip;
  readonly sceneIndex: number;
}

interface OtherArrangement {
  readonly name: string;
  readonly tracks: readonly ProjectTrack[];
  readonly clips: readonly ProjectClip[];
  readonly markers: readonly ProjectMarker[];
}

/** Notes that clips place on the time line: an FL pattern, or the content of one Live / DAWproject / MIDI clip. */
export interface ProjectPattern {
  readonly id: string;
  readonly name: string;
  readonly colour?: string;
  /** As stored; 0 where the format does not store it and there are no notes. */
  readonly lengthTicks: number;
  readonly timeSignature?: TimeSignature;
  /** Curves inside the pattern, into {@link Project.automation}; they play wherever it is placed. */
  readonly automationIds?: readonly string[];
  /** Relative to the pattern's start, sorted by start then pitch. */
  readonly notes: readonly ProjectNote[];
}

/** A duration of 0 is a one-shot: it sounds as long as its sample does. */
export interface ProjectNote extends PatternNote {
  /** The instrument in {@link Project.mixer} that plays it, where it is not the track's own (FL rack channels). */
  readonly channelId?: string;
  /** 0-15. */
  readonly midiChannel?: number;
  readonly muted?: boolean;
  /** -1 left .. 1 right. */
  readonly pan?: number;
  /** 0-1. */
  readonly releaseVelocity?: number;
  readonly detuneCents?: number;
  /** An FL slide note: it bends the notes that sound, and is not heard itself. */
  readonly slide?: boolean;
  /** A hit of a step sequencer, not a note that the file stores with a length. */
  readonly isStep?: boolean;
}

export type MarkerKind =
  'text' | 'loop' | 'start' | 'end' | 'punch-in' | 'punch-out' | 'time-signature' | 'cue' | 'other';

export interface ProjectMarker {
  readonly ticks: number;
  readonly seconds: number;
  readonly name: string;
  readonly kind: MarkerKind;
  readonly colour?: string;
  /** "lyric": texts sung, not parts. */
  readonly isLyric?: boolean;
}

export type SectionKind = 'intro' | 'verse' | 'build' | 'hook' | 'bridge' | 'break' | 'outro' | 'other';

export interface ProjectSection {
  readonly startTicks: number;
  readonly endTicks: number;
  readonly startSeconds: number;
  readonly endSeconds: number;
  readonly name: string;
  readonly kind: SectionKind;
  /** `inferred`: boundaries are likely, names are guesses. */
  readonly origin: 'marker' | 'locator' | 'arrangement' | 'inferred';
}

type ChannelKind = 'instrument' | 'track' | 'insert' | 'group' | 'return' | 'master';

/** A strip of the mixer, or an instrument in FL's channel rack (which has volume and pan of its own). */
export interface MixerChannel {
  readonly id: string;
  readonly name: string;
  readonly kind: ChannelKind;
  readonly colour?: string;
  /** Linear, 1 = 0 dB. */
  readonly gain: number;
  /** -1 left .. 1 right. */
  readonly pan: number;
  readonly muted: boolean;
  /** Stereo width, where the format has one: 0 mono, 1 as is, 2 wide. */
  readonly stereoWidth?: number;
  /** The channel it plays into; none for the master. */
  readonly outputId?: string;
  readonly sends: readonly MixerSend[];
  /** In the order of the signal. */
  readonly devices: readonly Device[];
  /** Instruments: the sample they play. */
  readonly sampleId?: string;
  /** A folder the user sorted it into (FL channel groups). */
  readonly groupName?: string;
  /** Instruments: the pitch at which the sample sounds as recorded. */
  readonly rootPitch?: number;
}

export interface MixerSend {
  readonly targetId: string;
  /** Linear, 1 = 0 dB. */
  readonly gain: number;
  readonly preFader?: boolean;
  readonly enabled?: boolean;
}

export type DeviceKind = 'instrument' | 'effect' | 'midi-effect' | 'container' | 'unknown';
export type PluginFormat = 'native' | 'vst' | 'vst2' | 'vst3' | 'au' | 'clap' | 'max' | 'unknown';

export interface Device {
  readonly id: string;
  /** What the user sees: their own name for it, else the plug-in's. */
  readonly name: string;
  readonly kind: DeviceKind;
  readonly pluginFormat: PluginFormat;
  /** The product's own name: "Fruity Parametric EQ 2", "Serum", "Eq8". */
  readonly pluginName?: string;
  readonly vendor?: string;
  readonly presetName?: string;
  readonly enabled: boolean;
  /** Dry/wet 0-1, where the slot has one. */
  readonly mix?: number;
  readonly parameters: readonly DeviceParameter[];
  /** Racks: the chains inside, which play side by side. */
  readonly chains?: readonly DeviceChain[];
  /** How much state the file holds that is not read. */
  readonly opaqueBytes?: number;
}

/** One chain of a rack: a small strip of its own. */
export interface DeviceChain {
  readonly name: string;
  /** Linear, 1 = 0 dB. */
  readonly gain: number;
  /** -1 left .. 1 right. */
  readonly pan: number;
  readonly muted: boolean;
  /** Drum racks: the one MIDI pitch that this chain plays. */
  readonly pitch?: number;
  readonly devices: readonly Device[];
}

export interface DeviceParameter {
  /** Stable inside its device; automation refers to it. */
  readonly id: string;
  readonly name: string;
  readonly value: number;
  /** "dB", "Hz", "ms", "gain" (1 = 0 dB), "normalized", "raw". */
  readonly unit?: string;
  readonly min?: number;
  readonly max?: number;
}

type AutomationTargetKind =
  | 'tempo'
  | 'time-signature'
  | 'volume'
  | 'pan'
  | 'mute'
  | 'send'
  | 'device'
  | 'pitch'
  | 'controller'
  | 'unknown';

export interface AutomationTarget {
  readonly kind: AutomationTargetKind;
  /** In words: "Lead: Volume". */
  readonly name: string;
  readonly channelId?: string;
  readonly trackId?: string;
  readonly deviceId?: string;
  /** `device`: the parameter; `controller`: the MIDI controller number; `send`: the id of the channel sent to. */
  readonly parameterId?: string;
}

export interface AutomationLane {
  readonly id: string;
  readonly name: string;
  readonly target: AutomationTarget;
  /** Other parameters that follow the same curve. */
  readonly moreTargets?: readonly AutomationTarget[];
  /** Added to the parameter's value instead of setting it (Live's clip modulations). */
  readonly isModulation?: boolean;
  /** `timeline`: points lie on the time line; `clip`: relative to the content of the clips or patterns that refer to it. */
  readonly scope: 'timeline' | 'clip';
  /** What the values mean: "bpm", "gain" (1 = 0 dB), "pan" (-1..1), "normalized" (0-1), "midi" (0-127), "raw". */
  readonly unit: 'bpm' | 'gain' | 'pan' | 'normalized' | 'midi' | 'raw';
  readonly points: readonly AutomationPoint[];
}

export interface AutomationPoint {
  readonly ticks: number;
  readonly value: number;
  /** How the value goes on to the next point; missing means linear. */
  readonly curve?: 'hold' | 'linear' | 'curved';
  /** -1..1, of a curved segment: positive moves early, negative late. */
  readonly tension?: number;
  /** A curved segment that bends twice (an S), or in a way that is not known; missing: once. */
  readonly shape?: 'double' | 'other';
}

export interface SampleRef {
  readonly id: string;
  /** As the project stores it, slashes kept. */
  readonly path: string;
  /** The last part of the path. */
  readonly fileName: string;
  readonly sizeBytes?: number;
  readonly durationSeconds?: number;
  readonly sampleRateHz?: number;
  /** The file inside the dropped folder or archive that it was matched to; missing until resolved or not found. */
  readonly resolvedPath?: string;
}

/** What a reader hands to `finishProject`: seconds, lengths, order and sections are derived there. */
export interface ProjectDraft extends Omit<
  Project,
  | 'schemaVersion'
  | 'tempoMap'
  | 'lengthTicks'
  | 'lengthSeconds'
  | 'clips'
  | 'sessionClips'
  | 'otherArrangements'
  | 'markers'
  | 'sections'
> {
  /** By tick; empty means 120. */
  readonly tempo: readonly TempoChange[];
  readonly clips: readonly DraftClip[];
  readonly sessionClips: readonly { readonly clip: DraftClip; readonly sceneIndex: number }[];
  readonly otherArrangements: readonly {
    readonly name: string;
    readonly tracks: readonly ProjectTrack[];
    readonly clips: readonly DraftClip[];
    readonly markers: readonly DraftMarker[];
  }[];
  readonly markers: readonly DraftMarker[];
  /** Empty: taken from text markers, else inferred from the clips. */
  readonly sections: readonly DraftSection[];
}

export interface TempoChange {
  readonly tick: number;
  readonly bpm: number;
  /** `linear`: the tempo moves evenly over the ticks to the next change; missing means it jumps there. */
  readonly curve?: 'hold' | 'linear';
}

export type DraftClip = Omit<ProjectClip, 'startSeconds' | 'endSeconds'>;
export type DraftMarker = Omit<ProjectMarker, 'seconds'>;
export type DraftSection = Omit<ProjectSection, 'startSeconds' | 'endSeconds'>;

export interface ReadResult {
  readonly project: Project;
  /** The same list as `project.warnings`. */
  readonly warnings: readonly ProjectWarning[];
}
