import { join } from 'node:path';
import { describe, expect } from 'vitest';
import { codeBlocks, PAGES, readPage } from '../support/documentation.ts';
import { it, type Sandbox } from '../support/process.ts';

/** Commands that install, build or start the repository itself; CI runs these. */
const REPOSITORY_COMMAND = /^(?:npm|git|\.ci\/run)\b/;
/** Values that differ between runs: times and ULIDs of the day of the examples, and the text that `…` omits. */
const VARIABLE = /(2026-11-22T[\d:.]+Z|01M80Y6[0-9A-Z]{19}|…)/;
const TIME = String.raw`\d{4}-\d\d-\d\dT[\d:.]+Z`;
const ULID = '[0-7][0-9A-HJKMNP-TV-Z]{25}';
const BLOCK_END = '== end of block ==';

const examplesOf = (page: string) =>
  codeBlocks(readPage(page)).filter(
    ({ language, code }) => language === 'sh' && !REPOSITORY_COMMAND.test(code),
  );
const pages = PAGES.filter((page) => examplesOf(page).length > 0);

/** Returns the output on a page as a pattern. A line that begins with a space continues the previous line. */
function patternOf(shown: string): RegExp {
  const parts = shown.trimEnd().replaceAll(/\n\s+/g, '').split(VARIABLE);
  const pattern = parts.map((part, index) => {
    if (index % 2 === 0) return part.replaceAll(/[\\^$.*+?()[\]{}|]/g, '\\$&');
    if (part === '…') return '.*';
    return part.startsWith('01') ? ULID : TIME;
  });
  return new RegExp(`^${pattern.join('')}$`);
}

/** Runs the blocks in one shell, so that later ones see the variables of earlier ones. @returns the output of each */
async function runBlocks(sandbox: Sandbox, blocks: readonly string[]): Promise<string[]> {
  const database = join(sandbox.dir, 'data/taskgate.db');
  const { port } = await sandbox.serve(['--demo'], { DATABASE_URL: database });
  const resolve = ['services', 'hdp'].map((api) => `--resolve ${api}.localhost:${port}:127.0.0.1`).join(' ');
  const script = [
    'set -e',
    `cd '${sandbox.dir}'`,
    `export DATABASE_URL='${database}'`,
    `curl() { command curl -sS -w '\\n' ${resolve} "$@"; }`,
    ...blocks.map((code) => `${code.replaceAll(':8787', `:${port}`)}\necho '${BLOCK_END}'`),
  ].join('\n');
  const { code, stdout, stderr } = await sandbox.shell(script);
  expect(code, stderr).toBe(0);
  return stdout
    .replaceAll('\r\n', '\n')
    .replaceAll(`:${port}`, ':8787')
    .split(`${BLOCK_END}\n`)
    .slice(0, -1)
    .map((output) => output.trimEnd());
}

describe('the documentation', () => {
  it('shows commands on the pages with examples', () => {
    expect(pages).toEqual(
      expect.arrayContaining([
        'README.md',
        'docs/hdp-api.md',
        'docs/import-export.md',
        'docs/operations.md',
        'docs/services-api.md',
      ]),
    );
  });

  it.for(pages)('shows commands in %s that run and print what it shows', async (page, { sandbox, skip }) => {
    const examples = examplesOf(page);
    for (const program of ['curl', 'sqlite3']) {
      const isUsed = examples.some(({ code }) => code.includes(program));
      const isInstalled = (await sandbox.shell(`command -v ${program}`)).code === 0;
      if (isUsed && !isInstalled) skip(`${program} is not installed`);
    }
    const outputs = await runBlocks(
      sandbox,
      examples.map(({ code }) => code),
    );
    expect(outputs).toHaveLength(examples.length);
    for (const [index, { next }] of examples.entries()) {
      if (next === undefined || next.language === 'sh') continue;
      expect(outputs[index]).toMatch(patternOf(next.code));
    }
  });
});
