/** The rules that select people. Without a segment, all rows of the chain are exported. */
import { JOINS, MAX_RULES } from '../../exports/operators.ts';
import type { ExportDraft, RuleDraft } from './export-draft.ts';
import { INDEX_NAMES } from './index-names.ts';
import { KNOWN_COLUMNS } from './known-columns.ts';
import { RuleFields } from './rule-fields.tsx';
import { SelectField } from './select-field.tsx';

interface SegmentFieldsProps {
  draft: ExportDraft;
  change(changes: Partial<ExportDraft>): void;
}

const JOIN_WORDS = { all: 'all of the rules', any: 'any of the rules' };
const COLUMNS_ID = 'segment-columns';

export function SegmentFields({ draft: { segment }, change }: SegmentFieldsProps) {
  return (
    <fieldset class="segment">
      <legend>People</legend>
      <label class="check">
        <input
          type="checkbox"
          checked={segment !== undefined}
          onChange={({ currentTarget }) =>
            change({
              segment: currentTarget.checked
                ? { index: 'users', join: 'all', rules: [newRule([])] }
                : undefined,
            })
          }
        />
        Only rows of people who meet rules
      </label>
      {segment && <Rules segment={segment} set={(changed) => change({ segment: changed })} />}
    </fieldset>
  );
}

function newRule(others: readonly RuleDraft[]): RuleDraft {
  const key = Math.max(0, ...others.map((rule) => rule.key)) + 1;
  return { key, field: '', operator: 'is', operands: {} };
}

type Segment = NonNullable<ExportDraft['segment']>;

interface RulesProps {
  segment: Segment;
  set(segment: Segment): void;
}

function Rules({ segment, set }: RulesProps) {
  const { rules } = segment;
  const setRules = (changed: readonly RuleDraft[]) => set({ ...segment, rules: changed });
  return (
    <>
      <div class="field-row">
        <SelectField
          label="Columns of"
          value={segment.index}
          choices={INDEX_NAMES}
          onChange={(index) => set({ ...segment, index })}
        />
        <SelectField
          label="People meet"
          value={segment.join}
          choices={JOINS}
          wordsOf={(join) => JOIN_WORDS[join]}
          onChange={(join) => set({ ...segment, join })}
        />
      </div>
      <datalist id={COLUMNS_ID}>
        {KNOWN_COLUMNS[segment.index].map((column) => (
          <option key={column} value={column} />
        ))}
      </datalist>
      {rules.map((rule, at) => (
        <RuleFields
          key={rule.key}
          rule={rule}
          name={`Rule ${at + 1}`}
          columnsId={COLUMNS_ID}
          index={segment.index}
          onChange={(changed) => setRules(rules.map((one) => (one.key === rule.key ? changed : one)))}
          {...(rules.length > 1
            ? { onRemove: () => setRules(rules.filter(({ key }) => key !== rule.key)) }
            : {})}
        />
      ))}
      <button
        type="button"
        disabled={rules.length >= MAX_RULES}
        onClick={() => setRules([...rules, newRule(rules)])}
      >
        Add a rule
      </button>
    </>
  );
}
