import { SaxesParser } from 'saxes';
import { FormatError } from '../../core/errors';

/**
 * An element, reduced: text is dropped (Live stores everything in attributes), subtrees nobody reads are skipped, and
 * the events that come by the hundred thousand are numbers in `events` instead of nodes.
 */
export interface XmlNode {
  readonly tag: string;
  readonly attributes: Readonly<Record<string, string>>;
  readonly children: XmlNode[];
  /** {@link NOTE_STRIDE} or {@link POINT_STRIDE} numbers an event, in file order. */
  events?: number[];
}

/** time, duration, velocity, off velocity, enabled. */
export const NOTE_STRIDE = 5;
/** time, value, curved. */
export const POINT_STRIDE = 3;
const EVENT_VALUE = 1;

/** View state, browser hints and frozen copies: large, and nothing that a producer did. */
const SKIPPED = new Set([
  'ViewData',
  'ViewStates',
  'LastPresetRef',
  'SourceContext',
  'LockedScripts',
  'AutomationLanes',
  'EnvelopeChooser',
  'ClipEnvelopeChooserViewState',
  'FreezeSequencer',
  'MidiCCOnOffThresholds',
  'MidiControllerRange',
  'ModulationAutomation',
  'KeyMidi',
  'Onsets',
  'ScrollerTimePreserver',
  'TimeSelection',
  'Grid',
  'GroovePool',
  'NoteAlgorithms',
  'AutomationTransformViewState',
  'MpeSettings',
  'ContentLanes',
  'ExpressionLanes',
  'DetailClipKeyMidis',
  'Buffer',
  'ParameterSettings',
  'MxPatchRef',
  'FileDropList',
  'WarpMarkersBackup',
  'SlicePoints',
  'InitialSlicePointsFromOnsets',
  'ManualSlicePoints',
  'BeatSlicePoints',
]);

/** Handles of Live's own that hang on every parameter: half of a set's elements, and nothing in them to count. */
const HANDLES = new Set([
  'LomId',
  'LomIdView',
  'LockEnvelope',
  'IsExpanded',
  'IsFolded',
  'ShouldShowPresetName',
  'ModulationSourceCount',
  'ParametersListWrapper',
  'LastSelectedTimeableIndex',
  'LastSelectedClipEnvelopeIndex',
  'VisualIndex',
  'NoteId',
]);

const MAX_DEPTH = 512;
/** One tag, comment or run of text longer than this is an attack, not a Live set. */
const MAX_TOKEN_CHARS = 32_000_000;

export interface TreeParser {
  /** Feed text in order. Throws FormatError on structures no Live set has. */
  write(text: string): void;
  /** Ends the document; elements still open (a truncated file) are closed and handed out. */
  end(): void;
  readonly errorCount: number;
  readonly skippedElements: number;
}

/**
 * Parses XML as it arrives and hands out every element whose tag is in `wanted` or that is a child of one in
 * `wantedParents`, as soon as it is closed; then it is forgotten, so memory is bounded by the largest one.
 */
