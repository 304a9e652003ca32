/** The floor: node:http that sends a constant response. */
import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';

const { PORT, BODY = '', STATUS, HEADERS = '{}' } = process.env;
const body = readFileSync(BODY);
const status = Number(STATUS);
const headers: Record<string, string> = JSON.parse(HEADERS);

const server = createServer((_, response) => {
  response.writeHead(status, headers);
  response.end(body);
});
server.listen(Number(PORT), '127.0.0.1');
process.once('SIGTERM', () => process.exit(0));
