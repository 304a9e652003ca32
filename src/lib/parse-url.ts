/** Parses a URL. Returns undefined if it is not valid. */
export function parseUrl(text: string): URL | undefined {
  // URL.canParse is not used: once optimized, Node.js 20 and 22 return false for a valid URL with "ü".
  try {
    return new URL(text);
  } catch {
    return undefined;
  }
}
