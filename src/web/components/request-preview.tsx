import { CodeBlock } from './code-block.tsx';

/** The request that a form sends. @param command the same for a shell, with placeholders for the credentials */
export function RequestPreview({ body, command }: { body: string; command: string }) {
  return (
    <section class="preview" aria-labelledby="preview-title">
      <h2 id="preview-title">The request</h2>
      <CodeBlock label="Body of POST /tasks" code={body} />
      <CodeBlock label="The same with curl" code={command} />
      <p class="hint">The Idempotency-Key makes sure that a request sent twice creates one task.</p>
    </section>
  );
}
