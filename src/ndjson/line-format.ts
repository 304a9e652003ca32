const PER_LINE = 'write one task per line, for example with';

/**
 * Returns what a line is that is no task but a common mistake, and how to convert it; undefined when unknown.
 * @param text the line, or its beginning
 * @param data its value; undefined when it is not JSON
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
  if (trimmed.includes('\0')) return 'it has NUL characters, as text in UTF-16 has; convert it to UTF-8';
  if (/^\{[^\n]*\}\s*\r\s*\{/.test(trimmed)) {
    return `it has carriage returns (CR) alone between lines; convert it, for example with tr '\\r' '\\n'`;
  }
  if (isPartOfPrettyJson(trimmed)) {
    return `it is a part of JSON that is spread over several lines; ${PER_LINE} jq -c .`;
  }
  if (/^\{.*\}\s*,?\s*\{/s.test(trimmed) && hasMoreAfterValue(trimmed)) {
    return `it has more than one JSON value; ${PER_LINE} jq -c .`;
  }
  return undefined;
}

const isPage = (data: unknown) =>
  typeof data === 'object' && data !== null && 'tasks' in data && Array.isArray(data.tasks);

/** `{`, `"id": 1,`, `"state": {`, `},` and `]`, as an indenting printer writes them. */
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
