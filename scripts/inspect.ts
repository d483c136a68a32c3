/**
 * npm run --silent inspect -- [--notes] [--json] FILE...
 * Opens each file (or project folder) with the app's own readers and prints one JSON line for it. Exit code 0 when every
 * one opened.
 */
import { openAsBlob, readdirSync, statSync } from 'node:fs';
import { basename, join } from 'node:path';
import { allDevices } from '../src/lib/core/devices';
import { FormatError } from '../src/lib/core/errors';
import type { Project } from '../src/lib/core/project';
import { projectBpm } from '../src/lib/core/tempo-curve';
import { openProject, type InputFile } from '../src/lib/formats';
import { storedNotes } from '../src/lib/formats/project-export-midi/arranged-notes';

const options = new Set(process.argv.slice(2).filter((argument) => argument.startsWith('--')));
const files = process.argv.slice(2).filter((argument) => !argument.startsWith('--'));

/** A folder (a Logic project, or a project with its samples) becomes all files in it, named from the folder on. */
async function inputFiles(path: string, name = basename(path.replace(/\/+$/, ''))): Promise<InputFile[]> {
  if (!statSync(path).isDirectory()) return [{ path: name, blob: await openAsBlob(path) }];
  const inputs: InputFile[] = [];
  for (const entry of readdirSync(path)) {
    inputs.push(...(await inputFiles(join(path, entry), `${name}/${entry}`)));
  }
  return inputs;
}

function summary(project: Project): Record<string, unknown> {
  const allClips = [
    ...project.clips,
    ...project.sessionClips.map(({ clip }) => clip),
    ...project.otherArrangements.flatMap(({ clips }) => clips),
  ];
  const notes = project.patterns.flatMap((pattern) => pattern.notes);
  return {
    format: project.format,
    version: project.formatVersion,
    title: project.title,
    bpm: Math.round(projectBpm(project) * 1000) / 1000,
    tracks: project.tracks.length,
    clips: allClips.length,
    patterns: project.patterns.length,
    notes: notes.filter(({ isStep }) => isStep !== true).length,
    steps: notes.filter(({ isStep }) => isStep === true).length,
    automationPoints: project.automation.reduce((sum, lane) => sum + lane.points.length, 0),
    devices: project.mixer.reduce((sum, channel) => sum + allDevices(channel.devices).length, 0),
    sections: project.sections.length,
    sampleRefs: project.sampleRefs.length,
    markers: project.markers.length,
    channels: project.mixer.length,
    unknown: project.unknown.reduce((sum, { count }) => sum + count, 0),
    key: project.key === undefined ? null : `${project.key.tonic} ${project.key.mode}`,
    timeSignature: `${project.timeSignatures[0]!.numerator}/${project.timeSignatures[0]!.denominator}`,
    warnings: project.warnings.length,
    warningTexts: project.warnings.map(({ message, count }) =>
      count === undefined ? message : `${message} (${count} times)`,
    ),
  };
}

function round(value: number): number {
  return Math.round(value * 1e4) / 1e4;
}

/** Each stored note once, counted from the start of its pattern: [track, startTicks, durationTicks, pitch, velocity]. */
function noteRows(project: Project, areSteps: boolean): number[][] {
  const notes = storedNotes(project).filter(({ note }) => (note.isStep === true) === areSteps);
  return notes.map(({ trackIndex, note }) => [
    trackIndex,
    round(note.startTicks),
    round(note.durationTicks),
    note.pitch,
    round(note.velocity),
  ]);
}

if (files.length === 0) {
  console.error('Usage: npm run --silent inspect -- [--notes] [--json] FILE...');
  process.exit(1);
}
let failures = 0;
for (const file of files) {
  try {
    const { project } = await openProject(await inputFiles(file));
    console.log(
      JSON.stringify({
        file,
        ok: true,
        ...summary(project),
        ...(options.has('--notes')
          ? { ticksPerQuarter: 960, noteList: noteRows(project, false), stepList: noteRows(project, true) }
          : {}),
        ...(options.has('--json') ? { project } : {}),
      }),
    );
  } catch (error) {
    failures++;
    const message = error instanceof Error ? error.message : String(error);
    console.log(
      JSON.stringify({
        file,
        ok: false,
        error: message,
        ...(error instanceof FormatError ? { offset: error.offset } : { unexpected: true }),
      }),
    );
  }
}
// Not process.exit: it would cut output that a pipe has not taken yet.
process.exitCode = failures === 0 ? 0 : 1;
