/** The little markdown that descriptions contain: paragraphs, lists, and code between backticks. */

/** Text, or code. */
export interface Span {
  text: string;
  isCode: boolean;
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

/** Text between two backticks is code. */
const spansOf = (text: string): Span[] =>
  text
    .split(/`([^`]+)`/)
    .map((part, i) => ({ text: part, isCode: i % 2 === 1 }))
    .filter((span) => span.text !== '');
