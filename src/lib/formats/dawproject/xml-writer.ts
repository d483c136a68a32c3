/** An element to be written; attributes that are undefined are left out. */
export interface XmlOut {
  readonly tag: string;
  readonly attributes: Readonly<Record<string, string | number | boolean | undefined>>;
  readonly children: readonly XmlOut[];
  readonly text?: string;
}

export function element(
  tag: string,
  attributes: XmlOut['attributes'] = {},
  children: readonly (XmlOut | undefined)[] = [],
): XmlOut {
  return { tag, attributes, children: children.filter((child) => child !== undefined) };
}

/** The document as text, indented as DAWs write it. */
export function writeXml(root: XmlOut): string {
  const lines = ['<?xml version="1.0" encoding="UTF-8" standalone="yes"?>'];
  write(root, '', lines);
  return `${lines.join('\n')}\n`;
}

function write(node: XmlOut, indent: string, lines: string[]): void {
  const attributes = Object.entries(node.attributes)
    .filter(([, value]) => value !== undefined)
    .map(([name, value]) => ` ${name}="${escapeXml(String(value))}"`)
    .join('');
  if (node.children.length === 0 && node.text === undefined) {
    lines.push(`${indent}<${node.tag}${attributes}/>`);
    return;
  }
  if (node.text !== undefined) {
    lines.push(`${indent}<${node.tag}${attributes}>${escapeXml(node.text)}</${node.tag}>`);
    return;
  }
  lines.push(`${indent}<${node.tag}${attributes}>`);
  for (const child of node.children) write(child, `${indent}  `, lines);
  lines.push(`${indent}</${node.tag}>`);
}

const NAMED: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' };

/** Line breaks survive as references; what XML 1.0 cannot hold at all (control characters, lone surrogates) is dropped. */
function escapeXml(text: string): string {
  let out = '';
  for (const character of text) {
    const code = character.codePointAt(0)!;
    if (code === 9 || code === 10 || code === 13) out += `&#${code};`;
    else if (code >= 32 && (code < 0xd800 || code > 0xdfff) && code !== 0xfffe && code !== 0xffff) {
      out += NAMED[character] ?? character;
    }
  }
  return out;
}
