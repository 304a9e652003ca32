/** Descriptions: their little markdown becomes elements and text nodes, never markup. */
import { type Block, parseMarkdown, type Span } from './markdown.ts';

export function Text({ text }: { text: string | undefined }) {
  if (!text) return null;
  return (
    <div class="description">
      {parseMarkdown(text).map((block, i) => (
        <BlockView key={`${i}`} block={block} />
      ))}
    </div>
  );
}

function BlockView({ block }: { block: Block }) {
  if (block.kind === 'paragraph') return <p>{spans(block.spans)}</p>;
  return (
    <ul>
      {block.items.map((item, i) => (
        <li key={`${i}`}>{spans(item)}</li>
      ))}
    </ul>
  );
}

/** A short description within a line. */
export const InlineText = ({ text }: { text: string }) => (
  <>
    {parseMarkdown(text).map((block) =>
      block.kind === 'paragraph' ? spans(block.spans) : block.items.map(spans),
    )}
  </>
);

const spans = (parts: readonly Span[]) =>
  parts.map(({ text, kind }) => {
    if (kind === 'text') return text;
    return kind === 'code' ? <code>{text}</code> : <strong>{text}</strong>;
  });

/** A link to another site, if the address is one of the web or of a mailbox. */
export function OuterLink({ href, label = href }: { href: string; label?: string | undefined }) {
  if (!/^(https?:\/\/|mailto:)/i.test(href)) return <span>{label}</span>;
  return (
    <a href={href} rel="noreferrer">
      {label}
    </a>
  );
}
