import type { HonoRequest } from 'hono';

/** Returns the value of a header that carries a credential; an empty one counts as absent (contract A1). */
export function credentialHeader(request: HonoRequest, name: string): string | undefined {
  const value = request.header(name);
  return value === undefined || /^[ \t]*$/.test(value) ? undefined : value;
}
