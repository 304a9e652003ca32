import { useEffect, useRef, useState } from 'preact/hooks';
import { type NewTaskFields, type Problems, problemsOf } from './new-task.ts';

/**
 * Tells what is wrong with the fields of a form. A problem appears when the form is sent, which moves the focus to the
 * first field with a problem. It disappears when the field is corrected.
 */
export function useProblems(fields: NewTaskFields) {
  const form = useRef<HTMLFormElement>(null);
  const [found, setFound] = useState<Problems>({});
  useEffect(() => {
    form.current?.querySelector<HTMLElement>('[aria-invalid="true"]')?.focus();
  }, [found]);
  const current = problemsOf(fields);
  // The names are those of the fields, so the object has the type of the problems.
  const problems: Problems = Object.fromEntries(
    Object.entries(current).filter(([name]) => Object.hasOwn(found, name)),
  );
  return {
    form,
    problems,
    /** Shows all problems. @returns true if there is none */
    check(): boolean {
      setFound(current);
      return Object.keys(current).length === 0;
    },
  };
}
