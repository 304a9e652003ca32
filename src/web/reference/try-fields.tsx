/** The fields of a request: one for each parameter, and the body. */
import { useReference } from './context.ts';
import type { Parameter } from './document.ts';
import { bodyExamples, givenText } from './example-value.ts';
import { type Endpoint, resolve } from './outline.ts';
import { bodyTypeOf, type FormValues, parameterKey } from './request.ts';

interface FieldsProps {
  endpoint: Endpoint;
  values: FormValues;
  onChange(values: FormValues): void;
}

export function TryFields({ endpoint, values, onChange }: FieldsProps) {
  const { parameters, body } = values;
  return (
    <>
      {endpoint.parameters.map((parameter) => {
        const key = parameterKey(parameter);
        return (
          <ParameterField
            key={key}
            id={`try-${endpoint.id}-${key}`}
            parameter={parameter}
            value={parameters[key] ?? ''}
            onChange={(value) => onChange({ body, parameters: { ...parameters, [key]: value } })}
          />
        );
      })}
      {body !== undefined && (
        <BodyField
          endpoint={endpoint}
          value={body}
          onChange={(changed) => onChange({ parameters, body: changed })}
        />
      )}
    </>
  );
}

interface ParameterFieldProps {
  id: string;
  parameter: Parameter;
  value: string;
  onChange(value: string): void;
}

function ParameterField({ id, parameter, value, onChange }: ParameterFieldProps) {
  const { document } = useReference();
  const { name, in: location, required = false } = parameter;
  const schema = parameter.schema && resolve(document, parameter.schema);
  const choices = schema?.enum?.map(String) ?? (schema?.type === 'boolean' ? ['true', 'false'] : undefined);
  const isNumber = schema?.type === 'integer' || schema?.type === 'number';
  return (
    <div class="field">
      <label for={id}>
        <code>{name}</code> <span class="note">{required ? `${location}, required` : location}</span>
      </label>
      {choices ? (
        <select id={id} value={value} onChange={({ currentTarget }) => onChange(currentTarget.value)}>
          {!required && <option value="">not sent</option>}
          {choices.map((choice) => (
            <option key={choice} value={choice}>
              {choice}
            </option>
          ))}
        </select>
      ) : (
        <input
          {...{ id, value, required }}
          inputMode={isNumber ? 'numeric' : 'text'}
          autocomplete="off"
          spellcheck={false}
          placeholder={givenText(document, parameter)}
          onInput={({ currentTarget }) => onChange(currentTarget.value)}
        />
      )}
    </div>
  );
}

const MAX_ROWS = 18;

function BodyField({
  endpoint,
  value,
  onChange,
}: Pick<ParameterFieldProps, 'value' | 'onChange'> & { endpoint: Endpoint }) {
  const { document } = useReference();
  const type = bodyTypeOf(document, endpoint) ?? '';
  const body = endpoint.operation.requestBody && resolve(document, endpoint.operation.requestBody);
  const media = body?.content?.[type];
  const examples = media ? bodyExamples(document, media) : [];
  return (
    <>
      {examples.length > 1 && (
        <label class="field">
          <span>Example</span>
          <select
            onChange={({ currentTarget }) =>
              onChange(JSON.stringify(examples[currentTarget.selectedIndex]?.value, null, 2))
            }
          >
            {examples.map(({ name }) => (
              <option key={name}>{name}</option>
            ))}
          </select>
        </label>
      )}
      <label class="field">
        <span>
          Body <span class="note">{type}</span>
        </span>
        <textarea
          rows={Math.min(value.split('\n').length + 1, MAX_ROWS)}
          spellcheck={false}
          value={value}
          onInput={({ currentTarget }) => onChange(currentTarget.value)}
        />
      </label>
    </>
  );
}
