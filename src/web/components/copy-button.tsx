import { useState } from 'preact/hooks';
import { copyText } from '../lib/clipboard.ts';

const SHOWN_MS = 2000;

/** Copies a whole value. @param label names the value, for people who cannot see it next to the button */
export function CopyButton({ value, label }: { value: string; label: string }) {
  const [result, setResult] = useState('');
  async function copy(button: HTMLElement): Promise<void> {
    setResult((await copyText(value, button)) ? 'Copied' : 'Could not copy');
    setTimeout(() => setResult(''), SHOWN_MS);
  }
  return (
    <button
      type="button"
      class="copy"
      aria-label={result || `Copy ${label}`}
      data-copy={value}
      onClick={({ currentTarget }) => void copy(currentTarget)}
    >
      {result || 'Copy'}
    </button>
  );
}
