import { PassThrough } from 'node:stream';
import { expect, it } from 'vitest';
import { relayLines } from '../../src/cluster/log-relay.ts';

/** Relays chunks that arrive separately. @returns the writes to the log */
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

it('writes complete lines and buffers an incomplete one', async () => {
  expect(await relayed('{"a":1}\n{"b"', ':2', '}\n{"c":3}\n{')).toEqual(['{"a":1}\n', '{"b":2}\n{"c":3}\n']);
});

it('does not split a character whose bytes arrive separately', async () => {
  const line = Buffer.from('{"a":"ö"}\n');
  expect(await relayed(line.subarray(0, 7), line.subarray(7))).toEqual(['{"a":"ö"}\n']);
});

it('reads more only after the log has written the last chunk', async () => {
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
