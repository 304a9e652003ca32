/** Sign-in as a page, and over a page whose session has ended. */
import { useEffect, useRef } from 'preact/hooks';
import type { ServicesSession } from '../api-types.ts';
import { signOut } from './session.ts';
import { SignInForm } from './sign-in-form.tsx';

export function SignInPage() {
  useEffect(() => {
    document.title = 'Services tasks: sign in';
  }, []);
  return (
    <div class="sign-in-page">
      <h1>Sign in</h1>
      <p>
        The tasks of a chain are shown to people with access to it: with an access token of the chain, or with
        an admin session. An operator of this server creates tokens with <code>taskgate tokens create</code>.
      </p>
      <SignInForm />
    </div>
  );
}

/** Opens when a session ends. The page behind it stays as it is. */
export function SignInDialog({ session, isEnded }: { session: ServicesSession; isEnded: boolean }) {
  const dialog = useRef<HTMLDialogElement>(null);
  useEffect(() => {
    if (isEnded && !dialog.current?.open) dialog.current?.showModal();
    if (!isEnded) dialog.current?.close();
  }, [isEnded]);
  const former = {
    method: session.method,
    userId: String(session.user_id ?? ''),
    chain: String(session.chain),
  };
  return (
    <>
      {isEnded && (
        <button type="button" onClick={() => dialog.current?.showModal()}>
          Sign in again
        </button>
      )}
      <dialog ref={dialog} aria-labelledby="sign-in-title">
        <h2 id="sign-in-title">Your session has ended</h2>
        <p>Sign in again to continue where you were. Live updates are stopped until then.</p>
        {isEnded && (
          <SignInForm former={former}>
            <button type="button" onClick={() => dialog.current?.close()}>
              Not now
            </button>
            <button type="button" onClick={signOut}>
              Sign out
            </button>
          </SignInForm>
        )}
      </dialog>
    </>
  );
}
