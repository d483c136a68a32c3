import { DEFAULT_SETTINGS, type TranscribeSettings } from '$lib/inference/client';

const THEMES = ['dark', 'light', 'system'] as const;
export type Theme = (typeof THEMES)[number];

/** static/theme.js reads the same key before the first paint. */
const THEME_KEY = 'loopmind-theme';
const SETTINGS_KEY = 'loopmind-settings';
const NOTIFY_KEY = 'loopmind-notify-asked';

const CHOICES: { readonly [Key in keyof TranscribeSettings]: readonly TranscribeSettings[Key][] } = {
  separationModel: ['embedded', 'htdemucs'],
  noteModel: ['auto', 'notes', 'basic-pitch'],
  backend: ['auto', 'webgpu', 'wasm'],
  pitchBends: [false, true],
};

/** Settings as an older version may have stored them; what is unknown or missing falls back to the default. */
export function repairSettings(stored: unknown): TranscribeSettings {
  const settings = { ...DEFAULT_SETTINGS };
  if (typeof stored !== 'object' || stored === null) return settings;
  const pick = <Key extends keyof TranscribeSettings>(key: Key): TranscribeSettings[Key] => {
    const value: unknown = key in stored ? (stored as Record<Key, unknown>)[key] : undefined;
    return CHOICES[key].find((choice) => choice === value) ?? DEFAULT_SETTINGS[key];
  };
  return {
    separationModel: pick('separationModel'),
    noteModel: pick('noteModel'),
    backend: pick('backend'),
    pitchBends: pick('pitchBends'),
  };
}

/** What the user prefers, kept in this browser. */
export class Preferences {
  theme = $state<Theme>('dark');
  /** What the theme comes to on this system. */
  resolvedTheme = $state<'dark' | 'light'>('dark');
  settings = $state.raw<TranscribeSettings>(DEFAULT_SETTINGS);

  /** Reads what is stored and follows the system's colour scheme; returns what undoes that. */
  start(): () => void {
    const stored = read(THEME_KEY);
    this.theme = THEMES.find((theme) => theme === stored) ?? 'dark';
    this.settings = repairSettings(parse(read(SETTINGS_KEY)));
    const scheme = matchMedia('(prefers-color-scheme: light)');
    const apply = (): void => this.#applyTheme();
    apply();
    scheme.addEventListener('change', apply);
    return () => scheme.removeEventListener('change', apply);
  }

  setTheme(theme: Theme): void {
    this.theme = theme;
    write(THEME_KEY, theme);
    this.#applyTheme();
  }

  change(settings: Partial<TranscribeSettings>): void {
    this.settings = { ...this.settings, ...settings };
    write(SETTINGS_KEY, JSON.stringify(this.settings));
  }

  /** True exactly once a browser: the user is not asked twice. */
  mayAskToNotify(): boolean {
    if (!('Notification' in globalThis) || Notification.permission !== 'default') return false;
    if (read(NOTIFY_KEY) !== null) return false;
    write(NOTIFY_KEY, 'asked');
    return true;
  }

  #applyTheme(): void {
    const light =
      this.theme === 'light' ||
      (this.theme === 'system' && matchMedia('(prefers-color-scheme: light)').matches);
    this.resolvedTheme = light ? 'light' : 'dark';
    document.documentElement.dataset['theme'] = this.resolvedTheme;
    const bar = document.querySelector('meta[name="theme-color"]');
    bar?.setAttribute('content', light ? '#f6f7f8' : '#16171a');
  }
}

function read(key: string): string | null {
  try {
    return localStorage.getItem(key);
  } catch {
    return null; // Site data is blocked: the defaults hold for this visit.
  }
}

function write(key: string, value: string): void {
  try {
    localStorage.setItem(key, value);
  } catch {
    // Site data is blocked or full: the choice holds for this visit.
  }
}

function parse(text: string | null): unknown {
  try {
    return text === null ? undefined : JSON.parse(text);
  } catch {
    return undefined;
  }
}
