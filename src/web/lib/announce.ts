/** Sentences about what has just happened, such as that a copy succeeded. */
import { useEffect, useState } from 'preact/hooks';

const listeners = new Set<(sentence: string) => void>();

/** Says and shows a sentence once. */
export function announce(sentence: string): void {
  for (const listener of listeners) listener(sentence);
}

/** How long a sentence is shown. Screen readers have begun to read it by then. */
const SHOWN_MS = 3000;

/** Returns the sentence of the moment, for an element with the role `status`. */
export function useAnnounced(): string {
  const [sentence, setSentence] = useState('');
  useEffect(() => {
    listeners.add(setSentence);
    return () => void listeners.delete(setSentence);
  }, []);
  useEffect(() => {
    const timer = setTimeout(() => setSentence(''), SHOWN_MS);
    return () => clearTimeout(timer);
  }, [sentence]);
  return sentence;
}
