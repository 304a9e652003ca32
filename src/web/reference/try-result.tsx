/** What came back: status, time, headers and body. */

import { useState } from 'preact/hooks';
import { CodeBlock } from '../components/code-block.tsx';
import { LiveRegion } from '../components/live-region.tsx';
import { layOutJson } from '../lib/json-source.ts';
import { saveFile } from '../lib/save-file.ts';
import { formatDuration } from '../lib/time.ts';
import type { ApiOutcome, Outcome } from './use-sender.ts';

interface ResultProps {
  outcome: Outcome | undefined;
  isSending: boolean;
}

export function TryResult({ outcome, isSending }: ResultProps) {
  const answer = outcome?.kind === 'answered' ? outcome.answer : undefined;
  return (
    <div class="result">
      <LiveRegion text={isSending ? 'Sending…' : outcome ? headline(outcome) : ''} />
      {answer && !isSending && (
        <>
          <details class="nested">
            <summary>{answer.headers.length} headers</summary>
            <CodeBlock
              label="Response headers"
              code={answer.headers.map(([name, value]) => `${name}: ${value}`).join('\n')}
            />
          </details>
          <ResultBody answer={answer} />
        </>
      )}
    </div>
  );
}

function headline(outcome: Outcome): string {
  if (outcome.kind === 'failed') return `No response: ${outcome.message}`;
  const { status, statusText, milliseconds } = outcome.answer;
  return `${status}${statusText && ` ${statusText}`} in ${formatDuration(milliseconds)}`;
}

/** A larger body enters the page only when asked for. */
const MAX_SHOWN = 100_000;

function ResultBody({ answer }: { answer: ApiOutcome }) {
  const [shown, setShown] = useState<ApiOutcome>();
  const { text, body, type } = answer;
  if (body.size === 0) return <p>The body is empty.</p>;
  const isShown = text !== undefined && (body.size <= MAX_SHOWN || shown === answer);
  return (
    <>
      {isShown && <CodeBlock label="Response body" code={/json/.test(type) ? layOutJson(text) : text} />}
      {!isShown && (
        <p>
          The body has {body.size.toLocaleString('en')} bytes of <code>{type}</code>.
        </p>
      )}
      {text !== undefined && !isShown && (
        <button type="button" onClick={() => setShown(answer)}>
          Show the body
        </button>
      )}
      {!isShown && (
        <button type="button" onClick={() => saveFile('body', body.type, body)}>
          Save the body
        </button>
      )}
    </>
  );
}
