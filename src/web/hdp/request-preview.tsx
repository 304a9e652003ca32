import { CopyButton } from '../components/copy-button.tsx';
import { curlOf } from './new-task.ts';

/** The request that the form sends. */
export function RequestPreview({ body, idempotencyKey }: { body: string; idempotencyKey: string }) {
  return (
    <aside class="preview" aria-label="The request">
      <Block title="JSON body" text={body} label="the JSON body" />
      <Block
        title="The same with curl"
        text={curlOf(location.origin, body, idempotencyKey)}
        label="the curl command"
      />
      <p class="hint">The Idempotency-Key makes sure that a request sent twice creates one task.</p>
    </aside>
  );
}

function Block({ title, text, label }: { title: string; text: string; label: string }) {
  return (
    <section>
      <h2>
        {title} <CopyButton value={text} label={label} />
      </h2>
      {/* It scrolls, so the keyboard must reach it. */}
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: a scrolling region. */}
      <pre tabIndex={0}>{text}</pre>
    </section>
  );
}
