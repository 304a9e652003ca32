import { useEffect, useState } from 'preact/hooks';
import { announce } from '../lib/announce.ts';
import { copyText } from '../lib/clipboard.ts';

const SHOWN_MS = 2000;

/** Copies a whole value. @param label names the value, for people who cannot see it next to the button */
export function CopyButton({ value, label }: { value: string; label: string }) {
  const [result, setResult] = useState('');
  useEffect(() => {
    if (result === '') return;
    const timer = setTimeout(() => setResult(''), SHOWN_MS);
    return () => clearTimeout(timer);
  }, [result]);
  async function copy(button: HTMLElement): Promise<void> {
    const text = (await copyText(value, button)) ? 'Copied' : 'Could not copy';
    announce(text);
    setResult(text);
  }
  return (
    <button
      type="button"
      class="copy"
      title="Copy"
      aria-label={result || `Copy ${label}`}
      data-copy={value}
      onClick={({ currentTarget }) => void copy(currentTarget)}
    >
      {result === 'Could not copy' ? result : <CopyIcon isDone={result !== ''} />}
    </button>
  );
}

function CopyIcon({ isDone }: { isDone: boolean }) {
  return (
    <svg viewBox="0 0 16 16" class="icon" aria-hidden="true">
      {isDone ? <path d="M3 8.5l3.5 3.5L13 4.5" /> : <path d="M5.5 5.5h8v8h-8zM10.5 2.5h-8v8" />}
    </svg>
  );
}
