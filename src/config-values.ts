/** Parsers for the kinds of value that environment variables have. */
import { isIP, isIPv6 } from 'node:net';
import { z } from 'zod';
import { hostName } from './http/hosts.ts';
import { type PathUse, parsePath } from './lib/path-variable.ts';
import { isPostgresUrl, parsePostgresUrl } from './lib/postgres-url.ts';
import { shortened, trimInvisible } from './lib/text.ts';

/** Labels of letters, digits, hyphens and underscores, separated by single dots; or an IPv6 address in brackets. */
const HOST_NAME =
  /^(?=.{1,253}$)[a-z0-9]([a-z0-9_-]{0,61}[a-z0-9])?(\.[a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9])?)*$|^\[[0-9a-f:.]+\]$/;

/** True for a name, an IPv4 address, or an IPv6 address in brackets. */
const isHostName = (name: string) =>
  HOST_NAME.test(name) && (!name.startsWith('[') || isIPv6(name.slice(1, -1)));

const commaSeparated = (text: string) =>
  text
    .split(',')
    .map((entry) => entry.trim())
    .filter((entry) => entry !== '');

/** Parses an address or a name to listen on; this machine alone by default. */
export const listenAddress = z
  .string()
  .default('127.0.0.1')
  .refine((host) => isIP(host) !== 0 || isHostName(host.toLowerCase()), {
    error: 'must be an address or a host name',
  })
  .transform((host) => host.replace(/^\[|\]$/g, ''));

/** Parses a list of host names. */
export const hosts = (fallback: string) =>
  z
    .string()
    .default(fallback)
    .transform((text) => commaSeparated(text).map(hostName))
    .refine((names) => names.length > 0 && names.every(isHostName), {
      error: 'must be one or more host names, such as tasks.example.com',
    });

/** Parses a decimal integer from `min` to `max`. @param unit named in the error message */
export const integer = ({ fallback, min, max, unit }: IntegerOptions) => {
  const isInRange = (text: string) =>
    /^\d+$/.test(text) && text.length <= String(max).length && Number(text) >= min && Number(text) <= max;
  const error = `must be an integer from ${min} to ${max}${unit === undefined ? '' : `, in ${unit}`}`;
  return z.string().default(String(fallback)).refine(isInRange, { error }).transform(Number);
};

/** Parses the port of a listener that is optional. */
export const optionalPort = z
  .string()
  .optional()
  .refine((text) => text === undefined || (/^\d{1,5}$/.test(text) && Number(text) <= 65_535), {
    error: 'must be an integer from 0 to 65535',
  })
  .transform((text) => (text === undefined ? undefined : Number(text)));

interface IntegerOptions {
  fallback: number;
  min: number;
  max: number;
  unit?: 'seconds' | 'milliseconds';
}

const isAddressBlock = (block: string) => {
  const [address = '', prefix, ...rest] = block.split('/');
  const bits = { 0: -1, 4: 32, 6: 128 }[isIP(address)] ?? -1;
  return (
    rest.length === 0 &&
    bits > 0 &&
    (prefix === undefined || (/^\d{1,3}$/.test(prefix) && Number(prefix) <= bits))
  );
};

/** Parses a list of addresses and CIDR blocks; empty by default. */
export const addressBlocks = z
  .string()
  .default('')
  .transform(commaSeparated)
  .refine((entries) => entries.every(isAddressBlock), {
    error: 'must contain only IP addresses or CIDR blocks, such as 10.0.0.0/8',
  });

/** Parses a path or a `file:` URL. @returns the path */
export const path = (use: PathUse) =>
  z.string().transform((value, context) => {
    const result = parsePath(value, use);
    if ('path' in result) return result.path;
    context.addIssue({ code: 'custom', message: result.problem });
    return z.NEVER;
  });

const isOrigin = (text: string) =>
  /^https?:\/\//.test(text) && URL.canParse(text) && new URL(text).origin === text;

/** Parses a list of origins; empty by default. */
export const origins = z
  .string()
  .default('')
  .transform(commaSeparated)
  .refine((entries) => entries.every(isOrigin), {
    error: 'must contain only origins, such as https://app.example.com, without a path',
  });

const PUBLIC_URL = 'must be a URL such as https://tasks.example.com';

/** Parses the location of the database: a path, a `file:` URL, or a URL of PostgreSQL. @returns the path or the URL */
export const databaseLocation = z.string().transform((value, context) => {
  const text = trimInvisible(value);
  const result = isPostgresUrl(text) ? parsePostgresUrl(text) : parsePath(value, 'database');
  if ('path' in result) return result.path;
  if ('url' in result) return result.url;
  context.addIssue({ code: 'custom', message: result.problem });
  return z.NEVER;
});

/** Parses URLs of PostgreSQL, separated by commas; none by default. */
export const postgresUrls = z
  .string()
  .default('')
  .transform((text, context) =>
    commaSeparated(text).map((url) => {
      const result = isPostgresUrl(url)
        ? parsePostgresUrl(url)
        : { problem: 'must contain only postgres:// URLs' };
      if ('url' in result) return result.url;
      context.addIssue({ code: 'custom', message: result.problem });
      return z.NEVER;
    }),
  );

/** Parses a base URL. Only a path may follow the host. */
export const publicUrl = z.url({ protocol: /^https?$/, error: PUBLIC_URL }).transform((text, context) => {
  const url = new URL(text);
  const problem =
    url.username || url.password
      ? 'must not contain a user name or password'
      : /[?#]/.test(text)
        ? `must not have a query or a fragment (its value is ${shortened(text, 100)})`
        : undefined;
  if (problem === undefined) return url.href.replace(/\/+$/, '');
  context.addIssue({ code: 'custom', message: problem });
  return z.NEVER;
});

/** Parses `yes` or `no`. @returns true for `yes` */
export const yesOrNo = (fallback: 'yes' | 'no') =>
  z
    .enum(['yes', 'no'], { error: 'must be yes or no' })
    .default(fallback)
    .transform((value) => value === 'yes');
