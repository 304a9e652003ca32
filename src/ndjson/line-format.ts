const PER_LINE = 'write one task per line, for example with';

/**
 * Detects a common mistake in a line that is not a task. Returns a description with the remedy, or undefined.
 * @param text the line, or its beginning
 * @param data the JSON value of the line; undefined if the line is not JSON
 */
export function describeOtherFormat(text: string, data: unknown): string | undefined {
  const trimmed = text.trim();
  if (text.startsWith('\ufeff')) {
    return `it begins with a byte order mark (BOM); remove it, for example with sed 's/^\\xEF\\xBB\\xBF//'`;
  }
  if (Array.isArray(data) || /^\[\s*($|[{[\]])/.test(trimmed)) {
    return `it is a JSON array; ${PER_LINE} jq -c '.[]'`;
  }
  if (isPage(data) || /^\{\s*"tasks"\s*:\s*(\[|$)/.test(trimmed)) {
    return `it is a page of the HDP list; ${PER_LINE} jq -c '.tasks[]', and load them with taskgate import hdp`;
  }
  if (data !== undefined) return undefined;
  if (trimmed.includes('\0')) return 'it has NUL characters, so it may be UTF-16; convert it to UTF-8';
  if (/^\{[^\n]*\}\s*\r\s*\{/.test(trimmed)) {
    return `it has carriage returns (CR) alone between lines; convert it, for example with tr '\\r' '\\n'`;
  }
  if (isPartOfPrettyJson(trimmed)) {
    return `it is part of a JSON value that spans several lines; ${PER_LINE} jq -c .`;
  }
  if (/^\{.*\}\s*,?\s*\{/s.test(trimmed) && hasMoreAfterValue(trimmed)) {
    return `it has more than one JSON value; ${PER_LINE} jq -c .`;
  }
  return undefined;
}

const isPage = (data: unknown) =>
  typeof data === 'object' && data !== null && 'tasks' in data && Array.isArray(data.tasks);

/** Returns true for a line of indented JSON, such as `{`, `"id": 1,`, `"state": {`, `},` or `]`. */
const isPartOfPrettyJson = (text: string) =>
  /^[{}[\]],?$/.test(text) || /^(\{\s*)?"[^"\\]*" ?: .*[,{[]$/.test(text) || /^\{.*\},$/.test(text);

function hasMoreAfterValue(text: string): boolean {
  try {
    JSON.parse(text);
    return false;
  } catch (error) {
    return error instanceof Error && error.message.includes('after JSON');
  }
}
