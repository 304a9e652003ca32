import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { PAGES, readPage, withoutCode } from '../support/documentation.ts';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));
const MAX_README_LINES = 150;
const MAX_LINE_LENGTH = 120;

/** Returns the anchors that GitHub creates for the headings of a page. */
const anchorsOf = (page: string) =>
  [...withoutCode(readPage(page)).matchAll(/^#+ (.*)$/gm)].map(([, title = '']) =>
    title
      .toLowerCase()
      .replaceAll(/[^\p{L}\p{N} _-]/gu, '')
      .replaceAll(' ', '-'),
  );

/** Returns the relative links of a page: the path from the root of the repository, and the anchor. */
const linksOf = (page: string) =>
  [...withoutCode(readPage(page)).matchAll(/\]\((?!https?:)([^)#]*)#?([^)]*)\)/g)].map(
    ([link, path = '', anchor = '']) => ({
      link: `${page}: ${link.slice(1)}`,
      target: path === '' ? page : join(dirname(page), path),
      anchor,
    }),
  );

const links = PAGES.flatMap(linksOf);
const lines = (page: string) => readPage(page).trimEnd().split('\n');

describe('the links of the documentation', () => {
  it('lead to files of the repository', () => {
    expect(links.length).toBeGreaterThan(20);
    expect(links.filter(({ target }) => !existsSync(join(ROOT, target))).map(({ link }) => link)).toEqual([]);
  });

  it('lead to headings of a page', () => {
    const toHeadings = links.filter(({ anchor }) => anchor !== '');
    expect(toHeadings.length).toBeGreaterThan(20);
    const broken = toHeadings.filter(({ target, anchor }) => !anchorsOf(target).includes(anchor));
    expect(broken.map(({ link }) => link)).toEqual([]);
  });

  it('lead from the README to every page', () => {
    const targets = linksOf('README.md').map(({ target }) => target);
    expect(PAGES.filter((page) => page !== 'README.md' && !targets.includes(page))).toEqual([]);
  });
});

describe('the size of the documentation', () => {
  it(`is at most ${MAX_README_LINES} lines of at most ${MAX_LINE_LENGTH} characters for the README`, () => {
    expect(lines('README.md').length).toBeLessThanOrEqual(MAX_README_LINES);
    expect(lines('README.md').filter((line) => line.length > MAX_LINE_LENGTH)).toEqual([]);
  });

  it(`is at most ${MAX_LINE_LENGTH} characters for each line of a page that is not a row of a table`, () => {
    const long = PAGES.flatMap(lines).filter(
      (line) => line.length > MAX_LINE_LENGTH && !line.startsWith('|'),
    );
    expect(long).toEqual([]);
  });

  it('is at most fifteen terms for the glossary', () => {
    const glossary = readPage('docs/architecture.md').split('\n## Glossary\n')[1] ?? '';
    const terms = glossary.match(/^\| (?!term |---)/gm) ?? [];
    expect(terms.length).toBeGreaterThan(0);
    expect(terms.length).toBeLessThanOrEqual(15);
  });
});
