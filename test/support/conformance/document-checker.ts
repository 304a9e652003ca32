/** Compares requests and responses with an OpenAPI document. */
import { listOperations, type OpenApiDocument, type Operation } from './openapi-document.ts';
import { createSchemaChecker } from './schema-checker.ts';

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

/** Response headers for caches, connections and browsers, which a document need not describe. */
const GENERIC_HEADERS = [
  'access-control-allow-origin',
  'access-control-expose-headers',
  'cache-control',
  'connection',
  'content-length',
  'content-security-policy',
  'content-type',
  'cross-origin-opener-policy',
  'cross-origin-resource-policy',
  'date',
  'keep-alive',
  'referrer-policy',
  'transfer-encoding',
  'vary',
  'x-content-type-options',
];

/** Creates the checks for one document. They return sentences, one for each deviation from the document. */
export function createDocumentChecker(document: OpenApiDocument) {
  const operations = listOperations(document.paths);
  const { textProblems, contentProblems } = createSchemaChecker(document);

  function parameterProblems(operation: Operation, { target, headers }: ReceivedRequest): string[] {
    const { parameters = [] } = operation.definition;
    const query = new URLSearchParams(target.replace(/^[^?]*\??/, ''));
    const names = parameters.filter((parameter) => parameter.in === 'query').map(({ name }) => name);
    const pathValues = matchPath(operation, pathOf(target))?.groups ?? {};
    const valuesOf = (where: string, name: string) => {
      if (where === 'query') return query.getAll(name);
      const value = where === 'path' ? decode(pathValues[name]) : headers.get(name);
      return value === null || value === undefined ? [] : [value];
    };
    const unknown = [...query.keys()].filter((name) => !names.includes(name));
    return [
      ...unknown.map((name) => `the query parameter ${name} is not documented`),
      ...parameters.flatMap(({ in: where, name, required, schema }, index) => {
        const subject = `the ${where} parameter ${name}`;
        const [value, ...others] = valuesOf(where, name);
        if (value === undefined) return required ? [`${subject} is missing or malformed`] : [];
        if (others.length > 0) return [`${subject} is repeated`];
        const place = [...operation.place, 'parameters', String(index), 'schema'];
        return textProblems(place, schema, value, subject);
      }),
    ];
  }

  function credentialProblems({ definition }: Operation, headers: Headers): string[] {
    const alternatives = definition.security ?? document.security ?? [];
    const isMet = (name: string) => {
      const scheme = document.components?.securitySchemes?.[name];
      if (scheme?.type === 'apiKey') return scheme.in === 'header' && headers.has(scheme.name);
      const [sent = ''] = headers.get('authorization')?.split(' ') ?? [];
      return scheme?.scheme === sent.toLowerCase();
    };
    const isAllowed =
      alternatives.length === 0 || alternatives.some((names) => Object.keys(names).every(isMet));
    return isAllowed ? [] : ['the credentials are missing'];
  }

  return {
    /**
     * Returns the operation of a request. HEAD is the operation of GET. For another method on a documented path,
     * returns all operations of the path: each of them documents the response to a wrong method.
     */
    operationsOf({ method, target }: Pick<ReceivedRequest, 'method' | 'target'>): Operation[] {
      const verb = method === 'HEAD' ? 'get' : method.toLowerCase();
      const onPath = operations.filter((operation) => matchPath(operation, pathOf(target)));
      const exact = onPath.filter((operation) => operation.method === verb);
      return exact.length > 0 ? exact.slice(0, 1) : onPath;
    },

    /** Returns how a request deviates from the document: parameters, credentials and body. */
    requestProblems(operation: Operation, request: ReceivedRequest): string[] {
      const { requestBody } = operation.definition;
      const place = [...operation.place, 'requestBody', 'content'];
      const hasBody = request.body !== '';
      return [
        ...parameterProblems(operation, request),
        ...credentialProblems(operation, request.headers),
        ...(requestBody && (requestBody.required || hasBody)
          ? contentProblems(place, requestBody.content, request)
          : []),
        ...(!requestBody && hasBody ? ['the request body is not documented'] : []),
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
      const unknown = [...headers.keys()].filter((name) => !names.includes(name));
      const content = method === 'HEAD' ? undefined : described.content;
      return [
        ...unknown.map((name) => `the header ${name} is not documented`),
        ...documented.flatMap(([name, { required, schema }]) => {
          const subject = `the header ${name}`;
          const value = headers.get(name);
          if (value === null) return required ? [`${subject} is missing`] : [];
          return textProblems([...responsePlace, 'headers', name, 'schema'], schema, value, subject);
        }),
        ...(content ? contentProblems([...responsePlace, 'content'], content, response) : []),
        ...(!content && body !== '' ? ['there must be no body'] : []),
      ];
    },
  };
}

export type DocumentChecker = ReturnType<typeof createDocumentChecker>;

/** Matches a path with the template of an operation. The groups are the path parameters, percent-encoded. */
function matchPath({ template }: Operation, path: string): RegExpExecArray | null {
  return new RegExp(`^${template.replace(/\{(\w+)\}/g, '(?<$1>[^/]+)')}$`).exec(path);
}

const pathOf = (target: string) => target.replace(/\?.*/, '');

function decode(text: string | undefined): string | undefined {
  try {
    return text === undefined ? undefined : decodeURIComponent(text);
  } catch {
    return undefined;
  }
}
