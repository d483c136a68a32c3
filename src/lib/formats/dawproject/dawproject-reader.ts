import { FormatError } from '../../core/errors';
import type {
  DraftMarker,
  MixerChannel,
  ProjectDraft,
  ProjectWarning,
  ReadResult,
  TempoChange,
} from '../../core/project';
import { emptyDraft, finishProject } from '../../core/project-draft';
import { stepTempo } from '../../core/tempo-curve';
import { TICKS_PER_QUARTER } from '../../core/notes';
import type { TempoMap, TimeSignatureChange } from '../../core/tempo-map';
import { peek, stem, type FormatReader, type InputFile } from '../reader';
import { openArchive, type ArchiveEntry } from '../zip/zip-archive';
import { LaneReader, type LaneCollector } from './lanes';
import { ParameterTable } from './parameters';
import { readStructure, type Structure } from './structure';
import { childOf, numberAttribute, parseXml, type XmlElement } from './xml-dom';

/** DAWproject 1.0 archives (Bitwig, Studio One, Cubase); see docs/formats/dawproject.md. */
export const dawprojectReader: FormatReader = {
  format: 'dawproject',
  async claim(files) {
    for (const file of files) {
      const head = await peek(file, 4);
      if (head[0] !== 0x50 || head[1] !== 0x4b) continue;
      const entries = await openArchive(file.blob).catch(() => []);
      if (entries.some(({ path }) => path === 'project.xml')) return [file];
    }
    return [];
  },
  async read([file]) {
    if (file === undefined) throw new FormatError(0, 'a DAWproject archive', 'no file');
    return readArchive(file, await openArchive(file.blob));
  },
};

const MAX_XML_BYTES = 256_000_000;

async function readArchive(file: InputFile, entries: readonly ArchiveEntry[]): Promise<ReadResult> {
  const project = entries.find(({ path }) => path === 'project.xml');
  if (project === undefined) throw new FormatError(0, 'project.xml in the archive', 'none');
  if (project.sizeBytes > MAX_XML_BYTES) {
    throw new FormatError(0, `at most ${MAX_XML_BYTES} bytes of project.xml`, `${project.sizeBytes}`);
  }
  const { root, errorCount } = parseXml(decodeText(await project.bytes()));
  if (root.tag !== 'Project') throw new FormatError(0, 'a <Project> document', `<${root.tag}>`);
  const warnings: ProjectWarning[] = [];
  if (errorCount > 0) {
    warnings.push({
      code: 'broken-xml',
      message: 'Some of the XML in this project is damaged.',
      count: errorCount,
    });
  }
  const metadata = await readMetadata(entries, warnings);
  const draft = toDraft(root, { title: stem(file.path), metadata, warnings });
  return finishProject({ ...draft, sampleRefs: resolveInside(draft.sampleRefs, entries) });
}

/** UTF-8 unless a byte order mark says otherwise. */
function decodeText(bytes: Uint8Array): string {
  const isUtf16 = (bytes[0] === 0xff && bytes[1] === 0xfe) || (bytes[0] === 0xfe && bytes[1] === 0xff);
  return new TextDecoder(isUtf16 ? (bytes[0] === 0xff ? 'utf-16le' : 'utf-16be') : 'utf-8').decode(bytes);
}

type Metadata = Readonly<Record<string, string>>;

async function readMetadata(entries: readonly ArchiveEntry[], warnings: ProjectWarning[]): Promise<Metadata> {
  const entry = entries.find(({ path }) => path === 'metadata.xml');
  if (entry === undefined || entry.sizeBytes > 1_000_000) return {};
  try {
    const { root } = parseXml(decodeText(await entry.bytes()));
    return Object.fromEntries(root.children.map(({ tag, text }) => [tag, text.trim()]));
  } catch {
    warnings.push({ code: 'metadata', message: 'The title and author of this project could not be read.' });
    return {};
  }
}

function toDraft(
  root: XmlElement,
  options: { readonly title: string; readonly metadata: Metadata; readonly warnings: ProjectWarning[] },
): ProjectDraft {
  const parameters = new ParameterTable();
  const transport = childOf(root, 'Transport');
  parameters.add(childOf(transport, 'Tempo'), { kind: 'tempo', name: 'Tempo' });
  const arrangement = childOf(root, 'Arrangement');
  const { tracks, mixer } = inLaneOrder(
    readStructure(childOf(root, 'Structure'), parameters),
    childOf(arrangement, 'Lanes'),
  );
  const tempo = readTempo(transport, arrangement);
  const stated = numberAttribute(childOf(transport, 'Tempo'), 'value');
  const map = stepTempo(tempo);
  const out = {
    clips: [],
    sessionClips: [],
    patterns: [],
    automation: [],
    sampleRefs: [],
    channelIds: new Set(mixer.filter(({ kind }) => kind === 'instrument').map(({ id }) => id)),
    warn: warnOnce(options.warnings),
  } satisfies LaneCollector;
  const reader = new LaneReader(out, { map, parameters, timelines: indexTimelines(root) });
  reader.readArrangement(childOf(arrangement, 'Lanes'));
  (childOf(root, 'Scenes')?.children ?? []).forEach((scene, i) => reader.readScene(scene, i));
  const application = childOf(root, 'Application')?.attributes;
  const { metadata } = options;
  return {
    ...emptyDraft('dawproject', metadata.Title || options.title),
    formatVersion: root.attributes.version ?? '',
    ...(application?.name === undefined
      ? {}
      : { application: `${application.name} ${application.version ?? ''}`.trim() }),
    ...(metadata.Artist ? { artist: metadata.Artist } : {}),
    ...(metadata.Genre ? { genre: metadata.Genre } : {}),
    ...(metadata.Comment ? { comments: metadata.Comment } : {}),
    ...(stated === undefined || !(stated > 0) ? {} : { statedBpm: stated }),
    tempo,
    timeSignatures: readTimeSignatures(transport, arrangement, map),
    tracks,
    mixer,
    clips: out.clips,
    sessionClips: out.sessionClips,
    patterns: out.patterns,
    automation: out.automation,
    sampleRefs: out.sampleRefs,
    markers: readMarkers(childOf(arrangement, 'Markers'), map),
    warnings: options.warnings,
  };
}

