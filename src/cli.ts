#!/usr/bin/env node
import type { Writable } from 'node:stream';
import { ignoreUserSignals, runInChild } from './signals.ts';

/** Commands that handle stop signals themselves. */
const LONG_RUNNING: readonly (string | undefined)[] = ['serve', 'work', 'simulate'];

/** Resolves when a stream has written its buffer, or has failed. */
async function flush(stream: Writable): Promise<void> {
  if (stream.writableLength > 0) await new Promise<void>((resolve) => stream.write('', () => resolve()));
}

// New files are never accessible to other users of the machine.
process.umask(process.umask() | 0o027);
// Before the import of main.ts, which takes some time.
ignoreUserSignals();
const isInitProcess = process.pid === 1 && !LONG_RUNNING.includes(process.argv[2]);
const code = await (isInitProcess ? runInChild() : (await import('./main.ts')).main());
// process.exit would drop buffered output.
await Promise.all([flush(process.stdout), flush(process.stderr)]);
process.exit(code);
