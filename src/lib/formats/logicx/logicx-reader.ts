import { parse as parsePlist } from '@plist/parse';
import { FormatError } from '../../core/errors';
import type { ProjectDraft, ProjectKey, ProjectWarning, ReadResult, SampleRef } from '../../core/project';
import { emptyDraft, finishProject } from '../../core/project-draft';
import { peek, readBytes, stem, type FormatReader, type InputFile } from '../reader';
import { openArchive } from '../zip/zip-archive';
import { collectObjects, SEQUENCES } from './objects';
import { PROJECT_DATA_MAGIC, readEvents, readRecords, type LogicRecords } from './records';
import { isReadStatus, songOf } from './to-draft';

/** Logic Pro and GarageBand bundles: a dropped folder, a zip of one, or its ProjectData alone; docs/formats/logicx.md. */
export const logicxReader: FormatReader = {
  format: 'logicx',
  async claim(files) {
    const root = bundleRoot(files);
    if (root !== undefined) return files.filter(({ path }) => path.startsWith(root));
    for (const file of files) {
      const head = await peek(file, 4);
      if (isProjectData(head)) return [file];
      if (head[0] === 0x50 && head[1] === 0x4b && bundleRoot(await unzip(file)) !== undefined) return [file];
    }
    return files.filter(({ path }) => OLD_BUNDLE_FILE.test(path)).slice(0, 1);
  },
  async read(claimed) {
    const [only] = claimed;
    if (claimed.length === 1 && only !== undefined) {
      const head = await peek(only, 4);
      if (head[0] === 0x50 && head[1] === 0x4b) return readBundle(await unzip(only));
      if (OLD_BUNDLE_FILE.test(only.path) && !isProjectData(head)) {
        throw new FormatError(0, 'a song of GarageBand 10, Logic 10 or later', 'one of an older version');
      }
    }
    return readBundle(claimed);
  },
};

function isProjectData(head: Uint8Array): boolean {
  return PROJECT_DATA_MAGIC.every((byte, i) => head[i] === byte);
}

/** The files of a zipped bundle, inflated when they are read; none where the zip is damaged. */
async function unzip(file: InputFile): Promise<InputFile[]> {
  try {
    const entries = await openArchive(file.blob);
    const wanted = entries.filter(({ path }) => BUNDLE_FILE.test(path) || /\.plist$/.test(path));
    return await Promise.all(wanted.map(async ({ path, blob }) => ({ path, blob: await blob() })));
  } catch {
    return [];
  }
}

const BUNDLE_FILE = /^(.*?)Alternatives\/(\d+)\/(ProjectData|MetaData\.plist)$/;

/** GarageBand up to 6 and Logic up to 9 kept a song in one file of another kind at the top of their bundles. */
const OLD_BUNDLE_FILE = /\.(band|logic)\/(projectData|documentData)$/;

/** The folder that holds `Alternatives`, with its slash ("" where the bundle itself was dropped). */
function bundleRoot(files: readonly InputFile[]): string | undefined {
  const roots = files.flatMap(({ path }) => BUNDLE_FILE.exec(path)?.[1] ?? []);
  return roots.sort((a, b) => a.length - b.length)[0];
}

async function readBundle(files: readonly InputFile[]): Promise<ReadResult> {
  const root = bundleRoot(files) ?? '';
  const warnings: ProjectWarning[] = [];
  const information = await readPlist(files, `${root}Resources/ProjectInformation.plist`, warnings);
  const alternative = chooseAlternative(files, root, information);
  const folder = `${root}Alternatives/${alternative}/`;
  const metadata = await readPlist(files, `${folder}MetaData.plist`, warnings);
  const data =
    files.find(({ path }) => path === `${folder}ProjectData`) ??
    (files.length === 1 && bundleRoot(files) === undefined ? files[0] : undefined);
  if (data === undefined && metadata === undefined) {
    throw new FormatError(0, 'ProjectData in the bundle', 'neither it nor MetaData.plist');
  }
  const bytes = data === undefined ? undefined : await readBytes(data);
  const records = bytes === undefined ? undefined : readRecords(bytes);
  warnings.push(...contentWarnings(records, bytes?.length ?? 0));
  const title = /([^/]+?)\.(logicx|band)\/?$/i.exec(root)?.[1] ?? stem(files[0]?.path ?? '');
  return finishProject(
    toDraft({
      records,
      metadata,
      information,
      warnings,
      files,
      root,
      title: variantName(information, alternative) ?? title,
    }),
  );
}

