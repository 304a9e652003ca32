import { useState } from 'preact/hooks';
import type { ExportIndex } from '../../exports/indexes.ts';
import { type Operand, RULE_OPERATORS, type RuleOperator } from '../../exports/operators.ts';
import type { RuleDraft } from './export-draft.ts';
import { isKnownColumn } from './known-columns.ts';
import { SelectField } from './select-field.tsx';

interface RuleFieldsProps {
  rule: RuleDraft;
  name: string;
  /** The id of the list with suggestions for the column. */
  columnsId: string;
  /** The index that has the column. */
  index: ExportIndex;
  onChange(rule: RuleDraft): void;
  /** Undefined for the only rule. */
  onRemove?(): void;
}

const OPERATORS = Object.keys(RULE_OPERATORS).filter((name): name is RuleOperator =>
  Object.hasOwn(RULE_OPERATORS, name),
);

interface OperandField {
  label: string;
  input: { type: 'text' } | { type: 'date' } | { type: 'number'; min?: number; step: number | 'any' };
}

const OPERAND_FIELDS: Readonly<Record<Operand, OperandField>> = {
  value: { label: 'Value', input: { type: 'text' } },
  start_date: { label: 'Start', input: { type: 'date' } },
  end_date: { label: 'End', input: { type: 'date' } },
  time_amount: { label: 'Days', input: { type: 'number', min: 1, step: 1 } },
  min: { label: 'From', input: { type: 'number', step: 'any' } },
  max: { label: 'To', input: { type: 'number', step: 'any' } },
};

/** The value of an operator for dates is a day. */
const fieldOf = (operand: Operand, operator: RuleOperator): OperandField =>
  operand === 'value' && RULE_OPERATORS[operator].type === 'date'
    ? { label: 'Day', input: { type: 'date' } }
    : OPERAND_FIELDS[operand];

/** Returns undefined if there is nothing to warn of. The server says which columns its data has when the export runs. */
const columnWarning = (index: ExportIndex, column: string): string | undefined =>
  column === '' || isKnownColumn(index, column)
    ? undefined
    : `The demo data has no column “${column}” in ${index}. If the data of this server has none either, the export ends in ERROR.`;

export function RuleFields({ rule, name, columnsId, index, onChange, onRemove }: RuleFieldsProps) {
  const { field, operator, operands } = rule;
  /** A name is judged when it is complete, not while it is typed. */
  const [complete, setComplete] = useState(field);
  const warning = field === complete ? columnWarning(index, field.trim()) : undefined;
  const warningId = `${columnsId}-${rule.key}`;
  return (
    <fieldset class="rule">
      <legend>{name}</legend>
      <label class="field">
        Column
        <input
          required
          list={columnsId}
          autocomplete="off"
          aria-describedby={warningId}
          value={field}
          onChange={({ currentTarget }) => setComplete(currentTarget.value)}
          onInput={({ currentTarget }) => onChange({ ...rule, field: currentTarget.value })}
        />
      </label>
      <SelectField
        label="Operator"
        value={operator}
        choices={OPERATORS}
        wordsOf={(one) => one.replaceAll('_', ' ')}
        onChange={(changed) => onChange({ ...rule, operator: changed })}
      />
      {RULE_OPERATORS[operator].operands.map((operand: Operand) => {
        const { label, input } = fieldOf(operand, operator);
        return (
          <label key={`${operand} ${input.type}`} class="field">
            {label}
            <input
              {...input}
              required={input.type !== 'text'}
              value={operands[operand] ?? ''}
              onInput={({ currentTarget }) =>
                onChange({ ...rule, operands: { ...operands, [operand]: currentTarget.value } })
              }
            />
          </label>
        );
      })}
      <p class="rule-warning" id={warningId} role="status">
        {warning}
      </p>
      {onRemove && (
        <button type="button" onClick={onRemove}>
          Remove<span class="visually-hidden"> {name}</span>
        </button>
      )}
    </fieldset>
  );
}
