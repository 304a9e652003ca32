/** Indents JSON without changing a token, so that large numbers and repeated keys stay as they were sent. */
export function layOutJson(text: string): string {
  try {
    JSON.parse(text);
  } catch {
    return text;
  }
  let depth = 0;
  const newLine = (by: number) => {
    depth += by;
    return `\n${'  '.repeat(depth)}`;
  };
  return text.replaceAll(TOKENS, (token, before: string | undefined) => {
    if (before !== undefined) return before;
    if (token.length > 1 && /^[[{]/.test(token)) return token.charAt(0) + token.charAt(token.length - 1);
    if (token === '{' || token === '[') return token + newLine(1);
    if (token === '}' || token === ']') return newLine(-1) + token;
    if (token === ',') return token + newLine(0);
    return token === ':' ? ': ' : '';
  });
}

/** A string, an empty object or array, a mark, or white space. Other tokens stay where they are. */
const TOKENS = /("(?:[^"\\]|\\.)*")|\{\s*\}|\[\s*\]|[{}[\],:]|\s+/g;
