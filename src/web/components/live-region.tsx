interface LiveRegionProps {
  text: string;
  class?: string;
}

/** Says its text when it changes. An empty text would be created again at each render, so there is none. */
export function LiveRegion({ text, class: name }: LiveRegionProps) {
  return (
    <p role="status" class={name}>
      {text === '' ? null : text}
    </p>
  );
}
