import { CopyButton } from '../components/copy-button.tsx';

/** Code that wraps nowhere: it scrolls within its box, by the keyboard too. @param label names it, without an article */
export function CodeBlock({ label, code }: { label: string; code: string }) {
  return (
    <figure class="code">
      <figcaption>
        {label}
        <CopyButton value={code} label={label} />
      </figcaption>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: a box that scrolls must take the focus (WCAG 2.1.1). */}
      <pre tabIndex={0}>{code}</pre>
    </figure>
  );
}
