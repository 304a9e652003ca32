import { REPEATS } from '../../runner/repeats.ts';
import { useSettings } from '../lib/settings.ts';
import { zoneName } from '../lib/time.ts';
import type { ExportDraft } from './export-draft.ts';
import { SelectField } from './select-field.tsx';

interface DraftFieldsProps {
  draft: ExportDraft;
  change(changes: Partial<ExportDraft>): void;
}

/** When the export runs. The time is in the zone of all times of the page. */
export function ScheduleFields({ draft, change }: DraftFieldsProps) {
  const { zone } = useSettings();
  return (
    <div class="field-row">
      <div>
        <label class="field">
          First run
          <input
            type="datetime-local"
            aria-describedby="at-hint"
            value={draft.at}
            onInput={({ currentTarget }) => change({ at: currentTarget.value })}
          />
        </label>
        <p class="hint" id="at-hint">
          In {zoneName(zone)}. Without a time, it runs as soon as possible.
        </p>
      </div>
      <SelectField
        label="Repeat"
        value={draft.repeat}
        choices={['', ...REPEATS]}
        wordsOf={(repeat) => repeat || 'once'}
        onChange={(repeat) => change({ repeat })}
      />
    </div>
  );
}
