import { CopyButton } from '../components/copy-button.tsx';

/** What the form sends. The credentials are a placeholder. */
export function RequestPreview({ body, command }: { body: string; command: string }) {
  return (
    <section class="preview" aria-labelledby="preview-title">
      <h2 id="preview-title">The request</h2>
      <h3>
        Body of POST /tasks <CopyButton value={body} label="the body" />
      </h3>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: a part that scrolls needs the focus of the keyboard. */}
      <pre tabIndex={0}>{body}</pre>
      <h3>
        The same with curl <CopyButton value={command} label="the command" />
      </h3>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: a part that scrolls needs the focus of the keyboard. */}
      <pre tabIndex={0}>{command}</pre>
    </section>
  );
}
