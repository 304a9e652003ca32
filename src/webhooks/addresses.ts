import { isIP, isIPv4 } from 'node:net';
import { createTrust } from '../http/hosts.ts';

// Of IPv4, what IANA's special-purpose registry does not call globally reachable, and multicast.
const NOT_GLOBAL = [
  '0.0.0.0/8',
  '10.0.0.0/8',
  '100.64.0.0/10',
  '127.0.0.0/8',
  '169.254.0.0/16',
  '172.16.0.0/12',
  '192.0.0.0/24',
  '192.0.2.0/24',
  '192.88.99.0/24',
  '192.168.0.0/16',
  '198.18.0.0/15',
  '198.51.100.0/24',
  '203.0.113.0/24',
  '224.0.0.0/4',
  '240.0.0.0/4',
  // Looks public, but is the host's own agent on every Azure machine.
  '168.63.129.16',
  // Of IPv6, what lies inside the global unicast block: protocol assignments (Teredo), documentation, 6to4.
  '2001::/23',
  '2001:db8::/32',
  '2002::/16',
  '3fff::/20',
];

// Everything beside it is local, mapped (::ffff:), translated (64:ff9b::), multicast or not assigned.
const GLOBAL_UNICAST = ['2000::/3'];

/**
 * Tells which addresses a webhook may go to: those that the whole internet can reach, and those of `allow`.
 * @param allow addresses or CIDR blocks
 */
export function createAddressPolicy(allow: readonly string[]): (address: string) => boolean {
  const isAllowed = createTrust(allow);
  const isSpecial = createTrust(NOT_GLOBAL);
  const isUnicast = createTrust(GLOBAL_UNICAST);
  return (address) => {
    // An address with a zone (fe80::1%eth0) is local whatever stands before it.
    if (isIP(address) === 0 || address.includes('%')) return false;
    if (isAllowed(address)) return true;
    return !isSpecial(address) && (isIPv4(address) || isUnicast(address));
  };
}
