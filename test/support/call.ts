import { request } from 'node:http';

export interface Called {
  status: number | undefined;
  /** The body, parsed. */
  body: unknown;
}

/** Sends a request for a host to a port of this machine; `send` goes as JSON. */
export function call(
  port: number,
  host: string,
  path: string,
  {
    method = 'GET',
    headers = {},
    send,
  }: { method?: string; headers?: Record<string, string>; send?: unknown } = {},
): Promise<Called> {
  const body = send === undefined ? undefined : JSON.stringify(send);
  const type = body === undefined ? {} : { 'Content-Type': 'application/json' };
  return new Promise((resolve, reject) => {
    const options = { host: '127.0.0.1', port, path, method, headers: { Host: host, ...type, ...headers } };
    const sent = request(options, (response) => {
      let text = '';
      response.setEncoding('utf8');
      response.on('data', (chunk: string) => {
        text += chunk;
      });
      response.on('end', () => resolve({ status: response.statusCode, body: JSON.parse(text) }));
    });
    sent.on('error', reject);
    sent.end(body);
  });
}
