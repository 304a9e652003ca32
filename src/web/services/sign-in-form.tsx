/** The fields to sign in with. Their secrets leave the page as soon as the server has accepted them. */
import { useRef, useState } from 'preact/hooks';
import type { Failure } from '../lib/http.ts';
import { FormError } from './form-error.tsx';
import { type Credentials, signIn } from './session.ts';

type Method = Credentials['method'];

interface SignInFormProps {
  /** The values of the former session, if there is one. None is a secret. */
  former?: { method: Method; userId: string; chain: string } | undefined;
  children?: preact.ComponentChildren;
}

export function SignInForm({ former, children }: SignInFormProps) {
  const [method, setMethod] = useState<Method>(former?.method ?? 'token');
  const [error, setError] = useState('');
  const [isSending, setSending] = useState(false);
  const form = useRef<HTMLFormElement>(null);

  async function submit(event: Event): Promise<void> {
    event.preventDefault();
    if (isSending || !form.current) return;
    setSending(true);
    setError('');
    const failure = await signIn(credentialsOf(method, new FormData(form.current)));
    setSending(false);
    if (failure && failure !== 'superseded') setError(messageOf(failure, method));
  }

  return (
    <form ref={form} class="sign-in" autocomplete="off" onSubmit={(event) => void submit(event)}>
      <fieldset class="choices">
        <legend>Sign in with</legend>
        <Choice method="token" chosen={method} choose={setMethod} label="Access token" />
        <Choice method="admin" chosen={method} choose={setMethod} label="Admin session" />
      </fieldset>
      {method === 'token' ? <TokenField /> : <AdminFields former={former} />}
      <FormError message={error} />
      <div class="actions">
        <button type="submit" class="primary" disabled={isSending}>
          {isSending ? 'Signing in…' : 'Sign in'}
        </button>
        {children}
      </div>
      <p class="hint">
        The secret is kept in the memory of this page only. A reload or a closed tab forgets it.
      </p>
    </form>
  );
}

const REFUSALS: Readonly<Record<Method, string>> = {
  token:
    'The server does not accept this token. Check that it is whole, as ID:SECRET, and that it was not revoked and has not expired.',
  admin:
    'The server does not accept this session. Check the user id and the session key, and that the session was not ended and has not expired.',
};

/** The sentence of the server for 401 tells programs what to send. It never says which part was wrong. */
const messageOf = ({ status, message }: Failure, method: Method): string =>
  status === 401 ? REFUSALS[method] : message;

function credentialsOf(method: Method, fields: FormData): Credentials {
  const text = (name: string) => String(fields.get(name) ?? '').trim();
  if (method === 'token') return { method, token: text('token') };
  return { method, userId: text('user'), key: text('key'), chain: text('chain') };
}

interface ChoiceProps {
  method: Method;
  chosen: Method;
  choose(method: Method): void;
  label: string;
}

function Choice({ method, chosen, choose, label }: ChoiceProps) {
  return (
    <label class="check">
      <input type="radio" name="method" checked={chosen === method} onChange={() => choose(method)} />
      {label}
    </label>
  );
}

/** Browsers do not offer to store the value, because it is none of a login. */
const SECRET = { type: 'password', required: true, autocomplete: 'off', spellcheck: false } as const;
const NUMBER = {
  inputMode: 'numeric',
  pattern: '\\s*[0-9]+\\s*',
  required: true,
  title: 'An integer',
} as const;

function TokenField() {
  return (
    <label class="field">
      Access token
      <input name="token" {...SECRET} pattern="\s*[^\s:]+:\S+\s*" title="ID:SECRET" placeholder="ID:SECRET" />
    </label>
  );
}

function AdminFields({ former }: Pick<SignInFormProps, 'former'>) {
  return (
    <>
      <label class="field">
        User id
        <input name="user" {...NUMBER} defaultValue={former?.userId ?? ''} />
      </label>
      <label class="field">
        Session key
        <input name="key" {...SECRET} />
      </label>
      <label class="field">
        Chain id
        <input name="chain" {...NUMBER} defaultValue={former?.chain ?? ''} />
      </label>
    </>
  );
}
