import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { decode, encode, type RecordType } from 'dns-packet';
import { onTestFinished } from 'vitest';

/** Returns the addresses of a name, an error, or undefined to send no response at all. */
export type Resolve = (
  name: string,
  type: RecordType,
) => readonly string[] | 'NXDOMAIN' | 'SERVFAIL' | undefined;

const RCODES = { NXDOMAIN: 3, SERVFAIL: 2 };

/** Starts a DNS server on a local UDP socket. It stops after the test. */
export async function createDnsServer(resolve: Resolve) {
  const queries: string[] = [];
  const socket = createSocket('udp4', (message, { port, address }) => {
    const { id, questions = [] } = decode(message);
    const [question] = questions;
    if (!question) return;
    queries.push(`${question.type} ${question.name}`);
    const result = resolve(question.name.toLowerCase(), question.type);
    if (result === undefined) return;
    const flags = 0x0180 | (typeof result === 'string' ? RCODES[result] : 0);
    const type = question.type === 'AAAA' ? 'AAAA' : 'A';
    const answers =
      typeof result === 'string'
        ? []
        : result.map((data) => ({ type, name: question.name, ttl: 1, data }) as const);
    socket.send(encode({ type: 'response', id, flags, questions, answers }), port, address);
  });
  socket.bind(0, '127.0.0.1');
  await once(socket, 'listening');
  onTestFinished(() => void socket.close());
  return { server: `127.0.0.1:${socket.address().port}`, queries };
}
