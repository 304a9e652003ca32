/** nginx as a compared server: one worker that sends the bytes of a response from a file and logs each request as JSON. */
import { spawnSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { userInfo } from 'node:os';
import { join } from 'node:path';
import type { HttpResponse } from './http-client.ts';
import { type Server, startServer } from './server-process.ts';
import type { Bench } from './start-servers.ts';

/** nginx in PATH or in /usr/sbin, where Debian installs it: not every user has /usr/sbin in PATH. */
const COMMAND = ['nginx', '/usr/sbin/nginx'].find(
  (command) => spawnSync(command, ['-v']).error === undefined,
);

export const hasNginx = COMMAND !== undefined;

/** Returns the version, such as `nginx/1.22.1`. */
export const nginxVersion = (): string => {
  const output = COMMAND === undefined ? '' : spawnSync(COMMAND, ['-v'], { encoding: 'utf8' }).stderr;
  return /nginx\/[\d.]+/.exec(output)?.[0] ?? 'nginx';
};

/** Starts nginx. @param response sent for `GET /tasks` with any query */
export function startNginx({ scratch }: Bench, response: HttpResponse): Promise<Server> {
  if (COMMAND === undefined) throw new Error('nginx is not installed.');
  const folder = join(scratch, 'nginx');
  mkdirSync(folder, { recursive: true });
  const body = join(folder, 'body.json');
  writeFileSync(body, response.body);
  const command = COMMAND;
  return startServer('nginx', { host: 'nginx', path: '/tasks', headers: {} }, (port) => {
    const file = join(folder, 'nginx.conf');
    writeFileSync(file, configuration(folder, body, port, response));
    return { command, args: ['-p', folder, '-c', file, '-e', 'stderr'], env: {} };
  });
}

// Run by root, nginx would switch its worker to a user that cannot read the folder.
const user = userInfo().uid === 0 ? 'user root root;' : '';

/** The access log has the same destination and buffer size as the log of taskgate. */
const configuration = (folder: string, body: string, port: number, response: HttpResponse) => `
${user}
daemon off;
worker_processes 1;
pid ${folder}/nginx.pid;
error_log stderr;
events { worker_connections 1024; }
http {
  sendfile on;
  tcp_nopush on;
  keepalive_requests 1000000000;
  client_body_temp_path ${folder}/body;
  proxy_temp_path ${folder}/proxy;
  fastcgi_temp_path ${folder}/fastcgi;
  uwsgi_temp_path ${folder}/uwsgi;
  scgi_temp_path ${folder}/scgi;
  log_format json escape=json '{"time":"$time_iso8601","requestId":"$request_id","method":"$request_method",'
    '"host":"$host","path":"$request_uri","status":$status,"seconds":$request_time}';
  access_log /dev/null json buffer=4k;
  server {
    listen 127.0.0.1:${port};
    location = /tasks {
      alias ${body};
      types { }
      default_type "application/json; charset=utf-8";
      etag off;
      add_header X-Request-Id $request_id;
${headersOf(response).join('\n')}
    }
  }
}
`;

const headersOf = (response: HttpResponse): string[] =>
  ['X-Total-Count', 'Link', 'ETag', 'Cache-Control', 'Vary'].flatMap((name) => {
    const value = response.header(name);
    // nginx reads a dollar sign as the start of a variable.
    return value === undefined || value.includes('$')
      ? []
      : [`      add_header ${name} '${value.replaceAll("'", "\\'")}';`];
  });
