import { createHash } from 'node:crypto';
import { Webhook } from 'standardwebhooks';
import { describe, expect, it } from 'vitest';
import { webhookHeaders } from '../../src/webhooks/signature.ts';
import { codeBlocks, readPage } from '../support/documentation.ts';

const sha256 = (text: string) => createHash('sha256').update(text).digest();
const secretOf = (apiKey: string) => `whsec_${sha256(apiKey).toString('base64')}`;

/** Runs the receiver example of docs/webhooks.md. */
function runExample(apiKey: string, headers: Record<string, string>, body: string): unknown {
  const example =
    codeBlocks(readPage('docs/webhooks.md')).find(({ language }) => language === 'js')?.code ?? '';
  const code = `${example.replaceAll(/^import .*\n/gm, '')}\nreturn event;`;
  const names = ['createHash', 'Webhook', 'API_KEY', 'headers', 'body'];
  return new Function(...names, code)(createHash, Webhook, apiKey, headers, body);
}

describe('the signature of a webhook', () => {
  const body = '{"status":"TaskDecommitmentCompleted","text":"é"}';
  const headers = webhookHeaders({ id: '01JPJ03YJT', body, keyHash: sha256('my key') }, Date.now());
  const verify = (apiKey: string, changes: Record<string, string> = {}, text = body) =>
    new Webhook(secretOf(apiKey)).verify(text, { ...headers, ...changes });

  it('has the headers and the value of the Standard Webhooks specification', () => {
    // The example of the Standard Webhooks specification.
    const keyHash = Buffer.from('MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw', 'base64');
    const example = { id: 'msg_p5jXN8AQM9LWM0D4loKWxJek', body: '{"test": 2432232314}', keyHash };
    expect(webhookHeaders(example, 1_614_265_330_999)).toEqual({
      'webhook-id': 'msg_p5jXN8AQM9LWM0D4loKWxJek',
      'webhook-timestamp': '1614265330',
      'webhook-signature': 'v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=',
    });
  });

  it('is verified by the standardwebhooks library with only the API key', () => {
    expect(verify('my key')).toEqual(JSON.parse(body));
  });

  it.each([
    ['another key', () => verify('another key')],
    ['another body', () => verify('my key', {}, `${body} `)],
    ['another id', () => verify('my key', { 'webhook-id': '01JPJ03YJU' })],
    [
      'another time',
      () => verify('my key', { 'webhook-timestamp': String(Number(headers['webhook-timestamp']) + 1) }),
    ],
    ['no signature', () => verify('my key', { 'webhook-signature': '' })],
  ])('is not valid for %s', (_, verifyChanged) => {
    expect(verifyChanged).toThrow();
  });

  it('satisfies the documented example, which rejects another key', () => {
    expect(runExample('my key', headers, body)).toEqual(JSON.parse(body));
    expect(() => runExample('another key', headers, body)).toThrow('No matching signature');
  });

  it('is absent if the task was created without a key', () => {
    expect(webhookHeaders({ id: '1', body, keyHash: null }, Date.now())).not.toHaveProperty(
      'webhook-signature',
    );
  });
});
