import { isUsableSignature } from './bars';
import { inferKey } from './key';
import type {
  DraftClip,
  DraftMarker,
  DraftSection,
  Project,
  ProjectClip,
  ProjectDraft,
  ProjectMarker,
  ProjectSection,
  ReadResult,
} from './project';
import { inferSections, sectionsFromMarkers } from './sections';
import { stepTempo } from './tempo-curve';
import type { TempoMap, TimeSignatureChange } from './tempo-map';

/** A draft with nothing in it, for readers to build on. */
export function emptyDraft(format: ProjectDraft['format'], title: string): ProjectDraft {
  return {
    format,
    formatVersion: '',
    title,
    tempo: [],
    timeSignatures: [],
    tracks: [],
    clips: [],
    sessionClips: [],
    otherArrangements: [],
    patterns: [],
    markers: [],
    sections: [],
    mixer: [],
    automation: [],
    sampleRefs: [],
    unknown: [],
    warnings: [],
  };
}

/**
 * Completes what a reader found: the stepped tempo map, seconds beside all ticks, sorted clips, the length, the key (inferred where the draft has
 * none) and sections
 * (as the draft gives them, else from its text markers, else inferred from the clips). Tempi, signatures and positions
 * that are no numbers are dropped here, so that no reader has to.
 */
export function finishProject(draft: ProjectDraft): ReadResult {
  const { tempo, ...rest } = draft;
  const map = stepTempo(tempo);
  const timeSignatures = usableSignatures(draft.timeSignatures);
  const clips = finishClips(draft.clips, map);
  const markers = finishMarkers(draft.markers, map);
  const contentEndTicks = clips.reduce((end, clip) => Math.max(end, clip.endTicks), 0);
  const found = draft.sections.length > 0 ? draft.sections : sectionsFromMarkers(markers, contentEndTicks);
  const sections =
    found.length > 0
      ? found
      : inferSections({ format: draft.format, clips, patterns: draft.patterns, timeSignatures });
  const key = draft.key ?? inferKey(draft.patterns.map(({ notes }) => notes));
  const lengthTicks = sections.reduce((end, section) => Math.max(end, section.endTicks), contentEndTicks);
  const project: Project = {
    schemaVersion: 1,
    ...rest,
    ...(key === undefined ? {} : { key }),
    tempoMap: map.points,
    timeSignatures,
    lengthTicks,
    lengthSeconds: map.ticksToSeconds(lengthTicks),
    clips,
    sessionClips: draft.sessionClips.flatMap(({ clip, sceneIndex }) =>
      finishClips([clip], map).map((finished) => ({ clip: finished, sceneIndex })),
    ),
    otherArrangements: draft.otherArrangements.map((arrangement) => ({
      ...arrangement,
      clips: finishClips(arrangement.clips, map),
      markers: finishMarkers(arrangement.markers, map),
    })),
    markers,
    sections: finishSections(sections, map),
  };
  return { project, warnings: project.warnings };
}

function finishClips(clips: readonly DraftClip[], map: TempoMap): ProjectClip[] {
  return clips
    .filter((clip) => Number.isFinite(clip.startTicks) && Number.isFinite(clip.endTicks))
    .map((clip) => {
      const endTicks = Math.max(clip.startTicks, clip.endTicks);
      return {
        ...clip,
        endTicks,
        startSeconds: map.ticksToSeconds(clip.startTicks),
        endSeconds: map.ticksToSeconds(endTicks),
      };
    })
    .sort((a, b) => a.startTicks - b.startTicks);
}

function finishMarkers(markers: readonly DraftMarker[], map: TempoMap): ProjectMarker[] {
  return markers
    .filter((marker) => Number.isFinite(marker.ticks))
    .map((marker) => ({ ...marker, seconds: map.ticksToSeconds(marker.ticks) }))
    .sort((a, b) => a.ticks - b.ticks);
}

function finishSections(sections: readonly DraftSection[], map: TempoMap): ProjectSection[] {
  return sections
    .filter((section) => Number.isFinite(section.startTicks) && section.endTicks > section.startTicks)
    .map((section) => ({
      ...section,
      startSeconds: map.ticksToSeconds(section.startTicks),
      endSeconds: map.ticksToSeconds(section.endTicks),
    }))
    .sort((a, b) => a.startTicks - b.startTicks);
}

/** Sorted, one a tick, the first at 0 (4/4 where the file is silent). */
function usableSignatures(changes: readonly TimeSignatureChange[]): TimeSignatureChange[] {
  const byTick = new Map<number, TimeSignatureChange>();
  for (const { tick, numerator, denominator } of changes) {
    if (!Number.isFinite(tick) || !isUsableSignature({ numerator, denominator })) continue;
    byTick.set(Math.max(0, tick), { tick: Math.max(0, tick), numerator, denominator });
  }
  const sorted = [...byTick.values()].sort((a, b) => a.tick - b.tick);
  if (sorted[0]?.tick !== 0) sorted.unshift({ tick: 0, numerator: 4, denominator: 4 });
  return sorted.filter(
    (change, i) =>
      i === 0 ||
      change.numerator !== sorted[i - 1]!.numerator ||
      change.denominator !== sorted[i - 1]!.denominator,
  );
}
