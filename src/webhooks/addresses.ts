import ipaddr from 'ipaddr.js';
import { createTrustCheck } from '../http/hosts.ts';

// The host agent of every Azure machine has this public address.
const HOST_AGENTS = ['168.63.129.16'];

// IANA assigns global unicast addresses from this block only; ipaddr.js calls every unknown address unicast.
const GLOBAL_UNICAST = ipaddr.IPv6.parseCIDR('2000::/3');

/**
 * Creates a function that returns true if webhooks may go to an address: a public address, or one in `allow`.
 * @param allow addresses or CIDR blocks
 */
export function createAddressPolicy(allow: readonly string[]): (address: string) => boolean {
  const isAllowed = createTrustCheck(allow);
  const isHostAgent = createTrustCheck(HOST_AGENTS);
  return (address) => {
    // An address with a zone (fe80::1%eth0) is always local.
    if (address.includes('%') || !isAddress(address)) return false;
    if (isAllowed(address)) return true;
    return isPublic(ipaddr.parse(address)) && !isHostAgent(address);
  };
}

const isAddress = (text: string) => ipaddr.IPv4.isValidFourPartDecimal(text) || ipaddr.IPv6.isValid(text);

const isPublic = (address: ipaddr.IPv4 | ipaddr.IPv6) =>
  address.range() === 'unicast' && (address instanceof ipaddr.IPv4 || address.match(GLOBAL_UNICAST));
