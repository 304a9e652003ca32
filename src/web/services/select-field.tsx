interface SelectFieldProps<Choice extends string> {
  label: string;
  value: string;
  choices: readonly Choice[];
  /** Returns the words of a choice. Default: the choice. */
  wordsOf?(choice: Choice): string;
  onChange(choice: Choice): void;
}

/** One of several values. */
export function SelectField<Choice extends string>(props: SelectFieldProps<Choice>) {
  const { label, value, choices, wordsOf = (choice) => choice, onChange } = props;
  return (
    <label class="field">
      {label}
      <select
        value={value}
        onChange={({ currentTarget }) => {
          const choice = choices.find((one) => one === currentTarget.value);
          if (choice !== undefined) onChange(choice);
        }}
      >
        {choices.map((choice) => (
          <option key={choice} value={choice}>
            {wordsOf(choice)}
          </option>
        ))}
      </select>
    </label>
  );
}
