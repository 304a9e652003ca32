import { PassThrough } from 'node:stream';
import { expect, it } from 'vitest';
import { relayLines } from '../../src/cluster/log-relay.ts';

/** Relays chunks that arrive one by one. @returns the writes to the log */
async function relayChunks(...chunks: (string | Buffer)[]): Promise<string[]> {
  const source = new PassThrough();
  const written: string[] = [];
  void relayLines(source, { write: (text) => written.push(text), drained: async () => {} });
  for (const chunk of chunks) {
    source.write(chunk);
    await new Promise(setImmediate);
  }
  return written;
}

it('relays complete lines and buffers an incomplete one', async () => {
  expect(await relayChunks('{"a":1}\n{"b"', ':2', '}\n{"c":3}\n{')).toEqual([
    '{"a":1}\n',
    '{"b":2}\n{"c":3}\n',
  ]);
});

it('does not split a character whose bytes arrive separately', async () => {
  const line = Buffer.from('{"a":"ö"}\n');
  expect(await relayChunks(line.subarray(0, 7), line.subarray(7))).toEqual(['{"a":"ö"}\n']);
});

it('waits for the log to drain before it reads the next chunk', async () => {
  const source = new PassThrough();
  const written: string[] = [];
  const drainWaiters: (() => void)[] = [];
  const drained = () => new Promise<void>((resolve) => drainWaiters.push(resolve));
  void relayLines(source, { write: (text) => written.push(text), drained });
  for (const chunk of ['{"a":1}\n', '{"b":2}\n']) {
    source.write(chunk);
    await new Promise(setImmediate);
  }
  expect(written).toEqual(['{"a":1}\n']);
  drainWaiters.shift()?.();
  await new Promise(setImmediate);
  expect(written).toEqual(['{"a":1}\n', '{"b":2}\n']);
});
