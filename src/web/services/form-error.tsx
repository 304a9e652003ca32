/** Says what is wrong at a form. The element exists before its text, so that screen readers say it. */
export function FormError({ message }: { message: string | undefined }) {
  return (
    <p role="alert" class="form-error">
      {message}
    </p>
  );
}
