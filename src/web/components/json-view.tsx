/** JSON as a tree that opens level by level, with the exact text to copy and to save. */
import { useMemo, useState } from 'preact/hooks';
import { copyText } from '../lib/clipboard.ts';
import { parseExactly } from '../lib/json-source.ts';
import { saveFile } from '../lib/save-file.ts';
import { formatSize } from '../lib/size.ts';
import { JsonMembers } from './json-tree.tsx';

/** A longer text enters the page only when it is asked for. */
const MAX_SHOWN_LENGTH = 100_000;

interface JsonViewProps {
  /** The JSON as it came from the server. */
  text: string;
  /** Names the value, such as `trigger of task 12345`. */
  label: string;
  fileName: string;
}

export function JsonView({ text, label, fileName }: JsonViewProps) {
  const [isAsked, setAsked] = useState(false);
  const isShown = isAsked || text.length <= MAX_SHOWN_LENGTH;
  return (
    <div class="json">
      <div class="json-bar">
        <span class="json-size">{formatSize(text.length)}</span>
        {!isShown && (
          <button type="button" onClick={() => setAsked(true)}>
            Show<span class="visually-hidden"> the {label}</span>
          </button>
        )}
        <CopyText text={text} label={label} />
        <button type="button" onClick={() => saveFile(fileName, 'application/json', text)}>
          Save<span class="visually-hidden"> the {label} as it came</span>
        </button>
      </div>
      {isShown && <Tree text={text} />}
    </div>
  );
}

function Tree({ text }: { text: string }) {
  const parsed = useMemo(() => parseExactly(text), [text]);
  return parsed ? <JsonMembers value={parsed.value} /> : <pre class="json-raw">{text}</pre>;
}

/** Copies a text that the page does not hold. */
function CopyText({ text, label }: { text: string; label: string }) {
  const [result, setResult] = useState('');
  async function copy(button: HTMLElement): Promise<void> {
    setResult((await copyText(text, button)) ? 'Copied' : 'Could not copy');
    setTimeout(() => setResult(''), 2000);
  }
  return (
    <button type="button" onClick={({ currentTarget }) => void copy(currentTarget)}>
      {result || 'Copy'}
      <span class="visually-hidden"> the {label}</span>
    </button>
  );
}
