import { useState } from 'preact/hooks';

interface LongTextProps {
  text: string;
  /** A longer text enters the page as a whole only when it is asked for. */
  maxLength?: number;
}

/** A text of the API with its line ends, isolated from the direction of its surroundings. */
export function LongText({ text, maxLength = 5000 }: LongTextProps) {
  const [isWhole, setWhole] = useState(false);
  const isCut = !isWhole && text.length > maxLength;
  return (
    <>
      <bdi class="long-text">{isCut ? `${text.slice(0, maxLength)}…` : text}</bdi>
      {isCut && (
        <button type="button" onClick={() => setWhole(true)}>
          Show all {text.length.toLocaleString('en')} characters
        </button>
      )}
    </>
  );
}
