/** Parses a URL. Returns undefined if it is not valid. */
export function parseUrl(text: string): URL | undefined {
  // URL.canParse is not used: Node.js 20 returns false for a valid URL with "ü" once the call is optimized.
  try {
    return new URL(text);
  } catch {
    return undefined;
  }
}
