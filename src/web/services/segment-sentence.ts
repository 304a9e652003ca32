/** A segment of a trigger (contract A4) as a sentence. Rules are free JSON, so that each member may be anything. */
import { RULE_OPERATORS, type RuleOperator } from '../../exports/operators.ts';
import { ExactNumber } from '../lib/json-source.ts';
import { memberText, shorten } from './task-words.ts';

type Free = Readonly<Record<string, unknown>>;

/** The page shows all rules as JSON. */
const MAX_SHOWN_RULES = 20;
const MAX_VALUE_LENGTH = 80;

const isObject = (value: unknown): value is Free =>
  typeof value === 'object' && value !== null && !Array.isArray(value) && !(value instanceof ExactNumber);

/**
 * Returns a segment as a sentence such as `People for whom all of: country is DE; last visit less than 30 days ago.`
 * @returns undefined if it has no rules that can be read
 */
export function segmentSentence(segment: unknown): string | undefined {
  if (!isObject(segment) || !Array.isArray(segment.rules) || segment.rules.length === 0) return undefined;
  const rules: readonly unknown[] = segment.rules;
  if (!rules.every(isObject)) return undefined;
  const shown = rules.slice(0, MAX_SHOWN_RULES).map(ruleWords);
  const rest = rules.length - shown.length;
  if (rest > 0) shown.push(`and ${rest} more ${rest === 1 ? 'rule' : 'rules'}`);
  const join = rules.length === 1 ? '' : segment.join === 'any' ? 'any of: ' : 'all of: ';
  return `People for whom ${join}${shown.join('; ')}.`;
}

const OPERATOR_WORDS: Readonly<Record<RuleOperator, (rule: Free) => string>> = {
  is: (rule) => `is ${operand(rule, 'value')}`,
  is_not: (rule) => `is not ${operand(rule, 'value')}`,
  contains: (rule) => `contains ${operand(rule, 'value')}`,
  does_not_contain: (rule) => `does not contain ${operand(rule, 'value')}`,
  is_between_number: (rule) => `is from ${operand(rule, 'min')} to ${operand(rule, 'max')}`,
  is_date: (rule) => `is on ${operand(rule, 'value')}`,
  is_after_date: (rule) => `is after ${operand(rule, 'start_date', 'value')}`,
  is_before_date: (rule) => `is before ${operand(rule, 'end_date', 'value')}`,
  is_between_date: (rule) => `is from ${operand(rule, 'start_date')} to ${operand(rule, 'end_date')}`,
  relative_less_than: (rule) => {
    const amount = operand(rule, 'time_amount');
    const unit = memberText(rule, 'time_factor') ?? 'day';
    return `less than ${amount} ${unit}${amount === '1' ? '' : 's'} ago`;
  },
};

const isOperator = (name: string): name is RuleOperator => Object.hasOwn(RULE_OPERATORS, name);

function ruleWords(rule: Free): string {
  const field = shorten(memberText(rule, 'field_name') ?? 'a field without a name', MAX_VALUE_LENGTH);
  const operator = memberText(rule, 'operator') ?? '';
  const words = isOperator(operator)
    ? OPERATOR_WORDS[operator](rule)
    : `${shorten(spaced(operator), MAX_VALUE_LENGTH) || 'meets'} ${operand(rule, 'value')}`;
  return `${spaced(field)} ${words}`;
}

const spaced = (name: string) => name.replaceAll('_', ' ');

/** Returns the first member that is there. A text is quoted if it could be taken for a part of the sentence. */
function operand(rule: Free, ...names: readonly string[]): string {
  const text = names.map((name) => memberText(rule, name)).find((value) => value !== undefined);
  if (text === undefined) return '(nothing)';
  const short = shorten(text, MAX_VALUE_LENGTH);
  return /^[\p{L}\p{N}.:+-]+…?$/u.test(short) ? short : `“${short}”`;
}
