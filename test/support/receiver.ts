import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import type { AddressInfo, Socket } from 'node:net';
import { text } from 'node:stream/consumers';
import { onTestFinished } from 'vitest';
import type { Certificate } from './certificates.ts';

/** A webhook as received on the socket. */
export interface ReceivedWebhook {
  method: string;
  path: string;
  headers: Record<string, string | string[] | undefined>;
  body: string;
}

/** Returns the headers of a webhook in the form that the verification library accepts. */
export const textHeaders = (received: ReceivedWebhook | undefined): Record<string, string> =>
  Object.fromEntries(Object.entries(received?.headers ?? {}).map(([name, value]) => [name, String(value)]));

/** A webhook receiver on a local socket. */
export interface Receiver {
  url: string;
  port: number;
  received: ReceivedWebhook[];
  /** Returns the number of open connections. */
  connections(): number;
}

/** Starts a receiver. It answers 200 by default, uses TLS if it has a certificate, and stops after the test. */
export async function createReceiver(
  answer: (response: ServerResponse, received: ReceivedWebhook, all: readonly ReceivedWebhook[]) => void = (
    response,
  ) => void response.end(),
  certificate?: Certificate,
): Promise<Receiver> {
  const received: ReceivedWebhook[] = [];
  const sockets = new Set<Socket>();
  const listener = async (request: IncomingMessage, response: ServerResponse) => {
    const { method = '', url: path = '', headers } = request;
    const webhook = { method, path, headers, body: await text(request) };
    received.push(webhook);
    answer(response, webhook, received);
  };
  const onRequest = (request: IncomingMessage, response: ServerResponse) => {
    response.on('error', () => {});
    listener(request, response).catch(() => response.destroy());
  };
  const server = certificate ? createTlsServer(certificate, onRequest) : createServer(onRequest);
  server.on('connection', (socket) => {
    sockets.add(socket);
    socket.once('close', () => sockets.delete(socket));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  const { port } = addressOf(server.address());
  const scheme = certificate ? 'https' : 'http';
  return { url: `${scheme}://127.0.0.1:${port}/hook`, port, received, connections: () => sockets.size };
}

function addressOf(address: AddressInfo | string | null): AddressInfo {
  if (address === null || typeof address === 'string') throw new Error('The receiver has no TCP address.');
  return address;
}
