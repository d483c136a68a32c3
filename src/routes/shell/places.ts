import type { Component } from 'svelte';
import AudioLines from '@lucide/svelte/icons/audio-lines';
import FolderOpen from '@lucide/svelte/icons/folder-open';
import Settings from '@lucide/svelte/icons/settings';

export interface Place {
  readonly label: string;
  /** Below the base, with a slash at the end. */
  readonly path: '/' | `/${string}/`;
  readonly icon: Component<{ size?: number | string }>;
}

const ALL: readonly Place[] = [
  { label: 'Transcribe', path: '/', icon: AudioLines },
  { label: 'Projects', path: '/projects/', icon: FolderOpen },
  { label: 'Settings', path: '/settings/', icon: Settings },
];

const pages = new Set(
  Object.keys(import.meta.glob('../**/+page.svelte')).map((file) => file.slice(2, -'+page.svelte'.length)),
);

/** The pages that this build has, in the order of the rail; `1`, `2`, ... jump to them. */
export const PLACES: readonly Place[] = ALL.filter((place) => pages.has(place.path));
