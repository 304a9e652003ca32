import { Ajv2020 } from 'ajv/dist/2020.js';
import addFormats from 'ajv-formats';
import type { OpenApiDocument, Schema } from './openapi-document.ts';

/** A body with its media type. */
interface Message {
  headers: Headers;
  body: string;
  /** Of a response. */
  status?: number;
}

/**
 * Creates checks against the schemas of a document. Each takes the place of a schema, which are the keys from the root
 * of the document, and returns sentences, one for each deviation.
 */
export function createSchemaChecker(document: OpenApiDocument) {
  const ajv = new Ajv2020({ strict: false, allErrors: true });
  addFormats.default(ajv);
  ajv.addSchema(document, 'document');
  ajv.addSchema(JSON.parse(JSON.stringify(close(document))), 'closed');

  function valueProblems(
    place: readonly string[],
    value: unknown,
    subject: string,
    schemas: 'document' | 'closed' = 'document',
  ): string[] {
    const pointer = place.map((key) => key.replaceAll('~', '~0').replaceAll('/', '~1')).join('/');
    const validate = ajv.getSchema(`${schemas}#/${encodeURI(pointer)}`);
    if (!validate) return [`${subject} has no schema`];
    if (validate(value)) return [];
    return (validate.errors ?? []).map(
      ({ instancePath, message, params }) => `${subject}${instancePath} ${message} ${JSON.stringify(params)}`,
    );
  }

  return {
    /** Checks the text of a parameter or header. */
    textProblems(
      place: readonly string[],
      schema: Schema | undefined,
      text: string,
      subject: string,
    ): string[] {
      return valueProblems(place, toNumber(schema, text), subject);
    },

    /**
     * Checks a body against its media type in a `content` object. A document may name a media type with its parameters.
     * @param place the place of the `content` object
     */
    contentProblems(
      place: readonly string[],
      content: Record<string, { schema?: Schema }>,
      { headers, body, status }: Message,
    ): string[] {
      const type = headers.get('content-type') ?? '';
      const [essence = ''] = type.split(';');
      const name = [type, essence].find((key) => content[key] !== undefined);
      if (name === undefined) return [`the media type ${type || '(none)'} is not documented`];
      // A part of a JSON file is no JSON.
      if (!content[name]?.schema || essence !== 'application/json' || status === 206) return [];
      const value = parseJson(body);
      if (value === undefined) return ['the body is not JSON'];
      const schemas = status === undefined ? 'document' : 'closed';
      return valueProblems([...place, name, 'schema'], value, 'the body', schemas);
    },
  };
}

/** Schemas of documents, whose members are those of a standard. */
const OPEN_SCHEMAS = ['OpenApiDocument'];

/**
 * Closes all objects of a document. It describes open responses, because later versions may have more members, but this
 * version has none that it does not describe.
 */
function close(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(close);
  if (typeof value !== 'object' || value === null) return value;
  const entries = Object.entries(value).map(([key, member]) => [
    key,
    OPEN_SCHEMAS.includes(key) ? member : close(member),
  ]);
  return { ...('properties' in value && { additionalProperties: false }), ...Object.fromEntries(entries) };
}

/** Returns the number that a text stands for, if the schema asks for one. */
function toNumber({ type = [] }: Schema = {}, text: string): unknown {
  const types = [type].flat();
  const isNumeric = types.includes('integer') || types.includes('number');
  return isNumeric && /^-?\d+(\.\d+)?$/.test(text) ? Number(text) : text;
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
