import { describe, expect, it } from 'vitest';
import { endSentence } from '../../src/web/lib/sentence.ts';

describe('endSentence', () => {
  it.each([
    ['Service unavailable', 'Service unavailable.'],
    ['Service unavailable \n', 'Service unavailable.'],
    ['Try later.', 'Try later.'],
    ['Is the server running?', 'Is the server running?'],
    ['Stop!', 'Stop!'],
    ['Wait…', 'Wait…'],
    ['It says “no.”', 'It says “no.”'],
    ['action must be one of "export"', 'action must be one of "export".'],
    ['', ''],
  ])('turns %j into %j', (text, sentence) => {
    expect(endSentence(text)).toBe(sentence);
  });
});
