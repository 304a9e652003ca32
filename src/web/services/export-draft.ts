/** What the form of a new export holds, and the body of `POST /tasks` that it stands for (contract A4). */
import type { ExportIndex } from '../../exports/indexes.ts';
import { type JOINS, type Operand, RULE_OPERATORS, type RuleOperator } from '../../exports/operators.ts';
import { ExactNumber, parseExactly } from '../lib/json-source.ts';
import type { Zone } from '../lib/time.ts';

export interface RuleDraft {
  /** Tells the rules of a form apart. */
  key: number;
  field: string;
  operator: RuleOperator;
  operands: Partial<Record<Operand, string>>;
}

export interface ExportDraft {
  desc: string;
  index: ExportIndex;
  format: string;
  /** The value of a field for a local date and time; empty for as soon as possible. */
  at: string;
  /** Empty for once. */
  repeat: string;
  /** Undefined: all rows are exported. */
  segment: { index: ExportIndex; join: (typeof JOINS)[number]; rules: readonly RuleDraft[] } | undefined;
}

export const EMPTY_DRAFT: ExportDraft = {
  ...{ desc: '', index: 'transactions', format: 'csv', at: '', repeat: '', segment: undefined },
};

interface Surroundings {
  chain: number;
  /** Unix milliseconds: when the form was opened. A time in the past means now, and the body stays the same. */
  openedAt: number;
  zone: Zone;
}

/** Returns the body of a draft. */
export function bodyOf({ desc, index, format, at, repeat, segment }: ExportDraft, around: Surroundings) {
  const once = at === '' ? utcText(around.openedAt) : onceOf(at, around.zone);
  return {
    chain: around.chain,
    desc: desc.trim(),
    trigger: {
      once,
      ...(repeat === '' ? {} : { repeat }),
      ...(segment
        ? {
            segment: {
              ...{ entity: 'people', index: segment.index, join: segment.join, chain_id: around.chain },
              rules: segment.rules.map(ruleOf),
            },
          }
        : {}),
    },
    target: { action: 'export', export_index: index, export_format: format },
  };
}

function ruleOf({ field, operator, operands }: RuleDraft) {
  const { type, operands: names } = RULE_OPERATORS[operator];
  const values = names.map((name: Operand) => [name, operandValue(name, operands[name] ?? '')]);
  return {
    ...{ field_name: field.trim(), field_type: type, operator },
    ...(operator === 'relative_less_than' ? { time_factor: 'day' } : {}),
    ...Object.fromEntries(values),
  };
}

const NUMBERS: readonly Operand[] = ['min', 'max', 'time_amount'];

/** A text that is no number is sent as it is, so that the server says what is wrong. */
function operandValue(name: Operand, text: string): string | number | ExactNumber {
  return (NUMBERS.includes(name) ? parseNumber(text) : undefined) ?? text;
}

/** Returns the number of a field with all its digits. Fields accept `007` and `.5`, which JSON does not. */
function parseNumber(text: string): number | ExactNumber | undefined {
  const json = text
    .trim()
    .replace(/^(-?)0*(\d|(?=\.\d))/, (_, sign: string, digit: string) => `${sign}${digit || '0'}`);
  const value = parseExactly(json)?.value;
  return typeof value === 'number' || value instanceof ExactNumber ? value : undefined;
}

const utcText = (time: number) => `${new Date(time).toISOString().slice(0, 19)}Z`;

/**
 * Returns a date and time of a field with the offset of the zone, which a series keeps.
 * @param text such as `2026-06-01T09:00`
 */
export function onceOf(text: string, zone: Zone): string {
  const whole = /T\d\d:\d\d$/.test(text) ? `${text}:00` : text;
  if (zone === 'UTC') return `${whole}Z`;
  const offset = -new Date(whole).getTimezoneOffset();
  if (Number.isNaN(offset)) return whole;
  const pad = (value: number) => String(value).padStart(2, '0');
  const minutes = Math.abs(offset);
  return `${whole}${offset < 0 ? '-' : '+'}${pad(Math.floor(minutes / 60))}:${pad(minutes % 60)}`;
}
