import { barStarts } from './bars';
import type {
  DraftSection,
  ProjectClip,
  ProjectFormat,
  ProjectMarker,
  ProjectPattern,
  SectionKind,
} from './project';
import type { TimeSignatureChange } from './tempo-map';

/** Beyond this a "bar" comes from a damaged position, not from music. */
const MAX_BARS = 4096;
const BARS_A_BLOCK = 4;
/** Share of the parts that must start or stop for a new section to begin. */
const CHANGE_SHARE = 0.2;
const SAME_SECTION_JACCARD = 0.7;
/** Only a damaged file asks for more; it gets no sections rather than a wait. */
const MAX_VISITS = 2_000_000;

const NAME_PATTERNS: readonly (readonly [RegExp, SectionKind])[] = [
  [/intro|start/i, 'intro'],
  [/outro|ending|\bend\b|coda/i, 'outro'],
  [/pre.?(chorus|hook)|build|rise|riser|lift|climb/i, 'build'],
  [/hook|chorus|drop|refrain|main/i, 'hook'],
  [/break|breakdown|interlude/i, 'break'],
  [/bridge|middle.?8|solo/i, 'bridge'],
  [/verse|strophe|vers\b|\b[a-d]\d?\b/i, 'verse'],
];

/** What a section's name says about its role. */
function sectionKindOf(name: string): SectionKind {
  return NAME_PATTERNS.find(([pattern]) => pattern.test(name))?.[1] ?? 'other';
}

/**
 * Text markers divide the arrangement into sections, each reaching to the next marker. One marker alone divides nothing
 * unless its name says what part begins there.
 */
export function sectionsFromMarkers(
  markers: readonly Pick<ProjectMarker, 'ticks' | 'name' | 'kind' | 'isLyric'>[],
  endTicks: number,
  origin: 'marker' | 'locator' = 'marker',
): DraftSection[] {
  const texts = markers.filter(
    ({ kind, name, isLyric }) =>
      (kind === 'text' || kind === 'cue') && name.trim() !== '' && isLyric !== true,
  );
  if (texts.length === 0) return [];
  if (texts.length === 1 && sectionKindOf(texts[0]!.name) === 'other') return [];
  return texts.flatMap((marker, i) => {
    const end = texts[i + 1]?.ticks ?? endTicks;
    if (end <= marker.ticks) return [];
    return [
      {
        startTicks: marker.ticks,
        endTicks: end,
        name: marker.name,
        kind: sectionKindOf(marker.name),
        origin,
      },
    ];
  });
}

export interface SectionInput {
  readonly format: ProjectFormat;
  readonly clips: readonly ProjectClip[];
  readonly patterns: readonly ProjectPattern[];
  readonly timeSignatures: readonly TimeSignatureChange[];
}

/**
 * Sections from which parts play when. On blocks of four bars; a boundary lies where at least max(2, 20 %) of the parts
 * change (1 where there are four parts or fewer). Segments are clustered by the parts they share, neighbours of one
 * cluster are merged, and named by their density. Boundaries are trustworthy, names are guesses.
 */
export function inferSections(input: SectionInput): DraftSection[] {
  const endTicks = input.clips.reduce((end, clip) => Math.max(end, audibleEnd(clip)), 0);
  const bars = barStarts(input.timeSignatures.map(musicalBar), endTicks, MAX_BARS);
  if (endTicks <= 0 || bars.length >= MAX_BARS) return [];
  const blockStarts = bars.filter((_, i) => i % BARS_A_BLOCK === 0);
  const active = activeParts(input, blockStarts, endTicks);
  const allParts = new Set(active.flatMap((parts) => [...parts]));
  if (allParts.size === 0) return [];
  const segments = mergeClusters(splitAtChanges(active, allParts.size));
  const named = nameSegments(segments);
  return named.map(({ from, to, kind, name }) => ({
    startTicks: blockStarts[from]!,
    endTicks: blockStarts[to] ?? endTicks,
    name,
    kind,
    origin: 'inferred',
  }));
}

/** Who writes bars of a single beat (trackers of beats do) does not know the metre: four of them are the likeliest bar. */
function musicalBar(change: TimeSignatureChange): TimeSignatureChange {
  return change.numerator === 1 ? { ...change, numerator: 4 } : change;
}

function audibleEnd(clip: ProjectClip): number {
  return clip.kind === 'automation' || clip.muted === true ? 0 : clip.endTicks;
}

