import { TICKS_PER_QUARTER } from '../../core/notes';
import type { AutomationLane, DraftClip, ProjectNote, ProjectPattern, SampleRef } from '../../core/project';
import type { TempoMap } from '../../core/tempo-map';
import type { ParameterTable } from './parameters';
import { expressionTarget, laneUnit, normalise, pointValue, toAutomationPoint } from './points';
import { childOf, numberAttribute, type XmlElement } from './xml-dom';

type TimeUnit = 'beats' | 'seconds';

/** Clips inside clips inside clips: deeper than this nobody nests by hand. */
const MAX_CLIP_DEPTH = 8;

export interface LaneCollector {
  readonly clips: DraftClip[];
  readonly sessionClips: { clip: DraftClip; sceneIndex: number }[];
  readonly patterns: ProjectPattern[];
  readonly automation: AutomationLane[];
  readonly sampleRefs: SampleRef[];
  /** Instruments that notes name by id although they are no track ({@link ProjectNote.channelId}). */
  readonly channelIds: ReadonlySet<string>;
  readonly warn: (code: string, message: string) => void;
}

interface Position {
  readonly trackId: string;
  readonly unit: TimeUnit;
  /** Of the surrounding clip, in ticks. */
  readonly originTicks: number;
  readonly endTicks: number;
  readonly sceneIndex?: number;
  readonly depth: number;
  /** Times count from the start of the content of a clip. */
  readonly isContent?: boolean;
}

/** Walks the lanes of an arrangement or a scene. */
export class LaneReader {
  readonly #out: LaneCollector;
  readonly #map: TempoMap;
  readonly #parameters: ParameterTable;
  readonly #patternByTimeline = new Map<string, string>();
  readonly #timelines: ReadonlyMap<string, XmlElement>;
  readonly #sampleByPath = new Map<string, string>();
  readonly #clipTimelines: XmlElement[] = [];

  constructor(
    out: LaneCollector,
    options: {
      readonly map: TempoMap;
      readonly parameters: ParameterTable;
      readonly timelines: ReadonlyMap<string, XmlElement>;
    },
  ) {
    this.#out = out;
    this.#map = options.map;
    this.#parameters = options.parameters;
    this.#timelines = options.timelines;
  }

  readArrangement(lanes: XmlElement | undefined): void {
    if (lanes !== undefined) this.#visit(lanes, TOP);
  }

  readScene(scene: XmlElement, sceneIndex: number): void {
    for (const child of scene.children) this.#visit(child, { ...TOP, sceneIndex });
  }

