import { request } from 'node:http';

export interface JsonResponse {
  status: number | undefined;
  body: unknown;
}

/** Sends a request for a host to a local port, with a JSON body if one is given. Parses the JSON response. */
export function requestJson(
  port: number,
  host: string,
  path: string,
  {
    method = 'GET',
    headers = {},
    requestBody,
  }: { method?: string; headers?: Record<string, string>; requestBody?: unknown } = {},
): Promise<JsonResponse> {
  const body = requestBody === undefined ? undefined : JSON.stringify(requestBody);
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
