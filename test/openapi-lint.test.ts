/** Both documents pass the linters of Redocly and Spectral, as they are served. */
import { createConfig, lintFromString } from '@redocly/openapi-core';
import spectralCore, { type RulesetDefinition } from '@stoplight/spectral-core';
import { oas } from '@stoplight/spectral-rulesets';
import { describe, expect, it } from 'vitest';
import { createTestGateway } from './support/gateway.ts';

const { Spectral } = spectralCore;

async function documentOf(host: string): Promise<string> {
  const { app } = await createTestGateway();
  return (await app.request(`http://${host}/openapi.json`)).text();
}

describe.each(['services.test', 'hdp.test'])('the OpenAPI document of %s', (host) => {
  it('passes the recommended rules of Redocly without a warning', async () => {
    // The repository has no licence that the document could name.
    const config = await createConfig({ extends: ['recommended'], rules: { 'info-license': 'off' } });
    const problems = await lintFromString({ source: await documentOf(host), config });
    const found = problems.map(
      ({ ruleId, message, location }) => `${ruleId}: ${message} ${location[0]?.pointer}`,
    );
    expect(found).toEqual([]);
  });

  it('passes the rules spectral:oas without a warning', async () => {
    const spectral = new Spectral();
    // The cast is safe: both packages are of one project, and the ruleset is written for its class Spectral.
    spectral.setRuleset({ extends: [[oas as RulesetDefinition, 'recommended']] });
    const problems = await spectral.run(JSON.parse(await documentOf(host)));
    const found = problems.map(({ code, message, path }) => `${code}: ${message} ${path.join('/')}`);
    expect(found).toEqual([]);
  });
});
