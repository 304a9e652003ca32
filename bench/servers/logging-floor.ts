/** The floor with all headers of a response, a new request id, and one log line per request. */
import { randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { pino } from 'pino';

const { PORT, BODY = '', STATUS, HEADERS = '{}' } = process.env;
const body = readFileSync(BODY);
const status = Number(STATUS);
const headers: Record<string, string> = JSON.parse(HEADERS);
const log = pino({ base: null }, pino.destination({ fd: 1, sync: false, minLength: 4096 }));

const server = createServer((request, response) => {
  const start = performance.now();
  const requestId = randomUUID();
  response.writeHead(status, { ...headers, 'X-Request-Id': requestId });
  response.end(body);
  const { method, url: path } = request;
  const ms = performance.now() - start;
  log.info({ requestId, method, host: request.headers.host, path, status, ms }, 'request');
});
server.listen(Number(PORT), '127.0.0.1');
process.once('SIGTERM', () => process.exit(0));
