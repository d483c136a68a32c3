import { allDevices } from '../../core/devices';
import { barAt } from '../../core/bars';
import { inferChords } from '../../core/chords';
import { inferLoop } from '../../core/loop';
import type { Project, SectionKind } from '../../core/project';
import { effectiveGain } from '../../core/project-gain';
import { projectBpm } from '../../core/tempo-curve';

/** What a beat is made of, in the few words another program or a model needs. */
export interface BeatMetadata {
  readonly title: string;
  readonly bpm: number;
  readonly key: string | null;
  readonly time_signature: string;
  readonly genre?: string;
  readonly loops: readonly LoopMetadata[];
  readonly structure: readonly {
    readonly bar: number;
    readonly bars: number;
    readonly section: SectionKind;
    readonly name: string;
    readonly inferred: boolean;
  }[];
  readonly tracks: readonly {
    readonly name: string;
    readonly kind: string;
    readonly clips: number;
    readonly muted: boolean;
  }[];
  readonly mixer: readonly {
    readonly name: string;
    readonly kind: string;
    readonly gain_db: number | null;
    /** With every fader on the way to the master. */
    readonly effective_gain_db: number | null;
    readonly pan: number;
    readonly devices: readonly string[];
  }[];
}

interface LoopMetadata {
  readonly name: string;
  readonly bars: number;
  readonly notes: number;
  readonly repeats: boolean;
  readonly chords: readonly string[];
  /** How many clips play it. */
  readonly placed: number;
}

const MAX_CHORDS = 64;

/** The beat metadata of a project, ready for `JSON.stringify`. */
export function beatMetadata(project: Project): BeatMetadata {
  const { key, genre, timeSignatures } = project;
  const signature = timeSignatures[0]!;
  return {
    title: project.title,
    bpm: round(projectBpm(project)),
    key: key === undefined ? null : `${key.tonic} ${key.mode}`,
    time_signature: `${signature.numerator}/${signature.denominator}`,
    ...(genre === undefined ? {} : { genre }),
    loops: loops(project),
    structure: project.sections.map(({ startTicks, endTicks, kind, name, origin }) => {
      const { bar } = barAt(timeSignatures, startTicks);
      const end = barAt(timeSignatures, endTicks);
      return {
        bar,
        bars: end.bar - bar + (end.beat > 1 ? 1 : 0),
        section: kind,
        name,
        inferred: origin === 'inferred',
      };
    }),
    tracks: project.tracks.map(({ id, name, kind, muted }) => ({
      name,
      kind,
      clips: project.clips.filter(({ trackId }) => trackId === id).length,
      muted: muted === true,
    })),
    mixer: project.mixer
      .filter((channel) => isUsed(project, channel.id))
      .map((channel) => ({
        name: channel.name,
        kind: channel.kind,
        gain_db: decibels(channel.gain),
        effective_gain_db: decibels(effectiveGain(project, channel.id)),
        pan: round(channel.pan),
        devices: allDevices(channel.devices).map((device) => device.pluginName ?? device.name),
      })),
  };
}

function loops(project: Project): LoopMetadata[] {
  return project.patterns
    .filter(({ notes }) => notes.length > 0)
    .map((pattern) => {
      const signature = pattern.timeSignature ?? project.timeSignatures[0]!;
      const loop = inferLoop(pattern.notes, signature);
      const inLoop = pattern.notes.filter(({ startTicks }) => startTicks < loop.lengthTicks);
      return {
        name: pattern.name,
        bars: loop.bars,
        notes: pattern.notes.length,
        repeats: loop.repeats,
        chords: inferChords(inLoop)
          .slice(0, MAX_CHORDS)
          .map(({ name }) => name),
        placed: project.clips.filter(({ patternId }) => patternId === pattern.id).length,
      };
    });
}

/** FL always stores its hundred-odd inserts; those nobody plays into say nothing. */
function isUsed(project: Project, channelId: string): boolean {
  const channel = project.mixer.find(({ id }) => id === channelId);
  if (channel === undefined) return false;
  return (
    channel.kind !== 'insert' ||
    channel.devices.length > 0 ||
    project.mixer.some(({ outputId, kind }) => outputId === channelId && kind === 'instrument')
  );
}

function decibels(gain: number): number | null {
  return gain > 0 ? round(20 * Math.log10(gain)) : null;
}

function round(value: number): number {
  return Math.round(value * 1000) / 1000;
}
