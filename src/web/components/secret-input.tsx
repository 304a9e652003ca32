interface SecretInputProps {
  id: string;
  value: string;
  placeholder?: string | undefined;
  /** The id of a hint. */
  describedBy?: string;
  isRequired?: boolean;
  /** Receives the text without white space around it. */
  onInput(value: string): void;
}

/** A field for a secret. It is no password field, because the browser would offer to store it. The style masks it. */
export function SecretInput({
  id,
  value,
  placeholder,
  describedBy,
  isRequired = false,
  onInput,
}: SecretInputProps) {
  return (
    <input
      id={id}
      class="secret"
      type="text"
      autocomplete="off"
      autocapitalize="off"
      spellcheck={false}
      aria-describedby={describedBy}
      required={isRequired}
      placeholder={placeholder}
      value={value}
      onInput={({ currentTarget }) => onInput(currentTarget.value.trim())}
    />
  );
}
