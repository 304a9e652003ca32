import { describe } from 'vitest';
import { asKey } from '../support/gateway.ts';
import { type Scenario, testScenarios } from '../support/scenarios.ts';

const client: Scenario['setUp'] = ({ store }) => asKey(store, 'client');
const create = (name: string, url: string, webhookAllow: string[] = []) => ({
  name: `${name}: ${url.slice(0, 60)}`,
  url: 'http://hdp.test/tasks',
  method: 'POST',
  requestBody: { destination_chain_id: 1, input: {}, webhook_url: url },
  gateway: { webhookAllow },
});
const refuses = (url: string, reason: string, allow?: string[]): Scenario => ({
  ...create('refuses', url, allow),
  status: 400,
  body: { error: `webhook_url cannot receive webhooks: ${reason}.` },
});
const accepts = (url: string, allow?: string[]): Scenario => ({
  ...create(`accepts${allow ? ` with WEBHOOK_ALLOW=${allow}` : ''}`, url, allow),
  status: 200,
});

const LOOPBACK_REFUSED = '127.0.0.1 is not a public address';
const NOT_A_DNS_NAME = 'its host is not a valid DNS name';
const longName = (length: number) => `${'a.'.repeat(126)}${'b'.repeat(length - 252)}`;

describe('a webhook_url without an allowed address', () => {
  testScenarios(client, [
    ...[
      'http://127.0.0.1/',
      'http://127.0.0.1.:8080/',
      'http://127.1/',
      'http://2130706433/',
      'http://0x7f000001/',
      'http://0x7F.0.0.1/',
      'http://0177.0.0.1/',
      'http://017700000001/',
      'http://1２７.0.0.1/',
      'http://127。0。0。1/',
      'http://%31%32%37.0.0.1/',
    ].map((url) => refuses(url, LOOPBACK_REFUSED)),
    refuses('http://0/', '0.0.0.0 is not a public address'),
    refuses('https://169.254.169.254/latest/meta-data', '169.254.169.254 is not a public address'),
    refuses('https://0xa9fea9fe/', '169.254.169.254 is not a public address'),
    refuses('http://10.0.0.1/', '10.0.0.1 is not a public address'),
    refuses('http://192.168.1.1/', '192.168.1.1 is not a public address'),
    refuses('http://100.64.0.1/', '100.64.0.1 is not a public address'),
    refuses('http://[::1]/', '::1 is not a public address'),
    refuses('http://[0:0:0:0:0:0:0:1]/', '::1 is not a public address'),
    refuses('http://[::ffff:127.0.0.1]/', '::ffff:7f00:1 is not a public address'),
    refuses('http://[::ffff:7f00:1]/', '::ffff:7f00:1 is not a public address'),
    refuses('http://[64:ff9b::10.0.0.1]/', '64:ff9b::a00:1 is not a public address'),
    refuses('http://[fd00::1]/', 'fd00::1 is not a public address'),
    refuses('http://[fe80::1]/', 'fe80::1 is not a public address'),
    refuses('http://localhost/', 'localhost is the machine that sends the webhook'),
    refuses('http://LOCALHOST.:3000/', 'localhost is the machine that sends the webhook'),
    refuses('http://a.localhost/', 'a.localhost is the machine that sends the webhook'),
    refuses('http://intranet/', 'intranet is not a public DNS name'),
    refuses('http://com./', 'com is not a public DNS name'),
    refuses('http://printer.local/', 'printer.local is not a public DNS name'),
    refuses('http://api.prod.internal/', 'api.prod.internal is not a public DNS name'),
    refuses('http://a.invalid/', 'a.invalid is not a public DNS name'),
    ...[
      'http://_/',
      'http://_.example.com/',
      'http://a..example.com/',
      'http://.example.com/',
      'http://example.com../',
      'http://-a.example.com/',
      'http://a-.example.com/',
      "http://a'b.example.com/",
      'http://a,b.example.com/',
      'http://*.example.com/',
      `http://${'a'.repeat(64)}.example.com/`,
      `http://${longName(254)}/`,
    ].map((url) => refuses(url, NOT_A_DNS_NAME)),
    ...[
      'http://[fe80::1%25eth0]/',
      'http://[fe80::1%eth0]/',
      'http://256.0.0.1/',
      'http://a b.example/',
      'http://',
    ].map(
      (url): Scenario => ({
        ...create('refuses', url),
        status: 400,
        body: {
          error:
            'webhook_url must be an http or https URL without a user name or password, of at most 2000 characters.',
        },
      }),
    ),
  ]);
});

describe('a webhook_url that can be delivered to', () => {
  testScenarios(client, [
    accepts('https://hooks.example.com/a?b=c#d'),
    accepts('https://hooks.example.com.:8443/'),
    accepts('https://MÜNCHEN.example/'),
    accepts('https://my_hooks.example.com/'),
    accepts(`https://${'a'.repeat(63)}.example.com/`),
    accepts(`https://${longName(253)}/`),
    accepts('https://localhost.example.com/'),
    accepts('https://127.0.0.1.example.com/'),
    accepts('http://8.8.8.8/'),
    accepts('http://134744072/'),
    accepts('http://[2606:4700::1111]/'),
    accepts('http://127.0.0.1:9/', ['127.0.0.1']),
    accepts('http://2130706433/', ['127.0.0.0/8']),
    accepts('http://[::ffff:127.0.0.1]/', ['127.0.0.1']),
    accepts('http://localhost:9/', ['127.0.0.1']),
    accepts('http://localhost:9/', ['::1']),
    accepts('http://10.1.2.3/', ['10.1.0.0/16']),
    accepts('http://receiver:8080/', ['172.16.0.0/12']),
    accepts('http://receiver.default.svc.cluster.local/', ['fd00::/8']),
  ]);

  testScenarios(client, [
    refuses('http://10.2.0.1/', '10.2.0.1 is not a public address', ['10.1.0.0/16', '127.0.0.1']),
    refuses('http://localhost/', 'localhost is the machine that sends the webhook', ['10.0.0.0/8']),
    refuses('http://receiver/', 'receiver is not a public DNS name', ['127.0.0.1']),
    refuses('http://_/', NOT_A_DNS_NAME, ['10.0.0.0/8']),
  ]);
});
