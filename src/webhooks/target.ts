import { isIP } from 'node:net';
import ipaddr from 'ipaddr.js';
import { createAddressPolicy } from './addresses.ts';

/** Decides where webhooks may go. */
export interface TargetPolicy {
  isAllowed(address: string): boolean;
  /** Returns why webhooks may not go to a URL, as the end of a sentence; undefined if they may. */
  refusal(url: URL): string | undefined;
}

const MAX_NAME_LENGTH = 253;
const LABEL = /^(?=.*[a-z0-9])(?!-)[a-z0-9_-]{1,63}(?<!-)$/;

/** Names that are not in public DNS (RFC 6761, RFC 6762, RFC 7686, RFC 8375, and `internal`, reserved by ICANN). */
const PRIVATE_NAME = /^[^.]+$|(^|\.)(invalid|onion|local|internal|home\.arpa)$/;
const LOCALHOST = /(^|\.)localhost$/;
const LOOPBACK = ['127.0.0.1', '::1'];

/** Creates a target policy. @param allow addresses or CIDR blocks that are allowed although they are not public */
export function createTargetPolicy(allow: readonly string[]): TargetPolicy {
  const isAllowed = createAddressPolicy(allow);
  // Private names are allowed if a private address other than loopback is allowed, because they can resolve to it.
  const allowsPrivateNames = allow.some(
    (block) => ipaddr.parse(block.replace(/\/.*/, '')).range() !== 'loopback',
  );

  return {
    isAllowed,
    refusal(url) {
      const host = hostOf(url);
      if (isIP(host) !== 0) return isAllowed(host) ? undefined : `${host} is not a public address`;
      if (LOCALHOST.test(host)) {
        return LOOPBACK.some(isAllowed) ? undefined : `${host} is the machine that sends the webhook`;
      }
      if (host.length > MAX_NAME_LENGTH || !host.split('.').every((label) => LABEL.test(label))) {
        return 'its host is not a valid DNS name';
      }
      if (PRIVATE_NAME.test(host) && !allowsPrivateNames) return `${host} is not a public DNS name`;
      return undefined;
    },
  };
}

/**
 * Returns the host of a URL without brackets, port and final dot. The URL parser has already normalized IPv4 addresses
 * in decimal, octal or hex notation.
 */
export const hostOf = (url: URL): string => url.hostname.replace(/^\[|\]$/g, '').replace(/\.$/, '');