type Plist = Readonly<Record<string, unknown>>;

async function readPlist(
  files: readonly InputFile[],
  path: string,
  warnings: ProjectWarning[],
): Promise<Plist | undefined> {
  const file = files.find((candidate) => candidate.path === path);
  if (file === undefined) return undefined;
  try {
    const value: unknown = parsePlist(await file.blob.arrayBuffer());
    return typeof value === 'object' && value !== null ? (value as Plist) : undefined;
  } catch {
    warnings.push({
      code: 'metadata',
      message: `${path.slice(path.lastIndexOf('/') + 1)} is damaged and was left out.`,
    });
    return undefined;
  }
}

/** The alternative the user last worked on, else the first there is. */
function chooseAlternative(
  files: readonly InputFile[],
  root: string,
  information: Plist | undefined,
): string {
  const present = files
    .flatMap(({ path }) => (path.startsWith(root) ? (BUNDLE_FILE.exec(path)?.[2] ?? []) : []))
    .sort();
  const active = information?.ActiveVariant;
  const wanted = typeof active === 'number' ? String(active).padStart(3, '0') : undefined;
  return wanted !== undefined && present.includes(wanted) ? wanted : (present[0] ?? '000');
}

function variantName(information: Plist | undefined, alternative: string): string | undefined {
  const names = information?.VariantNames;
  if (typeof names !== 'object' || names === null) return undefined;
  const name = (names as Plist)[String(Number(alternative))];
  return typeof name === 'string' && name !== '' ? name : undefined;
}

/** Versions of ProjectData from here on were written by Logic 11 and later. */
const LOGIC_11 = 2500;

function contentWarnings(records: LogicRecords | undefined, byteLength: number): ProjectWarning[] {
  if (records === undefined) {
    return [
      {
        code: 'no-project-data',
        message: 'The bundle has no ProjectData: only what its property list says is shown.',
      },
    ];
  }
  const warnings: ProjectWarning[] = [];
  if (records.endOffset < byteLength) {
    warnings.push({
      code: 'truncated',
      message: 'The project data is cut short or damaged; what comes before was read.',
      offset: records.endOffset,
    });
  }
  if (records.version < LOGIC_11) {
    warnings.push({
      code: 'old-version',
      message: 'Written before Logic 11: read as far as the structures are known.',
    });
  }
  warnings.push({
    code: 'fader-taper',
    message: 'Fader positions are exact, their decibels are approximate.',
  });
  return warnings;
}

function toDraft(found: {
  readonly records: LogicRecords | undefined;
  readonly metadata: Plist | undefined;
  readonly information: Plist | undefined;
  readonly warnings: readonly ProjectWarning[];
  readonly files: readonly InputFile[];
  readonly root: string;
  readonly title: string;
}): ProjectDraft {
  const { metadata, information, files, root } = found;
  const song = found.records === undefined ? undefined : songOf(collectObjects(found.records));
  const saved = information?.LastSavedFrom;
  const application = typeof saved === 'string' ? saved : undefined;
  const isBand = /\.band\/$/i.test(root) || application?.startsWith('GarageBand') === true;
  const bpm = metadata?.BeatsPerMinute;
  const key = readKey(metadata);
  const refs = song?.sampleRefs ?? [];
  return {
    ...emptyDraft(isBand ? 'band' : 'logicx', found.title),
    formatVersion: application === undefined ? String(found.records?.version ?? '') : versionIn(application),
    ...(application === undefined ? {} : { application }),
    ...(key === undefined ? {} : { key }),
    ...song,
    tempo:
      song !== undefined && song.tempo.length > 0
        ? song.tempo
        : typeof bpm === 'number'
          ? [{ tick: 0, bpm }]
          : [],
    timeSignatures:
      song !== undefined && song.timeSignatures.length > 0 ? song.timeSignatures : signatureOf(metadata),
    sampleRefs: resolve([...refs, ...refsOf(metadata, refs)], files, root),
    unknown: unknownRecords(found.records),
    warnings: found.warnings,
  };
}

