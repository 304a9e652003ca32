/** The download of an export file in the OpenAPI document of the Services API (contract A4). */
import { z } from 'zod';
import { JSON_TYPE } from '../http/json-body.ts';
import { commonHeaders, conditionalHeaders, header } from '../http/openapi-responses.ts';
import { errorResponses } from './errors.ts';

const { error, serverErrors, routingErrors } = errorResponses;

const fileHeaders = {
  ...commonHeaders,
  ETag: header('string', 'A strong entity tag of the file.'),
  'Last-Modified': header('string', 'The time at which the file was completed.'),
  'Cache-Control': header('string', 'Always `private, no-store`.'),
};
const contentHeaders = {
  ...fileHeaders,
  'Accept-Ranges': header('string', 'Always `bytes`.'),
  'Content-Disposition': header('string', '`attachment` with the file name.'),
  'Content-Length': header('int64', 'The length of the body.'),
};
const rangeHeader = { 'Content-Range': header('string', 'The range and the size of the file.') };

const csv = z.string().meta({ description: 'CSV with a header (RFC 4180).' });
const json = z.array(z.record(z.string(), z.unknown())).meta({ description: 'One object per row.' });
const part = z.string().meta({ description: 'The bytes of the range.' });
const CSV_TYPE = 'text/csv; charset=utf-8';

const parameters = {
  path: z.object({
    id: z.string().meta({ description: 'The task.' }),
    name: z.string().meta({ description: 'The name of the file.' }),
  }),
  query: z.object({
    expires: z.string().meta({ description: 'The Unix second at which the URL expires.' }),
    signature: z.string().meta({ description: 'HMAC-SHA256 over path, expiry, chain and run.' }),
  }),
  header: z.object({
    ...conditionalHeaders,
    Range: z.string().optional().meta({ description: 'A single byte range. Several ranges are ignored.' }),
    'If-Range': z
      .string()
      .optional()
      .meta({ description: 'An `ETag` or `Last-Modified`. If it is not current, `Range` is ignored.' }),
  }),
};

/** Describes the path of a download URL. @param tag the tag of the operation */
export const downloadPath = (tag: string) => ({
  get: {
    operationId: 'downloadFile',
    tags: [tag],
    summary: 'Download a file',
    description:
      'The URL that `download_url` returned, for the file of one run. A GET may request a single byte range. ' +
      'Preconditions and `If-Range` follow RFC 9110: `If-Match` and `If-Unmodified-Since` are evaluated before ' +
      '`If-None-Match`, `If-Modified-Since` and `Range`.',
    security: [],
    requestParams: parameters,
    responses: {
      '200': {
        description: 'The file.',
        headers: contentHeaders,
        content: { [CSV_TYPE]: { schema: csv }, [JSON_TYPE]: { schema: json } },
      },
      '206': {
        description: 'The requested range of the file.',
        headers: { ...contentHeaders, ...rangeHeader },
        content: { [CSV_TYPE]: { schema: part }, [JSON_TYPE]: { schema: part } },
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
      ...routingErrors,
      ...serverErrors,
    },
  },
});