/** In FL a part is what a clip plays, since any track takes any clip; elsewhere it is the track. */
function activeParts(input: SectionInput, blockStarts: readonly number[], endTicks: number): Set<string>[] {
  const active = blockStarts.map(() => new Set<string>());
  const patterns = new Map(input.patterns.map((pattern) => [pattern.id, pattern]));
  let visits = 0;
  for (const clip of input.clips) {
    if (clip.kind === 'automation' || clip.muted === true) continue;
    const content = clip.patternId ?? clip.sampleId ?? clip.channelId ?? clip.trackId;
    const part = input.format === 'flp' ? content : clip.trackId;
    const first = blockIndex(blockStarts, clip.startTicks);
    const last = blockIndex(blockStarts, Math.min(clip.endTicks, endTicks) - 1);
    const notes = clip.patternId === undefined ? undefined : patterns.get(clip.patternId)?.notes;
    const isLong = last - first >= 1 && notes !== undefined && clip.loop === undefined;
    visits += isLong ? notes.length : last - first + 1;
    if (visits > MAX_VISITS) return [];
    if (!isLong) {
      if (notes?.length === 0) continue;
      for (let block = first; block <= last; block++) active[block]?.add(part);
      continue;
    }
    // A clip may span the whole song (every MIDI track does): only its notes say when it plays.
    let block = first;
    for (const note of notes) {
      const start = clip.startTicks + note.startTicks - clip.offsetTicks;
      if (start < clip.startTicks || start >= clip.endTicks) continue;
      // Notes are sorted: nearly all lie in the block of the one before.
      if (!(start >= blockStarts[block]! && start < (blockStarts[block + 1] ?? Infinity))) {
        block = blockIndex(blockStarts, start);
      }
      const channel = input.format === 'flp' ? note.channelId : undefined;
      active[block]?.add(channel === undefined ? part : part + channel);
    }
  }
  return active;
}

function blockIndex(starts: readonly number[], tick: number): number {
  let low = 0;
  let high = starts.length - 1;
  while (low < high) {
    const middle = (low + high + 1) >> 1;
    if (starts[middle]! <= tick) low = middle;
    else high = middle - 1;
  }
  return low;
}

interface Segment {
  readonly from: number;
  readonly to: number;
  readonly parts: ReadonlySet<string>;
  /** Parts a block, on average. */
  readonly density: number;
}

function splitAtChanges(active: readonly ReadonlySet<string>[], partCount: number): Segment[] {
  const needed = partCount <= 4 ? 1 : Math.max(2, CHANGE_SHARE * partCount);
  const boundaries = active.flatMap((parts, i) => {
    const before = active[i - 1];
    if (before === undefined) return [0];
    const kept = [...parts].filter((part) => before.has(part)).length;
    return parts.size + before.size - 2 * kept >= needed ? [i] : [];
  });
  return boundaries.map((from, i) => segmentOf(active, from, boundaries[i + 1] ?? active.length));
}

function segmentOf(active: readonly ReadonlySet<string>[], from: number, to: number): Segment {
  const blocks = active.slice(from, to);
  return {
    from,
    to,
    parts: new Set(blocks.flatMap((parts) => [...parts])),
    density: blocks.reduce((sum, parts) => sum + parts.size, 0) / Math.max(1, blocks.length),
  };
}

/** Greedy: each segment joins the first cluster whose founder shares enough of its parts. */
function mergeClusters(segments: readonly Segment[]): (Segment & { cluster: number })[] {
  const founders: ReadonlySet<string>[] = [];
  const merged: (Segment & { cluster: number })[] = [];
  for (const segment of segments) {
    let cluster = founders.findIndex((parts) => jaccard(parts, segment.parts) >= SAME_SECTION_JACCARD);
    if (cluster < 0) cluster = founders.push(segment.parts) - 1;
    const last = merged.at(-1);
    if (last?.cluster !== cluster) {
      merged.push({ ...segment, cluster });
      continue;
    }
    const blocks = last.to - last.from;
    const added = segment.to - segment.from;
    merged[merged.length - 1] = {
      from: last.from,
      to: segment.to,
      parts: new Set([...last.parts, ...segment.parts]),
      density: (last.density * blocks + segment.density * added) / (blocks + added),
      cluster,
    };
  }
  return merged;
}

function jaccard(a: ReadonlySet<string>, b: ReadonlySet<string>): number {
  let shared = 0;
  for (const part of a) if (b.has(part)) shared++;
  const union = a.size + b.size - shared;
  return union === 0 ? 1 : shared / union;
}

const TITLES: Readonly<Record<SectionKind, string>> = {
  intro: 'Intro',
  verse: 'Verse',
  build: 'Build',
  hook: 'Hook',
  bridge: 'Bridge',
  break: 'Break',
  outro: 'Outro',
  other: 'Part',
};

function nameSegments(
  segments: readonly (Segment & { cluster: number })[],
): { from: number; to: number; kind: SectionKind; name: string }[] {
  const densest = Math.max(...segments.map(({ density }) => density), Number.MIN_VALUE);
  const relative = segments.map(({ density }) => density / densest);
  return segments.map((segment, i) => {
    const kind = kindOf(segment, i, relative);
    return { from: segment.from, to: segment.to, kind, name: TITLES[kind] };
  });
}

function kindOf(segment: Segment, i: number, relative: readonly number[]): SectionKind {
  const density = relative[i]!;
  const next = relative[i + 1];
  if (relative.length > 1 && i === 0 && density < 0.75) return 'intro';
  if (relative.length > 1 && next === undefined && density < 0.75) return 'outro';
  if (density >= 0.85) return 'hook';
  if (density <= 0.5 && i > 0 && relative[i - 1]! - density > 0.15) return 'break';
  if (segment.to - segment.from === 1 && next !== undefined && next >= 0.85) return 'build';
  return 'verse';
}
