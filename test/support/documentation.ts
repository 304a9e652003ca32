/** Reads the documentation pages of the repository: README.md, CONTRIBUTING.md, CHANGELOG.md and docs/. */
import { readdirSync, readFileSync } from 'node:fs';

const ROOT = new URL('../../', import.meta.url);

/** The paths of all pages, relative to the root of the repository. */
export const PAGES = [
  'README.md',
  'CONTRIBUTING.md',
  'CHANGELOG.md',
  ...readdirSync(new URL('docs/', ROOT))
    .filter((name) => name.endsWith('.md'))
    .sort()
    .map((name) => `docs/${name}`),
];

/** Returns the text of a page. */
export const readPage = (path: string): string => readFileSync(new URL(path, ROOT), 'utf8');

/** Returns the text below a heading, up to the next heading of any level, or '' if there is no such heading. */
export const sectionOf = (text: string, title: string): string =>
  new RegExp(`^#+ ${title}\n(.*?)(?=^#+ |(?![^]))`, 'ms').exec(text)?.[1] ?? '';

/** Returns the cells of the body rows of all tables in a text, without backticks. */
export const tableRows = (text: string): string[][] =>
  [...text.matchAll(/(?:^\|.*\n)+/gm)].flatMap(([table]) =>
    table
      .trim()
      .split('\n')
      .slice(2)
      .map((row) =>
        row
          .slice(2, -2)
          .split(' | ')
          .map((cell) => cell.replaceAll('`', '').trim()),
      ),
  );

/** A fenced block of a page. */
export interface CodeBlock {
  language: string;
  code: string;
  /** The block that follows without text between them. */
  next: CodeBlock | undefined;
}

/** Returns the fenced blocks of a text in their order. */
export function codeBlocks(text: string): CodeBlock[] {
  const blocks: CodeBlock[] = [];
  let end = -1;
  for (const fence of text.matchAll(/^```(\w+)\n(.*?)^```\n/gms)) {
    const [whole, language = '', code = ''] = fence;
    const block = { language, code, next: undefined };
    const previous = blocks.at(-1);
    // One empty line lies between two blocks that belong together.
    if (previous && fence.index === end + 1) previous.next = block;
    blocks.push(block);
    end = fence.index + whole.length;
  }
  return blocks;
}

/** Returns the text without its fenced blocks. */
export const withoutCode = (text: string): string => text.replaceAll(/^```.*?^```\n/gms, '');
