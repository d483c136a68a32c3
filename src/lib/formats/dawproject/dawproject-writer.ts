import { zipSync, strToU8 } from 'fflate';
import type { Project, ProjectTrack } from '../../core/project';
import { IdTable } from './ids';
import { embeddedPath } from './media-path';
import { writeArrangement, writeScenes } from './write-arrangement';
import { writeChannel, type StructureContext } from './write-structure';
import { element, writeXml, type XmlOut } from './xml-writer';

/** The earliest time a zip can hold: the same project always gives the same bytes. */
const ZIP_TIME = new Date(1980, 0, 1);

export interface DawprojectOptions {
  /** Sample files to take along, by id of {@link Project.sampleRefs}. */
  readonly samples?: ReadonlyMap<string, Uint8Array>;
}

/** A DAWproject 1.0 archive: project.xml and metadata.xml in the order its schema asks for, samples in audio/. */
export function writeDawproject(project: Project, options: DawprojectOptions = {}): Uint8Array<ArrayBuffer> {
  const media = Object.fromEntries(
    [...(options.samples ?? new Map<string, Uint8Array>())].flatMap(([id, bytes]) => {
      const path = embeddedPath(project, id);
      return path === undefined ? [] : [[path, bytes] as const];
    }),
  );
  const files = {
    'project.xml': strToU8(projectXml(project, new Set(options.samples?.keys()))),
    'metadata.xml': strToU8(metadataXml(project)),
    ...media,
  };
  return new Uint8Array(zipSync(files, { mtime: ZIP_TIME }));
}

/** The document inside the archive; `embedded` are the samples that travel along. */
export function projectXml(project: Project, embedded: ReadonlySet<string> = new Set()): string {
  const ids = new IdTable();
  const context: StructureContext = { project, ids };
  const tempo = project.statedBpm ?? project.tempoMap[0]?.bpm ?? 120;
  const signature = project.timeSignatures[0] ?? { numerator: 4, denominator: 4 };
  const root = element('Project', { version: '1.0' }, [
    element('Application', { name: 'LoopMind', version: '1.0' }),
    element('Transport', {}, [
      element('Tempo', { id: ids.declare('tempo'), value: tempo, unit: 'bpm' }),
      element('TimeSignature', {
        id: ids.declare('time-signature'),
        denominator: signature.denominator,
        numerator: signature.numerator,
      }),
    ]),
    element('Structure', {}, writeStructure(context)),
    writeArrangement(context, embedded),
    writeScenes(context, embedded),
  ]);
  return writeXml(root);
}

function writeStructure(context: StructureContext): XmlOut[] {
  const { project } = context;
  const isOwned = new Set(project.tracks.flatMap(({ channelId }) => channelId ?? []));
  const known = new Set(project.tracks.map(({ id }) => id));
  const roots = project.tracks.filter(({ parentId }) => parentId === undefined || !known.has(parentId));
  // Instruments and inserts that no track stands for (FL Studio's rack and mixer).
  const loose = project.mixer.filter(({ id }) => !isOwned.has(id));
  const parts = [
    ...roots.map((track) => ({
      channelIds: channelsBelow(track, project, new Set()),
      write: (): XmlOut => writeTrack(track, context, new Set()),
    })),
    ...loose.map((channel) => ({
      channelIds: [channel.id],
      write: (): XmlOut => writeChannel(channel, context, true),
    })),
  ];
  return destinationsFirst(parts, project).map(({ write }) => write());
}

interface StructurePart {
  readonly channelIds: readonly string[];
  readonly write: () => XmlOut;
}

function channelsBelow(track: ProjectTrack, project: Project, above: ReadonlySet<string>): string[] {
  const inside = new Set([...above, track.id]);
  const inner = project.tracks.filter(({ parentId, id }) => parentId === track.id && !inside.has(id));
  return [
    ...(track.channelId === undefined ? [] : [track.channelId]),
    ...inner.flatMap((child) => channelsBelow(child, project, inside)),
  ];
}

/** Readers that resolve a reference when they meet it need its target to come first; otherwise the order stays. */
function destinationsFirst(parts: readonly StructurePart[], project: Project): StructurePart[] {
  const channels = new Map(project.mixer.map((channel) => [channel.id, channel]));
  const partOf = new Map(parts.flatMap((part) => part.channelIds.map((id) => [id, part] as const)));
  const ordered = new Set<StructurePart>();
  const begun = new Set<StructurePart>();
  // A stack of its own instead of recursion: FL routes through hundreds of inserts.
  for (const first of parts) {
    const pending = [first];
    while (pending.length > 0) {
      const part = pending.at(-1)!;
      const isSecondVisit = begun.has(part);
      begun.add(part);
      const targets = isSecondVisit
        ? []
        : part.channelIds
            .flatMap((id) => channels.get(id) ?? [])
            .flatMap(({ outputId, sends }) => [outputId, ...sends.map(({ targetId }) => targetId)])
            .flatMap((id) => partOf.get(id ?? '') ?? [])
            .filter((target) => !begun.has(target));
      if (targets.length > 0) pending.push(...targets);
      else ordered.add(pending.pop()!);
    }
  }
  return [...ordered];
}

const CONTENT: Readonly<Record<ProjectTrack['kind'], string>> = {
  audio: 'audio',
  midi: 'notes',
  hybrid: 'notes audio',
  group: 'tracks',
  return: 'audio',
  master: 'audio notes',
};

function writeTrack(track: ProjectTrack, context: StructureContext, above: ReadonlySet<string>): XmlOut {
  const { project, ids } = context;
  const inside = new Set([...above, track.id]);
  const channel = project.mixer.find(({ id }) => id === track.channelId);
  const inner = project.tracks.filter(({ parentId, id }) => parentId === track.id && !inside.has(id));
  return element(
    'Track',
    {
      name: track.name,
      color: track.colour,
      id: ids.declare(`track/${track.id}`),
      contentType: CONTENT[track.kind],
      loaded: true,
    },
    [
      channel === undefined ? undefined : writeChannel(channel, context, false, track),
      ...inner.map((child) => writeTrack(child, context, inside)),
    ],
  );
}

function metadataXml(project: Project): string {
  const field = (tag: string, text: string | undefined): XmlOut | undefined =>
    text === undefined || text === '' ? undefined : { ...element(tag), text };
  return writeXml(
    element('MetaData', {}, [
      field('Title', project.title),
      field('Artist', project.artist),
      field('Genre', project.genre),
      field('Comment', project.comments),
    ]),
  );
}
