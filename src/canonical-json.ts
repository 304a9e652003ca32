import { visit } from 'jsonc-parser';

/** An object or array that is being parsed: the canonical texts of its values and, for an object, their names. */
interface Container {
  names: string[];
  values: string[];
}

/**
 * Returns the canonical text of a JSON value. Two canonical texts are equal if and only if their values are. White space,
 * the order of keys and the notation of strings and numbers (`1`, `1.0`, `10e-1`) make no difference. The function reads
 * the source text, because JSON.parse would lose digits of numbers and keys such as `__proto__`.
 * @param json valid JSON within the nesting limit of `memberTexts`
 */
export function canonicalJson(json: string): string {
  const root: Container = { names: [], values: [] };
  const outer: Container[] = [];
  let current = root;
  const open = () => {
    outer.push(current);
    current = { names: [], values: [] };
  };
  const close = (text: string) => {
    current = outer.pop() ?? root;
    current.values.push(text);
  };
  visit(json, {
    onObjectBegin: open,
    onObjectProperty: (name) => {
      current.names.push(name);
    },
    onObjectEnd: () => close(canonicalObject(current.names, current.values)),
    onArrayBegin: open,
    onArrayEnd: () => close(`[${current.values.join(',')}]`),
    onLiteralValue: (value, offset, length) => {
      const isNumber = typeof value === 'number';
      current.values.push(
        isNumber ? canonicalNumber(json.slice(offset, offset + length)) : JSON.stringify(value),
      );
    },
  });
  return root.values.join();
}

/** Returns the canonical text of an object. Repeated names keep their order. @param values canonical texts */
export function canonicalObject(names: readonly string[], values: readonly string[]): string {
  const members = names.map((name, n) => `${JSON.stringify(name)}:${values[n]}`);
  const isInOrder = names.every((name, n) => n === 0 || name >= (names[n - 1] ?? ''));
  if (isInOrder) return `{${members.join(',')}}`;
  const order = [...names.keys()].sort((a, b) => compare(names[a] ?? '', names[b] ?? ''));
  return `{${order.map((n) => members[n]).join(',')}}`;
}

const compare = (a: string, b: string) => (a < b ? -1 : a > b ? 1 : 0);

const PLAIN_INTEGER = /^(0|-?[1-9]\d{0,14})$/;

/** Formats a number as JavaScript does if that keeps its exact value, else as digits and exponent. */
function canonicalNumber(text: string): string {
  if (PLAIN_INTEGER.test(text)) return text;
  const exact = exactNumber(text);
  const short = String(Number(text));
  return exactNumber(short) === exact ? short : exact;
}

const NUMBER = /^(-?)(\d+)(?:\.(\d+))?(?:[eE]\+?(-?\d+))?$/;

/** Formats a number as digits without zeros at both ends, and a power of ten. Returns other texts unchanged. */
function exactNumber(text: string): string {
  const [, sign = '', whole = '', fraction = '', power = '0'] = NUMBER.exec(text) ?? [];
  const digits = whole + fraction;
  const exponent = Number(power);
  // Arithmetic on larger exponents would round.
  if (digits === '' || Math.abs(exponent) > MAX_EXPONENT) return text;
  let start = 0;
  let end = digits.length;
  while (digits[start] === '0') start += 1;
  if (start === end) return '0';
  while (digits[end - 1] === '0') end -= 1;
  return `${sign}${digits.slice(start, end)}e${exponent - fraction.length + digits.length - end}`;
}

const MAX_EXPONENT = 1e12;
