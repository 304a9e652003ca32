import { describe, expect, it } from 'vitest';
import { createAddressPolicy } from '../../src/webhooks/addresses.ts';
import { createPost } from '../../src/webhooks/post.ts';

const isAllowed = createAddressPolicy([]);

describe('the address policy', () => {
  it.each([
    ['unspecified', '0.0.0.0'],
    ['this network', '0.1.2.3'],
    ['private', '10.0.0.1'],
    ['private', '172.16.0.1'],
    ['private', '172.31.255.255'],
    ['private', '192.168.1.1'],
    ['carrier-grade NAT', '100.64.0.1'],
    ['carrier-grade NAT', '100.127.255.255'],
    ['loopback', '127.0.0.1'],
    ['loopback', '127.255.255.254'],
    ['link-local, where clouds keep credentials', '169.254.169.254'],
    ['protocol assignment', '192.0.0.192'],
    ['documentation', '192.0.2.1'],
    ['documentation', '198.51.100.1'],
    ['documentation', '203.0.113.1'],
    ['6to4 relay', '192.88.99.1'],
    ['benchmarking', '198.18.0.1'],
    ['multicast', '224.0.0.1'],
    ['multicast', '239.255.255.255'],
    ['reserved', '240.0.0.1'],
    ['broadcast', '255.255.255.255'],
    ["a cloud's host agent", '168.63.129.16'],
    ['unspecified', '::'],
    ['loopback', '::1'],
    ['IPv4-compatible', '::7f00:1'],
    ['IPv4-mapped', '::ffff:127.0.0.1'],
    ['IPv4-mapped, of a public address', '::ffff:8.8.8.8'],
    ['IPv4-mapped in hex', '::ffff:7f00:1'],
    ['IPv4-translated', '::ffff:0:127.0.0.1'],
    ['NAT64', '64:ff9b::7f00:1'],
    ['NAT64 of a public address', '64:ff9b::8.8.8.8'],
    ['local NAT64', '64:ff9b:1::1'],
    ['discard', '100::1'],
    ['Teredo', '2001::1'],
    ['benchmarking', '2001:2::1'],
    ['ORCHID', '2001:20::1'],
    ['documentation', '2001:db8::1'],
    ['documentation', '3fff::1'],
    ['6to4', '2002:7f00:1::'],
    ['segment routing', '5f00::1'],
    ['unique local', 'fc00::1'],
    ['unique local', 'fd00:ec2::254'],
    ['link-local', 'fe80::1'],
    ['link-local with a zone', 'fe80::1%eth0'],
    ['global with a zone', '2606:4700::1111%eth0'],
    ['site-local', 'fec0::1'],
    ['multicast', 'ff02::1'],
    ['not assigned', '4000::1'],
    ['not an address', ''],
    ['not an address', 'example.com'],
  ])('refuses %s: %s', (_, address) => {
    expect(isAllowed(address)).toBe(false);
  });

  it.each([
    '1.1.1.1',
    '9.255.255.255',
    '11.0.0.0',
    '100.63.255.255',
    '100.128.0.0',
    '172.15.255.255',
    '172.32.0.0',
    '192.0.1.0',
    '192.167.255.255',
    '192.169.0.0',
    '198.17.255.255',
    '198.20.0.0',
    '223.255.255.255',
    '2001:200::1',
    '2001:4860:4860::8888',
    '2606:4700::1111',
    '3ffe::1',
  ])('allows the public address %s', (address) => {
    expect(isAllowed(address)).toBe(true);
  });

  it('allows only the configured private addresses', () => {
    const policy = createAddressPolicy(['10.1.0.0/16', 'fd00::5', '127.0.0.1']);
    const allowed = ['10.1.2.3', 'fd00::5', '127.0.0.1', '1.1.1.1'];
    const others = ['10.2.0.1', 'fd00::6', '127.0.0.2'];
    expect(allowed.filter(policy)).toEqual(allowed);
    expect(others.filter(policy)).toEqual([]);
  });
});

describe('a URL with an encoded private address', () => {
  it.each([
    'http://127.0.0.1/',
    'http://127.0.0.1./',
    'http://127.1/',
    'http://127.0.1/',
    'http://2130706433/',
    'http://0x7f000001/',
    'http://0x7F.0.0.1/',
    'http://0177.0.0.1/',
    'http://017700000001/',
    'http://0/',
    'http://1２７.0.0.1/',
    'http://127。0。0。1/',
    'http://%31%32%37.0.0.1/',
    'http://user:secret@127.0.0.1/',
    'http://[::1]/',
    'http://[0:0:0:0:0:0:0:1]/',
    'http://[::]/',
    'http://[::ffff:127.0.0.1]/',
    'http://[::ffff:7f00:1]/',
    'http://[::ffff:8.8.8.8]/',
    'http://[64:ff9b::7f00:1]/',
    'http://[2002:7f00:1::]/',
    'http://[fe80::1]/',
    'https://169.254.169.254/latest/meta-data',
    'https://0xa9fea9fe/',
  ])('%s is not connected to', async (url) => {
    const post = createPost({
      isAllowed,
      resolve: () => Promise.reject(new Error(`${url} was resolved`)),
      responseTimeoutMs: 1000,
    });
    const sending = post({ url, body: '{}', headers: {} }, new AbortController().signal);
    await expect(sending).rejects.toThrow(/is not an address that webhooks may go to$/);
  });

  it.each([
    'ftp://example.com/',
    'file:///etc/passwd',
    'javascript:0',
    'unix:/run/docker.sock',
    'http://',
    '',
  ])('%s is not accepted as the URL of a webhook', async (url) => {
    const post = createPost({ isAllowed: () => true, responseTimeoutMs: 1000 });
    const sending = post({ url, body: '{}', headers: {} }, new AbortController().signal);
    await expect(sending).rejects.toThrow(/neither http|is not valid/);
  });
});
