/** The API key that the reader has typed. It is kept in the memory of this tab alone, and never stored. */
import { useEffect, useState } from 'preact/hooks';
import { SecretInput } from '../components/secret-input.tsx';

let key = '';
const listeners = new Set<(changed: string) => void>();

function changeKey(changed: string): void {
  key = changed;
  for (const listener of listeners) listener(changed);
}

/** Returns the API key, and renders again when it changes. */
export function useApiKey(): string {
  const [current, setCurrent] = useState(key);
  useEffect(() => {
    listeners.add(setCurrent);
    setCurrent(key);
    return () => void listeners.delete(setCurrent);
  }, []);
  return current;
}

export function ApiKeyField() {
  const value = useApiKey();
  return (
    <div class="field">
      <label for="api-key">API key</label>
      <div class="field-row">
        <SecretInput id="api-key" value={value} describedBy="api-key-hint" isRequired onInput={changeKey} />
        {value !== '' && (
          <button type="button" onClick={() => changeKey('')}>
            Forget
          </button>
        )}
      </div>
      <p id="api-key-hint" class="hint">
        The key of a client. It is not stored: this tab forgets it when it is closed or loaded again.
      </p>
    </div>
  );
}
