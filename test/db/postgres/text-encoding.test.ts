/** The encoding of texts in PostgreSQL. */
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { decodeText, encodeText } from '../../../src/db/postgres/text-encoding.ts';

const characters = fc.constantFrom(
  '\0',
  '\u{10FFFF}',
  '\u{10FFFD}',
  '\u{10FFFC}',
  '\u{10FFFE}',
  '0',
  '1',
  'z',
  '🧾',
);
const texts = fc.array(characters, { maxLength: 12 }).map((parts) => parts.join(''));
const terms = fc.array(characters, { minLength: 1, maxLength: 4 }).map((parts) => parts.join(''));

it('gives every text back, without NUL in what is stored', () => {
  fc.assert(
    fc.property(texts, (text) => {
      expect(decodeText(encodeText(text))).toBe(text);
      expect(encodeText(text)).not.toContain('\0');
    }),
    { numRuns: 5000 },
  );
});

it('finds a term in an encoded text exactly if the text contains it', () => {
  const contained = fc
    .tuple(texts, terms, texts)
    .map(([before, term, after]) => [before + term + after, term]);
  fc.assert(
    fc.property(fc.oneof(fc.tuple(texts, terms), contained), ([text = '', term = '']) => {
      expect(encodeText(text).includes(encodeText(term))).toBe(text.includes(term));
    }),
    { numRuns: 20_000 },
  );
});
