import type { JobDocument } from '$lib/state/job-document.svelte';
import type { Player } from '$lib/state/player.svelte';
import type { QuantiseTool } from './quantise.svelte';

export interface Workspace {
  readonly document: JobDocument;
  readonly player: Player;
  readonly quantise: QuantiseTool;
  readonly select: (trackId: string) => void;
}

/** Runs what a key means on the workspace; false where it means nothing. Keys of the roll never get here. */
export function runWorkspaceKey(event: KeyboardEvent, workspace: Workspace): boolean {
  const command = event.ctrlKey || event.metaKey;
  if (event.altKey) return false;
  if (command) return runCommandKey(event, workspace);
  // Space on a button presses that button.
  if (event.key === ' ' && event.target instanceof HTMLButtonElement) return false;
  // A slider moves by these.
  if (isRange(event.target) && /^(Arrow|Home|End|Page)/.test(event.key)) return false;
  return runPlainKey(event, workspace);
}

function runCommandKey(event: KeyboardEvent, { document: job, quantise }: Workspace): boolean {
  switch (event.key.toLowerCase()) {
    case 'z':
      if (event.shiftKey) job.redo();
      else job.undo();
      return true;
    case 'y':
      job.redo();
      return true;
    case 'q':
      quantise.isPreviewing = true;
      document.querySelector<HTMLElement>('#quantise-options select')?.focus();
      return true;
    default:
      return false;
  }
}

function runPlainKey(event: KeyboardEvent, workspace: Workspace): boolean {
  const { document: job, player, quantise } = workspace;
  const trackId = job.selectedTrackId;
  const isInRoll = event.target instanceof Element && event.target.closest('.roll') !== null;
  switch (event.key.length === 1 ? event.key.toLowerCase() : event.key) {
    case ' ':
      player.toggle();
      return true;
    case 'a':
      player.setCrossfade(player.state.crossfade < 0.5 ? 1 : 0);
      return true;
    case 'l':
      toggleLoop(job, player);
      return true;
    case 'Home':
      player.seek(0);
      return true;
    case 'End':
      player.seek(job.transcription.source.durationSeconds);
      return true;
    case 'j':
      seekBar(job, player, -1);
      return true;
    case 'k':
      seekBar(job, player, 1);
      return true;
    case 'q':
      quantise.apply();
      return true;
    case 'm':
      if (trackId !== undefined) job.setMix(trackId, { mute: !job.mixOf(trackId).mute }, 'Mute');
      return trackId !== undefined;
    case 's':
      if (trackId === undefined) return false;
      if (event.shiftKey) job.soloOnly(trackId);
      else job.setMix(trackId, { solo: !job.mixOf(trackId).solo }, 'Solo');
      return true;
    case 'ArrowUp':
    case 'ArrowDown':
      return !isInRoll && stepTrack(workspace, event.key === 'ArrowUp' ? -1 : 1);
    default:
      return false;
  }
}

/** Loops the marked region, or stops looping. */
export function toggleLoop(job: JobDocument, player: Player): void {
  player.setLoop(player.state.loop === null ? (job.region ?? null) : null);
}

function seekBar(job: JobDocument, player: Player, step: number): void {
  const bars = job.transcription.beats.downbeatsSeconds;
  const position = player.positionSeconds;
  const target =
    step > 0 ? bars.find((bar) => bar > position + 0.05) : bars.findLast((bar) => bar < position - 0.25);
  player.seek(target ?? (step > 0 ? position : 0));
}

function stepTrack({ document: job, select }: Workspace, step: number): boolean {
  const { tracks } = job.transcription;
  const next = tracks[tracks.findIndex((track) => track.id === job.selectedTrackId) + step];
  if (next !== undefined) select(next.id);
  return next !== undefined;
}

function isRange(target: EventTarget | null): boolean {
  return target instanceof HTMLInputElement && target.type === 'range';
}
