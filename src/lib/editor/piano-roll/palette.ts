import type { InstrumentFamily } from '../../core/instruments';

/** Colours of a painted frame, read from the design tokens so that both themes and every family agree with the page. */
export interface Palette {
  readonly background: string;
  readonly rowDark: string;
  readonly rowLine: string;
  readonly lineStep: string;
  readonly lineBeat: string;
  readonly lineBar: string;
  readonly text: string;
  readonly textDim: string;
  readonly accent: string;
  readonly note: string;
  readonly noteText: string;
  readonly selected: string;
  readonly scale: string;
  readonly ghost: string;
  readonly wave: string;
  readonly keyWhite: string;
  readonly keyBlack: string;
}

/** Stand-ins where a token is missing, so that a component works outside the page too. */
const FAMILY_FALLBACK: Readonly<Record<InstrumentFamily, string>> = {
  drums: '#e6a23c',
  bass: '#a27bf0',
  keys: '#5b9cf5',
  guitar: '#5fb96a',
  strings_pads: '#3fb8af',
  winds_leads: '#e878b4',
  voice: '#ea6a5e',
  other: '#9aa0aa',
};

/** Reads the tokens that hold at an element. */
export function readPalette(element: Element, family: InstrumentFamily): Palette {
  const style = getComputedStyle(element);
  const token = (name: string, fallback: string): string => style.getPropertyValue(name).trim() || fallback;
  const text = token('--text-1', '#e8e9ec');
  const surface = token('--surface-1', '#1d1f24');
  const mix = (part: number): string => `color-mix(in srgb, ${text} ${part}%, transparent)`;
  return {
    background: surface,
    rowDark: `color-mix(in srgb, ${token('--surface-0', '#17181c')} 70%, ${surface})`,
    rowLine: mix(4),
    lineStep: token('--grid-division', mix(5)),
    lineBeat: token('--grid-beat', mix(10)),
    lineBar: token('--grid-bar', mix(24)),
    text,
    textDim: token('--text-2', '#a7abb4'),
    accent: token('--accent', '#6ea8fe'),
    note: familyColour(style, family),
    noteText: '#101114',
    selected: token('--text-1', '#ffffff'),
    scale: mix(4),
    ghost: mix(14),
    wave: mix(9),
    keyWhite: '#d9dbe0',
    keyBlack: '#24262c',
  };
}

/** The colour of a family from its token. */
function familyColour(style: CSSStyleDeclaration, family: InstrumentFamily): string {
  return style.getPropertyValue(`--family-${family}`).trim() || FAMILY_FALLBACK[family];
}
