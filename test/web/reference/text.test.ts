import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { layOutJson } from '../../../src/web/reference/json-layout.ts';
import { parseMarkdown } from '../../../src/web/reference/markdown.ts';

describe('layOutJson', () => {
  it('indents any JSON as JSON.stringify does', () => {
    fc.assert(
      fc.property(fc.jsonValue({ maxDepth: 5 }), (value) => {
        expect(layOutJson(JSON.stringify(value))).toBe(JSON.stringify(value, null, 2));
        expect(layOutJson(JSON.stringify(value, null, 3))).toBe(JSON.stringify(value, null, 2));
      }),
    );
  });

  it('keeps numbers and repeated keys as they were sent', () => {
    expect(layOutJson('{"a":12345678901234567890,"a":1.0}')).toBe(
      '{\n  "a": 12345678901234567890,\n  "a": 1.0\n}',
    );
  });

  it('returns other texts as they are', () => {
    expect(layOutJson('{"a": {')).toBe('{"a": {');
  });
});

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
