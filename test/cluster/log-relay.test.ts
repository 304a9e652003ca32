import { PassThrough } from 'node:stream';
import { expect, it } from 'vitest';
import { relayLines } from '../../src/cluster/log-relay.ts';

/** Relays chunks, each of which arrives by itself. @returns what is written to the log, write by write */
async function relayed(...chunks: (string | Buffer)[]): Promise<string[]> {
  const from = new PassThrough();
  const written: string[] = [];
  void relayLines(from, { write: (text) => written.push(text), drained: async () => {} });
  for (const chunk of chunks) {
    from.write(chunk);
    await new Promise(setImmediate);
  }
  return written;
}

it('passes on whole lines and keeps the beginning of the next one until it is complete', async () => {
  expect(await relayed('{"a":1}\n{"b"', ':2', '}\n{"c":3}\n{')).toEqual(['{"a":1}\n', '{"b":2}\n{"c":3}\n']);
});

it('keeps a character in one piece whose bytes arrive separately', async () => {
  const line = Buffer.from('{"a":"ö"}\n');
  expect(await relayed(line.subarray(0, 7), line.subarray(7))).toEqual(['{"a":"ö"}\n']);
});

it('reads on only when the log has written what it was given', async () => {
  const from = new PassThrough();
  const written: string[] = [];
  const waiting: (() => void)[] = [];
  const drained = () => new Promise<void>((resolve) => waiting.push(resolve));
  void relayLines(from, { write: (text) => written.push(text), drained });
  for (const chunk of ['{"a":1}\n', '{"b":2}\n']) {
    from.write(chunk);
    await new Promise(setImmediate);
  }
  expect(written).toEqual(['{"a":1}\n']);
  waiting.shift()?.();
  await new Promise(setImmediate);
  expect(written).toEqual(['{"a":1}\n', '{"b":2}\n']);
});
