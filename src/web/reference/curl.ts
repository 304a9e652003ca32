import type { ApiRequest } from './request.ts';

/**
 * Returns a command for a POSIX shell that sends a request and shows the head of the response.
 * @param secrets headers with variables of the shell instead of secrets
 */
export function curlCommand(
  origin: string,
  { method, target, headers, body }: ApiRequest,
  secrets: ApiRequest['headers'],
): string {
  const lines = [
    `curl -i ${method === 'GET' ? '' : `-X ${method} `}${quote(origin + target)}`,
    ...secrets.map(([name, value]) => `-H "${name}: ${value}"`),
    ...headers.map(([name, value]) => `-H ${quote(`${name}: ${value}`)}`),
    // --data would read a file for a body that begins with @.
    ...(body === undefined ? [] : [`--data-raw ${quote(body)}`]),
  ];
  return lines.join(' \\\n  ');
}

/** Quotes a text for a POSIX shell. */
const quote = (text: string) => `'${text.replaceAll("'", "'\\''")}'`;