function versionIn(application: string): string {
  return /\d[\d.]*/.exec(application)?.[0] ?? application;
}

/** C major is what Logic writes when nobody chose a key. */
function readKey(metadata: Plist | undefined): ProjectKey | undefined {
  const tonic = metadata?.SongKey;
  const mode = metadata?.SongGenderKey;
  if (typeof tonic !== 'string' || typeof mode !== 'string' || tonic === '') return undefined;
  const sharp = FLATS[tonic] ?? tonic;
  if (sharp === 'C' && mode === 'major') return undefined;
  return { tonic: sharp, mode, origin: 'file', confidence: 1 };
}

const FLATS: Readonly<Record<string, string>> = {
  Db: 'C#',
  Eb: 'D#',
  Gb: 'F#',
  Ab: 'G#',
  Bb: 'A#',
  Cb: 'B',
  Fb: 'E',
};

function signatureOf(metadata: Plist | undefined): ProjectDraft['timeSignatures'] {
  const numerator = metadata?.SongSignatureNumerator;
  const denominator = metadata?.SongSignatureDenominator;
  if (typeof numerator !== 'number' || typeof denominator !== 'number') return [];
  return [{ tick: 0, numerator, denominator }];
}

/** Sampler instruments and audio files only the property list names. */
function refsOf(metadata: Plist | undefined, known: readonly SampleRef[]): SampleRef[] {
  const names = new Set(known.map(({ fileName }) => fileName));
  const lists = ['AudioFiles', 'SamplerInstrumentsFiles'].map((list) => metadata?.[list]);
  return lists
    .flatMap((list): unknown[] => (Array.isArray(list) ? list : []))
    .filter((path): path is string => typeof path === 'string')
    .map((path) => ({ path, fileName: path.slice(path.lastIndexOf('/') + 1) }))
    .filter(({ fileName }) => !names.has(fileName))
    .map((ref, i) => ({ id: `listed-${i + 1}`, ...ref }));
}

function resolve(refs: readonly SampleRef[], files: readonly InputFile[], root: string): SampleRef[] {
  const byName = new Map(
    files
      .filter(({ path }) => path.startsWith(root) && /\.(wav|aiff?|caf|mp3|m4a)$/i.test(path))
      .map((file) => [file.path.slice(file.path.lastIndexOf('/') + 1), file] as const),
  );
  return refs.map((ref) => {
    const file = byName.get(ref.fileName);
    return file === undefined ? ref : { ...ref, resolvedPath: file.path, sizeBytes: file.blob.size };
  });
}

const READ_TAGS = new Set(['MSeq', 'EvSq', 'Trak', 'Envi', 'AuCO', 'AuCU', 'AuFl', 'AuRg', 'TxSq']);

function unknownRecords(records: LogicRecords | undefined): ProjectDraft['unknown'] {
  const counts = new Map<string, { count: number; bytes: number }>();
  const add = (what: string, bytes: number): void => {
    const before = counts.get(what) ?? { count: 0, bytes: 0 };
    counts.set(what, { count: before.count + 1, bytes: before.bytes + bytes });
  };
  for (const record of records?.records ?? []) {
    if (!READ_TAGS.has(record.tag)) add(`record ${record.tag}`, record.data.byteLength);
    else if (record.tag === 'EvSq' && record.group === SEQUENCES) {
      for (const { status, data } of readEvents(record)) {
        if (!isReadStatus(status)) add(`event 0x${status.toString(16)}`, data.byteLength);
      }
    }
  }
  return [...counts].map(([what, { count, bytes }]) => ({ what, count, bytes }));
}
