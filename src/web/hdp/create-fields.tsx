import { SCHEDULE_MODES } from '../../db/model/statuses.ts';
import { chainName, KNOWN_CHAINS } from './chains.ts';
import { Field } from './form-field.tsx';
import type { NewTaskFields, Problems } from './new-task.ts';

interface CreateFieldsProps {
  fields: NewTaskFields;
  problems: Problems;
  onChange(fields: NewTaskFields): void;
}

export function CreateFields({ fields, problems, onChange }: CreateFieldsProps) {
  const change = (name: keyof NewTaskFields) => (value: string) => onChange({ ...fields, [name]: value });
  const field = (name: keyof NewTaskFields) => ({
    ...{ id: name, value: fields[name], problem: problems[name], onInput: change(name) },
  });
  return (
    <>
      <Field
        {...field('chain')}
        label="Destination chain"
        hint={chainName(fields.chain.trim()) ?? 'A hex or decimal chain id.'}
        list="known-chains"
        isRequired
      />
      <datalist id="known-chains">
        {KNOWN_CHAINS.map(({ id, name }) => (
          <option key={id} value={id}>
            {name}
          </option>
        ))}
      </datalist>
      <Field {...field('input')} label="Input" hint="A JSON object for the processor." rows={5} isRequired />
      <Field {...field('programHash')} label="Program hash" hint="Optional." />
      <Field {...field('programName')} label="Program name" hint="Optional." />
      <div class="field">
        <label for="scheduleMode">Schedule mode</label>
        <select
          id="scheduleMode"
          value={fields.scheduleMode}
          onChange={({ currentTarget }) => change('scheduleMode')(currentTarget.value)}
        >
          <option value="">Not set</option>
          {SCHEDULE_MODES.map((mode) => (
            <option key={mode} value={mode}>
              {mode}
            </option>
          ))}
        </select>
      </div>
      <Field
        {...field('webhookUrl')}
        label="Webhook URL"
        hint="Optional. It receives one POST when the task ends."
      />
      <Field {...field('taskInputs')} label="Task inputs" hint="Optional. A JSON object." rows={3} />
    </>
  );
}
