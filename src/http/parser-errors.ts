/** Maps errors of Node's HTTP parser (`clientError`) to refusals. */
import type { Refusal } from './early-response.ts';

/** An error of the parser, with the properties that Node adds. */
export interface ParserError extends Error {
  code?: string;
  rawPacket?: Buffer;
  /** How many bytes of `rawPacket` the parser accepted. */
  bytesParsed?: number;
}

const badRequest = (error: string): Refusal => ({ status: 400, error });
const invalidLength = badRequest('The Content-Length header is not valid, or it occurs more than once');
const invalidHeader = badRequest('A request header has characters that are not valid in HTTP');
const invalidChunk = badRequest('The chunked request body is not valid');
const unsupportedVersion: Refusal = { status: 505, error: 'The HTTP version is not supported; use HTTP/1.1' };

const REFUSALS: Readonly<Record<string, Refusal | undefined>> = {
  HPE_INVALID_URL: badRequest('The request target has characters that must be percent-encoded'),
  HPE_INVALID_HEADER_TOKEN: invalidHeader,
  HPE_UNEXPECTED_SPACE: invalidHeader,
  HPE_INVALID_CONTENT_LENGTH: invalidLength,
  HPE_UNEXPECTED_CONTENT_LENGTH: invalidLength,
  HPE_INVALID_TRANSFER_ENCODING: badRequest(
    'The Transfer-Encoding is not supported; use chunked alone, without Content-Length',
  ),
  HPE_INVALID_CHUNK_SIZE: invalidChunk,
  HPE_STRICT: invalidChunk,
  HPE_INVALID_EOF_STATE: badRequest('The connection ended before the request was complete'),
  HPE_CHUNK_EXTENSIONS_OVERFLOW: { status: 413, error: 'The chunk extensions of the body are too long' },
  HPE_HEADER_OVERFLOW: { status: 431, error: 'The request target and the headers are too long' },
  ERR_HTTP_REQUEST_TIMEOUT: { status: 408, error: 'The request did not arrive in time' },
  HPE_PAUSED_H2_UPGRADE: unsupportedVersion,
};

const malformedTarget = badRequest('The request target must begin with / or be a valid http URL');
/** A request line whose target is neither a path nor an http URL with a host and a path or query. */
const MALFORMED_TARGET = /^\S+ +(?!https?:\/\/[^/?# ]+[/?])[^/ ]/i;

const notHttp = badRequest('The request is not valid HTTP');
const REQUEST_LINE = /^([!#$%&'*+.^_`|~0-9A-Za-z-]+) +\S+ +HTTP\/\d\.\d\r?$/;
const MAX_METHOD_LENGTH = 40;

/** Returns true if the bytes of a request caused an error, not the connection (`ECONNRESET`, `EPIPE`, …). */
export const isRequestError = ({ code = '' }: ParserError) =>
  code.startsWith('HPE_') || code === 'ERR_HTTP_REQUEST_TIMEOUT';

/** Returns the refusal of a request that Node's parser rejected. */
export function refusalOf(error: ParserError): Refusal {
  const { code = '' } = error;
  if (code === 'HPE_INVALID_METHOD' || code === 'HPE_INVALID_CONSTANT')
    return unknownMethod(error) ?? notHttp;
  if (code === 'HPE_INVALID_VERSION') {
    return /HTTP\/1\.[01]$/.test(requestLineAt(error)) ? notHttp : unsupportedVersion;
  }
  if (code === 'HPE_INVALID_URL' && MALFORMED_TARGET.test(requestLineAt(error))) return malformedTarget;
  return REFUSALS[code] ?? notHttp;
}

/** Returns true if the request line is known and its method is HEAD. */
export const isHeadRequest = (error: ParserError) => requestLineAt(error).startsWith('HEAD ');

/** Returns 501 for a valid request line whose method the parser does not know (RFC 9110, 9.1). */
function unknownMethod(error: ParserError): Refusal | undefined {
  const [, method] = REQUEST_LINE.exec(requestLineAt(error)) ?? [];
  if (method === undefined) return undefined;
  const name = method.length <= MAX_METHOD_LENGTH ? ` ${method}` : '';
  return { status: 501, error: `The request method${name} is not implemented` };
}

/** Returns the request line of the rejected request, if it is in the last packet. */
function requestLineAt({ code, rawPacket, bytesParsed = 0 }: ParserError): string {
  const packet = rawPacket?.toString('latin1') ?? '';
  // Only an error in a request line can be in a later request of the packet.
  const isInRequestLine = code !== undefined && /METHOD|CONSTANT|VERSION/.test(code);
  // For a line that ends without CR, the parser stops after the line when it rejects the version.
  const parsed =
    packet[bytesParsed - 1] === '\n' && code === 'HPE_INVALID_VERSION' ? bytesParsed - 1 : bytesParsed;
  const start = isInRequestLine ? packet.lastIndexOf('\n', Math.max(parsed - 1, 0)) + 1 : 0;
  const end = packet.indexOf('\n', start);
  return packet.slice(start, end === -1 ? undefined : end).replace(/\r$/, '');
}
