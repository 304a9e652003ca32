import { existsSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { PAGES, readPage } from '../support/documentation.ts';

const ROOT = new URL('../../', import.meta.url);
const allText = PAGES.map(readPage).join('\n');

describe('the documentation', () => {
  it('names no file or folder of the repository that does not exist', () => {
    const named = [...allText.matchAll(/`((?:src|test|bench|docs|drizzle|seeds|\.ci)\/[\w./-]*)`/g)];
    const paths = named.map(([, path = '']) => path);
    expect(paths.length).toBeGreaterThan(10);
    expect(paths.filter((path) => !existsSync(new URL(path, ROOT)))).toEqual([]);
  });

  it('has every npm script that it names', () => {
    const { scripts }: { scripts: Record<string, string> } = JSON.parse(
      readFileSync(new URL('package.json', ROOT), 'utf8'),
    );
    const named = [...allText.matchAll(/npm run ([\w:]+)/g)].map(([, name = '']) => name);
    expect(Object.keys(scripts)).toEqual(expect.arrayContaining(named));
  });
});