  #visit(element: XmlElement, outer: Position): void {
    const position: Position = {
      ...outer,
      trackId: element.attributes.track ?? outer.trackId,
      unit: unitOf(element.attributes.timeUnit) ?? outer.unit,
    };
    switch (element.tag) {
      case 'Lanes':
      // Some writers wrap the lanes of a scene once more.
      case 'Content':
        for (const child of element.children) this.#visit(child, position);
        break;
      case 'Clips':
      case 'ClipSlot':
        for (const clip of element.children) if (clip.tag === 'Clip') this.#readClip(clip, position);
        break;
      case 'Notes':
        this.#addNotesWithoutClip(element, position);
        break;
      case 'Points':
        this.#readPoints(element, position);
        break;
      default:
        this.#out.warn('unread-lane', `Lanes of kind "${element.tag}" are not read.`);
    }
  }

  #ticks(value: number, position: Position): number {
    return position.unit === 'beats' ? value * TICKS_PER_QUARTER : this.#map.secondsToTicks(value);
  }

  /** A length, which in seconds depends on where it begins. */
  #lengthTicks(value: number, startTicks: number, unit: TimeUnit): number {
    if (unit === 'beats') return value * TICKS_PER_QUARTER;
    return this.#map.secondsToTicks(this.#map.ticksToSeconds(startTicks) + value) - startTicks;
  }

  #readClip(clip: XmlElement, position: Position): void {
    const time = numberAttribute(clip, 'time') ?? 0;
    const startTicks = position.originTicks + this.#ticks(time, { ...position, unit: position.unit });
    const contentUnit = unitOf(clip.attributes.contentTimeUnit) ?? position.unit;
    const content = this.#contentOf(clip);
    const playStart = numberAttribute(clip, 'playStart') ?? 0;
    const duration = numberAttribute(clip, 'duration');
    const durationTicks =
      duration === undefined || !Number.isFinite(duration)
        ? this.#contentLengthTicks(content, contentUnit, startTicks)
        : this.#lengthTicks(duration, startTicks, position.unit);
    const loopStart = numberAttribute(clip, 'loopStart');
    const loopEnd = numberAttribute(clip, 'loopEnd');
    const base = {
      trackId: position.trackId,
      name: clip.attributes.name ?? '',
      startTicks,
      endTicks: Math.min(startTicks + durationTicks, position.endTicks),
      offsetTicks: this.#lengthTicks(playStart, startTicks, contentUnit),
      ...(clip.attributes.color === undefined
        ? {}
        : { colour: clip.attributes.color.slice(0, 7).toLowerCase() }),
      ...(clip.attributes.enable === 'false' ? { muted: true } : {}),
      ...(loopStart === undefined || loopEnd === undefined || loopEnd <= loopStart
        ? {}
        : {
            loop: {
              startTicks: this.#lengthTicks(loopStart, startTicks, contentUnit),
              endTicks: this.#lengthTicks(loopEnd, startTicks, contentUnit),
            },
          }),
    };
    this.#addContent(content, base, { ...position, unit: contentUnit }, playStart);
  }

  #contentOf(clip: XmlElement): XmlElement | undefined {
    const own = clip.children.find(({ tag }) => tag !== 'Points') ?? clip.children[0];
    return own ?? this.#timelines.get(clip.attributes.reference ?? '');
  }

  #addContent(
    content: XmlElement | undefined,
    base: Omit<DraftClip, 'id' | 'kind'>,
    position: Position,
    playStart: number,
  ): void {
    const push = (extra: Partial<DraftClip> & Pick<DraftClip, 'kind'>): void =>
      this.#pushClip({ ...base, ...extra }, position);
    switch (content?.tag) {
      case 'Notes':
        push({ kind: 'notes', patternId: this.#patternOf(content, base.name, position) });
        break;
      case 'Lanes': {
        // Notes or audio with curves of their own stand side by side.
        const parts = content.children.filter(({ tag }) => tag !== 'Points');
        if (parts.length > 0 && parts.every(({ tag }) => tag === 'Notes')) {
          push({ kind: 'notes', patternId: this.#patternOf(content, base.name, position) });
        } else if (parts.length === 1 && AUDIO_TAGS.has(parts[0]!.tag)) {
          push({ ...this.#audioOf(parts[0]!, playStart), ...this.#curvesOf(content, position) });
        } else this.#nested(content, base, position, playStart);
        break;
      }
      case 'Clips':
        this.#nested(content, base, position, playStart);
        break;
      case 'Warps':
      case 'Audio':
        push(this.#audioOf(content, playStart));
        break;
      case undefined:
        this.#out.warn('empty-clip', 'Some clips have no content, or refer to content that is missing.');
        push({ kind: 'notes', patternId: this.#patternOf(EMPTY_NOTES, base.name, position) });
        break;
      default:
        this.#out.warn('unread-clip', `Clips of kind "${content?.tag}" are not read.`);
    }
  }

  #pushClip(withoutId: Omit<DraftClip, 'id'>, { sceneIndex }: Position): void {
    const clip: DraftClip = { ...withoutId, id: `clip-${this.#nextClipNumber()}` };
    if (sceneIndex === undefined) {
      this.#out.clips.push(clip);
      return;
    }
    const endTicks = clip.endTicks - clip.startTicks;
    this.#out.sessionClips.push({ clip: { ...clip, startTicks: 0, endTicks }, sceneIndex });
  }

  #nextClipNumber(): number {
    return this.#out.clips.length + this.#out.sessionClips.length + 1;
  }

  /** Clips inside a clip start where it starts and end where it ends. */
  #nested(
    content: XmlElement,
    base: Omit<DraftClip, 'id' | 'kind'>,
    position: Position,
    playStart: number,
  ): void {
    if (position.depth >= MAX_CLIP_DEPTH || this.#clipTimelines.includes(content)) {
      this.#out.warn('cyclic-clips', 'Clips that contain themselves were cut.');
      return;
    }
    this.#clipTimelines.push(content);
    this.#visit(content, {
      ...position,
      trackId: base.trackId,
      originTicks: base.startTicks - this.#lengthTicks(playStart, base.startTicks, position.unit),
      endTicks: base.endTicks,
      depth: position.depth + 1,
    });
    this.#clipTimelines.pop();
  }

  #patternOf(timeline: XmlElement, name: string, position: Position): string {
    const timelineId = timeline.attributes.id;
    const known = timelineId === undefined ? undefined : this.#patternByTimeline.get(timelineId);
    if (known !== undefined) return known;
    const id = timelineId ?? `pattern-${this.#out.patterns.length + 1}`;
    if (timelineId !== undefined) this.#patternByTimeline.set(timelineId, id);
    const notes = this.#notesOf(timeline, position);
    this.#out.patterns.push({
      id,
      name: timeline.attributes.name ?? name,
      lengthTicks: notes.reduce((end, note) => Math.max(end, note.startTicks + note.durationTicks), 0),
      ...this.#curvesOf(timeline, position),
      notes,
    });
    return id;
  }

  /** The curves that lie beside the notes or the audio of a clip. */
  #curvesOf(lanes: XmlElement, position: Position): Pick<ProjectPattern, 'automationIds'> {
    if (lanes.tag !== 'Lanes') return {};
    const count = this.#out.automation.length;
    const unit = unitOf(lanes.attributes.timeUnit) ?? position.unit;
    for (const points of lanes.children) {
      if (points.tag === 'Points')
        this.#visit(points, { ...position, unit, originTicks: 0, isContent: true });
    }
    const automationIds = this.#out.automation.slice(count).map(({ id }) => id);
    return automationIds.length === 0 ? {} : { automationIds };
  }

  #notesOf(timeline: XmlElement, position: Position): ProjectNote[] {
    const isLanes = timeline.tag === 'Lanes';
    const lists = isLanes ? timeline.children.filter(({ tag }) => tag === 'Notes') : [timeline];
    return lists
      .flatMap((list) => {
        const unit =
          unitOf(list.attributes.timeUnit) ?? unitOf(timeline.attributes.timeUnit) ?? position.unit;
        const owner = list.attributes.track;
        const channelId = owner !== undefined && this.#out.channelIds.has(owner) ? owner : undefined;
        return list.children.flatMap((note) => this.#readNote(note, unit, channelId));
      })
      .sort((a, b) => a.startTicks - b.startTicks || a.pitch - b.pitch);
  }

  #readNote(note: XmlElement, unit: TimeUnit, channelId: string | undefined): ProjectNote[] {
    const time = numberAttribute(note, 'time');
    const pitch = numberAttribute(note, 'key');
    if (note.tag !== 'Note' || time === undefined || pitch === undefined || pitch < 0 || pitch > 127)
      return [];
    const startTicks = this.#lengthTicks(time, 0, unit);
    const midiChannel = numberAttribute(note, 'channel') ?? 0;
    const release = numberAttribute(note, 'rel');
    if (!Number.isFinite(startTicks)) return [];
    return [
      {
        startTicks,
        durationTicks: Math.max(
          0,
          this.#lengthTicks(numberAttribute(note, 'duration') ?? 0, startTicks, unit),
        ),
        pitch: Math.round(pitch),
        velocity: Math.min(1, Math.max(0, numberAttribute(note, 'vel') ?? 0.8)),
        ...(channelId === undefined ? {} : { channelId }),
        ...(midiChannel === 0 ? {} : { midiChannel }),
        ...(release === undefined ? {} : { releaseVelocity: Math.min(1, Math.max(0, release)) }),
      },
    ];
  }

  /** Notes may lie on a lane without a clip around them. */
  #addNotesWithoutClip(timeline: XmlElement, position: Position): void {
    const patternId = this.#patternOf(timeline, '', position);
    const notes = this.#out.patterns.find(({ id }) => id === patternId)?.notes ?? [];
    const end = notes.reduce((last, note) => Math.max(last, note.startTicks + note.durationTicks), 0);
    if (notes.length === 0) return;
    this.#pushClip(
      {
        trackId: position.trackId,
        kind: 'notes',
        name: '',
        startTicks: position.originTicks,
        endTicks: Math.min(position.originTicks + end, position.endTicks),
        offsetTicks: 0,
        patternId,
      },
      position,
    );
  }

  #audioOf(content: XmlElement, playStart: number): Partial<DraftClip> & Pick<DraftClip, 'kind'> {
    const audio = content.tag === 'Audio' ? content : childOf(content, 'Audio');
    const sampleId = audio === undefined ? undefined : this.#sampleOf(audio);
    const warps = content.children.filter(({ tag }) => tag === 'Warp');
    const isInSeconds = unitOf(content.attributes.contentTimeUnit) === 'seconds';
    const anchors = warps.flatMap((warp) => {
      const beats = numberAttribute(warp, 'time');
      const seconds = numberAttribute(warp, 'contentTime');
      return beats === undefined || seconds === undefined
        ? []
        : [{ seconds, ticks: beats * TICKS_PER_QUARTER }];
    });
    return {
      kind: 'audio',
      ...(sampleId === undefined ? {} : { sampleId }),
      ...(anchors.length > 0 && isInSeconds
        ? { warp: anchors }
        : { offsetTicks: 0, offsetSeconds: content.tag === 'Audio' ? playStart : 0 }),
    };
  }

  #sampleOf(audio: XmlElement): string | undefined {
    const path = childOf(audio, 'File')?.attributes.path;
    if (path === undefined || path === '') return undefined;
    const known = this.#sampleByPath.get(path);
    if (known !== undefined) return known;
    const id = `sample-${this.#out.sampleRefs.length + 1}`;
    this.#sampleByPath.set(path, id);
    const durationSeconds = numberAttribute(audio, 'duration');
    const sampleRateHz = numberAttribute(audio, 'sampleRate');
    this.#out.sampleRefs.push({
      id,
      path,
      fileName: path.slice(Math.max(path.lastIndexOf('/'), path.lastIndexOf('\\')) + 1),
      ...(durationSeconds === undefined ? {} : { durationSeconds }),
      ...(sampleRateHz === undefined ? {} : { sampleRateHz }),
    });
    return id;
  }

  #contentLengthTicks(content: XmlElement | undefined, unit: TimeUnit, startTicks: number): number {
    const seconds = numberAttribute(
      content?.tag === 'Audio' ? content : childOf(content, 'Audio'),
      'duration',
    );
    if (seconds !== undefined) return this.#lengthTicks(seconds, startTicks, 'seconds');
    const ends = (content?.children ?? []).map(
      (child) => (numberAttribute(child, 'time') ?? 0) + (numberAttribute(child, 'duration') ?? 0),
    );
    return this.#lengthTicks(Math.max(0, ...ends.slice(0, 10_000)), startTicks, unit);
  }

  #readPoints(points: XmlElement, position: Position): void {
    if (position.sceneIndex !== undefined && position.isContent !== true) {
      this.#out.warn('unread-lane', 'Automation of scenes outside of their clips is not read.');
      return;
    }
    const target = childOf(points, 'Target');
    const known = this.#parameters.get(target?.attributes.parameter);
    const resolved = known?.target ?? expressionTarget(target, position.trackId);
    const unit = points.attributes.unit ?? known?.unit;
    const list = points.children.flatMap((point) => {
      const time = numberAttribute(point, 'time');
      const value = pointValue(point);
      if (point.tag === 'Target' || time === undefined || value === undefined) return [];
      const ticks = position.originTicks + this.#ticks(time, position);
      return [toAutomationPoint(point, ticks, normalise(value, resolved.kind, unit))];
    });
    if (list.length === 0) return;
    this.#out.automation.push({
      id: points.attributes.id ?? `lane-${this.#out.automation.length + 1}`,
      name: points.attributes.name ?? resolved.name,
      target: resolved,
      scope: position.isContent === true ? 'clip' : 'timeline',
      unit: laneUnit(resolved.kind, unit),
      points: list,
    });
  }
}

const TOP: Position = { trackId: '', unit: 'beats', originTicks: 0, endTicks: Infinity, depth: 0 };
const AUDIO_TAGS: ReadonlySet<string> = new Set(['Warps', 'Audio']);
const EMPTY_NOTES: XmlElement = { tag: 'Notes', attributes: {}, children: [], text: '' };

function unitOf(text: string | undefined): TimeUnit | undefined {
  return text === 'beats' || text === 'seconds' ? text : undefined;
}