export function createTreeParser(options: {
  readonly wantedParents: ReadonlySet<string>;
  readonly wanted: ReadonlySet<string>;
  readonly onRoot: (node: XmlNode) => void;
  readonly onElement: (node: XmlNode) => void;
}): TreeParser {
  const parser = new SaxesParser<{ xmlns: false; position: false }>({ xmlns: false, position: false });
  const path: string[] = [];
  /** Open nodes of the element being collected; empty while outside of one. */
  const open: XmlNode[] = [];
  let skipDepth = 0;
  let errorCount = 0;
  let skippedElements = 0;
  let charsSinceTag = 0;

  parser.on('error', () => {
    errorCount++;
  });
  parser.on('opentag', ({ name, attributes }) => {
    charsSinceTag = 0;
    path.push(name);
    if (path.length > MAX_DEPTH) throw new FormatError(0, `at most ${MAX_DEPTH} nested elements`, 'more');
    if (skipDepth > 0) {
      skipDepth++;
      return;
    }
    const isHandle = HANDLES.has(name);
    if (isHandle || SKIPPED.has(name)) {
      skipDepth = 1;
      if (!isHandle) skippedElements++;
      return;
    }
    const parent = open.at(-1);
    if (parent === undefined) {
      const node: XmlNode = { tag: name, attributes, children: [] };
      if (path.length === 1) options.onRoot(node);
      if (options.wanted.has(name) || options.wantedParents.has(path.at(-2) ?? '')) open.push(node);
      return;
    }
    if (pushEvent(parent, name, attributes)) {
      open.push(EVENT_NODE);
      return;
    }
    const node: XmlNode = { tag: name, attributes, children: [] };
    parent.children.push(node);
    open.push(node);
  });
  parser.on('closetag', () => {
    charsSinceTag = 0;
    path.pop();
    if (skipDepth > 0) {
      skipDepth--;
      return;
    }
    close();
  });

  function close(): void {
    const node = open.pop();
    if (node !== undefined && open.length === 0) options.onElement(node);
  }

  return {
    write(text) {
      charsSinceTag += text.length;
      if (charsSinceTag > MAX_TOKEN_CHARS) throw new FormatError(0, 'XML elements', 'an endless token');
      parser.write(text);
    },
    end() {
      while (open.length > 0) close();
    },
    get errorCount() {
      return errorCount;
    },
    get skippedElements() {
      return skippedElements;
    },
  };
}

/** Children of an event (curve handles, note ids) have nowhere to go. */
const EVENT_NODE: XmlNode = { tag: '', attributes: {}, children: [] };

function pushEvent(parent: XmlNode, tag: string, attributes: Record<string, string>): boolean {
  if (parent === EVENT_NODE) return true;
  switch (tag) {
    case 'MidiNoteEvent':
      (parent.events ??= []).push(
        toNumber(attributes.Time),
        toNumber(attributes.Duration),
        toNumber(attributes.Velocity),
        toNumber(attributes.OffVelocity),
        attributes.IsEnabled === 'false' ? 0 : 1,
      );
      return true;
    case 'FloatEvent':
    case 'EnumEvent':
    case 'BoolEvent':
      (parent.events ??= []).push(
        toNumber(attributes.Time),
        valueOf(attributes.Value),
        attributes.CurveControl1X === undefined ? 0 : 1,
      );
      return true;
    default:
      return false;
  }
}

function toNumber(text: string | undefined): number {
  const value = Number(text);
  return Number.isFinite(value) ? value : 0;
}

function valueOf(text: string | undefined): number {
  if (text === 'true') return 1;
  if (text === 'false') return 0;
  return toNumber(text);
}

/** The first child with this tag. */
export function child(node: XmlNode | undefined, tag: string): XmlNode | undefined {
  return node?.children.find((candidate) => candidate.tag === tag);
}

/** Follows tags downwards: `descend(node, 'DeviceChain', 'Mixer')`. */
export function descend(node: XmlNode | undefined, ...tags: readonly string[]): XmlNode | undefined {
  return tags.reduce<XmlNode | undefined>(child, node);
}

/** The `Value` attribute of a child. */
export function textOf(node: XmlNode | undefined, tag: string): string | undefined {
  return child(node, tag)?.attributes.Value;
}

/** The `Value` attribute of a child as a number, booleans as 0 and 1; undefined where it is neither. */
export function numberOf(node: XmlNode | undefined, tag: string): number | undefined {
  const text = textOf(node, tag);
  if (text === undefined || text === '') return undefined;
  if (text === 'true') return 1;
  if (text === 'false') return 0;
  const value = Number(text);
  return Number.isFinite(value) ? value : undefined;
}

/** What a parameter stands at; Live 8 stores it only as the automation event before the start. */
export function parameterValue(parameter: XmlNode | undefined): number | undefined {
  return (
    numberOf(parameter, 'Manual') ?? descend(parameter, 'ArrangerAutomation', 'Events')?.events?.[EVENT_VALUE]
  );
}

/** Every descendant with this tag, in document order; not inside one another. */
export function descendants(node: XmlNode, tag: string, found: XmlNode[] = []): XmlNode[] {
  for (const candidate of node.children) {
    if (candidate.tag === tag) found.push(candidate);
    else descendants(candidate, tag, found);
  }
  return found;
}
