/** The operators of a segment's rules (contract A4). Free of other modules, because the pages read it too. */

/** The member or members of a rule that an operator compares with. */
export type Operand = 'value' | 'start_date' | 'end_date' | 'time_amount' | 'min' | 'max';

interface OperatorShape {
  /** The `field_type` that the operator supports. */
  type: 'keyword' | 'date';
  operands: readonly Operand[];
}

export const RULE_OPERATORS = {
  is: { type: 'keyword', operands: ['value'] },
  is_not: { type: 'keyword', operands: ['value'] },
  contains: { type: 'keyword', operands: ['value'] },
  does_not_contain: { type: 'keyword', operands: ['value'] },
  is_between_number: { type: 'keyword', operands: ['min', 'max'] },
  is_date: { type: 'date', operands: ['value'] },
  is_after_date: { type: 'date', operands: ['start_date'] },
  is_before_date: { type: 'date', operands: ['end_date'] },
  is_between_date: { type: 'date', operands: ['start_date', 'end_date'] },
  /** With `time_factor` "day". */
  relative_less_than: { type: 'date', operands: ['time_amount'] },
} as const satisfies Record<string, OperatorShape>;

export type RuleOperator = keyof typeof RULE_OPERATORS;

export const JOINS = ['all', 'any'] as const;

/** Contract A4. */
export const MAX_RULES = 100;

/** The values of `target.export_format`. */
export const EXPORT_FORMAT_NAMES = ['csv', 'json'] as const;
