// The only file that imports Tone.js. Single modules, not the index: that one opens an audio context of its own on import.
import { Compressor } from 'tone/build/esm/component/dynamics/Compressor.js';
import { Context } from 'tone/build/esm/core/context/Context.js';
import { connect } from 'tone/build/esm/core/context/ToneAudioNode.js';
import { roomImpulse } from './room';

/** How often the scheduler is woken; from a worker, so that a hidden tab keeps time. */
const TICK_SECONDS = 0.05;
const CEILING_DB = -1;

/** What all sound runs through: a master gain, a limiter against clipping, a small room for the synthesisers. */
export interface MasterGraph {
  readonly context: AudioContext;
  /** Dry input. */
  readonly master: GainNode;
  /** Send into the room. */
  readonly room: GainNode;
  /** Taps what leaves the limiter. */
  readonly meter: AnalyserNode;
  onTick(callback: () => void): void;
  dispose(): void;
}

/** Takes the context over: `dispose` closes it. */
export function createMasterGraph(context: AudioContext): MasterGraph {
  const tone = new Context({ context, updateInterval: TICK_SECONDS, lookAhead: 0 });
  const master = context.createGain();
  const room = context.createGain();
  const meter = context.createAnalyser();
  meter.fftSize = 2048;
  // Tone's Limiter leaves the knee at 30 dB, for which browsers make up with six decibels of gain; a hard knee adds none.
  const limiter = new Compressor({
    context: tone,
    threshold: CEILING_DB,
    ratio: 20,
    knee: 0,
    attack: 0.002,
    release: 0.05,
  });
  const reverb = new ConvolverNode(context, { buffer: roomImpulse(context) });
  room.gain.value = 0.16;
  connect(master, limiter);
  connect(limiter, meter);
  meter.connect(context.destination);
  room.connect(reverb).connect(master);
  return {
    context,
    master,
    room,
    meter,
    onTick: (callback) => void tone.on('tick', callback),
    dispose() {
      limiter.dispose();
      reverb.disconnect();
      tone.dispose();
      if (context.state !== 'closed') void context.close();
    },
  };
}
