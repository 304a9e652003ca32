/** What all parts of the reference share: the document, and the credentials of the page. */
import { createContext } from 'preact';
import { useContext } from 'preact/hooks';
import type { ApiDocument } from './document.ts';
import type { Credentials } from './request.ts';

interface Reference {
  document: ApiDocument;
  /** What was typed. */
  credentials: Credentials;
  /** Sent with requests: what was typed or, if that is nothing, the credentials of the session. */
  sent: Credentials;
  hasSession: boolean;
  setCredential(scheme: string, value: string): void;
}

export const ReferenceContext = createContext<Reference | undefined>(undefined);

export function useReference(): Reference {
  const reference = useContext(ReferenceContext);
  if (!reference) throw new Error('The parts of the reference need its context.');
  return reference;
}
