/** The kinds of value that an environment variable has, each with its check. */
import { isIP, isIPv6 } from 'node:net';
import { z } from 'zod';
import { hostName } from './http/hosts.ts';
import { type PathUse, parsePath } from './lib/path-variable.ts';
import { shortened } from './lib/text.ts';

/** Labels of letters, digits, hyphens and underscores, separated by single dots; or an IPv6 address in brackets. */
const HOST_NAME =
  /^(?=.{1,253}$)[a-z0-9]([a-z0-9_-]{0,61}[a-z0-9])?(\.[a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9])?)*$|^\[[0-9a-f:.]+\]$/;

/** True for a name, an IPv4 address, or an IPv6 address in brackets. */
export const isHostName = (name: string) =>
  HOST_NAME.test(name) && (!name.startsWith('[') || isIPv6(name.slice(1, -1)));

const list = (text: string) =>
  text
    .split(',')
    .map((entry) => entry.trim())
    .filter((entry) => entry !== '');

/** Parses a list of host names. */
export const hosts = (fallback: string) =>
  z
    .string()
    .default(fallback)
    .transform((text) => list(text).map(hostName))
    .refine((names) => names.length > 0 && names.every(isHostName), {
      error: 'must be a comma-separated list of host names, such as tasks.example.com',
    });

const isBlock = (block: string) => {
  const [address = '', prefix, ...rest] = block.split('/');
  const bits = { 0: -1, 4: 32, 6: 128 }[isIP(address)] ?? -1;
  return (
    rest.length === 0 &&
    bits > 0 &&
    (prefix === undefined || (/^\d{1,3}$/.test(prefix) && Number(prefix) <= bits))
  );
};

/** Parses a list of addresses and CIDR blocks; empty by default. */
export const blocks = z
  .string()
  .default('')
  .transform(list)
  .refine((entries) => entries.every(isBlock), {
    error: 'must be a comma-separated list of IP addresses or CIDR blocks, such as 10.0.0.0/8',
  });

/** Parses a path. @returns it without a `file:` in front */
export const path = (use: PathUse) =>
  z.string().transform((value, context) => {
    const result = parsePath(value, use);
    if ('path' in result) return result.path;
    context.addIssue({ code: 'custom', message: result.problem });
    return z.NEVER;
  });

const PUBLIC_URL = 'must be a URL such as https://tasks.example.com';

/** Parses the URL that other URLs begin with; nothing but a path may follow the host. */
export const publicUrl = z.url({ protocol: /^https?$/, error: PUBLIC_URL }).transform((text, context) => {
  const url = new URL(text);
  const problem =
    url.username || url.password
      ? 'must not contain a user name or password'
      : /[?#]/.test(text)
        ? `must not have a query or a fragment, as ${shortened(text, 100)} does`
        : undefined;
  if (problem === undefined) return url.href.replace(/\/+$/, '');
  context.addIssue({ code: 'custom', message: problem });
  return z.NEVER;
});

export const yesOrNo = z.enum(['yes', 'no'], { error: 'must be yes or no' });
