import type { ComponentChildren } from 'preact';

interface ScrollBoxProps {
  as: 'pre' | 'section';
  class?: string;
  /** Names a section. */
  label?: string;
  children: ComponentChildren;
}

/** A box whose content scrolls. It takes the focus, because the keyboard must reach it (WCAG 2.1.1). */
export function ScrollBox({ as: Box, class: name, label, children }: ScrollBoxProps) {
  return (
    <Box class={name} aria-label={label} tabIndex={0}>
      {children}
    </Box>
  );
}
