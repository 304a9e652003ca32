import { visit } from 'jsonc-parser';

/** An object or array that is being read: the canonical texts of what it holds, and the names of an object's members. */
interface Container {
  names: string[] | undefined;
  values: string[];
}

/**
 * Returns the canonical text of a JSON value: two texts are equal if and only if the values are. White space, the order
 * of an object's keys and the spelling of strings and numbers (`1`, `1.0`, `10e-1`) make no difference. The source text
 * decides, so that no digit of a number and no key such as `__proto__` is lost.
 * @param json must already be known to parse, and not to be nested deeper than is kept
 */
export function canonicalJson(json: string): string {
  const root: Container = { names: undefined, values: [] };
  const open = [root];
  const current = () => open.at(-1) ?? root;
  const close = (textOf: (container: Container) => string) => () => {
    const text = textOf(open.pop() ?? root);
    current().values.push(text);
  };
  visit(json, {
    onObjectBegin: () => {
      open.push({ names: [], values: [] });
    },
    onObjectProperty: (name) => {
      current().names?.push(name);
    },
    onObjectEnd: close(({ names = [], values }) =>
      canonicalObject(names.map((name, n) => [name, values[n] ?? ''])),
    ),
    onArrayBegin: () => {
      open.push({ names: undefined, values: [] });
    },
    onArrayEnd: close(({ values }) => `[${values.join(',')}]`),
    onLiteralValue: (value, offset, length) => {
      const text = json.slice(offset, offset + length);
      current().values.push(typeof value === 'number' ? canonicalNumber(text) : JSON.stringify(value));
    },
  });
  return root.values.join();
}

/** The canonical text of an object from the canonical texts of its members; a repeated name keeps its order. */
export function canonicalObject(members: readonly (readonly [name: string, value: string])[]): string {
  const sorted = members.toSorted(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0));
  return `{${sorted.map(([name, value]) => `${JSON.stringify(name)}:${value}`).join(',')}}`;
}

/** A number as JavaScript spells it if that keeps its exact value, else its digits and exponent. */
function canonicalNumber(text: string): string {
  const exact = exactNumber(text);
  const short = String(Number(text));
  return exactNumber(short) === exact ? short : exact;
}

const NUMBER = /^(-?)(\d+)(?:\.(\d+))?(?:[eE]\+?(-?\d+))?$/;

/** The digits without zeros at their ends, and the power of ten; a text that is no such number as it is. */
function exactNumber(text: string): string {
  const [, sign = '', whole = '', fraction = '', power = '0'] = NUMBER.exec(text) ?? [];
  const digits = whole + fraction;
  const exponent = Number(power);
  // Sums of larger exponents would be rounded.
  if (digits === '' || Math.abs(exponent) > MAX_EXPONENT) return text;
  let start = 0;
  let end = digits.length;
  while (digits[start] === '0') start += 1;
  if (start === end) return '0';
  while (digits[end - 1] === '0') end -= 1;
  return `${sign}${digits.slice(start, end)}e${exponent - fraction.length + digits.length - end}`;
}

const MAX_EXPONENT = 1e12;
