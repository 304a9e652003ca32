/** The little markdown that descriptions contain: paragraphs, lists, `code` and **strong** words. */

export interface Span {
  text: string;
  kind: 'text' | 'code' | 'strong';
}

export type Block =
  | { kind: 'paragraph'; spans: readonly Span[] }
  | { kind: 'list'; items: readonly (readonly Span[])[] };

/** Parses a description. Everything else than the above stays text. */
export function parseMarkdown(text: string): readonly Block[] {
  return text.split(/\n{2,}/).flatMap(blocksOf);
}

function blocksOf(paragraph: string): Block[] {
  const blocks: Block[] = [];
  let words: string[] = [];
  let items: string[] = [];
  const end = () => {
    if (words.length > 0) blocks.push({ kind: 'paragraph', spans: spansOf(words.join(' ')) });
    if (items.length > 0) blocks.push({ kind: 'list', items: items.map(spansOf) });
    words = [];
    items = [];
  };
  for (const line of paragraph.split('\n').map((untrimmed) => untrimmed.trim())) {
    const [, item] = /^[-*] +(.*)$/.exec(line) ?? [];
    if (item !== undefined) {
      if (words.length > 0) end();
      items.push(item);
    } else if (items.length > 0) items.push(`${items.pop()} ${line}`);
    else if (line !== '') words.push(line);
  }
  end();
  return blocks;
}

const KINDS = ['text', 'code', 'strong'] as const;

/** Splits at `code` and **strong** words: of three parts, the first is text. */
const spansOf = (text: string): Span[] =>
  text
    .split(/`([^`]+)`|\*\*([^*]+)\*\*/)
    .map((part = '', i) => ({ text: part, kind: KINDS[i % 3] ?? 'text' }))
    .filter((span) => span.text !== '');
