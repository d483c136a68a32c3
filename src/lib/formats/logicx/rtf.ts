/** Groups of an RTF document that hold no text of it. */
const HIDDEN_GROUPS = new Set(['fonttbl', 'colortbl', 'expandedcolortbl', 'stylesheet', 'info', 'pict', '*']);
/** What a control word stands for in the text. */
const TEXT_WORDS: Readonly<Record<string, string>> = { par: '\n', line: '\n', tab: '\t' };
const MAX_CHARS = 65_536;

interface Group {
  readonly isHidden: boolean;
  /** How many characters stand in for one written as \u. */
  readonly fallbackChars: number;
}

/** The words of an RTF document without their formatting; what is damaged ends it. */
export function rtfText(bytes: Uint8Array): string {
  const zero = bytes.indexOf(0);
  const end = Math.min(MAX_CHARS, zero < 0 ? bytes.length : zero);
  const source = new TextDecoder('windows-1252').decode(bytes.subarray(0, end));
  const token = /\\([a-z]+)(-?\d+)? ?|\\'([0-9a-f]{2})|\\([^a-z])|([{}])|([^\\{}\r\n]+)|[\r\n]+/giy;
  const groups: Group[] = [];
  let group: Group = { isHidden: false, fallbackChars: 1 };
  let text = '';
  let skip = 0;
  const write = (piece: string): void => {
    const kept = piece.slice(skip);
    skip = Math.max(0, skip - piece.length);
    if (!group.isHidden) text += kept;
  };
  for (let match = token.exec(source); match !== null; match = token.exec(source)) {
    const [, word, number, hex, symbol, brace, plain] = match;
    if (brace === '{') groups.push(group);
    else if (brace === '}') {
      group = groups.pop() ?? group;
      if (groups.length === 0) break;
    } else if (word === 'u' && number !== undefined) {
      write(String.fromCharCode(Number(number) & 0xffff));
      skip = group.fallbackChars;
    } else if (word === 'uc') group = { ...group, fallbackChars: Math.min(8, Number(number ?? 1)) };
    else if (word !== undefined) {
      if (HIDDEN_GROUPS.has(word)) group = { ...group, isHidden: true };
      else if (TEXT_WORDS[word] !== undefined) write(TEXT_WORDS[word]);
    } else if (hex !== undefined) {
      write(new TextDecoder('windows-1252').decode(Uint8Array.of(Number.parseInt(hex, 16))));
    } else if (symbol !== undefined) {
      if (symbol === '*') group = { ...group, isHidden: true };
      else write(symbol === '~' ? '\u00a0' : symbol === '\n' || symbol === '\r' ? '\n' : symbol);
    } else if (plain !== undefined) write(plain);
  }
  return text.trim();
}
