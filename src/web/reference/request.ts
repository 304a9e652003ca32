/** The request that a filled form stands for. */
import type { ApiDocument, Parameter, SecurityRequirement, SecurityScheme } from './document.ts';
import { type Endpoint, resolve } from './outline.ts';

export interface ApiRequest {
  method: string;
  /** The path and the query. */
  target: string;
  headers: readonly (readonly [name: string, value: string])[];
  body: string | undefined;
}

/** Values by the name of a security scheme. They are kept in memory only. */
export type Credentials = Readonly<Record<string, string>>;

export interface FormValues {
  /** By `parameterKey`; an empty text is not sent. */
  parameters: Readonly<Record<string, string>>;
  /** Undefined if the operation has no body. */
  body: string | undefined;
}

export const parameterKey = ({ in: location, name }: Parameter) => `${location}-${name}`;

/** Returns the media type of the body of an operation. */
export const bodyTypeOf = (document: ApiDocument, { operation }: Endpoint) =>
  operation.requestBody && Object.keys(resolve(document, operation.requestBody).content ?? {})[0];

/** Creates a request. An empty path parameter stays a template. @param credentials headers with credentials */
export function createRequest(
  document: ApiDocument,
  endpoint: Endpoint,
  { parameters, body }: FormValues,
  credentials: ApiRequest['headers'],
): ApiRequest {
  const filled = endpoint.parameters
    .map((parameter) => ({
      in: parameter.in,
      name: parameter.name,
      value: parameters[parameterKey(parameter)] ?? '',
    }))
    .filter(({ value }) => value !== '');
  const of = (location: string) => filled.filter((parameter) => parameter.in === location);
  const path = of('path').reduce(
    (text, { name, value }) => text.replace(`{${name}}`, () => encodeURIComponent(value)),
    endpoint.path,
  );
  const query = new URLSearchParams(of('query').map(({ name, value }) => [name, value])).toString();
  const type = bodyTypeOf(document, endpoint);
  return {
    method: endpoint.method.toUpperCase(),
    target: `${serverPath(document)}${path}${query === '' ? '' : `?${query}`}`,
    headers: [
      ...(body !== undefined && type ? [['Content-Type', type] as const] : []),
      ...of('header').map(({ name, value }) => [name, value] as const),
      ...credentials,
    ],
    body,
  };
}

/** Returns the path of the server: requests go to the host of the page, as the Content-Security-Policy demands. */
const serverPath = ({ servers }: ApiDocument) =>
  new URL(servers?.[0]?.url ?? '', 'http://localhost').pathname.replace(/\/$/, '');

/** True if a value can be sent with a scheme: in a header, and never in a URL. */
export const canFill = ({ type, in: location, scheme }: SecurityScheme) =>
  type === 'apiKey' ? location === 'header' : type === 'http' && scheme?.toLowerCase() === 'bearer';

/** Returns the header of a scheme with a value. */
const credentialHeader = ({ type, name = '' }: SecurityScheme, value: string) =>
  type === 'apiKey' ? ([name, value] as const) : (['Authorization', `Bearer ${value}`] as const);

/** Returns the values that headers have, by the name of the scheme. */
export function credentialsOf(
  schemes: Readonly<Record<string, SecurityScheme>>,
  headers: Readonly<Record<string, string>>,
): Credentials {
  const values = Object.entries(schemes).flatMap(([scheme, definition]) => {
    const [header, prefix] = credentialHeader(definition, '');
    const value = canFill(definition) ? headers[header] : undefined;
    return value?.startsWith(prefix) ? [[scheme, value.slice(prefix.length)] as const] : [];
  });
  return Object.fromEntries(values);
}

const variable = (name: string) => `\${${name}}`;

/** Returns the variables of the shell that stand for a value, such as `${X_API_KEY}`. */
export function placeholderOf({ type, name = '', bearerFormat = '' }: SecurityScheme): string {
  if (type === 'apiKey') return variable(name.toUpperCase().replaceAll(/\W/g, '_'));
  // A format such as ACCESS_TOKEN_ID:ACCESS_TOKEN_SECRET names its parts.
  return /^[A-Z_:]+$/.test(bearerFormat) ? bearerFormat.replaceAll(/[A-Z_]+/g, variable) : variable('TOKEN');
}

/** Returns the first alternative that the credentials fulfil. No credentials fulfil an empty alternative only. */
export const fulfilled = (security: readonly SecurityRequirement[], credentials: Credentials) =>
  security.find((requirement) => Object.keys(requirement).every((scheme) => credentials[scheme]));

/** Returns the headers of an alternative. @param secretOf returns the value of a scheme */
export function credentialHeaders(
  { components }: ApiDocument,
  requirement: SecurityRequirement,
  secretOf: (name: string, scheme: SecurityScheme) => string,
): ApiRequest['headers'] {
  return Object.keys(requirement).flatMap((name) => {
    const scheme = components?.securitySchemes?.[name];
    return scheme && canFill(scheme) ? [credentialHeader(scheme, secretOf(name, scheme))] : [];
  });
}
