import type { MixerChannel, Project } from './project';

const MAX_HOPS = 64;

/**
 * How loud a channel is at the master's output, linear: its own fader times those of every strip on its way there. A
 * muted strip on the way makes it 0. Producers who leave the mixer's faders alone set channel volumes instead, and the
 * other way round, so only the product says how loud something is meant to be.
 */
export function effectiveGain(project: Project, channelId: string): number {
  const channels = new Map(project.mixer.map((channel) => [channel.id, channel]));
  let gain = 1;
  let next: string | undefined = channelId;
  for (let hops = 0; next !== undefined && hops < MAX_HOPS; hops++) {
    const channel: MixerChannel | undefined = channels.get(next);
    if (channel === undefined) break;
    if (channel.muted) return 0;
    gain *= channel.gain;
    next = channel.outputId;
  }
  return gain;
}
