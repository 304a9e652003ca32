import type { Answer, Failure } from './http.ts';

/** Of an answer that cannot be read, such as the page of a proxy. A request that changes data may have had an effect. */
const UNREADABLE: Failure = { status: 200, message: 'The answer of the server is not readable.' };

/** A response with its data and its text, or why there is none. */
export type Read<Data> =
  | { kind: 'ok'; data: Data; text: string; headers: Headers }
  | { kind: 'failed'; failure: Failure };

/**
 * Parses the answer to a request without a condition. An answer that the parser does not accept is a failure, and so is
 * a 304.
 * @param parse throws an error if the text is no such data
 */
export function readJson<Data>(answer: Answer, parse: (text: string) => Data): Read<Data> {
  if (answer.kind === 'failed') return answer;
  if (answer.kind === 'not-modified') return { kind: 'failed', failure: UNREADABLE };
  try {
    return { ...answer, data: parse(answer.text) };
  } catch {
    return { kind: 'failed', failure: UNREADABLE };
  }
}

/** True if the request may have had an effect: there is no answer, or it is not readable. */
export const isOutcomeUnknown = ({ status }: Failure): boolean => status < 300;
