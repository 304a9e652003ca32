/** The download of an export file in the OpenAPI document of the Services API (contract A4). */
import { z } from 'zod';
import { header, requestIdHeader } from '../http/openapi.ts';
import { errorResponses } from './errors.ts';

const { error, serverErrors } = errorResponses;

const fileHeaders = {
  ...requestIdHeader,
  ETag: header('string', 'A strong entity tag of the file.'),
  'Last-Modified': header('string', 'The time at which the file was completed.'),
  'Cache-Control': header('string', 'Always `private, no-store`.'),
};
const contentHeaders = {
  ...fileHeaders,
  'Accept-Ranges': header('string', 'Always `bytes`.'),
  'Content-Disposition': header('string', '`attachment` with the file name.'),
  'Content-Length': header('integer', 'The length of the body.'),
};
const fileContent = { 'text/csv': {}, 'application/json': {}, 'application/octet-stream': {} };
const rangeHeader = { 'Content-Range': header('string', 'The range and the size of the file.') };

export const downloadPath = {
  get: {
    operationId: 'download',
    summary: 'Download a file',
    description:
      'The URL that `download_url` returned, for the file of one run. A GET may request a single byte range. ' +
      'Preconditions and `If-Range` follow RFC 9110: `If-Match` and `If-Unmodified-Since` are evaluated before ' +
      '`If-None-Match`, `If-Modified-Since` and `Range`.',
    security: [],
    requestParams: {
      path: z.object({ id: z.string(), name: z.string() }),
      query: z.object({
        expires: z.string().meta({ description: 'The Unix second at which the URL expires.' }),
        signature: z.string().meta({ description: 'HMAC-SHA256 over path, expiry, chain and run.' }),
      }),
    },
    responses: {
      '200': { description: 'The file.', headers: contentHeaders, content: fileContent },
      '206': {
        description: 'The requested range of the file.',
        headers: { ...contentHeaders, ...rangeHeader },
        content: fileContent,
      },
      '304': { description: 'The client already has the file.', headers: fileHeaders },
      ...error(
        'forbidden',
        'The URL was altered or has expired, the task has run again or is of another chain, or the file was removed.',
      ),
      ...error('precondition_failed', 'The precondition in `If-Match` or `If-Unmodified-Since` is not met.'),
      '416': {
        description: 'The range is not in the file.',
        headers: { ...fileHeaders, ...rangeHeader },
      },
      ...serverErrors,
    },
  },
};
