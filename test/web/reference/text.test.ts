import { describe, expect, it } from 'vitest';
import { parseMarkdown } from '../../../src/web/reference/markdown.ts';

describe('parseMarkdown', () => {
  const text = (words: string) => ({ text: words, kind: 'text' });
  const code = (words: string) => ({ text: words, kind: 'code' });

  it('finds code between backticks', () => {
    expect(parseMarkdown('Always `bytes`, or `a b`.')).toEqual([
      { kind: 'paragraph', spans: [text('Always '), code('bytes'), text(', or '), code('a b'), text('.')] },
    ]);
  });

  it('finds strong words', () => {
    expect(parseMarkdown('**Errors.** An `a**b**`')).toEqual([
      {
        kind: 'paragraph',
        spans: [{ text: 'Errors.', kind: 'strong' }, text(' An '), code('a**b**')],
      },
    ]);
  });

  it('finds paragraphs and lists', () => {
    expect(parseMarkdown('One\nline.\n\nTwo:\n- `a`\n- b\n  c\n\nThree')).toEqual([
      { kind: 'paragraph', spans: [text('One line.')] },
      { kind: 'paragraph', spans: [text('Two:')] },
      { kind: 'list', items: [[code('a')], [text('b c')]] },
      { kind: 'paragraph', spans: [text('Three')] },
    ]);
  });

  it('leaves markup and lone backticks as text', () => {
    expect(parseMarkdown('<b>bold</b> ` alone')).toEqual([
      { kind: 'paragraph', spans: [text('<b>bold</b> ` alone')] },
    ]);
  });
});
