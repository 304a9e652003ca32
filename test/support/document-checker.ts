/** Compares requests and responses with an OpenAPI document. */
import { Ajv2020 } from 'ajv/dist/2020.js';
import addFormats from 'ajv-formats';
import { listOperations, type OpenApiDocument, type Operation, type Schema } from './openapi-document.ts';

/** A request as it was received. */
export interface ReceivedRequest {
  method: string;
  /** Path and query. */
  target: string;
  headers: Headers;
  body: string;
}

/** A response as it was received. */
export interface ReceivedResponse {
  status: number;
  headers: Headers;
  body: string;
}

/** Response headers of the HTTP and Fetch standards, which a document need not describe. */
const GENERIC_HEADERS = [
  'cache-control',
  'connection',
  'content-length',
  'content-type',
  'date',
  'keep-alive',
  'transfer-encoding',
  'vary',
  'x-content-type-options',
];

/** Creates the checks for one document. Each returns sentences, one for each deviation from the document. */
export function createDocumentChecker(document: OpenApiDocument) {
  const ajv = new Ajv2020({ strict: false, allErrors: true });
  addFormats.default(ajv);
  ajv.addSchema(document, 'document');
  const operations = listOperations(document.paths);

  function schemaProblems(place: readonly string[], value: unknown, subject: string): string[] {
    const pointer = place.map((key) => key.replaceAll('~', '~0').replaceAll('/', '~1')).join('/');
    const validate = ajv.getSchema(`document#/${encodeURI(pointer)}`);
    if (!validate) return [`${subject} has no schema`];
    if (validate(value)) return [];
    return (validate.errors ?? []).map(
      ({ instancePath, message, params }) => `${subject}${instancePath} ${message} ${JSON.stringify(params)}`,
    );
  }

  /** Checks a body against the media type that it has. */
  function contentProblems(
    content: Record<string, { schema?: Schema }>,
    place: readonly string[],
    { headers, body }: { headers: Headers; body: string },
  ): string[] {
    const type = mediaType(headers);
    const described = content[type];
    if (!described) return [`the media type ${type || '(none)'} is not documented`];
    if (!described.schema || type !== 'application/json') return [];
    const value = parseJson(body);
    if (value === undefined) return ['the body is not JSON'];
    return schemaProblems([...place, 'content', type, 'schema'], value, 'the body');
  }

  return {
    /**
     * Returns the operation of a request. HEAD is the operation of GET. For another method on a documented path,
     * returns all operations of the path: each of them documents the response to a wrong method.
     */
    operationsOf({ method, target }: Pick<ReceivedRequest, 'method' | 'target'>): Operation[] {
      const verb = method === 'HEAD' ? 'get' : method.toLowerCase();
      const onPath = operations.filter((operation) => pathMatch(operation, target.replace(/\?.*/, '')));
      const exact = onPath.filter((operation) => operation.method === verb);
      return exact.length > 0 ? exact.slice(0, 1) : onPath;
    },

    /** Returns how a request deviates from the document: parameters, credentials and body. */
    requestProblems({ definition, place, ...operation }: Operation, request: ReceivedRequest): string[] {
      const { parameters = [], requestBody } = definition;
      const query = new URLSearchParams(request.target.replace(/^[^?]*\??/, ''));
      const names = parameters.filter((parameter) => parameter.in === 'query').map(({ name }) => name);
      const pathValues = pathMatch(operation, request.target.replace(/\?.*/, ''))?.groups ?? {};
      const valuesOf = (where: string, name: string) => {
        if (where === 'query') return query.getAll(name);
        const value = where === 'path' ? decode(pathValues[name]) : request.headers.get(name);
        return value === null || value === undefined ? [] : [value];
      };
      return [
        ...[...query.keys()]
          .filter((name) => !names.includes(name))
          .map((name) => `the query parameter ${name} is not documented`),
        ...parameters.flatMap(({ in: where, name, required, schema = {} }, index) => {
          const values = valuesOf(where, name);
          const subject = `the ${where} parameter ${name}`;
          if (values.length === 0) return required ? [`${subject} is missing or malformed`] : [];
          if (values.length > 1) return [`${subject} is repeated`];
          const value = toNumber(schema, values[0]);
          return schemaProblems([...place, 'parameters', String(index), 'schema'], value, subject);
        }),
        ...credentialProblems(document, definition.security ?? document.security ?? [], request.headers),
        ...(requestBody && (requestBody.required || request.body !== '')
          ? contentProblems(requestBody.content, [...place, 'requestBody'], request)
          : []),
        ...(!requestBody && request.body !== '' ? ['the request body is not documented'] : []),
      ];
    },

    /** Returns how a response deviates from the document: status, headers, media type and body. */
    responseProblems({ definition, place }: Operation, method: string, response: ReceivedResponse): string[] {
      const { status, headers, body } = response;
      const described = definition.responses?.[status];
      if (!described) return [`the status ${status} is not documented`];
      const responsePlace = [...place, 'responses', String(status)];
      const documented = Object.entries(described.headers ?? {});
      const names = [...documented.map(([name]) => name.toLowerCase()), ...GENERIC_HEADERS];
      return [
        ...[...headers.keys()]
          .filter((name) => !names.includes(name))
          .map((name) => `the header ${name} is not documented`),
        ...documented.flatMap(([name, { required, schema = {} }]) => {
          const value = headers.get(name);
          const subject = `the header ${name}`;
          if (value === null) return required ? [`${subject} is missing`] : [];
          const schemaPlace = [...responsePlace, 'headers', name, 'schema'];
          return schemaProblems(schemaPlace, toNumber(schema, value), subject);
        }),
        ...(described.content && method !== 'HEAD'
          ? contentProblems(described.content, responsePlace, response)
          : []),
        ...((!described.content || method === 'HEAD') && body !== '' ? ['there must be no body'] : []),
      ];
    },
  };
}

/** Returns the number that a text stands for, if the schema asks for one. */
function toNumber({ type = [] }: Schema, text = ''): unknown {
  const types = [type].flat();
  const isNumeric = types.includes('integer') || types.includes('number');
  return isNumeric && /^-?\d+(\.\d+)?$/.test(text) ? Number(text) : text;
}

/** Matches a path with the template of an operation. The groups are the path parameters, percent-encoded. */
function pathMatch({ template }: Pick<Operation, 'template'>, path: string): RegExpExecArray | null {
  return new RegExp(`^${template.replace(/\{(\w+)\}/g, '(?<$1>[^/]+)')}$`).exec(path);
}

function credentialProblems(
  { components }: OpenApiDocument,
  alternatives: readonly Record<string, string[]>[],
  headers: Headers,
): string[] {
  const isMet = (name: string) => {
    const scheme = components?.securitySchemes?.[name];
    if (scheme?.type === 'apiKey') return scheme.in === 'header' && headers.has(scheme.name);
    const [sent = ''] = headers.get('authorization')?.split(' ') ?? [];
    return scheme?.scheme === sent.toLowerCase();
  };
  if (alternatives.length === 0 || alternatives.some((names) => Object.keys(names).every(isMet))) return [];
  return ['the credentials are missing'];
}

const mediaType = (headers: Headers) =>
  headers
    .get('content-type')
    ?.replace(/\s*;.*/, '')
    .toLowerCase() ?? '';

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function decode(text: string | undefined): string | undefined {
  try {
    return text === undefined ? undefined : decodeURIComponent(text);
  } catch {
    return undefined;
  }
}
