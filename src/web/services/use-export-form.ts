import { useState } from 'preact/hooks';
import { EMPTY_DRAFT, type ExportDraft } from './export-draft.ts';

/** The form of a new export. */
export interface ExportForm {
  draft: ExportDraft;
  /** Unix milliseconds. */
  openedAt: number;
  /** The latest body with its Idempotency-Key. */
  keyed: { body: string; key: string };
}

/** Holds a form that was filled in, in memory, while the reader looks at other views of the same session. */
export interface FormKeeper {
  current: ExportForm | undefined;
}

const newForm = (): ExportForm => ({
  draft: EMPTY_DRAFT,
  openedAt: Date.now(),
  keyed: { body: '', key: '' },
});

/** Returns the form of the keeper, or a new one. */
export function useExportForm(keeper: FormKeeper) {
  const [form, setForm] = useState(() => keeper.current ?? newForm());
  keeper.current = form.draft === EMPTY_DRAFT ? undefined : form;
  return {
    form,
    change: (changes: Partial<ExportDraft>) =>
      setForm((former) => ({ ...former, draft: { ...former.draft, ...changes } })),
    discard() {
      keeper.current = undefined;
      setForm(newForm());
    },
  };
}
