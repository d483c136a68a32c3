import type { AutomationPoint, Project, ProjectNote } from '../../core/project';

/**
 * All lists of rows of one shape, column by column: crosses to another thread in a fraction of the time the objects take,
 * and a project of many small tracks in no more pieces than one of a large one.
 */
interface PackedLists {
  /** How many rows each list has. */
  readonly counts: readonly number[];
  readonly columns: readonly PackedColumn[];
}

type Value = number | string | boolean;

interface PackedColumn {
  readonly key: string;
  /** The numbers themselves, or indices into `words`; NaN where a row has no such field. */
  readonly numbers: Float64Array<ArrayBuffer>;
  /** The different values of a column that holds no numbers. */
  readonly words?: readonly Value[];
}

/** A project on its way between worker and page: what comes by the hundred thousand is packed. */
export interface PackedProject {
  readonly rest: Project;
  readonly notes: PackedLists;
  readonly points: PackedLists;
}

/** Packs a project; `transfer` lists the buffers to hand over with it. */
export function packProject(project: Project): {
  readonly packed: PackedProject;
  readonly transfer: ArrayBuffer[];
} {
  const packed = {
    rest: {
      ...project,
      patterns: project.patterns.map((pattern) => ({ ...pattern, notes: [] })),
      automation: project.automation.map((lane) => ({ ...lane, points: [] })),
    },
    notes: packLists(
      project.patterns.map(({ notes }) => notes),
      NOTE,
    ),
    points: packLists(
      project.automation.map(({ points }) => points),
      POINT,
    ),
  };
  const transfer = [packed.notes, packed.points].flatMap(({ columns }) =>
    columns.map(({ numbers }) => numbers.buffer),
  );
  return { packed, transfer };
}

/** The project that was packed. */
export function unpackProject({ rest, notes, points }: PackedProject): Project {
  const noteLists = unpackLists(notes, NOTE);
  const pointLists = unpackLists(points, POINT);
  return {
    ...rest,
    patterns: rest.patterns.map((pattern, i) => ({ ...pattern, notes: noteLists[i]! })),
    automation: rest.automation.map((lane, i) => ({ ...lane, points: pointLists[i]! })),
  };
}

type Columns = readonly Float64Array<ArrayBuffer>[];

/** How rows of one kind are written and made. Fields are named in the code, not looked up: that is several times quicker. */
interface Shape<T> {
  /** What every row has: all numbers. */
  readonly required: readonly (keyof T & string)[];
  /** Writes the required fields of a row. */
  readonly rowWriter: (columns: Columns) => (row: T, i: number) => void;
  readonly rowMaker: (columns: Columns) => (i: number) => T;
  /** What a row may have besides. */
  readonly optional: Readonly<Record<string, (row: T) => Value | undefined>>;
}

type OptionalFields<T, Required extends keyof T> = Record<
  Exclude<keyof T, Required>,
  (row: T) => Value | undefined
>;

const NOTE: Shape<ProjectNote> = {
  required: ['startTicks', 'durationTicks', 'pitch', 'velocity'],
  rowWriter:
    ([starts, durations, pitches, velocities]) =>
    (note, i) => {
      starts![i] = note.startTicks;
      durations![i] = note.durationTicks;
      pitches![i] = note.pitch;
      velocities![i] = note.velocity;
    },
  rowMaker:
    ([starts, durations, pitches, velocities]) =>
    (i) => ({
      startTicks: starts![i]!,
      durationTicks: durations![i]!,
      pitch: pitches![i]!,
      velocity: velocities![i]!,
    }),
  optional: {
    channelId: (note) => note.channelId,
    midiChannel: (note) => note.midiChannel,
    muted: (note) => note.muted,
    pan: (note) => note.pan,
    releaseVelocity: (note) => note.releaseVelocity,
    detuneCents: (note) => note.detuneCents,
    slide: (note) => note.slide,
    isStep: (note) => note.isStep,
  } satisfies OptionalFields<ProjectNote, 'startTicks' | 'durationTicks' | 'pitch' | 'velocity'>,
};

const POINT: Shape<AutomationPoint> = {
  required: ['ticks', 'value'],
  rowWriter:
    ([ticks, values]) =>
    (point, i) => {
      ticks![i] = point.ticks;
      values![i] = point.value;
    },
  rowMaker:
    ([ticks, values]) =>
    (i) => ({ ticks: ticks![i]!, value: values![i]! }),
  optional: {
    curve: (point) => point.curve,
    tension: (point) => point.tension,
    shape: (point) => point.shape,
  } satisfies OptionalFields<AutomationPoint, 'ticks' | 'value'>,
};

function packLists<T extends object>(lists: readonly (readonly T[])[], shape: Shape<T>): PackedLists {
  const counts = lists.map(({ length }) => length);
  const total = counts.reduce((sum, count) => sum + count, 0);
  if (total === 0) return { counts, columns: [] };
  const required = shape.required.map((key) => ({ key, numbers: new Float64Array(total) }));
  const write = shape.rowWriter(required.map(({ numbers }) => numbers));
  forEachRow(lists, write);
  const optional = Object.entries(shape.optional).flatMap(([key, valueOf]) => {
    const column = packOptional(lists, total, valueOf);
    return column === undefined ? [] : [{ key, ...column }];
  });
  return { counts, columns: [...required, ...optional] };
}

function forEachRow<T>(lists: readonly (readonly T[])[], visit: (row: T, i: number) => void): void {
  let i = 0;
  for (const rows of lists) {
    for (const row of rows) visit(row, i++);
  }
}

/** `undefined` where no row has the field. */
function packOptional<T>(
  lists: readonly (readonly T[])[],
  total: number,
  valueOf: (row: T) => Value | undefined,
): Omit<PackedColumn, 'key'> | undefined {
  let numbers: Float64Array<ArrayBuffer> | undefined;
  const words = new Map<Value, number>();
  forEachRow(lists, (row, i) => {
    const value = valueOf(row);
    if (value === undefined) return;
    numbers ??= new Float64Array(total).fill(NaN);
    numbers[i] = typeof value === 'number' ? value : wordIndex(words, value);
  });
  if (numbers === undefined) return undefined;
  return { numbers, ...(words.size === 0 ? {} : { words: [...words.keys()] }) };
}

function wordIndex(words: Map<Value, number>, value: Value): number {
  const known = words.get(value);
  if (known !== undefined) return known;
  words.set(value, words.size);
  return words.size - 1;
}

function unpackLists<T extends object>({ counts, columns }: PackedLists, shape: Shape<T>): T[][] {
  const required = columns.slice(0, shape.required.length).map(({ numbers }) => numbers);
  const makeRow = shape.rowMaker(required);
  let start = 0;
  return counts.map((count) => {
    const from = start;
    start += count;
    const rows: T[] = [];
    for (let i = from; i < start; i++) rows.push(makeRow(i));
    for (const column of columns.slice(shape.required.length)) addField(rows, column, from);
    return rows;
  });
}

function addField(rows: readonly object[], { key, numbers, words }: PackedColumn, from: number): void {
  for (let i = 0; i < rows.length; i++) {
    const number = numbers[from + i]!;
    if (Number.isNaN(number)) continue;
    (rows[i] as Record<string, Value>)[key] = words === undefined ? number : words[number]!;
  }
}
