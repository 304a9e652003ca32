import { CopyButton } from './copy-button.tsx';
import { ScrollBox } from './scroll-box.tsx';

/** Code in a box of limited height, with a copy button. @param label names it, without an article */
export function CodeBlock({ label, code }: { label: string; code: string }) {
  return (
    <figure class="code">
      <figcaption>
        {label}
        <CopyButton value={code} label={label} />
      </figcaption>
      <ScrollBox as="pre">{code}</ScrollBox>
    </figure>
  );
}
