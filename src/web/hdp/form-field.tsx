interface FieldProps {
  id: string;
  label: string;
  hint: string;
  value: string;
  problem: string | undefined;
  /** Lines of a text area. Default: one line. */
  rows?: number;
  /** The id of a list of suggestions. */
  list?: string;
  isRequired?: boolean;
  onInput(value: string): void;
}

/** A text field with its label, a hint, and what is wrong with its value. */
export function Field({ id, label, hint, value, problem, rows, list, isRequired, onInput }: FieldProps) {
  const shared = {
    ...{ id, value, spellcheck: false, required: isRequired ?? false },
    'aria-invalid': problem !== undefined,
    'aria-describedby': `${id}-hint`,
  };
  return (
    <div class="field">
      <label for={id}>{label}</label>
      {rows === undefined ? (
        <input
          {...shared}
          type="text"
          autocomplete="off"
          list={list}
          onInput={({ currentTarget }) => onInput(currentTarget.value)}
        />
      ) : (
        <textarea {...shared} rows={rows} onInput={({ currentTarget }) => onInput(currentTarget.value)} />
      )}
      <p id={`${id}-hint`} class={problem === undefined ? 'hint' : 'problem'}>
        {problem ?? hint}
      </p>
    </div>
  );
}