/** Where every track has lanes, these say how the tracks lie, from top to bottom; the structure may list targets first. */
function inLaneOrder({ tracks, mixer }: Structure, lanes: XmlElement | undefined): Structure {
  const rowOf = new Map((lanes?.children ?? []).map(({ attributes }, row) => [attributes.track ?? '', row]));
  if (!tracks.every(({ id }) => rowOf.has(id))) return { tracks, mixer };
  const sorted = [...tracks].sort((a, b) => rowOf.get(a.id)! - rowOf.get(b.id)!);
  const strips = new Map(sorted.map(({ channelId }, row) => [channelId ?? '', row]));
  const rank = ({ id }: MixerChannel): number => strips.get(id) ?? sorted.length;
  return { tracks: sorted, mixer: [...mixer].sort((a, b) => rank(a) - rank(b)) };
}

function warnOnce(warnings: ProjectWarning[]): (code: string, message: string) => void {
  return (code, message) => {
    const at = warnings.findIndex((warning) => warning.code === code && warning.message === message);
    const before = warnings[at];
    if (before === undefined) warnings.push({ code, message, count: 1 });
    else warnings[at] = { ...before, count: (before.count ?? 1) + 1 };
  };
}

/** Time lines by id: clips may refer to content that another clip holds. */
function indexTimelines(root: XmlElement): ReadonlyMap<string, XmlElement> {
  const found = new Map<string, XmlElement>();
  const pending: XmlElement[] = [root];
  for (let element = pending.pop(); element !== undefined; element = pending.pop()) {
    const { id } = element.attributes;
    if (id !== undefined && /^(Notes|Clips|Lanes|Warps|Audio)$/.test(element.tag)) found.set(id, element);
    pending.push(...element.children);
  }
  return found;
}

function pointsOf(points: XmlElement | undefined): readonly XmlElement[] {
  return (points?.children ?? []).filter(({ tag }) => tag !== 'Target');
}

function readTempo(transport: XmlElement | undefined, arrangement: XmlElement | undefined): TempoChange[] {
  const bpm = numberAttribute(childOf(transport, 'Tempo'), 'value');
  const automation = childOf(arrangement, 'TempoAutomation');
  const changes = pointsOf(automation).flatMap((point) => {
    const beats = numberAttribute(point, 'time');
    const value = numberAttribute(point, 'value');
    if (beats === undefined || value === undefined) return [];
    const curve = point.attributes.interpolation === 'linear' ? ('linear' as const) : ('hold' as const);
    return [{ tick: beats * TICKS_PER_QUARTER, bpm: value, curve }];
  });
  return changes.length > 0 ? changes : bpm === undefined ? [] : [{ tick: 0, bpm }];
}

function readTimeSignatures(
  transport: XmlElement | undefined,
  arrangement: XmlElement | undefined,
  map: TempoMap,
): TimeSignatureChange[] {
  const automation = childOf(arrangement, 'TimeSignatureAutomation');
  const isSeconds = automation?.attributes.timeUnit === 'seconds';
  const read = (element: XmlElement | undefined, tick: number): TimeSignatureChange[] => {
    const numerator = numberAttribute(element, 'numerator');
    const denominator = numberAttribute(element, 'denominator');
    return numerator === undefined || denominator === undefined ? [] : [{ tick, numerator, denominator }];
  };
  return [
    ...read(childOf(transport, 'TimeSignature'), 0),
    ...pointsOf(automation).flatMap((point) => {
      const time = numberAttribute(point, 'time') ?? 0;
      return read(point, isSeconds ? map.secondsToTicks(time) : time * TICKS_PER_QUARTER);
    }),
  ];
}

function readMarkers(markers: XmlElement | undefined, map: TempoMap): DraftMarker[] {
  const isSeconds = markers?.attributes.timeUnit === 'seconds';
  return (markers?.children ?? []).flatMap((marker) => {
    const time = numberAttribute(marker, 'time');
    if (time === undefined || !Number.isFinite(time)) return [];
    const colour = marker.attributes.color;
    return [
      {
        ticks: isSeconds ? map.secondsToTicks(time) : time * TICKS_PER_QUARTER,
        name: marker.attributes.name ?? '',
        kind: 'text' as const,
        ...(colour === undefined ? {} : { colour }),
      },
    ];
  });
}

/** Samples that travel inside the archive are found. */
function resolveInside(
  refs: ProjectDraft['sampleRefs'],
  entries: readonly ArchiveEntry[],
): ProjectDraft['sampleRefs'] {
  const sizes = new Map(entries.map(({ path, sizeBytes }) => [path, sizeBytes]));
  return refs.map((ref) => {
    const sizeBytes = sizes.get(ref.path);
    return sizeBytes === undefined ? ref : { ...ref, sizeBytes, resolvedPath: ref.path };
  });
}
