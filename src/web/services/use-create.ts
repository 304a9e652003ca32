import { useRef, useState } from 'preact/hooks';
import { navigate } from '../lib/location.ts';
import { useIsShown } from '../lib/use-is-shown.ts';
import { newIdempotencyKey } from './create-command.ts';
import { sendSigned } from './session.ts';

/** Creates a task once, however often it is asked to, and shows it. A repeated request with the same body has the same key. */
export function useCreate(body: string) {
  const [isSending, setSending] = useState(false);
  const [error, setError] = useState('');
  const isShown = useIsShown();
  const isUnderWay = useRef(false);
  const keyed = useRef({ body: '', key: '' });
  if (keyed.current.body !== body) keyed.current = { body, key: newIdempotencyKey() };
  const { key } = keyed.current;

  async function create(): Promise<void> {
    if (isUnderWay.current) return;
    isUnderWay.current = true;
    setSending(true);
    setError('');
    const headers = { 'Content-Type': 'application/json', 'Idempotency-Key': key };
    const answer = await sendSigned('/tasks', { method: 'POST', headers, body });
    // The reader has gone to another page.
    if (!isShown()) return;
    isUnderWay.current = false;
    setSending(false);
    if (answer.kind === 'ok') return navigate(`/task/${JSON.parse(answer.text).id}`);
    if (answer.kind === 'failed') {
      const { status, message } = answer.failure;
      setError(status === 0 ? `${message} Sending the same request again creates no second task.` : message);
    }
  }

  return { create, isSending, error, idempotencyKey: key };
}
