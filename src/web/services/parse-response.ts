import { parseExactly } from '../lib/json-source.ts';

/**
 * Parses a response of the API. A number that JavaScript would write in another way is an `ExactNumber`; only `trigger` and
 * `target` can have such numbers.
 * @throws SyntaxError if the text is not JSON
 */
export function parseResponse<Data>(text: string): Data {
  const parsed = parseExactly(text);
  if (!parsed) throw new SyntaxError('The response is not JSON.');
  // The server's types are those of its router.
  return parsed.value as Data;
}
