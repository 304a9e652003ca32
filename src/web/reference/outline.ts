/** The order in which the reference shows a document, and the ids of its sections. */
import {
  type ApiDocument,
  METHODS,
  type Method,
  type Operation,
  type Parameter,
  type PathItem,
  type Referable,
  type SecurityRequirement,
} from './document.ts';

export interface Endpoint {
  /** The id of its section: the operationId. */
  id: string;
  method: Method;
  /** The template of the path, or the name of a webhook. */
  path: string;
  title: string;
  operation: Operation;
  /** With those of the path, resolved. */
  parameters: readonly Parameter[];
  security: readonly SecurityRequirement[];
}

export interface Group {
  id: string;
  title: string;
  description?: string | undefined;
  endpoints: readonly Endpoint[];
}

/** Returns the object that a local `$ref` names, or the object itself. */
export function resolve<Value extends Referable>(document: ApiDocument, value: Value): Value {
  let found = value;
  // A chain of references in a document is short; a circle ends here.
  for (let depth = 0; depth < 10 && found.$ref !== undefined; depth++) {
    let target: unknown = document;
    for (const key of found.$ref.replace(/^#\//, '').split('/').map(unescapeKey))
      target = typeof target === 'object' && target !== null ? Reflect.get(target, key) : undefined;
    if (typeof target !== 'object' || target === null) return found;
    // A valid document refers to an object of the same kind.
    found = target as Value;
  }
  return found;
}

const unescapeKey = (key: string) => decodeURIComponent(key).replaceAll('~1', '/').replaceAll('~0', '~');

/** Returns the name of the schema that a `$ref` names. */
export const refName = ($ref: string) => unescapeKey($ref.slice($ref.lastIndexOf('/') + 1));

export const schemaId = (name: string) => `schema-${name}`;
export const schemeId = (name: string) => `security-${name}`;

/** Returns the endpoints by tag, in the order of `tags`; those without a tag come last. Webhooks are a group too. */
export function groupsOf(document: ApiDocument): readonly Group[] {
  const endpoints = endpointsOf(document, document.paths);
  const declared = document.tags ?? [];
  const used = endpoints.map(({ operation }) => operation.tags?.[0]).filter((tag) => tag !== undefined);
  const names = new Set([...declared.map(({ name }) => name), ...used]);
  const groups = [...names].map((name) => ({
    id: `tag-${name.replaceAll(/\s+/g, '-')}`,
    title: name,
    description: declared.find((tag) => tag.name === name)?.description,
    endpoints: endpoints.filter(({ operation }) => operation.tags?.[0] === name),
  }));
  const untagged = endpoints.filter(({ operation }) => !operation.tags?.length);
  groups.push({ id: 'operations', title: 'Operations', description: undefined, endpoints: untagged });
  const webhooks = endpointsOf(document, document.webhooks);
  groups.push({ id: 'webhooks', title: 'Webhooks', description: WEBHOOKS, endpoints: webhooks });
  return groups.filter((group) => group.endpoints.length > 0);
}

const WEBHOOKS = 'Requests that this service sends.';

function endpointsOf(document: ApiDocument, paths: Readonly<Record<string, PathItem>> = {}): Endpoint[] {
  return Object.entries(paths).flatMap(([path, item]) =>
    METHODS.flatMap((method) => {
      const operation = item[method];
      if (!operation) return [];
      const parameters = [...(item.parameters ?? []), ...(operation.parameters ?? [])];
      const id = operation.operationId ?? `${method}-${path.replaceAll(/\W+/g, '-')}`;
      const title = operation.summary ?? id;
      return {
        ...{ id, method, path, title, operation },
        parameters: parameters.map((parameter) => resolve(document, parameter)),
        security: operation.security ?? document.security ?? [],
      };
    }),
  );
}
