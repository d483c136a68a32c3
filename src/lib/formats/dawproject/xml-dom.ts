import { SaxesParser } from 'saxes';
import { FormatError } from '../../core/errors';

export interface XmlElement {
  readonly tag: string;
  readonly attributes: Readonly<Record<string, string>>;
  readonly children: readonly XmlElement[];
  /** Character data directly inside, joined. */
  readonly text: string;
}

interface OpenElement {
  readonly tag: string;
  readonly attributes: Readonly<Record<string, string>>;
  readonly children: OpenElement[];
  text: string;
}

const MAX_DEPTH = 256;
const MAX_ELEMENTS = 4_000_000;
const WRITE_CHARS = 65_536;

/**
 * A small document in memory. Declared entities are not expanded. A document that is cut short or damaged is returned as
 * far as it goes, with the number of errors. Throws FormatError where there is no element at all or far too many.
 */
export function parseXml(text: string): { readonly root: XmlElement; readonly errorCount: number } {
  const parser = new SaxesParser<{ xmlns: false; position: false }>({ xmlns: false, position: false });
  const open: OpenElement[] = [];
  let root: OpenElement | undefined;
  let errorCount = 0;
  let count = 0;
  parser.on('error', () => {
    errorCount++;
  });
  parser.on('opentag', ({ name, attributes }) => {
    if (++count > MAX_ELEMENTS) throw new FormatError(0, `at most ${MAX_ELEMENTS} elements`, 'more');
    if (open.length >= MAX_DEPTH) throw new FormatError(0, `at most ${MAX_DEPTH} nested elements`, 'more');
    const element: OpenElement = { tag: name, attributes, children: [], text: '' };
    open.at(-1)?.children.push(element);
    root ??= element;
    open.push(element);
  });
  parser.on('text', (chunk) => {
    const parent = open.at(-1);
    if (parent !== undefined) parent.text += chunk;
  });
  parser.on('closetag', () => {
    open.pop();
  });
  for (let i = 0; i < text.length; i += WRITE_CHARS) parser.write(text.slice(i, i + WRITE_CHARS));
  parser.close();
  if (root === undefined) throw new FormatError(0, 'an XML document', 'no element');
  return { root, errorCount };
}

export function childOf(element: XmlElement | undefined, tag: string): XmlElement | undefined {
  return element?.children.find((candidate) => candidate.tag === tag);
}

/** The attribute as a number, undefined where it is missing or none. Infinity is a legal value of the format. */
export function numberAttribute(element: XmlElement | undefined, name: string): number | undefined {
  const text = element?.attributes[name];
  if (text === undefined || text.trim() === '') return undefined;
  const value = text === 'inf' ? Infinity : text === '-inf' ? -Infinity : Number(text);
  return Number.isNaN(value) ? undefined : value;
}
