// biome-ignore-all lint/suspicious/noTemplateCurlyInString: variables of the shell.
import { execFileSync } from 'node:child_process';
import { describe, expect, it } from 'vitest';
import { curlCommand } from '../../../src/web/reference/curl.ts';
import type { ApiDocument, Operation } from '../../../src/web/reference/document.ts';
import { groupsOf } from '../../../src/web/reference/outline.ts';
import {
  createRequest,
  credentialHeaders,
  fulfilled,
  placeholderOf,
} from '../../../src/web/reference/request.ts';

const operation: Operation = {
  operationId: 'changeTask',
  parameters: [
    { in: 'path', name: 'id', required: true },
    { in: 'query', name: 'search' },
    { in: 'query', name: 'page' },
    { in: 'header', name: 'Idempotency-Key' },
  ],
  requestBody: { content: { 'application/json': {} } },
};

const document: ApiDocument = {
  openapi: '3.1.0',
  info: { title: 'Test', version: '1' },
  servers: [{ url: '/' }],
  paths: { '/tasks/{id}': { post: operation } },
  components: {
    securitySchemes: {
      token: { type: 'http', scheme: 'bearer', bearerFormat: 'TOKEN_ID:TOKEN_SECRET' },
      user: { type: 'apiKey', in: 'header', name: 'X-User' },
      key: { type: 'apiKey', in: 'header', name: 'X-API-KEY' },
      inUrl: { type: 'apiKey', in: 'query', name: 'key' },
    },
  },
};

const endpoint = groupsOf(document)[0]?.endpoints[0] ?? expect.unreachable('There is an endpoint.');

describe('createRequest', () => {
  it('puts each value where its parameter belongs, and leaves empty ones out', () => {
    const parameters = {
      'path-id': 'a/b?',
      'query-search': 'x&y z',
      'query-page': '',
      'header-Idempotency-Key': 'k',
    };
    expect(createRequest(document, endpoint, { parameters, body: '{}' }, [['X-API-KEY', 's']])).toEqual({
      method: 'POST',
      target: '/tasks/a%2Fb%3F?search=x%26y+z',
      headers: [
        ['Content-Type', 'application/json'],
        ['Idempotency-Key', 'k'],
        ['X-API-KEY', 's'],
      ],
      body: '{}',
    });
  });

  it('takes a value with patterns of a replacement as it is', () => {
    const parameters = { 'path-id': "$&$'" };
    expect(createRequest(document, endpoint, { parameters, body: undefined }, []).target).toBe(
      "/tasks/%24%26%24'",
    );
  });

  it('keeps the template of an empty path parameter', () => {
    const { target, headers } = createRequest(document, endpoint, { parameters: {}, body: undefined }, []);
    expect(target).toBe('/tasks/{id}');
    expect(headers).toEqual([]);
  });
});

describe('credentials', () => {
  const security = [{ token: [] }, { user: [], key: [] }];

  it('fulfil the first alternative of which nothing is missing', () => {
    expect(fulfilled(security, {})).toBeUndefined();
    expect(fulfilled(security, { user: '1' })).toBeUndefined();
    expect(fulfilled(security, { user: '1', key: 's' })).toBe(security[1]);
    expect(fulfilled([{ token: [] }, {}], {})).toEqual({});
  });

  it('are sent in headers, and never in a URL', () => {
    const headers = (requirement: Record<string, string[]>) =>
      credentialHeaders(document, requirement, (name) => `secret of ${name}`);
    expect(headers({ token: [] })).toEqual([['Authorization', 'Bearer secret of token']]);
    expect(headers({ user: [], key: [] })).toEqual([
      ['X-User', 'secret of user'],
      ['X-API-KEY', 'secret of key'],
    ]);
    expect(headers({ inUrl: [] })).toEqual([]);
  });

  it('are variables of the shell in a command', () => {
    const placeholders = Object.values(document.components?.securitySchemes ?? {}).map(placeholderOf);
    expect(placeholders).toEqual(['${TOKEN_ID}:${TOKEN_SECRET}', '${X_USER}', '${X_API_KEY}', '${KEY}']);
    expect(placeholderOf({ type: 'http', scheme: 'bearer' })).toBe('${TOKEN}');
  });
});

describe('curlCommand', () => {
  it('passes every value to curl as it was typed', () => {
    const body = '{"desc": "it\'s $HOME `id` \\"\\n"}\n@';
    const request = {
      method: 'POST',
      target: "/tasks/it's?a=1&b=$(id)",
      headers: [['Idempotency-Key', 'a "b" $c']] as const,
      body,
    };
    const command = curlCommand('http://hdp.test', request, [['X-API-KEY', '${X_API_KEY}']]);
    const script = `curl() { printf '%s\\0' "$@"; }\n${command}`;
    const args = execFileSync('sh', ['-c', script], {
      encoding: 'utf8',
      env: { X_API_KEY: 'se cret' },
    }).split('\0');
    expect(args).toEqual([
      ...['-i', '-X', 'POST', "http://hdp.test/tasks/it's?a=1&b=$(id)"],
      ...['-H', 'X-API-KEY: se cret', '-H', 'Idempotency-Key: a "b" $c', '--data-raw', body, ''],
    ]);
  });

  it('is short for a read', () => {
    const request = { method: 'GET', target: '/tasks', headers: [], body: undefined };
    expect(curlCommand('http://hdp.test', request, [])).toBe("curl -i 'http://hdp.test/tasks'");
  });
});
