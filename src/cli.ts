#!/usr/bin/env node
import type { Writable } from 'node:stream';
import { setFlagsFromString } from 'node:v8';
import './db/drizzle-imports.ts';
import { nodeVersionProblem } from './node-version.ts';
import { ignoreUserSignals, runInChild } from './signals.ts';

/** Commands that handle stop signals themselves. */
const LONG_RUNNING: readonly (string | undefined)[] = ['serve', 'work', 'simulate'];

/** Sets by how much V8 multiplies the young generation when it grows. */
const setYoungGenerationGrowth = (factor: number) =>
  setFlagsFromString(`--semi-space-growth-factor=${factor}`);

/** Loads the commands. Without a limit, Node.js 24 lets the young generation grow by 100 MB while modules are loaded. */
async function loadMain() {
  const problem = nodeVersionProblem();
  if (problem !== undefined) {
    process.stderr.write(`taskgate: ${problem}\n`);
    return () => 1;
  }
  setYoungGenerationGrowth(1);
  const { main } = await import('./main.ts');
  setYoungGenerationGrowth(2);
  return main;
}

/** Resolves when a stream has written its buffer, or has failed. */
async function flush(stream: Writable): Promise<void> {
  if (stream.writableLength > 0) await new Promise<void>((resolve) => stream.write('', () => resolve()));
}

// Deprecations of libraries are for developers: the driver of PostgreSQL warns of every use of PGPASSFILE.
process.noDeprecation = true;
// New files are never accessible to other users of the machine.
process.umask(process.umask() | 0o027);
// Before the import of main.ts, which takes some time.
ignoreUserSignals();
const isInitProcess = process.pid === 1 && !LONG_RUNNING.includes(process.argv[2]);
const code = await (isInitProcess ? runInChild() : (await loadMain())());
// process.exit would drop buffered output.
await Promise.all([flush(process.stdout), flush(process.stderr)]);
process.exit(code);
